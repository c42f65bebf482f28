import { VersionRange } from './version-range';

/** What Services and namespaces mean across the mesh. */
export function services(version: VersionRange) {
  return {
    /** `service.cilium.io/…` is read; before, `io.cilium/…` alone (pkg/annotation/k8s.go, v1.13). */
    currentAnnotationKeys: version.since(13),
    /** Annotations of Services beyond global, shared and affinity are read (pkg/annotation/k8s.go, v1.16.19). */
    furtherServiceAnnotations: version.since(16),
    /**
     * Every affinity but `local` and `remote`, even `none`, drops the backends of other clusters, up to the patches
     * with cilium#46635 (pkg/clustermesh/selectbackends.go and pkg/annotation/clustermesh.go, v1.18.8 and v1.19.3).
     */
    otherAffinityDropsRemotes: version.within(18, 19),
    /**
     * A port without name meets the ports of all names (matchesFrontend, pkg/loadbalancer/writer/writer.go, v1.20.2;
     * genCartesianProduct, pkg/k8s/watchers/watcher.go, v1.15.19 compares names).
     */
    namelessPortsMeetAll: version.since(18),
    /** EndpointSlices of other clusters' backends can be written (Documentation/network/clustermesh, v1.16). */
    endpointSliceSync: version.since(16),
    /** ServiceExports and ServiceImports can be read: the Multi-Cluster Services API (release notes of v1.17.0). */
    mcsApi: version.since(17),
    /** ServiceExports are written as `v1beta1` (pkg/clustermesh/mcsapi, v1.20.2). */
    serviceExportV1Beta1: version.since(20),
    /** Annotations of a ServiceExport count: `exportedAnnotations` (pkg/clustermesh/mcsapi, v1.18.8). */
    exportedAnnotations: version.since(18),
    /**
     * Ports of an exported Service count only where they agree with the derived one's (pkg/clustermesh/mcsapi,
     * v1.19.3).
     */
    exportedPortsCompared: version.since(19),
    /**
     * Namespaces can keep identities and endpoints to their cluster (clustermesh-apiserver/clustermesh/synchronizer.go,
     * v1.19.3).
     */
    globalNamespaces: version.since(19),
    /**
     * Such namespaces keep Services and ServiceExports too (operator/watchers/service_sync.go, pkg/clustermesh/mcsapi,
     * v1.20.2).
     */
    globalNamespacesOfServices: version.since(20),
  };
}

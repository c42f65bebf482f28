import { VersionRange } from './version-range';

/** The meaning of Services and namespaces across the mesh. */
export function services(version: VersionRange) {
  return {
    /** Cilium reads `service.cilium.io/…`; before, only `io.cilium/…` (pkg/annotation/k8s.go, v1.13). */
    currentAnnotationKeys: version.since(13),
    /** `service.cilium.io/type` chooses the frontends of a Service (release notes of v1.17.0). */
    exposedTypes: version.since(17),
    /**
     * `loadBalancerSourceRanges` limits `externalIPs` too (GetSourceRangesEnabled, pkg/loadbalancer/service.go,
     * v1.20.2).
     */
    externalIpsInSourceRanges: version.since(20),
    /**
     * Every affinity but `local` and `remote`, even `none`, drops the backends of other clusters, up to the patches
     * with cilium#46635 (pkg/clustermesh/selectbackends.go and pkg/annotation/clustermesh.go, v1.18.8 and v1.19.3).
     */
    otherAffinityDropsRemotes: version.within(18, 19),
    /** Helm's `localRedirectPolicies.enabled` replaces `localRedirectPolicy` (values.yaml, v1.18.8). */
    localRedirectPoliciesGroup: version.since(18),
    /**
     * A port without a name matches ports of all names (matchesFrontend, pkg/loadbalancer/writer/writer.go, v1.20.2;
     * genCartesianProduct, pkg/k8s/watchers/watcher.go, v1.15.19 compares names).
     */
    namelessPortsMeetAll: version.since(18),
    /** Cilium can write EndpointSlices of other clusters' backends (Documentation/network/clustermesh, v1.16). */
    endpointSliceSync: version.since(16),
    /** Cilium can read ServiceExports and ServiceImports: the Multi-Cluster Services API (release notes of v1.17.0). */
    mcsApi: version.since(17),
    /** The operator installs the CRDs of that API (`clustermesh.mcsapi.installCRDs`, values.yaml, v1.19.3). */
    mcsApiInstallsCrds: version.since(19),
    /** The version of ServiceExports is `v1beta1` (pkg/clustermesh/mcsapi, v1.20.2). */
    serviceExportV1Beta1: version.since(20),
    /** Annotations of a ServiceExport count: `exportedAnnotations` (pkg/clustermesh/mcsapi, v1.18.8). */
    exportedAnnotations: version.since(18),
    /**
     * Ports of an exported Service count only if they agree with those of the derived one (pkg/clustermesh/mcsapi,
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

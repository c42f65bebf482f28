import { VersionRange } from './version-range';

/** How Cilium is installed and meshed: its chart, its daemons and the cilium CLI. */
export function installation(version: VersionRange) {
  return {
    /**
     * Clusters are meshed through the clustermesh-apiserver, which the cilium CLI connects; before, through an etcd of
     * each cluster.
     */
    clusterMeshApiserver: version.since(14),
    /** `tls.caBundle`: Cilium trusts more authorities than its own (values.yaml, v1.14.1; cilium#24862). */
    caBundle: version.since(14),
    /** The cilium CLI can install the version (getHelmValues in cilium-cli/install/helm.go, April 2026). */
    ciliumCliInstalls: version.since(15),
    /** A mesh may have 511 clusters (Documentation/network/clustermesh, v1.15). */
    maxConnectedClusters511: version.since(15),
    /**
     * `kubeProxyReplacement` is true or false; before, a mode by name (install/kubernetes/cilium/values.yaml,
     * v1.16.19).
     */
    kubeProxyReplacementIsFlag: version.since(16),
    /** IPAM mode multi-pool works with tunnel routing (daemon/cmd/daemon_main.go, v1.18.8). */
    multiPoolWithTunnel: version.since(18),
    /**
     * The chart has `clustermesh.mcsapi`, and configures CoreDNS by it (Documentation/network/clustermesh/mcsapi.rst,
     * v1.19.3).
     */
    mcsApiValues: version.since(19),
    /** The version's chart is the one whose values.schema.json this library holds (v1.20.2). */
    chartSchemaKnown: version.within(20, 20),
  };
}

import { VersionRange } from './version-range';

/** What records of Hubble contain (api/v1/flow/flow.proto, v1.14.19 to v1.20.2). */
export function hubble(version: VersionRange) {
  return {
    /** The chart sets the field mask and filters of an exporter (install/kubernetes/cilium/values.yaml, v1.15.19). */
    staticExporter: version.since(15),
    /** The exporter compresses its older files (install/kubernetes/cilium/values.yaml, v1.18.8). */
    exporterCompresses: version.since(18),
    /** Records name the policies that deny: `ingress_denied_by`, `egress_denied_by`. */
    recordsDenyingPolicies: version.since(16),
    /**
     * Annotations of pods (`policy.cilium.io/proxy-visibility`) redirect flows to the proxy, without any policy
     * (pkg/annotation/k8s.go, v1.16.19; not in v1.17.15).
     */
    proxyVisibility: version.until(16),
    /** Records name the version of their recorder: `emitter`. */
    recordsEmitter: version.since(19),
  };
}

/** What Cilium reads of an annotation of Services. */
export interface ServiceAnnotation {
  /** The minor version that brought it; those of 1.13 are older than what is modelled. */
  readonly since: number;
  /** The values, where they are a closed set. */
  readonly values?: readonly string[];
  /** Whether upper and lower case differ. */
  readonly isCaseSensitive?: boolean;
  /** The effect of other values. */
  readonly otherwise?: string;
}

const FLAG = ['true', 'false'];

/** The annotations of Services (pkg/annotation/k8s.go, pkg/loadbalancer and operator/pkg/ciliumenvoyconfig of v1.15.19 to v1.20.2). */
export const SERVICE_ANNOTATIONS: { readonly [key: string]: ServiceAnnotation } = {
  'service.cilium.io/global': { since: 13, values: FLAG, otherwise: 'everything but true is false, and the Service is not global' },
  'service.cilium.io/shared': { since: 13, values: FLAG, otherwise: 'everything but true is false, and other clusters get no backends' },
  'service.cilium.io/affinity': { since: 13, values: ['local', 'remote', 'none', ''], otherwise: 'it means none' },
  'service.cilium.io/global-sync-endpoint-slices': { since: 16, values: FLAG, otherwise: 'everything but true is false' },
  'service.cilium.io/lb-algorithm': { since: 17, values: ['random', 'maglev'], isCaseSensitive: true, otherwise: 'Cilium ignores it' },
  'service.cilium.io/forwarding-mode': { since: 17, values: ['dsr', 'snat'], otherwise: 'Cilium ignores it' },
  'service.cilium.io/type': {
    since: 17, values: ['ClusterIP', 'NodePort', 'LoadBalancer'], isCaseSensitive: true, otherwise: 'Cilium ignores it, and provisions every type',
  },
  'service.cilium.io/src-ranges-policy': { since: 17, values: ['allow', 'deny'], otherwise: 'it means allow' },
  'service.cilium.io/node': { since: 17 },
  'service.cilium.io/node-selector': { since: 18 },
  'service.cilium.io/proxy-delegation': { since: 18, values: ['none', 'delegate-if-local'], otherwise: 'it means none' },
  'service.cilium.io/lb-l7': {
    since: 13, values: ['enabled', 'disabled'], isCaseSensitive: true, otherwise: 'everything but enabled is disabled',
  },
  'service.cilium.io/lb-l7-algorithm': {
    since: 13, values: ['round_robin', 'least_request', 'random'], otherwise: 'it means round_robin',
  },
  'lbipam.cilium.io/ips': { since: 16 },
  'lbipam.cilium.io/sharing-key': { since: 16 },
  'lbipam.cilium.io/sharing-cross-namespace': { since: 16 },
  'io.cilium/lb-ipam-ips': { since: 13 },
  'io.cilium/lb-ipam-sharing-key': { since: 13 },
  'io.cilium/lb-ipam-sharing-cross-namespace': { since: 13 },
  // internal: written by the Multi-Cluster Services API
  'clustermesh.cilium.io/supported-ip-families': { since: 17 },
};

/** Annotations that had another key before Cilium 1.13; the current key wins (pkg/annotation/k8s.go, v1.20.2). */
export const OLD_ANNOTATION_KEYS: { readonly [key: string]: string } = {
  'service.cilium.io/global': 'io.cilium/global-service',
  'service.cilium.io/shared': 'io.cilium/shared-service',
  'service.cilium.io/affinity': 'io.cilium/service-affinity',
};

/** The current key of an old one. */
export const CURRENT_ANNOTATION_KEYS: { readonly [key: string]: string } = Object.fromEntries(
  Object.entries(OLD_ANNOTATION_KEYS).map(([key, old]) => [old, key]),
);

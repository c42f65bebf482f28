import { CiliumVersion } from './version';

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

/** Keys of the annotations that this library writes or reads, by what they say. */
export const SERVICE_KEYS = {
  global: 'service.cilium.io/global',
  shared: 'service.cilium.io/shared',
  affinity: 'service.cilium.io/affinity',
  endpointSliceSync: 'service.cilium.io/global-sync-endpoint-slices',
  loadBalancingAlgorithm: 'service.cilium.io/lb-algorithm',
  forwardingMode: 'service.cilium.io/forwarding-mode',
  exposedType: 'service.cilium.io/type',
  sourceRangesPolicy: 'service.cilium.io/src-ranges-policy',
  proxyDelegation: 'service.cilium.io/proxy-delegation',
  node: 'service.cilium.io/node',
  nodeSelector: 'service.cilium.io/node-selector',
} as const;

const FLAG = ['true', 'false'];

/**
 * The annotations of Services (pkg/annotation/k8s.go, pkg/loadbalancer and operator/pkg/ciliumenvoyconfig of v1.15.19
 * to v1.20.2).
 */
export const SERVICE_ANNOTATIONS: { readonly [key: string]: ServiceAnnotation } = {
  [SERVICE_KEYS.global]: {
    since: 13, values: FLAG, otherwise: 'Cilium reads it as false, so the Service is not global',
  },
  [SERVICE_KEYS.shared]: {
    since: 13, values: FLAG, otherwise: 'Cilium reads it as false, so other clusters get no backends',
  },
  [SERVICE_KEYS.affinity]: { since: 13, values: ['local', 'remote', 'none', ''], otherwise: 'Cilium reads it as none' },
  [SERVICE_KEYS.endpointSliceSync]: { since: 16, values: FLAG, otherwise: 'Cilium reads it as false' },
  [SERVICE_KEYS.loadBalancingAlgorithm]: {
    since: 17, values: ['random', 'maglev'], isCaseSensitive: true, otherwise: 'Cilium ignores it',
  },
  [SERVICE_KEYS.forwardingMode]: { since: 17, values: ['dsr', 'snat'], otherwise: 'Cilium ignores it' },
  [SERVICE_KEYS.exposedType]: {
    since: 17,
    values: ['ClusterIP', 'NodePort', 'LoadBalancer'],
    isCaseSensitive: true,
    otherwise: 'Cilium ignores it and provisions every type',
  },
  [SERVICE_KEYS.sourceRangesPolicy]: { since: 17, values: ['allow', 'deny'], otherwise: 'Cilium reads it as allow' },
  [SERVICE_KEYS.node]: { since: 17 },
  [SERVICE_KEYS.nodeSelector]: { since: 18 },
  [SERVICE_KEYS.proxyDelegation]: { since: 18, values: ['none', 'delegate-if-local'], otherwise: 'Cilium reads it as none' },
  'service.cilium.io/lb-l7': {
    since: 13, values: ['enabled', 'disabled'], isCaseSensitive: true, otherwise: 'Cilium reads it as disabled',
  },
  'service.cilium.io/lb-l7-algorithm': {
    since: 13, values: ['round_robin', 'least_request', 'random'], otherwise: 'Cilium reads it as round_robin',
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
  [SERVICE_KEYS.global]: 'io.cilium/global-service',
  [SERVICE_KEYS.shared]: 'io.cilium/shared-service',
  [SERVICE_KEYS.affinity]: 'io.cilium/service-affinity',
};

/** The current key of an old one. */
export const CURRENT_ANNOTATION_KEYS: { readonly [key: string]: string } = Object.fromEntries(
  Object.entries(OLD_ANNOTATION_KEYS).map(([key, old]) => [old, key]),
);

type Annotations = { readonly [key: string]: string };

/** Whether a version of Cilium reads an annotation under its current key. */
export function readsAnnotation({ minor }: CiliumVersion, { since }: ServiceAnnotation): boolean {
  return minor >= since;
}

/** The value of an annotation, under its current key or its old one; the current one wins. */
export function annotationValue(annotations: Annotations, key: string): string | undefined {
  return annotations[key] ?? annotations[OLD_ANNOTATION_KEYS[key]];
}

/** Whether an annotation is true: in any case; everything else is false (pkg/annotation/k8s.go, v1.20.2). */
export function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}

/** Whether a Service is global, and whether other clusters get its backends: unless its annotation says no. */
export function sharingOf(annotations: Annotations): { readonly global: boolean; readonly shared: boolean } {
  const global = isTrue(annotationValue(annotations, SERVICE_KEYS.global));
  return { global, shared: global && isTrue(annotationValue(annotations, SERVICE_KEYS.shared) ?? 'true') };
}

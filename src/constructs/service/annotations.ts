import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../cilium/service-annotations';

/** Annotations of Services that Cilium knows (pkg/annotation/k8s.go, v1.20.2). */

/** Which backends a cluster's clients prefer. */
export enum Affinity {
  /**
   * None: all backends alike. The annotation is left out; written out, `none` kept Cilium 1.18.10 and later from using
   * remote backends (github.com/cilium/cilium/issues/46623).
   */
  NONE = 'none',
  /** The cluster's own while one of them is healthy, else those of other clusters. */
  LOCAL = 'local',
  /** Those of other clusters while one of them is healthy, else the cluster's own. */
  REMOTE = 'remote',
}

/** How a backend is chosen (`service.cilium.io/lb-algorithm`). */
export enum LoadBalancingAlgorithm {
  RANDOM = 'random',
  MAGLEV = 'maglev',
}

/** How packets reach remote backends (`service.cilium.io/forwarding-mode`). */
export enum ForwardingMode {
  /** Direct server return. */
  DSR = 'dsr',
  SNAT = 'snat',
}

/** The only type that is provisioned of a Service (`service.cilium.io/type`). */
export enum ExposedType {
  CLUSTER_IP = 'ClusterIP',
  NODE_PORT = 'NodePort',
  LOAD_BALANCER = 'LoadBalancer',
}

/** What `loadBalancerSourceRanges` are (`service.cilium.io/src-ranges-policy`). */
export enum SourceRangesPolicy {
  ALLOW = 'allow',
  DENY = 'deny',
}

/** Whether packets to a local backend go to a proxy of somebody else's (`service.cilium.io/proxy-delegation`). */
export enum ProxyDelegation {
  NONE = 'none',
  DELEGATE_IF_LOCAL = 'delegate-if-local',
}

/** Which keys are written for global, shared and affinity. */
export enum AnnotationKeys {
  /** `service.cilium.io/…`. */
  CURRENT = 'current',
  /** `io.cilium/…`, the only ones that Cilium before 1.13 knows. */
  LEGACY = 'legacy',
  /** Both, for meshes that are being upgraded. The current key wins where a version knows both. */
  BOTH = 'both',
}

/** How a service is made known to other clusters. */
export enum GlobalServiceFlavor {
  /** By Cilium's annotations, under the name of the Service itself. */
  ANNOTATIONS = 'annotations',
  /** By a ServiceExport of the Multi-Cluster Services API, under `<name>.<namespace>.svc.clusterset.local`. */
  MCS_API = 'mcs-api',
}

/** What the annotations of one Service in one cluster say. */
export interface ServiceAnnotations {
  readonly global?: boolean;
  readonly shared?: boolean;
  readonly affinity?: Affinity;
  readonly endpointSliceSync?: boolean;
  readonly loadBalancingAlgorithm?: LoadBalancingAlgorithm;
  readonly forwardingMode?: ForwardingMode;
  readonly exposedType?: ExposedType;
  readonly sourceRangesPolicy?: SourceRangesPolicy;
  readonly proxyDelegation?: ProxyDelegation;
  readonly node?: string;
  readonly nodeSelector?: string;
}

/** The annotations as written; what is at Cilium's default is left out. */
export function annotationsOf(said: ServiceAnnotations, keys: AnnotationKeys): { [key: string]: string } {
  const written: Array<[key: string, value: string | undefined]> = [
    [SERVICE_KEYS.global, said.global ? 'true' : undefined],
    [SERVICE_KEYS.shared, textOf(said.shared)],
    [SERVICE_KEYS.affinity, said.affinity === Affinity.NONE ? undefined : said.affinity],
    [SERVICE_KEYS.endpointSliceSync, textOf(said.endpointSliceSync)],
    [SERVICE_KEYS.loadBalancingAlgorithm, said.loadBalancingAlgorithm],
    [SERVICE_KEYS.forwardingMode, said.forwardingMode],
    [SERVICE_KEYS.exposedType, said.exposedType],
    [SERVICE_KEYS.sourceRangesPolicy, said.sourceRangesPolicy],
    [SERVICE_KEYS.proxyDelegation, said.proxyDelegation],
    [SERVICE_KEYS.node, said.node],
    [SERVICE_KEYS.nodeSelector, said.nodeSelector],
  ];
  return Object.fromEntries(written.flatMap(([key, value]) => value === undefined || value === null
    ? []
    : aliased(key, keys).map(each => [each, value])));
}

function aliased(key: string, keys: AnnotationKeys): string[] {
  const alias = OLD_ANNOTATION_KEYS[key];
  switch (alias === undefined ? AnnotationKeys.CURRENT : keys) {
    case AnnotationKeys.LEGACY: return [alias];
    case AnnotationKeys.BOTH: return [key, alias];
    default: return [key];
  }
}

function textOf(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : String(flag);
}

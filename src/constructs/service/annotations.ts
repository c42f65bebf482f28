import { OLD_ANNOTATION_KEYS, SERVICE_KEYS } from '../../cilium/service-annotations';

/** Annotations of Services that Cilium knows (pkg/annotation/k8s.go, v1.20.2). */

/** Which backends the clients in a cluster prefer. */
export enum Affinity {
  /**
   * None: clients use all backends equally. The annotation is not written, because its value `none` stops Cilium
   * 1.18.10 and later from using remote backends (github.com/cilium/cilium/issues/46623).
   */
  NONE = 'none',
  /** Backends of the own cluster while one of them is healthy, else those of other clusters. */
  LOCAL = 'local',
  /** Backends of other clusters while one of them is healthy, else those of the own cluster. */
  REMOTE = 'remote',
}

/** How Cilium chooses a backend (`service.cilium.io/lb-algorithm`). */
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

/** The only part of a Service that Cilium provisions (`service.cilium.io/type`). */
export enum ExposedType {
  CLUSTER_IP = 'ClusterIP',
  NODE_PORT = 'NodePort',
  LOAD_BALANCER = 'LoadBalancer',
}

/** The meaning of `loadBalancerSourceRanges` (`service.cilium.io/src-ranges-policy`). */
export enum SourceRangesPolicy {
  ALLOW = 'allow',
  DENY = 'deny',
}

/** Whether Cilium passes packets for a local backend to an external proxy (`service.cilium.io/proxy-delegation`). */
export enum ProxyDelegation {
  NONE = 'none',
  DELEGATE_IF_LOCAL = 'delegate-if-local',
}

/** Keys of the annotations for global, shared and affinity. */
export enum AnnotationKeys {
  /** `service.cilium.io/…`. */
  CURRENT = 'current',
  /** `io.cilium/…`, the only keys that Cilium before 1.13 knows. */
  LEGACY = 'legacy',
  /** Both, for meshes during an upgrade. Versions that know both use the current key. */
  BOTH = 'both',
}

/** How other clusters learn of a service. */
export enum GlobalServiceFlavor {
  /** By annotations of Cilium, under the name of the Service itself. */
  ANNOTATIONS = 'annotations',
  /** By a ServiceExport of the Multi-Cluster Services API, under `<name>.<namespace>.svc.clusterset.local`. */
  MCS_API = 'mcs-api',
}

/** The settings in the annotations of one Service in one cluster. */
export interface ServiceAnnotations {
  readonly isGlobal?: boolean;
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

/** The annotations to write. Settings with the default of Cilium are not written. */
export function annotationsOf(settings: ServiceAnnotations, keys: AnnotationKeys): { [key: string]: string } {
  const written: Array<[key: string, value: string | undefined]> = [
    [SERVICE_KEYS.global, settings.isGlobal ? 'true' : undefined],
    [SERVICE_KEYS.shared, textOf(settings.shared)],
    [SERVICE_KEYS.affinity, settings.affinity === Affinity.NONE ? undefined : settings.affinity],
    [SERVICE_KEYS.endpointSliceSync, textOf(settings.endpointSliceSync)],
    [SERVICE_KEYS.loadBalancingAlgorithm, settings.loadBalancingAlgorithm],
    [SERVICE_KEYS.forwardingMode, settings.forwardingMode],
    [SERVICE_KEYS.exposedType, settings.exposedType],
    [SERVICE_KEYS.sourceRangesPolicy, settings.sourceRangesPolicy],
    [SERVICE_KEYS.proxyDelegation, settings.proxyDelegation],
    [SERVICE_KEYS.node, settings.node],
    [SERVICE_KEYS.nodeSelector, settings.nodeSelector],
  ];
  return Object.fromEntries(
    written.flatMap(([key, value]) =>
      value === undefined || value === null ? [] : aliased(key, keys).map(each => [each, value]),
    ),
  );
}

function aliased(key: string, keys: AnnotationKeys): string[] {
  const alias = OLD_ANNOTATION_KEYS[key];
  switch (alias === undefined ? AnnotationKeys.CURRENT : keys) {
    case AnnotationKeys.LEGACY:
      return [alias];
    case AnnotationKeys.BOTH:
      return [key, alias];
    default:
      return [key];
  }
}

function textOf(flag: boolean | undefined): string | undefined {
  return flag === undefined ? undefined : String(flag);
}

import {
  Affinity,
  ExposedType,
  ForwardingMode,
  LoadBalancingAlgorithm,
  ProxyDelegation,
  SourceRangesPolicy,
} from './annotations';

/** Settings that can differ between clusters. */
export interface GlobalServiceSettings {
  /**
   * Whether the Service is global. Otherwise clients in the cluster reach only the backends in the cluster, and other
   * clusters do not reach these.
   * @default true
   */
  readonly isGlobal?: boolean;

  /**
   * Whether other clusters can reach the backends of this cluster. Clients in this cluster reach the backends of other
   * clusters in either case.
   * @default - the default of Cilium, true; the annotation is not written
   */
  readonly shared?: boolean;

  /**
   * Which backends the clients in the cluster prefer.
   * @default Affinity.NONE
   */
  readonly affinity?: Affinity;

  /**
   * Whether Cilium writes EndpointSlices for remote backends. Requires `endpointSliceSync` of the cluster.
   * @default - the default of Cilium: true for headless services, else false
   */
  readonly endpointSliceSync?: boolean;

  /**
   * How Cilium chooses a backend.
   * @default - the configuration of Cilium in the cluster
   */
  readonly loadBalancingAlgorithm?: LoadBalancingAlgorithm;

  /**
   * How packets reach remote backends.
   * @default - the configuration of Cilium in the cluster
   */
  readonly forwardingMode?: ForwardingMode;

  /**
   * The only part of the Service that Cilium provisions.
   * @default - all parts that the type of the Service includes
   */
  readonly exposedType?: ExposedType;

  /**
   * The meaning of `loadBalancerSourceRanges`.
   * @default - the default of Cilium, ALLOW
   */
  readonly sourceRangesPolicy?: SourceRangesPolicy;

  /**
   * Delegation to an external proxy.
   * @default - the default of Cilium, NONE
   */
  readonly proxyDelegation?: ProxyDelegation;

  /**
   * Cilium provisions the Service only on nodes whose label `service.cilium.io/node` has this value.
   * @default - on all nodes
   */
  readonly node?: string;

  /**
   * Cilium provisions the Service only on nodes that this label selector selects, for example `tier=edge`.
   * @default - on all nodes
   */
  readonly nodeSelector?: string;

  /**
   * The backends: pods with these labels.
   * @default - those of the workload; without either, the Service selects nothing
   */
  readonly selector?: { [key: string]: string };

  /**
   * Further annotations.
   * @default - none
   */
  readonly annotations?: { [key: string]: string };
}

/** The settings that `perCluster` replaces one by one. Annotations are not among them: those of both places count. */
const REPLACED: { readonly [setting in keyof Omit<Required<GlobalServiceSettings>, 'annotations'>]: true } = {
  isGlobal: true,
  shared: true,
  affinity: true,
  endpointSliceSync: true,
  loadBalancingAlgorithm: true,
  forwardingMode: true,
  exposedType: true,
  sourceRangesPolicy: true,
  proxyDelegation: true,
  node: true,
  nodeSelector: true,
  selector: true,
};

/** The settings for all clusters among the properties of a service. */
export function commonSettings(props: GlobalServiceSettings): GlobalServiceSettings {
  return Object.fromEntries(Object.keys(REPLACED).map(name => [name, props[name as keyof typeof REPLACED]]));
}

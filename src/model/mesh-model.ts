import { Cidr } from './cidr';
import { CiliumVersion } from './cilium-version';
import { ApiserverServiceType, ClusterProps, ClusterSettings, IpamMode, KindCluster, RoutingMode, TunnelProtocol } from './cluster-settings';

/**
 * The mesh as data: what the constructs, the checks, mesh.yaml, the kind configurations and the Helm values are made from.
 */
export interface MeshModel {
  readonly clusters: readonly ClusterModel[];
}

/** A cluster with the mesh's defaults applied. Where a value could not be read, it is left out here and reported by `meshFaults`. */
export interface ClusterModel extends ClusterProps {
  /** Where faults of this cluster are reported: its construct path, or its place in the list where its name cannot be one. */
  readonly path: string;
  readonly version: CiliumVersion;
  readonly pods: readonly Cidr[];
  readonly services: readonly Cidr[];
  readonly nodes: readonly Cidr[];
}

/** Applies the mesh's defaults to every cluster. Never throws: what is wrong is for `meshFaults` to say. */
export function resolveMesh(clusters: readonly ClusterProps[], defaults: ClusterSettings = {}): MeshModel {
  const names = clusters.map(cluster => cluster?.name);
  return {
    clusters: clusters.map((given, index) => {
      const props = { ...present(defaults), ...present(given), helmValues: mergeValues(defaults.helmValues, given?.helmValues) } as ClusterProps;
      const named = typeof props.name === 'string' && props.name !== '' && names.indexOf(props.name) === names.lastIndexOf(props.name);
      return {
        ...props,
        path: named ? props.name : `clusters[${index}]`,
        version: CiliumVersion.parse(props.ciliumVersion ?? CiliumVersion.DEFAULT) ?? CiliumVersion.parse(CiliumVersion.DEFAULT)!,
        pods: cidrs(props.podCidrs),
        services: cidrs(props.serviceCidrs),
        nodes: cidrs(props.nodeCidrs),
      };
    }),
  };
}

/** The IPAM mode that applies. */
export function ipamMode(cluster: ClusterModel): IpamMode {
  return cluster.ipamMode ?? (cluster.kind ? IpamMode.KUBERNETES : IpamMode.CLUSTER_POOL);
}

/** The routing mode that applies; the chart turns ENI to native routing (templates/cilium-configmap.yaml, v1.20.2). */
export function routingMode(cluster: ClusterModel): RoutingMode {
  return cluster.routingMode ?? (ipamMode(cluster) === IpamMode.ENI ? RoutingMode.NATIVE : RoutingMode.TUNNEL);
}

/** The tunnel protocol that applies, where there is a tunnel. */
export function tunnelProtocol(cluster: ClusterModel): TunnelProtocol | undefined {
  return routingMode(cluster) === RoutingMode.TUNNEL ? cluster.tunnelProtocol ?? TunnelProtocol.VXLAN : undefined;
}

/** The type of the clustermesh-apiserver's Service that applies. */
export function apiserverServiceType(cluster: ClusterModel): ApiserverServiceType {
  return cluster.apiserver?.serviceType ?? (cluster.kind ? ApiserverServiceType.NODE_PORT : ApiserverServiceType.LOAD_BALANCER);
}

/** The kubectl context that applies, if one is known. */
export function kubectlContext(cluster: ClusterModel): string | undefined {
  return cluster.kind ? `kind-${cluster.name}` : cluster.context;
}

/** The number of control planes and workers that apply. */
export function nodeCounts(kind: KindCluster): { controlPlanes: number; workers: number } {
  return { controlPlanes: kind.controlPlanes ?? 1, workers: kind.workers ?? 2 };
}

/** Whether the pods have addresses of a family. */
export function hasFamily(cluster: ClusterModel, family: Cidr['family']): boolean {
  return cluster.pods.some(cidr => cidr.family === family);
}

/** Maps are merged key by key, everything else is replaced by the later value. */
export function mergeValues(base: { [key: string]: any } | undefined, over: { [key: string]: any } | undefined): { [key: string]: any } | undefined {
  if (!base || !over) {
    return over ?? base;
  }
  const merged: { [key: string]: any } = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isMap(merged[key]) && isMap(value) ? mergeValues(merged[key], value) : value;
  }
  return merged;
}

/** Whether a value is a map (and not an array). */
export function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cidrs(texts: unknown): Cidr[] {
  return Array.isArray(texts) ? texts.map(text => Cidr.parse(text)).filter((cidr): cidr is Cidr => cidr instanceof Cidr) : [];
}

/** Without what is null or undefined: the two mean the same in all languages that jsii serves. */
function present<T extends object>(value: T | undefined | null): Partial<T> {
  return Object.fromEntries(Object.entries(value ?? {}).filter(([, each]) => each !== undefined && each !== null)) as Partial<T>;
}

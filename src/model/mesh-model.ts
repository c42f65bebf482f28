import { ApiserverServiceType, ClusterProps, ClusterSettings, IpamMode, KindCluster, KubernetesApi, RoutingMode, TunnelProtocol } from './cluster-settings';
import { isMap, present, usable } from './setting-values';
import { Cidr } from '../cilium/cidr';
import { CiliumVersion } from '../cilium/version';

/**
 * The mesh as data: what the constructs, the checks, mesh.yaml, the kind configurations and the Helm values are made from.
 */
export interface MeshModel {
  readonly clusters: readonly ClusterModel[];
}

/** A cluster with the mesh's defaults applied. Values that cannot be used are left out here, and are found in `given`. */
export interface ClusterModel extends ClusterProps {
  /** Where diagnostics of this cluster are reported: its construct path, or its place in the list where its name cannot be one. */
  readonly path: string;
  /** Its place in the list of clusters. */
  readonly index: number;
  /** What was written, with the mesh's defaults applied. */
  readonly given: { readonly [setting: string]: unknown };
  readonly version: CiliumVersion;
  readonly pods: readonly Cidr[];
  readonly services: readonly Cidr[];
  readonly nodes: readonly Cidr[];
}

/** Applies the mesh's defaults to every cluster. Never throws: what is wrong is for `meshFaults` to say. */
export function resolveMesh(clusters: readonly ClusterProps[], defaults: ClusterSettings = {}): MeshModel {
  const names = clusters.map(cluster => cluster?.name);
  return {
    clusters: clusters.map((props, index) => {
      const given = { ...written(defaults), ...written(props), ...helmValuesOf(defaults?.helmValues, props?.helmValues) };
      const cluster = usable(given) as unknown as ClusterProps;
      const named = typeof cluster.name === 'string' && cluster.name !== '' && names.indexOf(cluster.name) === names.lastIndexOf(cluster.name);
      return {
        ...cluster,
        helmValues: isMap(given.helmValues) ? given.helmValues : undefined,
        path: named ? cluster.name : `clusters[${index}]`,
        index,
        given,
        version: CiliumVersion.parse(cluster.ciliumVersion ?? CiliumVersion.DEFAULT) ?? CiliumVersion.parse(CiliumVersion.DEFAULT)!,
        pods: cidrs(cluster.podCidrs),
        services: cidrs(cluster.serviceCidrs),
        nodes: cidrs(cluster.nodeCidrs),
      };
    }),
  };
}

function written(props: ClusterSettings): { [key: string]: unknown } {
  const { helmValues, ...settings } = props ?? {};
  return present(settings);
}

/** Null inside Helm values means something: it takes a value of the chart away. */
function helmValuesOf(base: unknown, over: unknown): { helmValues?: unknown } {
  const helmValues = over === undefined || over === null ? base : isMap(base) && isMap(over) ? mergeValues(base, over) : over;
  return helmValues === undefined || helmValues === null ? {} : { helmValues };
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

/**
 * Where Cilium reaches the API server, where that must be said. A kind cluster with kube-proxy replacement has no kube-proxy, so that the
 * `kubernetes` Service cannot be reached before Cilium runs: the container of the control plane, or of the load balancer before several
 * (sigs.k8s.io/kind/pkg/cluster/constants; Documentation/network/kubernetes/kubeproxy-free.rst, v1.20.2).
 */
export function kubernetesApi(cluster: ClusterModel): KubernetesApi | undefined {
  if (cluster.kubernetesApi || !cluster.kind || !cluster.kubeProxyReplacement) {
    return cluster.kubernetesApi;
  }
  return { host: `${cluster.name}-${nodeCounts(cluster.kind).controlPlanes > 1 ? 'external-load-balancer' : 'control-plane'}`, port: 6443 };
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
export function mergeValues(base: { [key: string]: any }, over: { [key: string]: any } = {}): { [key: string]: any } {
  const merged: { [key: string]: any } = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isMap(merged[key]) && isMap(value) ? mergeValues(merged[key], value) : value;
  }
  return merged;
}

function cidrs(texts: unknown): Cidr[] {
  return Array.isArray(texts) ? texts.map(text => Cidr.parse(text)).filter((cidr): cidr is Cidr => cidr instanceof Cidr) : [];
}

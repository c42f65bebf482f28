import {
  ApiserverServiceType,
  ClusterProps,
  ClusterSettings,
  IpamMode,
  KindCluster,
  KubernetesApi,
  RoutingMode,
  TunnelProtocol,
} from './cluster-settings';
import { present, usable } from './setting-values';
import { Cidr } from '../cilium/cidr';
import { CiliumVersion } from '../cilium/version';
import { isMap } from '../diagnostics/is-map';

/** The mesh as data. The constructs, the checks, mesh.yaml, the kind configurations and the Helm values use it. */
export interface MeshModel {
  readonly clusters: readonly ClusterModel[];
}

/** A cluster with the defaults of the mesh. Unusable values are only in `properties`. */
export interface ClusterModel extends ClusterProps {
  /**
   * The path for diagnostics of this cluster: its construct path, or its place in the list if its name is not valid in
   * a path.
   */
  readonly path: string;
  /** Its place in the list of clusters. */
  readonly index: number;
  /** All properties as written, with the defaults of the mesh. */
  readonly properties: { readonly [setting: string]: unknown };
  readonly version: CiliumVersion;
  readonly pods: readonly Cidr[];
  readonly services: readonly Cidr[];
  readonly nodes: readonly Cidr[];
}

/** Applies the defaults of the mesh to all clusters. Never throws: `meshFaults` finds the faults. */
export function resolveMesh(clusters: readonly ClusterProps[], defaults: ClusterSettings = {}): MeshModel {
  const names = clusters.map(cluster => cluster?.name);
  return {
    clusters: clusters.map((props, index) => {
      const properties = {
        ...written(defaults),
        ...written(props),
        ...helmValuesOf(defaults?.helmValues, props?.helmValues),
      };
      const cluster = usable(properties) as unknown as ClusterProps;
      const named =
        typeof cluster.name === 'string' &&
        cluster.name !== '' &&
        names.indexOf(cluster.name) === names.lastIndexOf(cluster.name);
      return {
        ...cluster,
        helmValues: isMap(properties.helmValues) ? properties.helmValues : undefined,
        path: named ? cluster.name : `clusters[${index}]`,
        index,
        properties,
        version:
          CiliumVersion.parse(cluster.ciliumVersion ?? CiliumVersion.DEFAULT) ??
          CiliumVersion.parse(CiliumVersion.DEFAULT)!,
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

/** Null in Helm values has a meaning: it removes a value of the chart. */
function helmValuesOf(base: unknown, over: unknown): { helmValues?: unknown } {
  const helmValues =
    over === undefined || over === null ? base : isMap(base) && isMap(over) ? mergeValues(base, over) : over;
  return helmValues === undefined || helmValues === null ? {} : { helmValues };
}

/** The IPAM mode in effect. */
export function ipamMode(cluster: ClusterModel): IpamMode {
  return cluster.ipamMode ?? (cluster.kind ? IpamMode.KUBERNETES : IpamMode.CLUSTER_POOL);
}

/** The routing mode in effect; the chart uses native routing with ENI (templates/cilium-configmap.yaml, v1.20.2). */
export function routingMode(cluster: ClusterModel): RoutingMode {
  return cluster.routingMode ?? (ipamMode(cluster) === IpamMode.ENI ? RoutingMode.NATIVE : RoutingMode.TUNNEL);
}

/** The tunnel protocol in effect; undefined without a tunnel. */
export function tunnelProtocol(cluster: ClusterModel): TunnelProtocol | undefined {
  return routingMode(cluster) === RoutingMode.TUNNEL ? (cluster.tunnelProtocol ?? TunnelProtocol.VXLAN) : undefined;
}

/** The type of the Service of the clustermesh-apiserver in effect. */
export function apiserverServiceType(cluster: ClusterModel): ApiserverServiceType {
  return (
    cluster.apiserver?.serviceType ??
    (cluster.kind ? ApiserverServiceType.NODE_PORT : ApiserverServiceType.LOAD_BALANCER)
  );
}

/** The kubectl context in effect; undefined if it is unknown. */
export function kubectlContext(cluster: ClusterModel): string | undefined {
  return cluster.kind ? `kind-${cluster.name}` : cluster.context;
}

/**
 * The address of the API server for Cilium; undefined if Cilium can use the `kubernetes` Service. A kind cluster with
 * kube-proxy replacement has no kube-proxy, so that Service does not work before Cilium runs. There the address is the
 * container of the control plane, or of the load balancer in front of several control planes
 * (sigs.k8s.io/kind/pkg/cluster/constants; Documentation/network/kubernetes/kubeproxy-free.rst, v1.20.2).
 */
export function kubernetesApi(cluster: ClusterModel): KubernetesApi | undefined {
  if (cluster.kubernetesApi || !cluster.kind || !cluster.kubeProxyReplacement) {
    return cluster.kubernetesApi;
  }
  return {
    host: `${cluster.name}-${nodeCounts(cluster.kind).controlPlanes > 1 ? 'external-load-balancer' : 'control-plane'}`,
    port: 6443,
  };
}

/** The numbers of control planes and workers in effect. */
export function nodeCounts(kind: KindCluster): { controlPlanes: number; workers: number } {
  return { controlPlanes: kind.controlPlanes ?? 1, workers: kind.workers ?? 2 };
}

/** Whether the pods have addresses of a family. */
export function hasFamily(cluster: ClusterModel, family: Cidr['family']): boolean {
  return cluster.pods.some(cidr => cidr.family === family);
}

/** Merges maps key by key. Later values replace all other values. */
export function mergeValues(base: { [key: string]: any }, over: { [key: string]: any } = {}): { [key: string]: any } {
  const merged: { [key: string]: any } = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isMap(merged[key]) && isMap(value) ? mergeValues(merged[key], value) : value;
  }
  return merged;
}

function cidrs(texts: unknown): Cidr[] {
  return Array.isArray(texts)
    ? texts.map(text => Cidr.parse(text)).filter((cidr): cidr is Cidr => cidr instanceof Cidr)
    : [];
}

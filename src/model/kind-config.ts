import { ClusterModel, nodeCounts } from './mesh-model';

/**
 * The configuration for `kind create cluster --config`; undefined for an existing cluster.
 *
 * Source: kind.x-k8s.io/v1alpha4 (sigs.k8s.io/kind/pkg/apis/config/v1alpha4). It disables the default CNI, because
 * Cilium is installed instead. With kube-proxy replacement it disables kube-proxy.
 */
export function kindConfig(cluster: ClusterModel): { [key: string]: any } | undefined {
  const { kind } = cluster;
  if (!kind) {
    return undefined;
  }
  const { controlPlanes, workers } = nodeCounts(kind);
  const families = [...new Set(cluster.pods.map(cidr => cidr.family))];
  const image = kind.nodeImage === undefined ? {} : { image: kind.nodeImage };
  const extraPortMappings =
    kind.portMappings?.map(({ containerPort, hostPort, listenAddress, protocol }) => ({
      containerPort,
      hostPort,
      ...(listenAddress === undefined ? {} : { listenAddress }),
      ...(protocol === undefined ? {} : { protocol }),
    })) ?? [];
  return {
    apiVersion: 'kind.x-k8s.io/v1alpha4',
    kind: 'Cluster',
    networking: {
      disableDefaultCNI: true,
      ...(families.includes('IPv6') ? { ipFamily: families.length > 1 ? 'dual' : 'ipv6' } : {}),
      ...(cluster.kubeProxyReplacement ? { kubeProxyMode: 'none' } : {}),
      podSubnet: cluster.pods.map(cidr => cidr.text).join(','),
      ...(cluster.services.length > 0 ? { serviceSubnet: cluster.services.map(cidr => cidr.text).join(',') } : {}),
    },
    nodes: [
      ...Array.from({ length: controlPlanes }, (_, index) => ({
        role: 'control-plane',
        ...image,
        ...(index === 0 && extraPortMappings.length > 0 ? { extraPortMappings } : {}),
      })),
      ...Array.from({ length: workers }, () => ({ role: 'worker', ...image })),
    ],
  };
}

import { Cidr } from '../../cilium/cidr';
import { formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, hasFamily, ipamMode } from '../mesh-model';
import { MeshVocabulary } from '../vocabulary';

/**
 * An IPv6 pool may be at most this many bits larger than the block of a node (pkg/ipam/cidrset/cidr_set.go, v1.20.2).
 */
const MAX_IPV6_POOL_BITS = 16;

interface BlockSize {
  readonly property: 'clusterPoolIpv4MaskSize' | 'clusterPoolIpv6MaskSize';
  readonly family: Cidr['family'];
  /** The default of the chart (install/kubernetes/cilium/values.yaml, v1.20.2). */
  readonly standard: number;
  readonly bits: number;
}

const SIZES: readonly BlockSize[] = [
  { property: 'clusterPoolIpv4MaskSize', family: 'IPv4', standard: 24, bits: 32 },
  { property: 'clusterPoolIpv6MaskSize', family: 'IPv6', standard: 120, bits: 128 },
];

/** The blocks of the pools that nodes get. */
export function clusterPoolFaults(cluster: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  return SIZES.flatMap(each => sizeFaults(cluster, each, words));
}

function sizeFaults(
  cluster: ClusterModel,
  { property, family, standard, bits }: BlockSize,
  words: MeshVocabulary,
): MeshDiagnostic[] {
  const size = cluster[property];
  const hasPool = ipamMode(cluster) === IpamMode.CLUSTER_POOL;
  if (size !== undefined && !hasPool) {
    return [
      settingDiagnostic('cluster-pool-mask-size', cluster, property, {
        message: `IPAM mode ${ipamMode(cluster)} has no pool`,
        got: formatValue(size),
        allowed: 'IPAM mode cluster-pool, or no size',
        fix: `remove ${words.setting(property)}`,
      }),
    ];
  }
  if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > bits)) {
    return [
      settingDiagnostic('cluster-pool-mask-size', cluster, property, {
        message: `must be a prefix length of ${family}`,
        got: formatValue(size),
        allowed: `a whole number from 1 to ${bits}`,
        fix: 'set the prefix length of the block that each node gets',
      }),
    ];
  }
  return hasPool && hasFamily(cluster, family)
    ? poolFaults(cluster, family, size ?? standard, words.setting(property))
    : [];
}

function poolFaults(cluster: ClusterModel, family: Cidr['family'], size: number, setting: string): MeshDiagnostic[] {
  const pools = cluster.pods.filter(each => each.family === family);
  const small = pools
    .filter(each => each.prefix > size)
    .map(cidr =>
      settingDiagnostic('cluster-pool-mask-size', cluster, 'podCidrs', {
        message: `the pool ${cidr.text} is smaller than the block of each node (/${size})`,
        got: formatValue(cidr.text),
        allowed: `a prefix length of at most ${size}`,
        fix: `set a larger pool, or increase ${setting}`,
      }),
    );
  const large = family === 'IPv4' ? [] : pools.filter(each => size - each.prefix > MAX_IPV6_POOL_BITS);
  return [
    ...small,
    ...large.map(cidr =>
      settingDiagnostic('cluster-pool-mask-size', cluster, 'podCidrs', {
        message:
          `the pool ${cidr.text} is too large for blocks of /${size}; Cilium's operator exits ` +
          '(pkg/ipam/cidrset/cidr_set.go, v1.20.2)',
        got: formatValue(cidr.text),
        allowed: `a prefix length of at least ${size - MAX_IPV6_POOL_BITS}`,
        fix: `set a smaller pool, or decrease ${setting}`,
      }),
    ),
  ];
}

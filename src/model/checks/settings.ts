import { isPort, notAPort } from './ports';
import { isAddress } from '../../cilium/cidr';
import { hasSetting, SETTING_LIST } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, hasFamily, ipamMode, MeshModel } from '../mesh-model';
import { unknown, unusable } from '../setting-values';

/** An IPv6 pool is at most this many bits larger than the blocks of the nodes (pkg/ipam/cidrset/cidr_set.go, v1.20.2). */
const MAX_IPV6_POOL_BITS = 16;

/** Settings for which nothing is written with Cilium 1.9, with what Cilium 1.9 does anyway. */
const NOT_LEGACY: ReadonlyArray<[property: keyof ClusterModel, same: unknown]> = [
  ['encryption', 'none'], ['policyEnforcementMode', 'default'], ['autoDirectNodeRoutes', false], ['ipv6NativeRoutingCidr', undefined], ['clusterPoolIpv6MaskSize', undefined],
  ['apiserver', undefined], ['hubble', undefined],
];

/** Values of one cluster that are wrong whatever the other clusters are. */
export function settingFaults(mesh: MeshModel): MeshDiagnostic[] {
  return mesh.clusters.flatMap(cluster => [
    ...versionFaults(cluster),
    ...legacyFaults(cluster),
    ...unknownFaults(cluster),
    ...valueFaults(cluster),
    ...platformFaults(cluster),
    ...ipamFaults(cluster),
    ...hubbleFaults(cluster),
    ...apiserverFaults(cluster),
  ]);
}

/** Whether the version that was written is one. */
export function hasReadableVersion(cluster: ClusterModel): boolean {
  return cluster.ciliumVersion === undefined || CiliumVersion.parse(cluster.ciliumVersion) !== undefined;
}

function versionFaults(cluster: ClusterModel): MeshDiagnostic[] {
  if (!hasReadableVersion(cluster)) {
    return [meshDiagnostic('cilium-version-unsupported', {
      path: `${cluster.path}.ciliumVersion`,
      message: 'this library does not know what policies mean in this version',
      got: formatValue(cluster.ciliumVersion),
      allowed: CiliumVersion.SUPPORTED,
      fix: 'give a supported version',
    })];
  }
  const faults: MeshDiagnostic[] = [];
  for (const [property, setting] of SETTING_LIST.filter(([name, each]) => each.property === name)) {
    const value = cluster[property as keyof ClusterModel];
    const before = setting.default?.(cluster.version.traits);
    // the chart of a version without the setting would take the value silently
    if (value !== undefined && value !== before && !hasSetting(cluster.version, setting)) {
      const brought = `Cilium knows this setting since 1.${setting.since} (${setting.source})`;
      faults.push(meshDiagnostic('setting-unknown-to-version', {
        path: `${cluster.path}.${property}`,
        message: `${brought}; an older chart would ignore it silently`,
        got: `${formatValue(value)} with Cilium ${cluster.version.text}`,
        allowed: `Cilium 1.${setting.since} or later, or the setting left out`,
        fix: `leave ${property} out, or upgrade the cluster`,
      }));
    }
  }
  if (cluster.maxConnectedClusters === 511 && !cluster.version.traits.maxConnectedClusters511) {
    faults.push(meshDiagnostic('setting-unknown-to-version', {
      path: `${cluster.path}.maxConnectedClusters`,
      message: 'Cilium knows 511 clusters since 1.15',
      got: `511 with Cilium ${cluster.version.text}`,
      allowed: 'Cilium 1.15 or later, or 255',
      fix: 'leave maxConnectedClusters out, or upgrade the cluster',
    }));
  }
  return faults;
}

function legacyFaults(cluster: ClusterModel): MeshDiagnostic[] {
  if (cluster.version.traits.clusterMeshApiserver) {
    return [];
  }
  const faults: MeshDiagnostic[] = NOT_LEGACY.filter(([property, same]) => cluster[property] !== undefined && cluster[property] !== same).map(([property]) => meshDiagnostic('setting-unknown-to-version', {
    path: `${cluster.path}.${property}`,
    message: 'for Cilium 1.9 nothing is written that would do this',
    got: `${formatValue(cluster[property])} with Cilium ${cluster.version.text}`,
    allowed: 'Cilium 1.14 or later, or the setting left out',
    fix: `leave ${property} out, or upgrade the cluster`,
  }));
  if (ipamMode(cluster) === IpamMode.CLUSTER_POOL && cluster.pods.length > 0 && (cluster.pods.length > 1 || cluster.pods[0].family !== 'IPv4')) {
    faults.push(meshDiagnostic('legacy-pod-cidrs', {
      path: `${cluster.path}.podCidrs`,
      message: 'the chart of Cilium 1.9 takes one IPv4 pool (ipam.operator.clusterPoolIPv4PodCIDR)',
      got: cluster.pods.map(cidr => cidr.text).join(', '),
      allowed: 'one IPv4 CIDR',
      fix: 'join them to one, or upgrade the cluster',
    }));
  }
  return faults;
}

function unknownFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return unknown(cluster.given).map(({ path, value, known }) => meshDiagnostic('setting-unknown', {
    path: `${cluster.path}.${path}`,
    message: 'there is no such setting, so it would do nothing',
    got: formatValue(value),
    allowed: known.join(', '),
    fix: `correct the name${didYouMean(path.split('.').pop(), known)}`,
  }));
}

function valueFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return unusable(cluster.given).map(({ path, value, values: { allowed, texts } }) => meshDiagnostic('setting-value-unknown', {
    path: `${cluster.path}.${path}`,
    message: texts ? 'the Helm chart would take this value silently, and Cilium does not know it' : 'the setting has values of another type',
    got: formatValue(value),
    allowed,
    fix: texts ? `use one of the allowed values${didYouMean(value, texts)}` : `give ${allowed === 'true, false' ? 'a boolean' : allowed}`,
  }));
}

function platformFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  if (cluster.kind && cluster.context !== undefined && cluster.context !== `kind-${cluster.name}`) {
    faults.push(meshDiagnostic('kind-context', {
      path: `${cluster.path}.context`,
      message: 'kind names the context of its clusters itself',
      got: formatValue(cluster.context),
      allowed: `kind-${cluster.name}, or left out`,
      fix: 'leave context out, or leave kind out if the cluster exists already',
    }));
  }
  const counts: Array<[string, unknown, number]> = cluster.kind ? [['controlPlanes', cluster.kind.controlPlanes, 1], ['workers', cluster.kind.workers, 0]] : [];
  for (const [property, value, least] of counts) {
    if (value !== undefined && (!Number.isInteger(value) || (value as number) < least)) {
      faults.push(meshDiagnostic('kind-node-count', {
        path: `${cluster.path}.kind.${property}`,
        message: 'kind cannot create this number of nodes',
        got: formatValue(value),
        allowed: `a whole number from ${least}`,
        fix: 'give a number of nodes',
      }));
    }
  }
  if (cluster.kubernetesApi) {
    const host: unknown = cluster.kubernetesApi.host;
    if (typeof host !== 'string' || host === '' || /[/[\]\s]/.test(host) || (host.includes(':') && !isAddress(host))) {
      faults.push(meshDiagnostic('kubernetes-api-host', {
        path: `${cluster.path}.kubernetesApi.host`,
        message: 'the chart takes a host, not a URL',
        got: formatValue(host),
        allowed: 'a host name or address without scheme, port and path',
        fix: 'leave out "https://" and everything behind the host; the port is kubernetesApi.port',
      }));
    }
    const port = cluster.kubernetesApi.port;
    if (port !== undefined && !isPort(port)) {
      faults.push(notAPort(`${cluster.path}.kubernetesApi.port`, port, '; the Helm chart would take it silently'));
    }
  }
  return faults;
}

function ipamFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const sizes: Array<['clusterPoolIpv4MaskSize' | 'clusterPoolIpv6MaskSize', 'IPv4' | 'IPv6', number, number]> = [
    ['clusterPoolIpv4MaskSize', 'IPv4', 24, 32],
    ['clusterPoolIpv6MaskSize', 'IPv6', 120, 128],
  ];
  for (const [property, family, standard, bits] of sizes) {
    const size = cluster[property];
    if (size !== undefined && ipamMode(cluster) !== IpamMode.CLUSTER_POOL) {
      faults.push(meshDiagnostic('cluster-pool-mask-size', {
        path: `${cluster.path}.${property}`,
        message: `IPAM mode ${ipamMode(cluster)} has no pool`,
        got: formatValue(size),
        allowed: 'IPAM mode cluster-pool, or the size left out',
        fix: `leave ${property} out`,
      }));
    } else if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > bits)) {
      faults.push(meshDiagnostic('cluster-pool-mask-size', {
        path: `${cluster.path}.${property}`,
        message: 'not a prefix length of the family',
        got: formatValue(size),
        allowed: `a whole number from 1 to ${bits}`,
        fix: 'give the prefix length of the block that each node gets',
      }));
    } else if (ipamMode(cluster) === IpamMode.CLUSTER_POOL && hasFamily(cluster, family)) {
      for (const cidr of cluster.pods.filter(each => each.family === family && each.prefix > (size ?? standard))) {
        faults.push(meshDiagnostic('cluster-pool-mask-size', {
          path: `${cluster.path}.podCidrs`,
          message: `the pool ${cidr.text} is smaller than the block that each node gets (/${size ?? standard})`,
          got: formatValue(cidr.text),
          allowed: `a prefix length of at most ${size ?? standard}`,
          fix: `give a larger pool, or a longer ${property}`,
        }));
      }
      for (const cidr of cluster.pods.filter(each => family === 'IPv6' && each.family === family && (size ?? standard) - each.prefix > MAX_IPV6_POOL_BITS)) {
        faults.push(meshDiagnostic('cluster-pool-mask-size', {
          path: `${cluster.path}.podCidrs`,
          message: `the pool ${cidr.text} is too large for blocks of /${size ?? standard}: Cilium's operator ends (pkg/ipam/cidrset/cidr_set.go, v1.20.2)`,
          got: formatValue(cidr.text),
          allowed: `a prefix length of at least ${(size ?? standard) - MAX_IPV6_POOL_BITS}`,
          fix: `give a smaller pool, or a shorter ${property}`,
        }));
      }
    }
  }
  return faults;
}

function hubbleFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const hubble = cluster.hubble;
  if (!hubble) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  if (hubble.ui && hubble.relay === false) {
    faults.push(meshDiagnostic('hubble-ui-without-relay', {
      path: `${cluster.path}.hubble.ui`,
      message: 'Hubble UI reads from the relay (install/kubernetes/cilium/templates/validate.yaml, v1.20.2)',
      got: 'ui: true, relay: false',
      allowed: 'relay: true with ui: true',
      fix: 'leave relay out',
    }));
  }
  const exposed: Array<['relayNodePort' | 'uiNodePort', boolean]> = [['relayNodePort', hubble.relay !== false], ['uiNodePort', hubble.ui === true]];
  for (const [property, enabled] of exposed) {
    if (hubble[property] !== undefined && !enabled) {
      faults.push(meshDiagnostic('hubble-node-port-unused', {
        path: `${cluster.path}.hubble.${property}`,
        message: 'exposes what is not enabled',
        got: formatValue(hubble[property]),
        allowed: 'a node port of what is enabled',
        fix: `enable it, or leave ${property} out`,
      }));
    }
  }
  return faults;
}

function apiserverFaults(cluster: ClusterModel): MeshDiagnostic[] {
  const faults: MeshDiagnostic[] = [];
  const { replicas, serviceAnnotations } = cluster.apiserver ?? {};
  if (replicas !== undefined && (!Number.isInteger(replicas) || replicas < 1)) {
    faults.push(meshDiagnostic('apiserver-replicas', {
      path: `${cluster.path}.apiserver.replicas`,
      message: 'without a replica no other cluster can connect',
      got: formatValue(replicas),
      allowed: 'a whole number from 1',
      fix: 'give a number of replicas',
    }));
  }
  for (const [key, value] of Object.entries(serviceAnnotations ?? {})) {
    if (typeof value !== 'string') {
      faults.push(meshDiagnostic('annotation-not-text', {
        path: `${cluster.path}.apiserver.serviceAnnotations[${formatValue(key)}]`,
        message: 'Kubernetes takes texts only as annotations',
        got: formatValue(value),
        allowed: 'a string',
        fix: typeof value === 'object' ? 'give a string' : `write ${formatValue(String(value))}`,
      }));
    }
  }
  return faults;
}

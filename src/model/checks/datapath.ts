import { hasReadableVersion } from './settings';
import { Cidr } from '../../cilium/cidr';
import { formatValue } from '../../diagnostics/texts';
import { Encryption, IpamMode, RoutingMode } from '../cluster-settings';
import { MeshDiagnostic, meshDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel, routingMode, tunnelProtocol } from '../mesh-model';

/**
 * The clusters' datapaths fit together.
 *
 * One datapath mode in all clusters, versions at most one minor apart, a native routing CIDR that covers every cluster's pods
 * (Documentation/network/clustermesh/setup.rst, v1.20.2); encryption in all clusters or none (encryption-wireguard.rst, "mixed mode").
 */
export function datapathFaults(mesh: MeshModel): MeshDiagnostic[] {
  return [
    ...mixedFaults(mesh),
    ...skewFaults(mesh),
    ...mesh.clusters.flatMap(cluster => [...ztunnelFaults(cluster), ...tunnelFaults(cluster), ...nativeRoutingFaults(cluster, mesh)]),
  ];
}

function mixedFaults(mesh: MeshModel): MeshDiagnostic[] {
  const compared: Array<[property: string, read: (cluster: ClusterModel) => string | undefined]> = [
    ['routingMode', routingMode],
    ['tunnelProtocol', tunnelProtocol],
    ['encryption', cluster => cluster.encryption ?? Encryption.NONE],
  ];
  const [first, ...rest] = mesh.clusters;
  // what could not be read is reported by itself, and is not compared
  const readable = (cluster: ClusterModel, property: string) => cluster.given[property] === cluster[property as keyof ClusterModel];
  return rest.flatMap(cluster => compared.filter(([property]) => readable(first, property) && readable(cluster, property)).flatMap(([property, read]) => {
    const [expected, got] = [read(first), read(cluster)];
    return expected === undefined || got === undefined || expected === got ? [] : [meshDiagnostic('datapath-mixed', {
      path: `${cluster.path}.${property}`,
      message: `differs from ${first.path}; all clusters of a mesh must use the same`,
      got: formatValue(got),
      allowed: `${expected}, as in ${first.path}`,
      fix: `set ${property} once, in defaults`,
    })];
  }));
}

function skewFaults(mesh: MeshModel): MeshDiagnostic[] {
  const clusters = mesh.clusters.filter(hasReadableVersion);
  if (clusters.length === 0) {
    return [];
  }
  const oldest = clusters.reduce((least, cluster) => cluster.version.minor < least.version.minor ? cluster : least);
  return clusters.filter(cluster => cluster.version.minor - oldest.version.minor > 1).map(cluster => meshDiagnostic('cilium-version-skew', {
    path: `${cluster.path}.ciliumVersion`,
    message: `is more than one minor version ahead of ${oldest.path} (${oldest.version.text})`,
    got: formatValue(cluster.version.text),
    allowed: `1.${oldest.version.minor}.x or 1.${oldest.version.minor + 1}.x`,
    fix: `upgrade ${oldest.path} first, one minor version at a time`,
  }));
}

function ztunnelFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return cluster.encryption !== Encryption.ZTUNNEL ? [] : [meshDiagnostic('ztunnel-with-cluster-mesh', {
    path: `${cluster.path}.encryption`,
    message: 'ztunnel does not work with Cluster Mesh (Documentation/security/network/encryption-ztunnel.rst, v1.20.2)',
    got: formatValue(cluster.encryption),
    allowed: `${Encryption.NONE}, ${Encryption.WIREGUARD}, ${Encryption.IPSEC}`,
    fix: 'use WireGuard or IPsec',
  })];
}

/** What ends every agent when it starts with a tunnel (daemon/cmd/daemon_main.go of v1.15.19, v1.17.0, v1.18.4 and v1.20.2). */
function tunnelFaults(cluster: ClusterModel): MeshDiagnostic[] {
  if (routingMode(cluster) !== RoutingMode.TUNNEL) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  if (cluster.autoDirectNodeRoutes) {
    faults.push(meshDiagnostic('auto-direct-node-routes-with-tunnel', {
      path: `${cluster.path}.autoDirectNodeRoutes`,
      message: 'cannot be used with tunnel routing: every agent would end when it starts (daemon/cmd/daemon_main.go, v1.20.2)',
      got: formatValue(cluster.autoDirectNodeRoutes),
      allowed: 'routingMode native, or false',
      fix: 'leave autoDirectNodeRoutes out, or set routingMode to native',
    }));
  }
  const mode = ipamMode(cluster);
  if (mode === IpamMode.ENI || (mode === IpamMode.MULTI_POOL && !cluster.version.traits.multiPoolWithTunnel)) {
    const own = mode === IpamMode.ENI;
    faults.push(meshDiagnostic('ipam-mode-with-tunnel', {
      path: `${cluster.path}.${own ? 'routingMode' : 'ipamMode'}`,
      message: `IPAM mode ${mode} cannot be used with tunnel routing${own ? '' : ' before Cilium 1.18'}: every agent would end when it starts (daemon/cmd/daemon_main.go)`,
      got: `routingMode ${routingMode(cluster)}, ipamMode ${mode}`,
      allowed: `routingMode native with IPAM mode ${mode}`,
      fix: own ? 'leave routingMode out, or set it to native, in all clusters' : 'set routingMode to native in all clusters, or use another IPAM mode',
    }));
  }
  return faults;
}

function nativeRoutingFaults(cluster: ClusterModel, mesh: MeshModel): MeshDiagnostic[] {
  const native = routingMode(cluster) === RoutingMode.NATIVE;
  const faults: MeshDiagnostic[] = [];
  for (const [property, family] of [['ipv4NativeRoutingCidr', 'IPv4'], ['ipv6NativeRoutingCidr', 'IPv6']] as const) {
    const text = cluster[property];
    if (!native) {
      if (text !== undefined) {
        faults.push(meshDiagnostic('native-routing-cidr-unused', {
          path: `${cluster.path}.${property}`,
          message: 'has no effect with tunnel routing',
          got: formatValue(text),
          allowed: 'routingMode native, or the CIDR left out',
          fix: `leave ${property} out, or set routingMode to native`,
        }));
      }
      continue;
    }
    const pods = mesh.clusters.flatMap(each => each.pods.filter(cidr => cidr.family === family).map(cidr => ({ cluster: each, cidr })));
    const own = pods.some(each => each.cluster === cluster);
    const cidr = text === undefined ? undefined : Cidr.parse(text);
    if (cidr instanceof Cidr) {
      const missing = pods.filter(each => !cidr.covers(each.cidr));
      if (missing.length > 0) {
        faults.push(meshDiagnostic('native-routing-cidr-too-small', {
          path: `${cluster.path}.${property}`,
          message: 'does not cover every cluster\'s pods: packets to the others would be masqueraded and seen as remote-node',
          got: formatValue(text),
          allowed: `a CIDR that covers ${missing.map(each => `${each.cidr.text} (${each.cluster.path})`).join(', ')}`,
          fix: 'give a larger CIDR',
        }));
      }
    } else if (cidr === undefined && own && ipamMode(cluster) !== IpamMode.ENI && ipamMode(cluster) !== IpamMode.ALIBABA_CLOUD) {
      faults.push(meshDiagnostic('native-routing-cidr-missing', {
        path: `${cluster.path}.${property}`,
        message: 'the chart asks for it with native routing (templates/cilium-configmap.yaml, v1.20.2)',
        got: formatValue(text),
        allowed: `a CIDR that covers ${pods.map(each => each.cidr.text).join(', ')}`,
        fix: `set ${property} once, in defaults`,
      }));
    }
  }
  return faults;
}

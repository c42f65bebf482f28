import { hasReadableVersion } from './settings';
import { Cidr } from '../../cilium/cidr';
import { CiliumVersion } from '../../cilium/version';
import { formatList, formatValue } from '../../diagnostics/texts';
import { Encryption, IpamMode, RoutingMode } from '../cluster-settings';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel, routingMode, tunnelProtocol } from '../mesh-model';
import { MeshVocabulary } from '../vocabulary';

/**
 * The datapaths of all clusters must be compatible.
 *
 * All clusters must have one datapath mode, versions at most one minor version apart, and a native routing CIDR that
 * covers the pods of all clusters (Documentation/network/clustermesh/setup.rst, v1.20.2). All or no clusters must use
 * encryption (encryption-wireguard.rst, "mixed mode").
 */
export function datapathFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return [
    ...mixedFaults(mesh, words),
    ...skewFaults(mesh),
    ...mesh.clusters.flatMap(cluster => [
      ...ztunnelFaults(cluster),
      ...tunnelFaults(cluster, words),
      ...nativeRoutingFaults(cluster, mesh, words),
    ]),
  ];
}

function mixedFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  const compared: Array<[property: string, read: (cluster: ClusterModel) => string | undefined]> = [
    ['routingMode', routingMode],
    ['tunnelProtocol', tunnelProtocol],
    ['encryption', cluster => cluster.encryption ?? Encryption.NONE],
  ];
  const [first, ...rest] = mesh.clusters;
  // invalid values have their own faults, and are not compared
  const readable = (cluster: ClusterModel, property: string) =>
    cluster.properties[property] === cluster[property as keyof ClusterModel];
  return rest.flatMap(cluster =>
    compared
      .filter(([property]) => readable(first, property) && readable(cluster, property))
      .flatMap(([property, read]) => {
        const [expected, got] = [read(first), read(cluster)];
        return expected === undefined || got === undefined || expected === got
          ? []
          : [
            settingDiagnostic('datapath-mixed', cluster, property, {
              message:
                `differs from ${first.path}; all clusters of a mesh must use the same ${words.setting(property)}`,
              got: formatValue(got),
              allowed: `${expected}, as in ${first.path}`,
              fix: `set ${words.setting(property)} to one value ${words.inAllClusters}`,
            }),
          ];
      }),
  );
}

function skewFaults(mesh: MeshModel): MeshDiagnostic[] {
  const clusters = mesh.clusters.filter(hasReadableVersion);
  if (clusters.length === 0) {
    return [];
  }
  const oldest = clusters.reduce((other, cluster) => (cluster.version.minor < other.version.minor ? cluster : other));
  const { minor: least } = oldest.version;
  const supported = [least, least + 1].filter(minor => CiliumVersion.parse(`1.${minor}.0`) !== undefined);
  return clusters
    .filter(cluster => cluster.version.minor - least > 1)
    .map(cluster =>
      settingDiagnostic('cilium-version-skew', cluster, 'ciliumVersion', {
        message: `is more than one minor version ahead of ${oldest.path} (${oldest.version.text})`,
        got: formatValue(cluster.version.text),
        allowed: supported.map(minor => `1.${minor}.x`).join(' or '),
        fix: `upgrade ${oldest.path} first, one minor version at a time`,
      }),
    );
}

function ztunnelFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return cluster.encryption !== Encryption.ZTUNNEL
    ? []
    : [
      settingDiagnostic('ztunnel-with-cluster-mesh', cluster, 'encryption', {
        message:
            'ztunnel does not work with Cluster Mesh (Documentation/security/network/encryption-ztunnel.rst, v1.20.2)',
        got: formatValue(cluster.encryption),
        allowed: `${Encryption.NONE}, ${Encryption.WIREGUARD}, ${Encryption.IPSEC}`,
        fix: 'use WireGuard or IPsec',
      }),
    ];
}

/**
 * Settings with which agents exit at startup in tunnel mode (daemon/cmd/daemon_main.go of v1.15.19, v1.17.0, v1.18.4
 * and v1.20.2).
 */
function tunnelFaults(cluster: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  if (routingMode(cluster) !== RoutingMode.TUNNEL) {
    return [];
  }
  const faults: MeshDiagnostic[] = [];
  if (cluster.autoDirectNodeRoutes) {
    faults.push(
      settingDiagnostic('auto-direct-node-routes-with-tunnel', cluster, 'autoDirectNodeRoutes', {
        message:
          'agents exit at startup with direct node routes and tunnel routing (daemon/cmd/daemon_main.go, v1.20.2)',
        got: formatValue(cluster.autoDirectNodeRoutes),
        allowed: `false, or ${words.setting('routingMode')} native`,
        fix: `remove ${words.setting('autoDirectNodeRoutes')}, or set ${words.setting('routingMode')} to native`,
      }),
    );
  }
  const mode = ipamMode(cluster);
  if (mode === IpamMode.ENI || (mode === IpamMode.MULTI_POOL && !cluster.version.traits.multiPoolWithTunnel)) {
    const own = mode === IpamMode.ENI;
    faults.push(
      settingDiagnostic('ipam-mode-with-tunnel', cluster, own ? 'routingMode' : 'ipamMode', {
        message:
          `${own ? '' : 'before Cilium 1.18, '}agents exit at startup with IPAM mode ${mode} and tunnel routing ` +
          '(daemon/cmd/daemon_main.go)',
        got: `${words.setting('routingMode')} ${routingMode(cluster)}, ${words.setting('ipamMode')} ${mode}`,
        allowed: `${words.setting('routingMode')} native with ${words.setting('ipamMode')} ${mode}`,
        fix: own
          ? `remove ${words.setting('routingMode')}, or set it to native, in all clusters`
          : `set ${words.setting('routingMode')} to native in all clusters, or use another IPAM mode`,
      }),
    );
  }
  return faults;
}

function nativeRoutingFaults(cluster: ClusterModel, mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return (
    [
      ['ipv4NativeRoutingCidr', 'IPv4'],
      ['ipv6NativeRoutingCidr', 'IPv6'],
    ] as const
  ).flatMap(([property, family]) =>
    routingMode(cluster) === RoutingMode.NATIVE
      ? nativeRoutingCidrFaults(cluster, mesh, property, family, words)
      : unusedFaults(cluster, property, words),
  );
}

function unusedFaults(
  cluster: ClusterModel,
  property: 'ipv4NativeRoutingCidr' | 'ipv6NativeRoutingCidr',
  words: MeshVocabulary,
): MeshDiagnostic[] {
  // an invalid CIDR has a fault of its own
  return typeof cluster[property] !== 'string'
    ? []
    : [
      settingDiagnostic('native-routing-cidr-unused', cluster, property, {
        message: 'has no effect with tunnel routing',
        got: formatValue(cluster[property]),
        allowed: `no CIDR, or ${words.setting('routingMode')} native`,
        fix: `remove ${words.setting(property)}, or set ${words.setting('routingMode')} to native`,
      }),
    ];
}

function nativeRoutingCidrFaults(
  cluster: ClusterModel,
  mesh: MeshModel,
  property: 'ipv4NativeRoutingCidr' | 'ipv6NativeRoutingCidr',
  family: Cidr['family'],
  words: MeshVocabulary,
): MeshDiagnostic[] {
  const text = cluster[property];
  const pods = mesh.clusters.flatMap(each =>
    each.pods.filter(cidr => cidr.family === family).map(cidr => ({ cluster: each, cidr })),
  );
  const own = pods.some(each => each.cluster === cluster);
  const cidr = text === undefined ? undefined : Cidr.parse(text);
  if (cidr instanceof Cidr) {
    const missing = pods.filter(each => !cidr.covers(each.cidr));
    return missing.length === 0
      ? []
      : [
        settingDiagnostic('native-routing-cidr-too-small', cluster, property, {
          message:
              'does not cover the pods of all clusters; Cilium would masquerade packets to the others, which would ' +
              'see them as remote-node',
          got: formatValue(text),
          allowed: `a CIDR that covers ${formatList(missing.map(each => `${each.cidr.text} (${each.cluster.path})`))}`,
          fix: 'set a larger CIDR',
        }),
      ];
  }
  const needed =
    cidr === undefined && own && ipamMode(cluster) !== IpamMode.ENI && ipamMode(cluster) !== IpamMode.ALIBABA_CLOUD;
  return !needed
    ? []
    : [
      settingDiagnostic('native-routing-cidr-missing', cluster, property, {
        message: 'the chart requires this CIDR with native routing (templates/cilium-configmap.yaml, v1.20.2)',
        got: formatValue(text),
        allowed: `a CIDR that covers ${formatList(pods.map(each => each.cidr.text))}`,
        fix: `set ${words.setting(property)} to one value ${words.inAllClusters}`,
      }),
    ];
}

import { clusterPoolFaults } from './cluster-pool';
import { apiserverFaults, hubbleFaults, kindFaults, kubernetesApiFaults } from './platform';
import { hasSetting, SETTING_LIST } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatList, formatValue } from '../../diagnostics/texts';
import { IpamMode } from '../cluster-settings';
import { MeshDiagnostic, settingDiagnostic } from '../mesh-diagnostic';
import { ClusterModel, ipamMode, MeshModel } from '../mesh-model';
import { unknown, unusable } from '../setting-values';
import { MeshVocabulary } from '../vocabulary';

/** Settings without a Helm value in Cilium 1.9, with the behaviour of Cilium 1.9. */
const NOT_LEGACY: ReadonlyArray<[property: keyof ClusterModel, same: unknown]> = [
  ['encryption', 'none'],
  ['policyEnforcementMode', 'default'],
  ['autoDirectNodeRoutes', false],
  ['ipv6NativeRoutingCidr', undefined],
  ['clusterPoolIpv6MaskSize', undefined],
  ['apiserver', undefined],
  ['hubble', undefined],
];

/** Faults of one cluster that do not depend on other clusters. */
export function settingFaults(mesh: MeshModel, words: MeshVocabulary): MeshDiagnostic[] {
  return mesh.clusters.flatMap(cluster => [
    ...versionFaults(cluster, words),
    ...legacyFaults(cluster, words),
    ...unknownFaults(cluster),
    ...valueFaults(cluster),
    ...kindFaults(cluster),
    ...kubernetesApiFaults(cluster),
    ...clusterPoolFaults(cluster, words),
    ...hubbleFaults(cluster),
    ...apiserverFaults(cluster),
  ]);
}

/** Whether the version in the settings is valid. */
export function hasReadableVersion(cluster: ClusterModel): boolean {
  return cluster.ciliumVersion === undefined || CiliumVersion.parse(cluster.ciliumVersion) !== undefined;
}

function versionFaults(cluster: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  if (!hasReadableVersion(cluster)) {
    return [
      settingDiagnostic('cilium-version-unsupported', cluster, 'ciliumVersion', {
        message: 'unsupported version; this library does not know how it enforces policies',
        got: formatValue(cluster.ciliumVersion),
        allowed: CiliumVersion.SUPPORTED,
        fix: 'set a supported version',
      }),
    ];
  }
  const faults: MeshDiagnostic[] = [];
  for (const [property, setting] of SETTING_LIST.filter(([name, each]) => each.property === name)) {
    const value = cluster[property as keyof ClusterModel];
    const before = setting.default?.(cluster.version.traits);
    if (value !== undefined && value !== before && !hasSetting(cluster.version, setting)) {
      const brought = `Cilium knows this setting since 1.${setting.since} (${setting.source})`;
      faults.push(
        settingDiagnostic('setting-unknown-to-version', cluster, property, {
          message: `${brought}; an older chart ignores it without a message`,
          got: `${formatValue(value)} with Cilium ${cluster.version.text}`,
          allowed: `Cilium 1.${setting.since} or later, or no setting`,
          fix: `remove ${words.setting(property)}, or upgrade the cluster`,
        }),
      );
    }
  }
  if (cluster.maxConnectedClusters === 511 && !cluster.version.traits.maxConnectedClusters511) {
    faults.push(
      settingDiagnostic('setting-unknown-to-version', cluster, 'maxConnectedClusters', {
        message: 'Cilium supports 511 clusters since 1.15',
        got: `511 with Cilium ${cluster.version.text}`,
        allowed: 'Cilium 1.15 or later, or 255',
        fix: `remove ${words.setting('maxConnectedClusters')}, or upgrade the cluster`,
      }),
    );
  }
  return faults;
}

function legacyFaults(cluster: ClusterModel, words: MeshVocabulary): MeshDiagnostic[] {
  if (cluster.version.traits.clusterMeshApiserver) {
    return [];
  }
  const faults = NOT_LEGACY.filter(
    ([property, same]) => cluster[property] !== undefined && cluster[property] !== same,
  ).map(([property]) =>
    settingDiagnostic('setting-unknown-to-version', cluster, property, {
      message: 'this library does not write this setting for Cilium 1.9',
      got: `${formatValue(cluster[property])} with Cilium ${cluster.version.text}`,
      allowed: 'Cilium 1.14 or later, or no setting',
      fix: `remove ${words.setting(property)}, or upgrade the cluster`,
    }),
  );
  const several = cluster.pods.length > 0 && (cluster.pods.length > 1 || cluster.pods[0].family !== 'IPv4');
  if (ipamMode(cluster) === IpamMode.CLUSTER_POOL && several) {
    faults.push(
      settingDiagnostic('legacy-pod-cidrs', cluster, 'podCidrs', {
        message: 'the chart of Cilium 1.9 has one IPv4 pool (ipam.operator.clusterPoolIPv4PodCIDR)',
        got: formatList(cluster.pods.map(cidr => cidr.text)),
        allowed: 'one IPv4 CIDR',
        fix: 'join the CIDRs into one, or upgrade the cluster',
      }),
    );
  }
  return faults;
}

function unknownFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return unknown(cluster.properties).map(({ group, name, value, known }) =>
    settingDiagnostic('setting-unknown', cluster, group === undefined ? name : [group, `.${name}`], {
      message: 'unknown setting, which would have no effect',
      got: formatValue(value),
      allowed: formatList(known),
      fix: `correct the name${didYouMean(name, known)}`,
    }),
  );
}

function valueFaults(cluster: ClusterModel): MeshDiagnostic[] {
  return unusable(cluster.properties).map(({ setting, part, value, values: { type, allowed, texts } }) =>
    settingDiagnostic('setting-value-unknown', cluster, [setting, part], {
      message: texts ? 'unknown value, which the Helm chart accepts without a message' : `must be ${type}`,
      got: formatValue(value),
      allowed,
      fix: texts ? `use one of the allowed values${didYouMean(value, texts)}` : `write ${type}`,
    }),
  );
}

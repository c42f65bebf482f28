import { Encryption, IpamMode, RoutingMode } from './cluster-settings';
import {
  apiserverServiceType,
  ClusterModel,
  hasFamily,
  ipamMode,
  kubernetesApi,
  mergeValues,
  routingMode,
} from './mesh-model';
import { maskFields, REPLIES } from '../cilium/hubble-fields';
import { Family } from '../cilium/ip-address';
import { HelmValue, helmPaths, SETTING_LIST, SettingName } from '../cilium/settings';

/** Helm values as data. */
export type Values = { [key: string]: any };

/**
 * The Helm values of a cluster: those that the mesh sets, and the further values of the user over them.
 *
 * Keys are those of the chart of the cluster's version. Settings with the default of the chart are not written.
 */
export function helmValues(cluster: ClusterModel): Values {
  return mergeValues(meshValues(cluster), cluster.helmValues);
}

/** The values that the mesh sets itself. */
export function meshValues(cluster: ClusterModel): Values {
  return cluster.version.traits.clusterMeshApiserver ? currentValues(cluster) : legacyValues(cluster);
}

/** Paths of the values that the mesh sets or could set, with the property of each, for charts of 1.14 and later. */
export const OWNED_VALUES: ReadonlyMap<string, string> = owned(({ until = Infinity }) => until >= 14);

/** The same for the chart of 1.9. Later values of Cluster Mesh also belong to the mesh there. */
export const LEGACY_OWNED_VALUES: ReadonlyMap<string, string> = owned(({ legacy }) => legacy !== false);

/**
 * Keys of the agent's ConfigMap that the mesh sets through the chart, with the property of each; `extraConfig` replaces
 * them.
 */
export const OWNED_CONFIG: ReadonlyMap<string, string> = new Map(
  SETTING_LIST.flatMap(([, { config, property }]) =>
    property === undefined ? [] : config.map(key => [key, property] as const),
  ),
);

function owned(isOwned: (value: HelmValue) => boolean): Map<string, string> {
  return new Map(
    SETTING_LIST.flatMap(([, { helm, property }]) =>
      property === undefined ? [] : helm.filter(isOwned).map(({ path }) => [path, property] as const),
    ),
  );
}

/** Helm values that differ from the values of their properties, by the names of their settings. */
const DERIVED: { readonly [name in SettingName]?: (cluster: ClusterModel) => unknown } = {
  ipv4: cluster => (hasFamily(cluster, 'IPv4') ? undefined : false),
  ipv6: cluster => (hasFamily(cluster, 'IPv6') ? true : undefined),
  ipamMode,
  ipv4Pool: cluster => poolOf(cluster, 'IPv4'),
  clusterPoolIpv4MaskSize: cluster => (hasPool(cluster) ? cluster.clusterPoolIpv4MaskSize : undefined),
  ipv6Pool: cluster => poolOf(cluster, 'IPv6'),
  clusterPoolIpv6MaskSize: cluster => (hasPool(cluster) ? cluster.clusterPoolIpv6MaskSize : undefined),
  // without its integration, the chart refuses each of these IPAM modes or uses another
  eni: cluster => ipamMode(cluster) === IpamMode.ENI || undefined,
  azure: cluster => ipamMode(cluster) === IpamMode.AZURE || undefined,
  alibabaCloud: cluster => ipamMode(cluster) === IpamMode.ALIBABA_CLOUD || undefined,
  encryptionEnabled: cluster => isEncrypted(cluster) || undefined,
  encryption: cluster => (isEncrypted(cluster) ? cluster.encryption : undefined),
  kubernetesApiHost: cluster => kubernetesApiValues(cluster).k8sServiceHost,
  kubernetesApiPort: cluster => kubernetesApiValues(cluster).k8sServicePort,
  clusterMeshApiserver: () => true,
  meshConfig: () => true,
  apiserverReplicas: ({ apiserver }) => apiserver?.replicas,
  apiserverServiceType,
  apiserverNodePort: ({ apiserver }) => apiserver?.nodePort,
  apiserverAnnotations: ({ apiserver }) => apiserver?.serviceAnnotations,
  mcsApi: ({ mcsApi }) => mcsApi || undefined,
  hubbleRelay: ({ hubble }) => hubble && (hubble.relay ?? true),
  hubbleRelayServiceType: ({ hubble }) => nodePortType(hubble?.relayNodePort),
  hubbleRelayNodePort: ({ hubble }) => hubble?.relayNodePort,
  hubbleUi: ({ hubble }) => hubble?.ui || undefined,
  hubbleUiServiceType: ({ hubble }) => (hubble?.ui ? nodePortType(hubble.uiNodePort) : undefined),
  hubbleUiNodePort: ({ hubble }) => (hubble?.ui ? hubble.uiNodePort : undefined),
  hubbleExport: ({ hubble }) => hubble?.exportFlows || undefined,
  hubbleExportSize: ({ hubble }) => (hubble?.exportFlows ? 100 : undefined),
  // compressed files have about a tenth of the size
  hubbleExportBackups: ({ hubble, version }) =>
    hubble?.exportFlows ? (version.traits.exporterCompresses ? 20 : 5) : undefined,
  hubbleExportCompress: ({ hubble }) => hubble?.exportFlows || undefined,
  hubbleExportFields: ({ hubble, version }) => (hubble?.exportFlows ? maskFields(version.traits) : undefined),
  hubbleExportDenied: ({ hubble }) => (hubble?.exportFlows ? [JSON.stringify(REPLIES)] : undefined),
};

/**
 * The value of `cilium clustermesh enable` (generateEnableHelmValues, cilium-cli/clustermesh/clustermesh.go, April
 * 2026), from the first installation on. With the default of the chart, Helm makes the certificates, and a later change
 * is not safe: Helm creates the new Job before it deletes its own Secrets, which have the same names as those of the
 * Job.
 */
const CERTIFICATES = { enabled: true, method: 'cronJob', schedule: '0 0 1 */4 *' };

/** Values of the charts of 1.14 and later. */
function currentValues(cluster: ClusterModel): Values {
  const values: Values = {};
  for (const [name, setting] of SETTING_LIST) {
    const [path] = helmPaths(setting, cluster.version);
    if (setting.property !== undefined && path !== undefined) {
      put(values, path, (DERIVED[name] ?? (() => cluster[setting.property as keyof ClusterModel]))(cluster));
    }
  }
  put(values, 'clustermesh.apiserver.tls.auto', CERTIFICATES);
  if (cluster.mcsApi && cluster.version.traits.mcsApiValues) {
    // Without configuration of CoreDNS, <service>.<namespace>.svc.clusterset.local does not resolve. The chart
    // configures it since 1.19; before, users do (Documentation/network/clustermesh/mcsapi.rst, v1.18.8 to v1.20.2).
    // `helmValues` of a cluster can disable it: no property owns it.
    put(values, 'clustermesh.mcsapi.corednsAutoConfigure.enabled', true);
  }
  return withoutUndefined(values);
}

function put(values: Values, path: string, value: unknown): void {
  if (value !== undefined) {
    const keys = path.split('.');
    const last = keys.pop()!;
    keys.reduce((each, key) => (each[key] ??= {}), values)[last] = value;
  }
}

function hasPool(cluster: ClusterModel): boolean {
  return ipamMode(cluster) === IpamMode.CLUSTER_POOL;
}

function poolOf(cluster: ClusterModel, family: Family): string[] | undefined {
  return hasPool(cluster) && hasFamily(cluster, family)
    ? cluster.pods.filter(cidr => cidr.family === family).map(cidr => cidr.text)
    : undefined;
}

function isEncrypted({ encryption = Encryption.NONE }: ClusterModel): boolean {
  return encryption !== Encryption.NONE;
}

function nodePortType(nodePort: number | undefined): string | undefined {
  return nodePort === undefined ? undefined : 'NodePort';
}

/**
 * Values of the charts before routingMode and the clustermesh-apiserver: 1.9, meshed through an etcd of each cluster.
 * Source: "A multi-cluster shared services architecture with Amazon EKS using Cilium ClusterMesh", AWS Containers Blog,
 * 2021.
 */
function legacyValues(cluster: ClusterModel): Values {
  const [pool] = cluster.pods.filter(cidr => cidr.family === 'IPv4');
  return withoutUndefined({
    cluster: { name: cluster.name, id: cluster.id },
    eni: ipamMode(cluster) === IpamMode.ENI,
    tunnel: routingMode(cluster) === RoutingMode.NATIVE ? 'disabled' : (cluster.tunnelProtocol ?? 'vxlan'),
    nativeRoutingCIDR: cluster.ipv4NativeRoutingCidr,
    ipam: {
      mode: ipamMode(cluster),
      operator:
        ipamMode(cluster) === IpamMode.CLUSTER_POOL && pool
          ? { clusterPoolIPv4PodCIDR: pool.text, clusterPoolIPv4MaskSize: cluster.clusterPoolIpv4MaskSize ?? 24 }
          : undefined,
    },
    kubeProxyReplacement: cluster.kubeProxyReplacement ? 'strict' : undefined,
    ...kubernetesApiValues(cluster),
  });
}

function kubernetesApiValues(cluster: ClusterModel): Values {
  const api = kubernetesApi(cluster);
  return { k8sServiceHost: api?.host, k8sServicePort: api && (api.port ?? 443) };
}

function withoutUndefined(value: Values): Values {
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && each !== null)
      .map(([key, each]) => [key, typeof each === 'object' && !Array.isArray(each) ? withoutUndefined(each) : each]),
  );
}

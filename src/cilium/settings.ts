import { Traits } from './traits';
import { CiliumVersion } from './version';

/** A value of Cilium's Helm chart, and the minor versions whose charts have it. */
export interface HelmValue {
  readonly path: string;
  readonly since?: number;
  readonly until?: number;
  /** `false` where the mesh does not set it with the chart of 1.9. */
  readonly legacy?: false;
}

/** A setting of Cilium, its keys, and the version that added it. */
export interface Setting {
  /** The values of the chart that set it, first that of the newest chart. */
  readonly helm: readonly HelmValue[];
  /** Keys of the agent's ConfigMap that the chart writes for it. Helm's `extraConfig` replaces them. */
  readonly config: readonly string[];
  /** The minor version that added it; undefined if all supported versions have it. */
  readonly since?: number;
  /** The source in Cilium. */
  readonly source?: string;
  /**
   * The property of `ClusterProps` that sets it. Where it has the setting's name, the Helm value is the property's
   * value; else it is derived from the property.
   */
  readonly property?: string;
}

/** A setting that is on or off. */
export interface Flag extends Setting {
  /** Its default, which also applies to versions without the setting. */
  readonly default: (traits: Traits) => boolean;
}

const ON = () => true;
const OFF = () => false;

/** The settings that this library writes. */
const WRITTEN = {
  name: { property: 'name', helm: [{ path: 'cluster.name' }], config: ['cluster-name'] },
  id: { property: 'id', helm: [{ path: 'cluster.id' }], config: ['cluster-id'] },

  ipv4: { property: 'podCidrs', helm: [{ path: 'ipv4.enabled', legacy: false }], config: ['enable-ipv4'], default: ON },
  ipv6: {
    property: 'podCidrs',
    helm: [{ path: 'ipv6.enabled', legacy: false }],
    config: ['enable-ipv6'],
    default: OFF,
  },
  ipamMode: { property: 'ipamMode', helm: [{ path: 'ipam.mode' }], config: ['ipam'] },
  ipv4Pool: {
    property: 'podCidrs',
    helm: [{ path: 'ipam.operator.clusterPoolIPv4PodCIDRList' }, { path: 'ipam.operator.clusterPoolIPv4PodCIDR' }],
    config: ['cluster-pool-ipv4-cidr'],
  },
  clusterPoolIpv4MaskSize: {
    property: 'clusterPoolIpv4MaskSize',
    helm: [{ path: 'ipam.operator.clusterPoolIPv4MaskSize' }],
    config: ['cluster-pool-ipv4-mask-size'],
  },
  ipv6Pool: {
    property: 'podCidrs',
    helm: [{ path: 'ipam.operator.clusterPoolIPv6PodCIDRList' }, { path: 'ipam.operator.clusterPoolIPv6PodCIDR' }],
    config: ['cluster-pool-ipv6-cidr'],
  },
  clusterPoolIpv6MaskSize: {
    property: 'clusterPoolIpv6MaskSize',
    helm: [{ path: 'ipam.operator.clusterPoolIPv6MaskSize' }],
    config: ['cluster-pool-ipv6-mask-size'],
  },
  eni: {
    property: 'ipamMode',
    helm: [
      { path: 'eni.enabled', legacy: false },
      { path: 'eni', until: 13 },
    ],
    config: [],
  },
  azure: { property: 'ipamMode', helm: [{ path: 'azure.enabled', legacy: false }], config: [] },
  alibabaCloud: { property: 'ipamMode', helm: [{ path: 'alibabacloud.enabled', legacy: false }], config: [] },

  routingMode: {
    property: 'routingMode',
    helm: [{ path: 'routingMode', legacy: false }, { path: 'tunnel' }],
    config: ['routing-mode', 'tunnel'],
  },
  tunnelProtocol: {
    property: 'tunnelProtocol',
    helm: [{ path: 'tunnelProtocol', legacy: false }],
    config: ['tunnel-protocol'],
  },
  ipv4NativeRoutingCidr: {
    property: 'ipv4NativeRoutingCidr',
    helm: [
      { path: 'ipv4NativeRoutingCIDR', legacy: false },
      { path: 'nativeRoutingCIDR', until: 13 },
    ],
    config: ['ipv4-native-routing-cidr'],
  },
  ipv6NativeRoutingCidr: {
    property: 'ipv6NativeRoutingCidr',
    helm: [{ path: 'ipv6NativeRoutingCIDR', legacy: false }],
    config: ['ipv6-native-routing-cidr'],
  },
  autoDirectNodeRoutes: {
    property: 'autoDirectNodeRoutes',
    helm: [{ path: 'autoDirectNodeRoutes', legacy: false }],
    config: ['auto-direct-node-routes'],
  },
  encryptionEnabled: {
    property: 'encryption',
    helm: [{ path: 'encryption.enabled', legacy: false }],
    config: ['enable-wireguard', 'enable-ipsec'],
  },
  encryption: { property: 'encryption', helm: [{ path: 'encryption.type', legacy: false }], config: [] },
  kubeProxyReplacement: {
    property: 'kubeProxyReplacement',
    helm: [{ path: 'kubeProxyReplacement' }],
    config: ['kube-proxy-replacement'],
  },
  kubernetesApiHost: { property: 'kubernetesApi', helm: [{ path: 'k8sServiceHost' }], config: [] },
  kubernetesApiPort: { property: 'kubernetesApi', helm: [{ path: 'k8sServicePort' }], config: [] },
  policyEnforcementMode: {
    property: 'policyEnforcementMode',
    helm: [{ path: 'policyEnforcementMode', legacy: false }],
    config: ['enable-policy'],
  },

  clusterMeshApiserver: { property: 'apiserver', helm: [{ path: 'clustermesh.useAPIServer' }], config: [] },
  meshConfig: { property: 'apiserver', helm: [{ path: 'clustermesh.config.enabled' }], config: [] },
  apiserverReplicas: { property: 'apiserver.replicas', helm: [{ path: 'clustermesh.apiserver.replicas' }], config: [] },
  apiserverServiceType: {
    property: 'apiserver.serviceType',
    helm: [{ path: 'clustermesh.apiserver.service.type' }],
    config: [],
  },
  apiserverNodePort: {
    property: 'apiserver.nodePort',
    helm: [{ path: 'clustermesh.apiserver.service.nodePort' }],
    config: [],
  },
  apiserverAnnotations: {
    property: 'apiserver.serviceAnnotations',
    helm: [{ path: 'clustermesh.apiserver.service.annotations' }],
    config: [],
  },
  maxConnectedClusters: {
    property: 'maxConnectedClusters',
    helm: [{ path: 'clustermesh.maxConnectedClusters' }],
    config: ['max-connected-clusters'],
  },
  policyDefaultLocalCluster: {
    property: 'policyDefaultLocalCluster',
    helm: [{ path: 'clustermesh.policyDefaultLocalCluster' }],
    config: ['policy-default-local-cluster'],
    since: 18,
    source: 'Documentation/operations/upgrade.rst, v1.20.2',
    default: ({ defaultLocalCluster }) => defaultLocalCluster,
  },
  defaultGlobalNamespace: {
    property: 'defaultGlobalNamespace',
    helm: [{ path: 'clustermesh.defaultGlobalNamespace' }],
    config: ['clustermesh-default-global-namespace'],
    since: 20,
    source: 'install/kubernetes/cilium/values.yaml, v1.20.2',
    default: ON,
  },
  // 1.19 renamed the chart's value, and still reads the old one; Cilium creates ServiceImports since 1.17
  mcsApi: {
    property: 'mcsApi',
    helm: [
      { path: 'clustermesh.mcsapi.enabled', since: 19 },
      { path: 'clustermesh.enableMCSAPISupport', until: 19 },
    ],
    config: ['clustermesh-enable-mcs-api'],
    since: 17,
    source: 'release notes of v1.17.0',
    default: OFF,
  },
  endpointSliceSync: {
    property: 'endpointSliceSync',
    helm: [{ path: 'clustermesh.enableEndpointSliceSynchronization' }],
    config: ['clustermesh-enable-endpoint-sync'],
    since: 16,
    source: 'Documentation/network/clustermesh, v1.16',
    default: OFF,
  },

  hubbleRelay: { property: 'hubble.relay', helm: [{ path: 'hubble.relay.enabled', legacy: false }], config: [] },
  hubbleRelayServiceType: {
    property: 'hubble.relayNodePort',
    helm: [{ path: 'hubble.relay.service.type', legacy: false }],
    config: [],
  },
  hubbleRelayNodePort: {
    property: 'hubble.relayNodePort',
    helm: [{ path: 'hubble.relay.service.nodePort', legacy: false }],
    config: [],
  },
  hubbleUi: { property: 'hubble.ui', helm: [{ path: 'hubble.ui.enabled', legacy: false }], config: [] },
  hubbleUiServiceType: {
    property: 'hubble.uiNodePort',
    helm: [{ path: 'hubble.ui.service.type', legacy: false }],
    config: [],
  },
  hubbleUiNodePort: {
    property: 'hubble.uiNodePort',
    helm: [{ path: 'hubble.ui.service.nodePort', legacy: false }],
    config: [],
  },
  hubbleExport: {
    property: 'hubble.exportFlows',
    helm: [{ path: 'hubble.export.static.enabled', since: 15 }],
    config: [],
  },
  hubbleExportSize: {
    property: 'hubble.exportFlows',
    helm: [
      { path: 'hubble.export.static.fileMaxSizeMb', since: 18 },
      { path: 'hubble.export.fileMaxSizeMb', since: 15, until: 17 },
    ],
    config: ['hubble-export-file-max-size-mb'],
  },
  hubbleExportBackups: {
    property: 'hubble.exportFlows',
    helm: [
      { path: 'hubble.export.static.fileMaxBackups', since: 18 },
      { path: 'hubble.export.fileMaxBackups', since: 15, until: 17 },
    ],
    config: ['hubble-export-file-max-backups'],
  },
  hubbleExportCompress: {
    property: 'hubble.exportFlows',
    helm: [{ path: 'hubble.export.static.fileCompress', since: 18 }],
    config: ['hubble-export-file-compress'],
  },
  hubbleExportFields: {
    property: 'hubble.exportFlows',
    helm: [{ path: 'hubble.export.static.fieldMask', since: 15 }],
    config: ['hubble-export-fieldmask'],
  },
  hubbleExportDenied: {
    property: 'hubble.exportFlows',
    helm: [{ path: 'hubble.export.static.denyList', since: 15 }],
    config: ['hubble-export-denylist'],
  },
} satisfies { readonly [name: string]: Setting | Flag };

/**
 * The settings that only change the meaning of manifests. Source of the defaults: pkg/defaults/defaults.go and
 * install/kubernetes/cilium/values.yaml, v1.20.2.
 */
const READ = {
  allowLocalhost: { helm: [], config: ['allow-localhost'] },
  policyCidrMatchMode: { helm: [{ path: 'policyCIDRMatchMode' }], config: ['policy-cidr-match-mode'] },
  nodeSelectorLabels: {
    helm: [{ path: 'nodeSelectorLabels' }],
    config: ['enable-node-selector-labels'],
    since: 16,
    default: OFF,
  },
  hostFirewall: { helm: [{ path: 'hostFirewall.enabled' }], config: ['enable-host-firewall'], default: OFF },
  policyAuditMode: { helm: [{ path: 'policyAuditMode' }], config: ['policy-audit-mode'], default: OFF },
  authentication: {
    helm: [{ path: 'authentication.enabled' }],
    config: ['mesh-auth-enabled'],
    default: ({ authenticationEnabled }) => authenticationEnabled,
  },
  spireAuthentication: {
    helm: [{ path: 'authentication.mutual.spire.enabled' }],
    config: ['mesh-auth-mutual-enabled'],
    default: OFF,
  },
  extendedProtocols: { helm: [], config: ['enable-extended-ip-protocols'], since: 18, default: OFF },
  l7Proxy: { helm: [{ path: 'l7Proxy' }], config: ['enable-l7-proxy'], default: ON },
  icmpRules: { helm: [], config: ['enable-icmp-rules'], default: ON },
  // 1.17 added the setting; 1.16 always has the feature
  nonDefaultDenyPolicies: {
    helm: [{ path: 'enableNonDefaultDenyPolicies' }],
    config: ['enable-non-default-deny-policies'],
    since: 16,
    default: ({ enableDefaultDeny }) => enableDefaultDeny,
  },
  networkPolicies: {
    helm: [{ path: 'k8sNetworkPolicy.enabled' }],
    config: ['enable-k8s-networkpolicy'],
    since: 17,
    default: ON,
  },
  clusterNetworkPolicies: {
    helm: [{ path: 'k8sClusterNetworkPolicy.enabled' }],
    config: ['enable-k8s-cluster-network-policy'],
    since: 20,
    default: OFF,
  },
  socketLoadBalancing: { helm: [{ path: 'socketLB.enabled' }], config: ['bpf-lb-sock'], default: OFF },
  gke: { helm: [{ path: 'gke.enabled' }], config: [] },
  // 1.19 removed the setting
  nodePorts: { helm: [{ path: 'nodePort.enabled', until: 18 }], config: ['enable-node-port'], default: OFF },
  loadBalancerMode: { helm: [{ path: 'loadBalancer.mode' }], config: ['bpf-lb-mode'] },
  externalClusterIps: {
    helm: [{ path: 'bpf.lbExternalClusterIP' }],
    config: ['bpf-lb-external-clusterip'],
    default: OFF,
  },
  sourceRangesOfAllTypes: {
    helm: [{ path: 'bpf.lbSourceRangeAllTypes', since: 17 }],
    config: ['bpf-lb-source-range-all-types'],
    default: OFF,
  },
  localRedirectPolicies: {
    helm: [{ path: 'localRedirectPolicies.enabled', since: 18 }, { path: 'localRedirectPolicy' }],
    config: ['enable-local-redirect-policy'],
    default: OFF,
  },
  ingressController: {
    helm: [{ path: 'ingressController.enabled' }],
    config: ['enable-ingress-controller'],
    default: OFF,
  },
  defaultIngressController: { helm: [{ path: 'ingressController.default' }], config: [], default: OFF },
  identityLabels: { helm: [{ path: 'labels' }], config: ['labels'] },
  nodeLabels: { helm: [{ path: 'nodeLabels' }], config: ['node-labels'], since: 16 },
} satisfies { readonly [name: string]: Setting | Flag };

/** All settings of Cilium that this library writes or reads, by name. */
export const SETTINGS = { ...WRITTEN, ...READ };
export type SettingName = keyof typeof SETTINGS;
/** The names of the settings that are on or off. */
export type FlagName = { [name in SettingName]: (typeof SETTINGS)[name] extends Flag ? name : never }[SettingName];

/** The settings in their order, with their names. */
export const SETTING_LIST: ReadonlyArray<readonly [name: SettingName, setting: Setting & Partial<Flag>]> =
  Object.entries(SETTINGS) as Array<[SettingName, Setting]>;

/** Whether a version has a setting. */
export function hasSetting({ minor }: CiliumVersion, { since = 0 }: Setting): boolean {
  return minor >= since;
}

/** The paths of the Helm values that set a setting in a version's chart. */
export function helmPaths({ helm }: Setting, { minor }: CiliumVersion): string[] {
  return helm.filter(({ since = 0, until = Infinity }) => since <= minor && minor <= until).map(({ path }) => path);
}

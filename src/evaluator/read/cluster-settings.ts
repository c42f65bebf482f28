import { SettingReader, Values } from './setting-reader';
import { LabelFilter } from '../../cilium/identity-labels';
import { POLICY_KINDS, PolicyKindName } from '../../cilium/policy-kinds';
import { SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { PolicySettings } from '../engine/settings';

/** The settings of a cluster that flows depend on: for policies, and for services and namespaces across the mesh. */
export interface EvaluatedSettings {
  readonly policy: PolicySettings;
  /** Whether namespaces without the annotation are global (`clustermesh.defaultGlobalNamespace`, since 1.20). */
  readonly defaultGlobalNamespace: boolean;
  /** Whether this cluster gets EndpointSlices of other clusters' backends, for headless Services and other readers. */
  readonly endpointSliceSync: boolean;
  /** Whether Cilium reads ServiceExports and ServiceImports. */
  readonly mcsApi: boolean;
  /**
   * Whether Cilium balances connections of nodes and pods with host network to Services. It does with kube-proxy
   * replacement or socket load-balancing.
   *
   * Otherwise kube-proxy does, and it knows only the backends of its own cluster
   * (Documentation/network/clustermesh/global-services.rst, v1.20.2).
   */
  readonly balancesForHosts: boolean;
  /** Whether Cilium balances connections to NodePorts and load balancers. Otherwise kube-proxy does. */
  readonly balancesNodePorts: boolean;
  /** Whether nodes route packets of pods without a tunnel, so the source address decides about the identity. */
  readonly nativeRouting: boolean;
  /** Whether nodes that forward a connection to another node keep the address of the client: direct server return. */
  readonly keepsClientAddress: (protocol: string) => boolean;
  /** Whether clients outside of the cluster can connect to cluster IPs (`bpf.lbExternalClusterIP`). */
  readonly externalClusterIps: boolean;
  /** Whether `loadBalancerSourceRanges` limits the ports of nodes too (`bpf.lbSourceRangeAllTypes`). */
  readonly limitsNodePorts: boolean;
  /** Whether CiliumLocalRedirectPolicies replace the backends of Services. */
  readonly localRedirectPolicies: boolean;
  /** Whether Cilium serves Ingresses without a class. */
  readonly defaultIngress: boolean;
  /** The kinds of policies that the cluster does not read. */
  readonly unreadKinds: ReadonlySet<PolicyKindName>;
  /** The labels of pods that belong to their identities (`labels`). */
  readonly identityLabels: LabelFilter;
  /** The labels of nodes that belong to the identities of nodes as peers (`nodeLabels`, since 1.16). */
  readonly nodeLabels: LabelFilter;
  /** Settings that change flows, but that this evaluator does not model. */
  readonly unmodelled: readonly UnmodelledSetting[];
}

export interface UnmodelledSetting {
  /** The path of the Helm value. */
  readonly path: string;
  /** The value that is not modelled, where others are. */
  readonly value?: string;
}

/** The settings from Helm values; by default those of the version. */
export function settingsOf(clusterName: string, version: CiliumVersion, values: Values = {}): EvaluatedSettings {
  const reader = new SettingReader(values, version);
  const enforcement = enforcementMode(reader);
  const matchModes = reader.list(SETTINGS.policyCidrMatchMode);
  const replacesKubeProxy = /^(true|strict)$/.test(String(reader.any(SETTINGS.kubeProxyReplacement)));
  const routing = reader.any(SETTINGS.routingMode);
  const nodeLabels = LabelFilter.OF_NODES.with(reader.list(SETTINGS.nodeLabels));
  const identityLabels = LabelFilter.ofVersion(version.traits).with(reader.list(SETTINGS.identityLabels));
  return {
    policy: {
      clusterName,
      traits: version.traits,
      defaultLocalCluster: reader.flag(SETTINGS.policyDefaultLocalCluster),
      enforcement: enforcement === 'always' || enforcement === 'never' ? enforcement : 'default',
      tunnels: !/^(native|disabled)$/.test(String(reader.any(SETTINGS.routingMode))),
      hostFirewall: reader.flag(SETTINGS.hostFirewall),
      auditMode: reader.flag(SETTINGS.policyAuditMode),
      ipv4: reader.flag(SETTINGS.ipv4),
      ipv6: reader.flag(SETTINGS.ipv6),
      allowLocalhost: reader.any(SETTINGS.allowLocalhost) === 'policy' ? 'policy' : 'always',
      cidrMatchesNodes: matchModes.includes('nodes'),
      nodeSelectorLabels: reader.flag(SETTINGS.nodeSelectorLabels),
      authenticates: reader.flag(SETTINGS.authentication) && reader.flag(SETTINGS.spireAuthentication),
      extendedProtocols: reader.flag(SETTINGS.extendedProtocols),
      l7Proxy: reader.flag(SETTINGS.l7Proxy),
      icmpRules: reader.flag(SETTINGS.icmpRules),
      nonDefaultDenyPolicies: reader.flag(SETTINGS.nonDefaultDenyPolicies),
      clusterNetworkPolicy: reader.flag(SETTINGS.clusterNetworkPolicies),
    },
    defaultGlobalNamespace: reader.flag(SETTINGS.defaultGlobalNamespace),
    endpointSliceSync: reader.flag(SETTINGS.endpointSliceSync),
    mcsApi: reader.flag(SETTINGS.mcsApi),
    balancesForHosts: replacesKubeProxy || reader.flag(SETTINGS.socketLoadBalancing),
    balancesNodePorts: replacesKubeProxy || reader.flag(SETTINGS.nodePorts),
    // the chart routes natively on EKS with ENIs and on GKE (cilium-configmap.yaml, v1.20.2)
    nativeRouting:
      routing === 'native' ||
      routing === 'disabled' ||
      (routing === undefined && [SETTINGS.eni, SETTINGS.gke].some(each => reader.any(each) === true)),
    keepsClientAddress: keepsClientAddress(reader.any(SETTINGS.loadBalancerMode)),
    externalClusterIps: reader.flag(SETTINGS.externalClusterIps),
    limitsNodePorts: reader.flag(SETTINGS.sourceRangesOfAllTypes),
    localRedirectPolicies: reader.flag(SETTINGS.localRedirectPolicies),
    defaultIngress: reader.flag(SETTINGS.ingressController) && reader.flag(SETTINGS.defaultIngressController),
    unreadKinds: new Set(
      Object.values(POLICY_KINDS)
        .filter(({ enabledBy }) => enabledBy !== undefined && !reader.flag(SETTINGS[enabledBy]))
        .map(({ kind }) => kind),
    ),
    identityLabels: identityLabels.filter,
    nodeLabels: nodeLabels.filter,
    unmodelled: [
      ...identityLabels.invalid.map(value => ({ path: 'labels', value })),
      ...nodeLabels.invalid.map(value => ({ path: 'nodeLabels', value })),
      ...matchModes.filter(mode => mode !== 'nodes').map(value => ({ path: 'policyCIDRMatchMode', value })),
    ],
  };
}

/** `hybrid` keeps addresses for TCP only (Documentation/network/kubernetes/kubeproxy-free.rst, v1.20.2). */
function keepsClientAddress(mode: unknown): EvaluatedSettings['keepsClientAddress'] {
  return mode === 'dsr' ? () => true : mode === 'hybrid' ? protocol => protocol === 'TCP' : () => false;
}

/**
 * The agent reads the text in any case, and the chart writes it in lower case (pkg/option/config.go and
 * cilium-configmap.yaml, v1.20.2).
 */
function enforcementMode(reader: SettingReader): string {
  return String(reader.any(SETTINGS.policyEnforcementMode)).toLowerCase();
}

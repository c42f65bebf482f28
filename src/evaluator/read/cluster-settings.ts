import { SettingReader, Values } from './setting-reader';
import { POLICY_KINDS, PolicyKindName } from '../../cilium/policy-kinds';
import { SETTINGS } from '../../cilium/settings';
import { CiliumVersion } from '../../cilium/version';
import { PolicySettings } from '../engine/settings';

/** What of a cluster's settings decides over flows: of policies, and of services and namespaces across the mesh. */
export interface EvaluatedSettings {
  readonly policy: PolicySettings;
  /** Whether namespaces that say nothing are global (`clustermesh.defaultGlobalNamespace`, since 1.20). */
  readonly defaultGlobalNamespace: boolean;
  /**
   * Whether this cluster gets EndpointSlices of other clusters' backends, for headless Services and other readers of
   * them.
   */
  readonly endpointSliceSync: boolean;
  /** Whether ServiceExports and ServiceImports are read. */
  readonly mcsApi: boolean;
  /**
   * Whether Cilium balances what nodes and pods with host network ask Services: with kube-proxy's replacement, or its
   * socket load-balancing. Else kube-proxy does, which knows the backends of its own cluster alone
   * (Documentation/network/clustermesh/global-services.rst, v1.20.2).
   */
  readonly balancesForHosts: boolean;
  /** Kinds of policies that the cluster does not read. */
  readonly unreadKinds: ReadonlySet<PolicyKindName>;
  /** Whether the values choose the labels of identities themselves. */
  readonly choosesIdentityLabels: boolean;
  /** Settings that decide over flows, and that this evaluator does not model. */
  readonly unmodelled: readonly UnmodelledSetting[];
}

export interface UnmodelledSetting {
  /** The path of the Helm value. */
  readonly path: string;
  /** The value that is not modelled, where others are. */
  readonly value?: string;
}

/** The settings that Helm values lead to, else the defaults of the version. */
export function settingsOf(clusterName: string, version: CiliumVersion, values: Values = {}): EvaluatedSettings {
  const reader = new SettingReader(values, version);
  const enforcement = reader.any(SETTINGS.policyEnforcementMode);
  const matchModes = reader.list(SETTINGS.policyCidrMatchMode);
  const identityLabels: UnmodelledSetting[] = [
    ...reader.hasHelmValue(SETTINGS.identityLabels) ? [{ path: 'labels' }] : [],
    ...reader.config(SETTINGS.identityLabels) ? [{ path: 'extraConfig.labels' }] : [],
  ];
  return {
    policy: {
      clusterName,
      traits: version.traits,
      defaultLocalCluster: reader.flag(SETTINGS.policyDefaultLocalCluster),
      enforcement: enforcement === 'always' || enforcement === 'never' ? enforcement : 'default',
      ipv4: reader.flag(SETTINGS.ipv4),
      ipv6: reader.flag(SETTINGS.ipv6),
      allowLocalhost: reader.any(SETTINGS.allowLocalhost) === 'policy' ? 'policy' : 'always',
      cidrMatchesNodes: matchModes.includes('nodes'),
      nodeSelectorLabels: reader.flag(SETTINGS.nodeSelectorLabels),
      extendedProtocols: reader.flag(SETTINGS.extendedProtocols),
      l7Proxy: reader.flag(SETTINGS.l7Proxy),
      icmpRules: reader.flag(SETTINGS.icmpRules),
      nonDefaultDenyPolicies: reader.flag(SETTINGS.nonDefaultDenyPolicies),
      clusterNetworkPolicy: reader.flag(SETTINGS.clusterNetworkPolicies),
    },
    defaultGlobalNamespace: reader.flag(SETTINGS.defaultGlobalNamespace),
    endpointSliceSync: reader.flag(SETTINGS.endpointSliceSync),
    mcsApi: reader.flag(SETTINGS.mcsApi),
    balancesForHosts: /^(true|strict)$/.test(String(reader.any(SETTINGS.kubeProxyReplacement)))
      || reader.flag(SETTINGS.socketLoadBalancing),
    unreadKinds: new Set(Object.values(POLICY_KINDS)
      .filter(({ enabledBy }) => enabledBy !== undefined && !reader.flag(SETTINGS[enabledBy])).map(({ kind }) => kind)),
    choosesIdentityLabels: identityLabels.length > 0,
    unmodelled: [
      ...identityLabels,
      ...matchModes.filter(mode => mode !== 'nodes').map(value => ({ path: 'policyCIDRMatchMode', value })),
    ],
  };
}

import { SettingReader, Values } from './setting-reader';
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
  /** Whether NetworkPolicies are read (`k8sNetworkPolicy.enabled`). */
  readonly networkPolicies: boolean;
  /** Settings that this evaluator does not model though they decide over flows: their Helm paths. */
  readonly unmodelled: readonly string[];
}

/** The settings that Helm values lead to, else the defaults of the version. */
export function settingsOf(clusterName: string, version: CiliumVersion, values: Values = {}): EvaluatedSettings {
  const reader = new SettingReader(values, version);
  const enforcement = reader.any(SETTINGS.policyEnforcementMode);
  const matchModes = reader.list(SETTINGS.policyCidrMatchMode);
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
    networkPolicies: reader.flag(SETTINGS.networkPolicies),
    unmodelled: [
      ...reader.hasHelmValue(SETTINGS.identityLabels) ? ['labels'] : [],
      ...matchModes.filter(mode => mode !== 'nodes').map(mode => `policyCIDRMatchMode: ${mode}`),
      ...reader.config(SETTINGS.identityLabels) ? ['extraConfig.labels'] : [],
    ],
  };
}

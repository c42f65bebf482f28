import { CiliumVersion } from '../../cilium/version';
import { defaultSettings, PolicySettings } from '../engine/settings';

/** What of a cluster's settings decides over flows: of policies, and of services and namespaces across the mesh. */
export interface EvaluatedSettings {
  readonly policy: PolicySettings;
  /** Whether namespaces that say nothing are global (`clustermesh.defaultGlobalNamespace`, since 1.20). */
  readonly defaultGlobalNamespace: boolean;
  /** Whether this cluster gets EndpointSlices of other clusters' backends, for headless Services and other readers of them. */
  readonly endpointSliceSync: boolean;
  /** Whether ServiceExports and ServiceImports are read. */
  readonly mcsApi: boolean;
  /**
   * Whether Cilium balances what nodes and pods with host network ask Services: with kube-proxy's replacement, or its socket load-balancing.
   * Else kube-proxy does, which knows the backends of its own cluster alone (Documentation/network/clustermesh/global-services.rst, v1.20.2).
   */
  readonly balancesForHosts: boolean;
  /** Whether NetworkPolicies are read (`k8sNetworkPolicy.enabled`). */
  readonly networkPolicies: boolean;
  /** Settings that this evaluator does not model though they decide over flows: their Helm paths. */
  readonly unmodelled: readonly string[];
}

type Values = { readonly [key: string]: any };

/**
 * The settings that Helm values lead to, else the defaults of the version.
 *
 * `extraConfig` is written into the agent's ConfigMap after what the chart sets, and so wins
 * (install/kubernetes/cilium/templates/cilium-configmap.yaml, v1.20.2).
 */
export function settingsOf(clusterName: string, version: CiliumVersion, values: Values = {}): EvaluatedSettings {
  const defaults = defaultSettings(clusterName, version.traits);
  const value = (path: string) => path.split('.').reduce<any>((each, key) => (typeof each === 'object' && each !== null ? each[key] : undefined), values);
  const config = (key: string): string | undefined => {
    const given = values.extraConfig?.[key];
    return given === undefined || given === null ? undefined : String(given);
  };
  const flag = (path: string | undefined, key: string | undefined, otherwise: boolean): boolean => {
    const text = key === undefined ? undefined : config(key);
    if (text !== undefined) {
      return /^(1|t|true)$/i.test(text);
    }
    const given = path === undefined ? undefined : value(path);
    return typeof given === 'boolean' ? given : otherwise;
  };
  const since = (minor: number, path: string | undefined, key: string, otherwise: boolean) => version.atLeast(minor) ? flag(path, key, otherwise) : otherwise;
  const enforcement = config('enable-policy') ?? value('policyEnforcementMode');
  const allowLocalhost = config('allow-localhost');
  return {
    policy: {
      ...defaults,
      defaultLocalCluster: since(18, 'clustermesh.policyDefaultLocalCluster', 'policy-default-local-cluster', defaults.defaultLocalCluster),
      enforcement: enforcement === 'always' || enforcement === 'never' ? enforcement : 'default',
      ipv4: flag('ipv4.enabled', 'enable-ipv4', true),
      ipv6: flag('ipv6.enabled', 'enable-ipv6', false),
      allowLocalhost: allowLocalhost === 'policy' ? 'policy' : 'always',
      cidrMatchesNodes: matchModes(config('policy-cidr-match-mode') ?? value('policyCIDRMatchMode')).includes('nodes'),
      nodeSelectorLabels: since(16, 'nodeSelectorLabels', 'enable-node-selector-labels', defaults.nodeSelectorLabels),
      extendedProtocols: since(18, undefined, 'enable-extended-ip-protocols', defaults.extendedProtocols),
      l7Proxy: flag('l7Proxy', 'enable-l7-proxy', defaults.l7Proxy),
      icmpRules: flag(undefined, 'enable-icmp-rules', defaults.icmpRules),
      nonDefaultDenyPolicies: since(16, 'enableNonDefaultDenyPolicies', 'enable-non-default-deny-policies', defaults.nonDefaultDenyPolicies),
      clusterNetworkPolicy: since(20, 'k8sClusterNetworkPolicy.enabled', 'enable-k8s-cluster-network-policy', defaults.clusterNetworkPolicy),
    },
    defaultGlobalNamespace: since(20, 'clustermesh.defaultGlobalNamespace', 'clustermesh-default-global-namespace', true),
    endpointSliceSync: since(16, 'clustermesh.enableEndpointSliceSynchronization', 'clustermesh-enable-endpoint-sync', false),
    // the chart's value was renamed in 1.19, which still knew the old one; ServiceImports are made since 1.17
    mcsApi: since(17, undefined, 'clustermesh-enable-mcs-api', (version.atLeast(19) && flag('clustermesh.mcsapi.enabled', undefined, false))
      || (version.atLeast(17) && !version.atLeast(20) && flag('clustermesh.enableMCSAPISupport', undefined, false))),
    balancesForHosts: /^(true|strict)$/.test(String(config('kube-proxy-replacement') ?? value('kubeProxyReplacement')))
      || flag('socketLB.enabled', 'bpf-lb-sock', false),
    networkPolicies: since(17, 'k8sNetworkPolicy.enabled', 'enable-k8s-networkpolicy', true),
    unmodelled: [
      ...value('labels') ? ['labels'] : [],
      ...matchModes(config('policy-cidr-match-mode') ?? value('policyCIDRMatchMode')).filter(mode => mode !== 'nodes').map(mode => `policyCIDRMatchMode: ${mode}`),
      ...config('labels') ? ['extraConfig.labels'] : [],
    ],
  };
}

function matchModes(given: unknown): string[] {
  return (Array.isArray(given) ? given : typeof given === 'string' ? given.split(/[\s,]+/) : []).map(String).filter(mode => mode !== '');
}

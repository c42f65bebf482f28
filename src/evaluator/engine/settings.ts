import { Traits } from '../../cilium/traits';

/** What of a cluster's settings decides over policies. */
export interface PolicySettings {
  readonly clusterName: string;
  /** Those of the cluster's version of Cilium; 1.14 and older mean by a policy what 1.15 does. */
  readonly traits: Traits;
  /** `policy-default-local-cluster`. */
  readonly defaultLocalCluster: boolean;
  readonly enforcement: 'default' | 'always' | 'never';
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /**
   * `allow-localhost`: whether the local host reaches pods whatever the policies allow. `auto` is `always` under
   * Kubernetes.
   */
  readonly allowLocalhost: 'always' | 'policy';
  /** `policy-cidr-match-mode` has `nodes`: CIDRs select nodes too. */
  readonly cidrMatchesNodes: boolean;
  /** `enable-node-selector-labels`: without it rules with `fromNodes` and `toNodes` are refused. */
  readonly nodeSelectorLabels: boolean;
  /** `enable-extended-ip-protocols`: VRRP, IGMP, GRE, IPIP, IPV6, ESP, AH. */
  readonly extendedProtocols: boolean;
  /** `enable-l7-proxy`: without it rules with layer 7 parts are refused. */
  readonly l7Proxy: boolean;
  /** `enable-icmp-rules`: without it rules with `icmps` are refused. */
  readonly icmpRules: boolean;
  /** `enable-non-default-deny-policies`: without it `enableDefaultDeny` is ignored. */
  readonly nonDefaultDenyPolicies: boolean;
  /** `enable-k8s-cluster-network-policy`: whether ClusterNetworkPolicies are read. */
  readonly clusterNetworkPolicy: boolean;
}

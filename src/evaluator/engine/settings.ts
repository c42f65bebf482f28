import { Traits } from '../../cilium/traits';

/** The settings of a cluster that policies depend on. */
export interface PolicySettings {
  readonly clusterName: string;
  /** The traits of the cluster's Cilium version. Versions up to 1.14 read policies as 1.15 does. */
  readonly traits: Traits;
  /** `policy-default-local-cluster`. */
  readonly defaultLocalCluster: boolean;
  readonly enforcement: 'default' | 'always' | 'never';
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /**
   * `allow-localhost`: `always` allows the local host to reach pods whatever the policies are. `auto` means `always`
   * under Kubernetes.
   */
  readonly allowLocalhost: 'always' | 'policy';
  /** `policy-cidr-match-mode` contains `nodes`: CIDRs also select nodes. */
  readonly cidrMatchesNodes: boolean;
  /** `enable-node-selector-labels`: Cilium refuses `fromNodes` and `toNodes` without it. */
  readonly nodeSelectorLabels: boolean;
  /** Packets between nodes travel in tunnels, whose headers name the identity of the source. */
  readonly tunnels: boolean;
  /** `enable-host-firewall`: Cilium enforces policies on nodes. */
  readonly hostFirewall: boolean;
  /** `policy-audit-mode`: Cilium reports what policies deny, and drops nothing. */
  readonly auditMode: boolean;
  /**
   * Cilium can authenticate pods: `mesh-auth-enabled`, and `mesh-auth-mutual-enabled` for SPIRE. Otherwise it drops
   * what requires authentication (values.yaml, v1.20.2).
   */
  readonly authenticates: boolean;
  /** `enable-extended-ip-protocols`: VRRP, IGMP, GRE, IPIP, IPV6, ESP, AH. */
  readonly extendedProtocols: boolean;
  /** `enable-l7-proxy`: Cilium refuses layer 7 rules without it. */
  readonly l7Proxy: boolean;
  /** `enable-icmp-rules`: Cilium refuses `icmps` without it. */
  readonly icmpRules: boolean;
  /** `enable-non-default-deny-policies`: Cilium ignores `enableDefaultDeny` without it. */
  readonly nonDefaultDenyPolicies: boolean;
  /** `enable-k8s-cluster-network-policy`: whether Cilium reads ClusterNetworkPolicies. */
  readonly clusterNetworkPolicy: boolean;
}

import { VersionRange } from './version-range';

const NEW_PROTOCOLS = ['VRRP', 'IGMP'] as const;
const ALL_PROTOCOLS = [...NEW_PROTOCOLS, 'GRE', 'IPIP', 'IPV6', 'ESP', 'AH'] as const;

/**
 * The policies that the API server and Cilium accept. Sources are the CRDs (pkg/k8s/apis/cilium.io/client/crds of each
 * version), and pkg/policy/api/rule_validation.go unless another file is named.
 */
export function policySyntax(version: VersionRange) {
  return {
    /** ClusterNetworkPolicies can be read (pkg/k8s/cluster_network_policy.go, v1.20.2). */
    clusterNetworkPolicies: version.since(20),
    /** CiliumCIDRGroups are served as `cilium.io/v2` beside `v2alpha1` (CRD, v1.18.8). */
    cidrGroupV2: version.since(18),
    /** The CRD refuses a Cilium policy without `spec` and `specs`; before, Cilium does (CRD, v1.20.2). */
    crdRequiresSpec: version.since(20),
    /** A spec needs at least one rule in one of its sections (CRD and Rule.Sanitize, v1.17.15). */
    ruleRequired: version.since(17),
    /** `enableDefaultDeny` is a field, and policies without default deny are possible (CRD, v1.16.19). */
    enableDefaultDeny: version.since(16),
    /** `log` is a field (CRD, v1.18.8). */
    policyLog: version.since(18),
    /** Cilium checks and normalizes deny rules (Rule.Sanitize, v1.15.19 does not). */
    denyRulesChecked: version.since(16),

    /** Rules can name nodes: `fromNodes` and `toNodes` (CRD, v1.16.19). */
    nodePeers: version.since(16),
    /** Rules can name groups of a cloud as sources: `fromGroups`; `toGroups` is older (CRD, v1.16.19). */
    ingressGroups: version.since(16),
    /** `fromRequires` and `toRequires` may have items (maxItems of the CRD, v1.19.3). */
    requiredPeers: version.until(18),
    /** A rule may have both `toServices` and `toPorts` (Rule.Sanitize, v1.17.15). */
    servicesWithPorts: version.since(17),
    /** The entity `cluster-mesh` exists (pkg/policy/api/entity.go, v1.20.2). */
    clusterMeshEntity: version.since(20),
    /** CIDRs have a format in the CRD; before, a pattern (CRD, v1.15.19). */
    crdCidrFormat: version.since(16),
    /**
     * An excepted CIDR must be as long as its CIDR; before, its first address alone counts (CIDRRule.sanitize,
     * v1.19.3).
     */
    exceptLengthCompared: version.since(20),
    /** CIDR groups can be destinations, and can have exceptions (pkg/k8s/watchers/cilium_cidr_group.go, v1.15.19). */
    cidrGroupsEverywhere: version.since(16),

    /** The CRD requires exactly one of `matchName` and `matchPattern` (CRD, v1.16.19; pkg/policy/api/fqdn.go). */
    crdOneFqdn: version.since(16),
    /** The CRD limits DNS names and patterns to 255 characters (CRD, v1.17.15; pkg/policy/api/fqdn.go). */
    crdFqdnLength: version.since(17),

    /**
     * Cilium checks the source of a label key apart from the key; before, both with a dot between
     * (EndpointSelector.Sanitize, v1.19.3).
     */
    labelSourceChecked: version.since(20),
    /** `$` in front of a label key means the source `reserved` (EndpointSelector.Sanitize, v1.19.3). */
    dollarMeansReserved: version.until(19),

    /**
     * Ports can be ranges: `endPort` (CRD, v1.16.19); 1.15 ignores that of NetworkPolicies too
     * (pkg/k8s/network_policy.go, v1.15.19).
     */
    portRanges: version.since(16),
    /** The CRD limits lists of ports and of ICMP types to 40 items; before, Cilium does (CRD, v1.16.19). */
    crdListLimits: version.since(16),
    /** Layer 7 rules of every kind, not only DNS rules, exclude ranges of ports (PortRule.sanitize, v1.16.19). */
    layer7ExcludesRanges: version.within(16, 16),
    /**
     * Egress rules on nodes may have layer 7 rules other than those of HTTP and Kafka (EgressRule.sanitize, v1.17.15);
     * before, they have none (Rule.Sanitize, v1.16.19).
     */
    layer7OnNodeEgress: version.since(17),
    /** Protocols without ports in the CRD (CRD, v1.19.3 and v1.20.2). */
    extendedProtocols: version.since(20) ? ALL_PROTOCOLS : version.since(19) ? NEW_PROTOCOLS : [],
    /** `port` is optional if extended protocols are enabled (CRD, v1.19.3). */
    portOptional: version.since(19),
    /** ICMP types may be names (CRD, v1.16.19; pkg/policy/api/icmp.go). */
    icmpTypeNames: version.since(16),

    /** The CRD requires exactly one kind of layer 7 rules; before, Cilium allows at most one (CRD, v1.16.19). */
    crdOneLayer7Kind: version.since(16),
    /** Kafka rules and custom parsers: `kafka`, `l7proto` and `l7` (CRD, v1.19.3). */
    otherLayer7Parsers: version.until(19),
    /** The CRD refuses the empty name of a header; before, Cilium does (CRD, v1.16.19). */
    crdHeaderName: version.since(16),
    /** The CRD checks the form of `serverNames`, and that they are unique and not empty (CRD, v1.18.8). */
    crdServerNames: version.since(18),
    /** Server names may have stars anywhere; before, in front only (CRD, v1.20.2). */
    serverNameStarsAnywhere: version.since(20),
    /** Listeners have a `priority` (CRD, v1.16.19). */
    listenerPriority: version.since(16),
  };
}

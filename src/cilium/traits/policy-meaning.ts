import { VersionRange } from './version-range';

/** The meaning of accepted policies: how Cilium merges their rules and decides by them. */
export function policyMeaning(version: VersionRange) {
  return {
    /** Cilium processes requests for authentication by default (`authentication.enabled`, values.yaml, v1.18.8). */
    authenticationEnabled: version.until(18),
    /**
     * Selectors of peers without a cluster select the local one, unless a setting disables it
     * (pkg/clustermesh/types/option.go, v1.19.3).
     */
    defaultLocalCluster: version.since(19),
    /**
     * An empty list of peers matches nothing; before, it counts as missing (pkg/policy/api/ingress.go, egress.go,
     * v1.15.19).
     */
    emptyPeerListMatchesNothing: version.since(16),
    /**
     * Labels of namespaces in a selector replace the policy's namespace (pkg/k8s/apis/cilium.io/utils/utils.go,
     * v1.16.19).
     */
    namespaceLabelsReplaceNamespace: version.since(16),
    /** `toServices` includes Services with a selector (pkg/policy/k8s/service.go; v1.16.19 ignores them). */
    servicesWithSelector: version.since(17),
    /** An invalid selector of Services selects none (EndpointSelector.Matches, pkg/policy/api/selector.go, v1.18.8). */
    invalidServiceSelectorMatchesNothing: version.until(18),
    /**
     * Cilium's operator derives another policy from one with cloud groups, and the agents ignore the original
     * (RequiresDerivative, pkg/policy/k8s/cilium_network_policy.go, v1.19.3).
     */
    groupPoliciesDerived: version.until(19),
    /**
     * The label of the cluster stays in identities whatever `labels` includes (pkg/labelsfilter/filter.go, v1.16.19;
     * not in v1.15.19).
     */
    clusterLabelIncluded: version.since(16),
    /** So does the label of the service account (pkg/labelsfilter/filter.go, v1.18.8). */
    serviceAccountLabelIncluded: version.since(18),
    /** Identities lack `topology.kubernetes.io` labels (pkg/labelsfilter/filter.go, v1.18.8; v1.17.15 keeps them). */
    topologyLabelsIgnored: version.since(18),
    /** Identities belong to aggregates, such as all pods of the cluster (pkg/policy/aggregate.go, v1.20.2). */
    aggregateIdentities: version.since(20),

    /**
     * CIDR groups are labels of their addresses, so rules can select them by labels
     * (pkg/policy/k8s/cilium_cidr_group.go, v1.17.15).
     */
    cidrGroupLabels: version.since(17),
    /**
     * Cilium replaces a reference to a CIDR group by the group's CIDRs before it checks the rule
     * (pkg/policy/k8s/cilium_cidr_group.go, v1.16.19).
     */
    cidrGroupsReplaced: version.until(16),
    /**
     * A selector of CIDR groups is an ordinary selector of labels, so it can select pods too
     * (pkg/policy/selectorcache_selector.go, v1.20.2 limits it to addresses outside of the mesh).
     */
    cidrGroupSelectorsMatchPods: version.until(19),
    /**
     * The label of the world is qualified by family where the other family is enabled; before, where both are
     * (pkg/labels/cidr.go, v1.20.2; v1.18.8).
     */
    worldQualifiedByOtherFamily: version.since(19),
    /**
     * A CIDR of length 0 is the label of the world alone; before, the addresses of the family too
     * (pkg/policy/api/cidr.go, v1.18.8).
     */
    widestCidrIsWorld: version.since(19),
    /**
     * A CIDR of length 0 is the label of the world only without exceptions and for an enabled family
     * (pkg/policy/api/cidr.go, v1.16.19).
     */
    widestCidrIsWorldWhenEnabled: version.until(16),
    /**
     * A CIDR without any address, because `except` covers it, is no peer at all, so the rule's ports are open to
     * everyone (CIDRRuleSlice.GetAsEndpointSelectors, pkg/policy/api/cidr.go, v1.15.19 and v1.16.19).
     */
    exceptedCidrIsNoPeer: version.until(16),
    /**
     * The widest CIDRs of both families together are the world as a whole too (CIDRSlice.GetAsEndpointSelectors,
     * pkg/policy/api/cidr.go, v1.18.8).
     */
    bothFamiliesAreWholeWorld: version.until(18),
    /**
     * The widest CIDRs of both families in CIDR sets are too (CIDRRuleSlice.GetAsEndpointSelectors,
     * pkg/policy/api/cidr.go, v1.16.19).
     */
    bothFamiliesOfSetsAreWholeWorld: version.until(16),
    /**
     * Several stars in a DNS pattern match several labels; before, each star matches within a label
     * (pkg/fqdn/matchpattern/matchpattern.go, v1.19.3).
     */
    fqdnStarsMatchLabels: version.since(19),

    /**
     * Cilium looks up port names on egress in each peer; before, a name has one number in the whole mesh, and ranges
     * count (pkg/policy/l4.go toMapState, v1.20.2; namedPortMultiMap, pkg/types/portmap.go, v1.19.3).
     */
    egressNamedPortsByPeer: version.since(20),
    /** Cilium merges rules on one port only if they write the port alike (pkg/policy/l4.go, v1.15.19). */
    portsMergedAsWritten: version.until(15),
    /**
     * Cilium merges rules in the order of the resources' names; before, in the order of arrival (pkg/policy/rules.go
     * and pkg/ipcache/types, v1.20.2).
     */
    mergeOrderByResource: version.since(19),
    /** A port has one parser for all selectors of its rules (mergePortProto, pkg/policy/rule.go, v1.17.15). */
    oneParserPerPort: version.until(17),
    /**
     * A wildcard selector replaces the other peers of its rule (createL4Filter, pkg/policy/l4.go, v1.18.8; not in
     * v1.19.3).
     */
    wildcardReplacesPeers: version.until(18),
    /** A port has one listener, which applies to the whole port (L4Filter.Listener, pkg/policy/l4.go, v1.15.19). */
    oneListenerPerPort: version.until(15),
    /** A parser without rules redirects too (addPolicyForSelector, pkg/policy/l4.go; v1.17.15 does not). */
    parserWithoutRulesRedirects: version.since(18),
    /**
     * A rule for one peer takes the redirect of the rule for all peers on its port (L4Filter.toMapState,
     * pkg/policy/l4.go, v1.17.15; v1.18.8 does not).
     */
    redirectsInherited: version.until(17),
    /**
     * Only the most specific rule decides whether Cilium redirects a flow; later, any layer 7 rule on the port does
     * (bpf/lib/policy.h, v1.16.19).
     */
    redirectsMostSpecifically: version.until(16),
    /**
     * The secret identifies a TLS context; before, the content of the secret does (TLSContext, pkg/policy/l4.go,
     * v1.20.2 and v1.16.19).
     */
    tlsContextIsSecret: version.since(17),

    /**
     * The local host reaches pods that no policy selects under enforcement `always` (pkg/policy/repository.go; v1.20.2
     * drops it).
     */
    localHostWithoutPolicies: version.until(19),
    /**
     * How the allow for the local host combines with layer 7 rules that redirect it:
     *
     * - `beside-each-rule` that selects it by more than its name (createL4IngressFilter, pkg/policy/l4.go, v1.18.8)
     * - `beside-merged` rules (L4Filter.attach, pkg/policy/l4.go, v1.19.3)
     * - as a `separate` rule (pkg/policy/repository.go, v1.20.2)
     */
    localHostRule: version.since(20) ? 'separate' : version.since(19) ? 'beside-merged' : 'beside-each-rule',
  } as const;
}

import { VersionRange } from './version-range';

/** What accepted policies mean: what rules become, how they are merged, and how they decide. */
export function policyMeaning(version: VersionRange) {
  return {
    /**
     * Selectors of peers that name no cluster mean the local one, unless a setting says otherwise
     * (pkg/clustermesh/types/option.go, v1.19.3).
     */
    defaultLocalCluster: version.since(19),
    /**
     * A list of peers that is there and empty matches nothing; before, it is as if left out (pkg/policy/api/ingress.go,
     * egress.go, v1.15.19).
     */
    emptyPeerListMatchesNothing: version.since(16),
    /**
     * Labels of namespaces in a selector take the place of the policy's namespace
     * (pkg/k8s/apis/cilium.io/utils/utils.go, v1.16.19).
     */
    namespaceLabelsReplaceNamespace: version.since(16),
    /** `toServices` means Services with a selector too (pkg/policy/k8s/service.go; v1.16.19 ignores them). */
    servicesWithSelector: version.since(17),
    /**
     * A selector of Services that is no valid one selects none (EndpointSelector.Matches, pkg/policy/api/selector.go,
     * v1.18.8).
     */
    invalidServiceSelectorMatchesNothing: version.until(18),
    /**
     * A policy with groups of a cloud is replaced by one that Cilium's operator derives of it, and ignored by the
     * agents (RequiresDerivative, pkg/policy/k8s/cilium_network_policy.go, v1.19.3).
     */
    groupPoliciesDerived: version.until(19),
    /** Identities belong to aggregates, such as all pods of the cluster (pkg/policy/aggregate.go, v1.20.2). */
    aggregateIdentities: version.since(20),

    /**
     * CIDR groups are labels of the addresses they hold: rules can select them by labels
     * (pkg/policy/k8s/cilium_cidr_group.go, v1.17.15).
     */
    cidrGroupLabels: version.since(17),
    /**
     * A reference to a CIDR group is replaced by the group's CIDRs before the rule is checked
     * (pkg/policy/k8s/cilium_cidr_group.go, v1.16.19).
     */
    cidrGroupsReplaced: version.until(16),
    /**
     * A selector of CIDR groups is one of labels like any other, which can match pods too
     * (pkg/policy/selectorcache_selector.go, v1.20.2 asks for addresses outside of the mesh).
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
     * The widest CIDRs of both families together are the world as a whole too (CIDRSlice.GetAsEndpointSelectors,
     * pkg/policy/api/cidr.go, v1.18.8).
     */
    bothFamiliesAreWholeWorld: version.until(18),
    /** So are those of CIDR sets (CIDRRuleSlice.GetAsEndpointSelectors, pkg/policy/api/cidr.go, v1.16.19). */
    bothFamiliesOfSetsAreWholeWorld: version.until(16),
    /**
     * Several stars in a DNS pattern match several labels; before, each star matches within a label
     * (pkg/fqdn/matchpattern/matchpattern.go, v1.19.3).
     */
    fqdnStarsMatchLabels: version.since(19),

    /**
     * Names of ports on egress are looked up in each peer; before, they have one number for the whole mesh, and may
     * have ranges (pkg/policy/l4.go toMapState, v1.20.2; namedPortMultiMap, pkg/types/portmap.go, v1.19.3).
     */
    egressNamedPortsByPeer: version.since(20),
    /** Rules on one port are merged only where the port is written alike (pkg/policy/l4.go, v1.15.19). */
    portsMergedAsWritten: version.until(15),
    /**
     * Rules are merged in the order of the resources' names; before, as they come (pkg/policy/rules.go and
     * pkg/ipcache/types, v1.20.2).
     */
    mergeOrderByResource: version.since(19),
    /**
     * A port has one parser, whatever the selectors of its rules are (mergePortProto, pkg/policy/rule.go, v1.17.15).
     */
    oneParserPerPort: version.until(17),
    /**
     * A selector of everything takes the place of the other peers of its rule (createL4Filter, pkg/policy/l4.go,
     * v1.18.8; not in v1.19.3).
     */
    wildcardReplacesPeers: version.until(18),
    /** A port has one listener, and it is the whole port's (L4Filter.Listener, pkg/policy/l4.go, v1.15.19). */
    oneListenerPerPort: version.until(15),
    /** A parser without rules redirects too (addPolicyForSelector, pkg/policy/l4.go; v1.17.15 does not). */
    parserWithoutRulesRedirects: version.since(18),
    /**
     * The most specific rule alone says whether a flow is redirected; later, any layer 7 rule on the port does
     * (bpf/lib/policy.h, v1.16.19).
     */
    redirectsMostSpecifically: version.until(16),
    /**
     * A TLS context is the secret it is taken from; before, what the secret holds (TLSContext, pkg/policy/l4.go,
     * v1.20.2 and v1.16.19).
     */
    tlsContextIsSecret: version.since(17),

    /**
     * The local host is let in where no policy selects the pod and enforcement is `always` (pkg/policy/repository.go;
     * v1.20.2 does not).
     */
    localHostWithoutPolicies: version.until(19),
    /**
     * How the local host, which is let in whatever the rules are, stands beside layer 7 rules that redirect it: allowed
     * `beside-each-rule` that selects it by more than its name (createL4IngressFilter, pkg/policy/l4.go, v1.18.8),
     * `beside-merged` rules (L4Filter.attach, pkg/policy/l4.go, v1.19.3), or by a `separate` rule
     * (pkg/policy/repository.go, v1.20.2).
     */
    localHostRule: version.since(20) ? 'separate' : version.since(19) ? 'beside-merged' : 'beside-each-rule',
  } as const;
}

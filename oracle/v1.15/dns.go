package main

import (
	"github.com/cilium/cilium/pkg/fqdn/dnsproxy"
	"github.com/cilium/cilium/pkg/fqdn/matchpattern"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
)

// decideDNS decides by the rules that the DNS proxy would get. A filter on a named port may
// get another number than this peer's, so it counts for every peer.
func (s *subject) decideDNS(q judge.Query, peer identity.NumericIdentity) string {
	rules := s.policy.L4Policy.Egress.PortRules
	if q.Ingress {
		rules = s.policy.L4Policy.Ingress.PortRules
	}
	var filters []judge.DNSFilter
	other := false
	for _, f := range rules {
		covers := s.covers(f, q)
		if !covers && (f.PortName == "" || f.U8Proto != u8proto.U8proto(q.Protocol)) {
			continue
		}
		var out judge.DNSFilter
		hasDNS := false
		for selector, p := range f.PerSelectorPolicies {
			hasDNS = hasDNS || (p.IsRedirect() && f.L7Parser == policy.ParserTypeDNS)
			if !covers || (p != nil && p.IsDeny) || (!selector.IsWildcard() && !selector.Selects(peer)) {
				continue
			}
			other = other || (p.IsRedirect() && f.L7Parser != policy.ParserTypeDNS)
			out.Patterns = append(out.Patterns, dnsproxy.GeneratePattern(p))
		}
		if hasDNS {
			filters = append(filters, out)
		}
	}
	return judge.DecideDNS(filters, other, q.DNS, matchpattern.MatchAllAnchoredPattern)
}

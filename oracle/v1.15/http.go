package main

import (
	"slices"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
)

// httpFilters returns the HTTP rules of each filter that allows this peer on this
// port. Envoy consults the filters for all ports, too.
func (s *subject) httpFilters(q judge.Query, peer identity.NumericIdentity) []judge.HTTPPeer {
	filters := s.policy.L4Policy.Egress.PortRules
	if q.Ingress {
		filters = s.policy.L4Policy.Ingress.PortRules
	}
	var out []judge.HTTPPeer
	for _, f := range filters {
		if !s.covers(f, q) {
			continue
		}
		for selector, p := range f.PerSelectorPolicies {
			if (selector.IsWildcard() || selector.Selects(peer)) && (p == nil || !p.IsDeny) {
				out = append(out, httpPeer(f, p))
			}
		}
	}
	return out
}

func (s *subject) covers(f *policy.L4Filter, q judge.Query) bool {
	if f.U8Proto != u8proto.ANY && f.U8Proto != u8proto.U8proto(q.Protocol) {
		return false
	}
	if f.PortName != "" {
		return s.owner.GetNamedPort(q.Ingress, f.PortName, q.Protocol) == q.Port
	}
	return f.Port == 0 || f.Port == int(q.Port)
}

func httpPeer(f *policy.L4Filter, p *policy.PerSelectorPolicy) judge.HTTPPeer {
	if p == nil {
		return judge.HTTPPeer{}
	}
	otherL7 := len(p.DNS) > 0 || len(p.Kafka) > 0 || p.L7Proto != ""
	if f.Listener != "" || otherL7 || p.TerminatingTLS != nil || p.OriginatingTLS != nil || len(p.ServerNames) > 0 {
		return judge.HTTPPeer{Unknown: true}
	}
	var out judge.HTTPPeer
	for _, r := range p.HTTP {
		out.Rules = append(out.Rules, httpRule(r))
	}
	return out
}

func httpRule(r api.PortRuleHTTP) judge.HTTPRule {
	out := judge.HTTPRule{Method: r.Method, Path: r.Path, Host: r.Host, Headers: r.Headers}
	for _, h := range r.HeaderMatches {
		switch {
		case h.Secret != nil || h.Mismatch != "":
			out.Unknown = true
		case h.Value != "":
			out.Headers = append(slices.Clip(out.Headers), h.Name+": "+h.Value)
		default:
			out.Headers = append(slices.Clip(out.Headers), h.Name)
		}
	}
	return out
}

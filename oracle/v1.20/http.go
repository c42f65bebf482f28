package main

import (
	"slices"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
)

// httpFilters returns the HTTP rules of each filter that allows this peer on this
// port. Envoy consults the filters for all ports, too.
func (s *subject) httpFilters(q judge.Query, peer identity.NumericIdentity) []judge.HTTPPeer {
	rules := s.policy.SelectorPolicy.L4Policy.Egress.PortRules
	if q.Ingress {
		rules = s.policy.SelectorPolicy.L4Policy.Ingress.PortRules
	}
	var out []judge.HTTPPeer
	for tier := range rules {
		rules[tier].ForEach(func(f *policy.L4Filter) bool {
			if !s.covers(f, q, peer) {
				return true
			}
			for selector, p := range f.PerSelectorPolicies {
				if (selector.IsWildcard() || selector.Selects(peer)) && !p.IsDeny() {
					out = append(out, httpPeer(f, p))
				}
			}
			return true
		})
	}
	return out
}

func (s *subject) covers(f *policy.L4Filter, q judge.Query, peer identity.NumericIdentity) bool {
	proto := u8proto.U8proto(q.Protocol)
	if f.U8Proto != u8proto.ANY && f.U8Proto != proto {
		return false
	}
	port, end := f.Port, f.EndPort
	if f.PortName != "" {
		if q.Ingress {
			port = s.owner.GetIngressNamedPort(f.PortName, proto)
		} else {
			end = 0 // ranges are for ingress only
			for _, p := range s.selector.GetEgressNamedPorts(f.PortName, proto, slices.Values([]identity.NumericIdentity{peer})) {
				port = p
			}
		}
		return port != 0 && q.Port >= port && q.Port <= max(port, end)
	}
	return port == 0 || (q.Port >= port && q.Port <= max(port, end))
}

func httpPeer(f *policy.L4Filter, p *policy.PerSelectorPolicy) judge.HTTPPeer {
	switch {
	case f.Tier != types.Normal && f.Tier != types.DefaultPolicy:
		return judge.HTTPPeer{Unknown: true} // order among tiers is Envoy's
	case p == nil:
		return judge.HTTPPeer{}
	case p.IsPass() || p.Listener != "" || len(p.DNS) > 0 || p.TerminatingTLS != nil || p.OriginatingTLS != nil || len(p.ServerNames) > 0:
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

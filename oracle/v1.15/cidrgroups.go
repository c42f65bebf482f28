package main

import (
	"errors"

	"github.com/cilium/cilium/pkg/policy/api"
)

// What 1.15 does with CIDR groups is in k8s/watchers/cilium_cidr_group.go,
// unexported, and repeated here.

// validateCIDRRules refuses what groups cannot be combined with.
func validateCIDRRules(spec *api.Rule) error {
	var sets []api.CIDRRuleSlice
	for _, r := range spec.Ingress {
		sets = append(sets, r.FromCIDRSet)
	}
	for _, r := range spec.IngressDeny {
		sets = append(sets, r.FromCIDRSet)
	}
	for _, r := range spec.Egress {
		sets = append(sets, r.ToCIDRSet)
	}
	for _, r := range spec.EgressDeny {
		sets = append(sets, r.ToCIDRSet)
	}
	for _, set := range sets {
		for _, rule := range set {
			if rule.CIDRGroupRef != "" && len(rule.ExceptCIDRs) > 0 {
				return errors.New("ExceptCIDRs cannot be used in combination with CIDRGroupRef")
			}
		}
	}
	return nil
}

// translateCIDRGroups replaces references by the groups' members, on ingress
// only. References to nothing vanish, and a set may become nil over it.
func (r *reader) translateCIDRGroups(spec *api.Rule) {
	refers := false
	for _, rule := range spec.Ingress {
		for _, c := range rule.FromCIDRSet {
			refers = refers || len(c.Cidr) == 0
		}
	}
	if !refers {
		return
	}
	for i := range spec.Ingress {
		var kept, added api.CIDRRuleSlice
		for _, c := range spec.Ingress[i].FromCIDRSet {
			if c.CIDRGroupRef == "" {
				kept = append(kept, c)
				continue
			}
			if g := r.groups[string(c.CIDRGroupRef)]; g != nil {
				for _, cidr := range g.Spec.ExternalCIDRs {
					added = append(added, api.CIDRRule{Cidr: api.CIDR(cidr), ExceptCIDRs: c.ExceptCIDRs})
				}
			}
		}
		spec.Ingress[i].FromCIDRSet = append(kept, added...)
	}
}

package main

import (
	"errors"

	"github.com/cilium/cilium/pkg/policy/api"
)

// The code of 1.15 for CIDR groups in k8s/watchers/cilium_cidr_group.go is
// unexported, so it is repeated here.

// validateCIDRRules refuses fields that groups exclude.
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
// only. Unknown references vanish, and a set may become nil then.
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

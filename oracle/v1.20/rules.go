package main

import (
	"slices"
	"strings"

	k8sconst "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/policy"
)

// ruleNames returns the policies behind a map entry as Kind/namespace/name, and
// Cilium's own rules as it labels them.
func ruleNames(origin policy.RuleMeta) []string {
	var out []string
	for _, rule := range origin.LabelArray() {
		var kind, namespace, name string
		for _, l := range rule {
			switch l.Key {
			case k8sconst.PolicyLabelDerivedFrom:
				kind = l.Value
			case k8sconst.PolicyLabelNamespace:
				namespace = l.Value
			case k8sconst.PolicyLabelName:
				name = l.Value
			case policy.LabelKeyPolicyDerivedFrom:
				kind, name = labels.LabelSourceReserved, l.Value
			}
		}
		parts := []string{kind, namespace, name}
		out = append(out, strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), "/"))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// synthesized is whether a deny-all is Cilium's own, not a policy's.
func synthesized(origin policy.RuleMeta) bool {
	own := origin.LabelArrayListString()
	return own == denyAnyIngress || own == denyAnyEgress
}

var (
	denyAnyIngress = labels.LabelArrayList{policy.LabelsDenyAnyIngress}.ArrayListString()
	denyAnyEgress  = labels.LabelArrayList{policy.LabelsDenyAnyEgress}.ArrayListString()
)

package main

import (
	"fmt"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/k8s"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// services translate toServices: in 1.15 only those without a selector count.
type services []k8s.RuleTranslator

func newServices(of []protocol.Service) (services, error) {
	var out services
	for _, s := range of {
		if len(s.Selector) > 0 {
			continue
		}
		backends := map[cmtypes.AddrCluster]*k8s.Backend{}
		for _, ip := range s.Backends {
			addr, err := cmtypes.ParseAddrCluster(ip)
			if err != nil {
				return nil, fmt.Errorf("service %s/%s: %w", s.Namespace, s.Name, err)
			}
			backends[addr] = &k8s.Backend{}
		}
		id := k8s.ServiceID{Name: s.Name, Namespace: or(s.Namespace, "default")}
		out = append(out, k8s.NewK8sTranslator(id, k8s.Endpoints{}, k8s.Endpoints{Backends: backends}, s.Labels))
	}
	return out, nil
}

// resolve does what k8s.PreprocessRules does with the agent's service cache.
func (s services) resolve(rules api.Rules) error {
	for _, rule := range rules {
		if rule.Egress == nil {
			continue
		}
		for _, t := range s {
			if err := t.Translate(rule, &policy.TranslationResult{}); err != nil {
				return err
			}
		}
	}
	return nil
}

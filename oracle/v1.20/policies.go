package main

import (
	"fmt"

	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"

	ipcachetypes "github.com/cilium/cilium/pkg/ipcache/types"
	"github.com/cilium/cilium/pkg/k8s"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	slimnetworkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/policy/types"
	policyutils "github.com/cilium/cilium/pkg/policy/utils"

	"cdk8s-cilium-mesh/oracle/common/manifest"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// readPolicy is a document as Cilium reads it.
type readPolicy struct {
	resource  ipcachetypes.ResourceID
	entries   types.PolicyEntries
	cidrGroup *ciliumv2.CiliumCIDRGroup
}

// reader reads the documents of one cluster as its agents do.
type reader struct {
	engine *engine
	schema bool
	// clusterForPolicies is the cluster that peers are narrowed to, or "".
	clusterForPolicies string
	services           *services
}

// readAll returns the last accepted document of each object, in the documents' order.
func (r *reader) readAll(cl *protocol.Cluster) (policies []*readPolicy, refused []protocol.Refusal) {
	position := map[ipcachetypes.ResourceID]int{}
	for _, text := range cl.Policies {
		for _, d := range manifest.Split(text) {
			p, stage, err := r.read(d)
			if err != nil {
				refused = append(refused, protocol.Refusal{
					Cluster: cl.Name, Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Stage: stage, Error: err.Error(),
				})
				continue
			}
			if i, again := position[p.resource]; again {
				policies[i] = p
				continue
			}
			position[p.resource] = len(policies)
			policies = append(policies, p)
		}
	}
	return policies, refused
}

// read accepts one document, or returns the stage of its refusal.
func (r *reader) read(d *manifest.Document) (p *readPolicy, stage protocol.Stage, err error) {
	if d.Err != nil {
		return nil, protocol.StageYAML, d.Err
	}
	if r.schema {
		if err := r.engine.schemas.Admit(d); err != nil {
			return nil, protocol.StageSchema, err
		}
	}
	stage = protocol.StageParse
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("Cilium panics: %v", p)
		}
	}()
	switch d.Kind {
	case "CiliumNetworkPolicy":
		return r.readCilium(d, ipcachetypes.ResourceKindCNP)
	case "CiliumClusterwideNetworkPolicy":
		return r.readCilium(d, ipcachetypes.ResourceKindCCNP)
	case "NetworkPolicy":
		var np slimnetworkingv1.NetworkPolicy
		if err := d.Decode(&np); err != nil {
			return nil, stage, err
		}
		np.Namespace = d.Namespace
		entries, err := k8s.ParseNetworkPolicy(quiet, r.clusterForPolicies, &np)
		return &readPolicy{resource: resource(ipcachetypes.ResourceKindNetpol, d), entries: entries}, stage, err
	case "ClusterNetworkPolicy":
		var cnp policyv1alpha2.ClusterNetworkPolicy
		if err := d.Decode(&cnp); err != nil {
			return nil, stage, err
		}
		entries, err := k8s.ParseClusterNetworkPolicy(quiet, r.clusterForPolicies, &cnp)
		return &readPolicy{resource: resource(ipcachetypes.ResourceKindKCNP, d), entries: entries}, stage, err
	case "CiliumCIDRGroup":
		var g ciliumv2.CiliumCIDRGroup
		if err := d.Decode(&g); err != nil {
			return nil, stage, err
		}
		return &readPolicy{resource: resource(ipcachetypes.ResourceKindCIDRGroup, d), cidrGroup: &g}, stage, nil
	}
	return nil, stage, fmt.Errorf("%w %q", manifest.ErrKind, d.Kind)
}

// readCilium follows policy/k8s/cilium_network_policy.go: resolve services,
// sanitize, parse. The agent reads clusterwide policies as CNPs without namespace.
func (r *reader) readCilium(d *manifest.Document, kind ipcachetypes.ResourceKind) (*readPolicy, protocol.Stage, error) {
	var cnp ciliumv2.CiliumNetworkPolicy
	if err := d.Decode(&cnp); err != nil {
		return nil, protocol.StageParse, err
	}
	cnp.Namespace = d.Namespace
	r.services.resolve(&cnp)

	// On a copy, since Sanitize rewrites selectors and Parse sanitizes again.
	sanitized := cnp.DeepCopy()
	specs := sanitized.Specs
	if sanitized.Spec != nil {
		specs = append(specs, sanitized.Spec)
	}
	for _, s := range specs {
		if err := s.Sanitize(); err != nil {
			return nil, protocol.StageSanitize, err
		}
	}
	rules, err := cnp.Parse(quiet, r.clusterForPolicies)
	if err != nil {
		return nil, protocol.StageParse, err
	}
	return &readPolicy{resource: resource(kind, d), entries: policyutils.RulesToPolicyEntries(rules)}, "", nil
}

func resource(kind ipcachetypes.ResourceKind, d *manifest.Document) ipcachetypes.ResourceID {
	return ipcachetypes.NewResourceID(kind, d.Namespace, d.Name)
}

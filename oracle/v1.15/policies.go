package main

import (
	"errors"
	"fmt"

	"github.com/cilium/cilium/pkg/k8s"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	ciliumv2alpha1 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2alpha1"
	slimnetworkingv1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/networking/v1"
	"github.com/cilium/cilium/pkg/policy/api"

	"cdk8s-cilium-mesh/oracle/common/manifest"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// reader reads the documents of one cluster as its agents do.
type reader struct {
	engine   *engine
	schema   bool
	services services
	groups   map[string]*ciliumv2alpha1.CiliumCIDRGroup
}

// readAll returns the rules of the last accepted document of each object.
func (r *reader) readAll(cl *protocol.Cluster) (api.Rules, []protocol.Refusal) {
	var refused []protocol.Refusal
	refuse := func(d *manifest.Document, stage protocol.Stage, err error) {
		refused = append(refused, protocol.Refusal{
			Cluster: cl.Name, Kind: d.Kind, Namespace: d.Namespace, Name: d.Name, Stage: stage, Error: err.Error(),
		})
	}
	r.groups = map[string]*ciliumv2alpha1.CiliumCIDRGroup{}
	var admitted []*manifest.Document
	for _, text := range cl.Policies {
		for _, d := range manifest.Split(text) {
			if stage, err := r.admit(d); err != nil {
				refuse(d, stage, err)
			} else {
				admitted = append(admitted, d)
			}
		}
	}
	var objects []string
	rules := map[string]api.Rules{}
	for _, d := range admitted {
		read, stage, err := r.read(d)
		if err != nil {
			refuse(d, stage, err)
			continue
		}
		key := fmt.Sprintf("%s/%s/%s", d.Kind, d.Namespace, d.Name)
		if _, again := rules[key]; !again {
			objects = append(objects, key)
		}
		rules[key] = read
	}
	var out api.Rules
	for _, key := range objects {
		out = append(out, rules[key]...)
	}
	return out, refused
}

// admit admits documents like the API server, and keeps the CIDR groups: unlike
// 1.20's, these agents replace references by the groups' members.
func (r *reader) admit(d *manifest.Document) (protocol.Stage, error) {
	if d.Err != nil {
		return protocol.StageYAML, d.Err
	}
	if r.schema {
		if err := r.engine.schemas.Admit(d); err != nil {
			return protocol.StageSchema, err
		}
	}
	if d.Kind == "CiliumCIDRGroup" {
		var g ciliumv2alpha1.CiliumCIDRGroup
		if err := d.Decode(&g); err != nil {
			return protocol.StageParse, err
		}
		if r.groups != nil {
			r.groups[d.Name] = &g
		}
	}
	return "", nil
}

// read accepts one admitted document, or returns the stage of its refusal.
func (r *reader) read(d *manifest.Document) (rules api.Rules, stage protocol.Stage, err error) {
	stage = protocol.StageParse
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("Cilium panics: %v", p)
		}
	}()
	switch d.Kind {
	case "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy":
		return r.readCilium(d)
	case "NetworkPolicy":
		var np slimnetworkingv1.NetworkPolicy
		if err := d.Decode(&np); err != nil {
			return nil, stage, err
		}
		np.Namespace = d.Namespace
		rules, err := k8s.ParseNetworkPolicy(&np)
		return rules, stage, err
	case "CiliumCIDRGroup":
		return nil, stage, nil
	}
	return nil, stage, fmt.Errorf("%w %q", manifest.ErrKind, d.Kind)
}

// readCilium follows k8s/watchers/cilium_network_policy.go: resolve CIDR
// groups, sanitize, parse, resolve services. The agent reads clusterwide
// policies as CNPs without namespace.
func (r *reader) readCilium(d *manifest.Document) (api.Rules, protocol.Stage, error) {
	var cnp ciliumv2.CiliumNetworkPolicy
	if err := d.Decode(&cnp); err != nil {
		return nil, protocol.StageParse, err
	}
	cnp.Namespace = d.Namespace
	if cnp.RequiresDerivative() {
		return nil, protocol.StageParse, errors.New("toGroups: the agents skip this policy for the ones that the operator derives from it with AWS's help")
	}
	specs := cnp.Specs
	if cnp.Spec != nil {
		specs = append(specs, cnp.Spec)
	}
	for _, s := range specs {
		if err := validateCIDRRules(s); err != nil {
			return nil, protocol.StageParse, err
		}
		r.translateCIDRGroups(s)
	}

	// On a copy, since Sanitize rewrites selectors and Parse sanitizes again.
	sanitized := cnp.DeepCopy()
	specs = sanitized.Specs
	if sanitized.Spec != nil {
		specs = append(specs, sanitized.Spec)
	}
	for _, s := range specs {
		if err := s.Sanitize(); err != nil {
			return nil, protocol.StageSanitize, err
		}
	}
	rules, err := cnp.Parse()
	if err != nil {
		return nil, protocol.StageParse, err
	}
	return rules, protocol.StageParse, r.services.resolve(rules)
}

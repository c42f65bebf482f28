package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/defaults"
	"github.com/cilium/cilium/pkg/fqdn/re"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/logging"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	ciliumtypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/manifest"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// engine implements judge.Engine.
type engine struct {
	schemas *manifest.Schemas
}

func newEngine() (*engine, error) {
	logging.DefaultLogger.SetOutput(io.Discard)
	// A fatal log entry is a case's problem, not the program's.
	logging.DefaultLogger.ExitFunc = func(int) { panic("Cilium gives up") }
	// The agent's default set of labels that make an identity.
	if err := labelsfilter.ParseLabelPrefixCfg(nil, ""); err != nil {
		return nil, err
	}
	// As the agent does on start; without it no FQDN rule is accepted.
	if err := re.InitRegexCompileLRU(defaults.FQDNRegexCompileLRUSize); err != nil {
		return nil, err
	}
	// Cilium fixes the width of a cluster ID in an identity on first use. The
	// wider one holds every ID there is, and policies do not depend on it.
	cmtypes.ClusterIDMax = cmtypes.ClusterIDExt511
	identity.GetClusterIDShift()

	schemas, err := manifest.NewSchemas(
		client.GetPregeneratedCRD(client.CNPCRDName),
		client.GetPregeneratedCRD(client.CCNPCRDName),
		client.GetPregeneratedCRD(client.CCGCRDName),
	)
	return &engine{schemas: schemas}, err
}

func (*engine) Defaults() protocol.Config { return protocol.CommonDefaults() }

func (*engine) Protocol(name string) (uint8, error) {
	if strings.EqualFold(name, "ICMPv4") {
		name = "ICMP"
	}
	p, err := u8proto.ParseProtocol(name)
	if err == nil && p == u8proto.ANY {
		err = fmt.Errorf("protocol %q is no protocol of a packet", name)
	}
	return uint8(p), err
}

func (e *engine) Accept(cfg protocol.Config, d *manifest.Document, schema bool) (protocol.Stage, error) {
	if err := install(&protocol.Cluster{Name: "accept"}, cfg); err != nil {
		return protocol.StageParse, err
	}
	r := reader{engine: e, schema: schema}
	stage, err := r.admit(d)
	if err == nil {
		_, stage, err = r.read(d)
	}
	return stage, err
}

// install sets the globals in which Cilium keeps its settings and the local
// cluster. Settings newer than 1.15 must be off.
func install(cl *protocol.Cluster, cfg protocol.Config) error {
	for name, on := range map[string]bool{
		"policyDefaultLocalCluster":    cfg.PolicyDefaultLocalCluster,
		"enableNodeSelectorLabels":     cfg.EnableNodeSelectorLabels,
		"enableExtendedIPProtocols":    cfg.EnableExtendedIPProtocols,
		"enableNonDefaultDenyPolicies": cfg.EnableNonDefaultDenyPolicies,
	} {
		if on {
			return fmt.Errorf("config: Cilium 1.15 has no %s", name)
		}
	}
	o := option.Config
	o.ClusterName, o.ClusterID = cl.Name, cl.ID
	o.EnableIPv4, o.EnableIPv6 = cfg.EnableIPv4, cfg.EnableIPv6
	o.AllowLocalhost = cfg.AllowLocalhost
	o.PolicyCIDRMatchMode = cfg.PolicyCIDRMatchMode
	o.EnableL7Proxy = cfg.EnableL7Proxy
	o.EnableICMPRules = cfg.EnableICMPRules
	o.EnableHostFirewall = cfg.EnableHostFirewall
	o.EnableRemoteNodeIdentity = true // the default; deprecated since 1.15
	policy.SetPolicyEnabled(cfg.Enforcement)
	api.InitEntities(cl.Name, false)
	return nil
}

// Open implements judge.Mesh.
func (m *mesh) Open(cl *protocol.Cluster, cfg protocol.Config, schema bool) (judge.Cluster, error) {
	if err := install(cl, cfg); err != nil {
		return nil, err
	}
	if err := labelsfilter.ParseLabelPrefixCfg(cfg.Labels, ""); err != nil {
		return nil, err
	}
	services, err := newServices(cl.Services)
	if err != nil {
		return nil, err
	}
	c := &cluster{name: cl.Name}
	r := reader{engine: m.engine, schema: schema, services: services}
	var rules api.Rules
	rules, c.refused = r.readAll(cl)

	ids, err := m.identitiesSeenBy(c)
	if err != nil {
		return nil, err
	}
	// A repository subscribes to this singleton for good; a new one lets go of
	// the last cluster's.
	identitymanager.GlobalIdentityManager = identitymanager.NewIdentityManager()
	c.repo = policy.NewStoppedPolicyRepository(nil, ids, secrets{}, nil, api.NewPolicyMetricsNoop())
	c.repo.GetSelectorCache().SetLocalIdentityNotifier(resolver{m.others})
	c.repo.AddList(rules)
	c.compute(m)
	return c, nil
}

// cluster implements judge.Cluster.
type cluster struct {
	name    string
	refused []protocol.Refusal
	failed  []protocol.EndpointError

	repo     *policy.Repository
	peers    map[*protocol.Endpoint]*identity.Identity
	subjects map[*protocol.Endpoint]*subject
}

// subject is the computed policy of one endpoint, or nil if that fails.
type subject struct {
	owner  *owner
	policy *policy.EndpointPolicy
}

// compute shares policies among endpoints of one identity and the same named
// ports, on which the result depends.
func (c *cluster) compute(m *mesh) {
	c.subjects = map[*protocol.Endpoint]*subject{}
	shared := map[string]*subject{}
	for _, p := range m.pods {
		if p.endpoint.Cluster != c.name {
			continue
		}
		key := fmt.Sprint(p.identity.ID, p.ports)
		s, known := shared[key]
		if !known {
			var err error
			if s, err = c.computeOne(m, p.identity, p.ports); err != nil {
				c.failed = append(c.failed, protocol.EndpointError{
					Cluster: c.name, Namespace: p.namespace, ID: p.endpoint.ID, Error: err.Error(),
				})
			} else {
				shared[key] = s
			}
		}
		c.subjects[p.endpoint] = s
	}
	for _, ep := range m.others {
		if !ep.IsHost() || ep.Cluster != c.name {
			continue
		}
		s, err := c.computeOne(m, hostIdentity(ep), nil)
		if err != nil {
			c.failed = append(c.failed, protocol.EndpointError{Cluster: c.name, ID: ep.ID, Error: err.Error()})
		}
		c.subjects[ep] = s
	}
}

func (c *cluster) computeOne(m *mesh, id *identity.Identity, ports ciliumtypes.NamedPortMap) (*subject, error) {
	cache := c.repo.GetPolicyCache()
	cache.LocalEndpointIdentityAdded(id)
	if err := cache.UpdatePolicy(id); err != nil {
		return nil, err
	}
	s := &subject{owner: &owner{id: uint64(id.ID), ports: ports, all: m.namedPorts}}
	s.policy = cache.Lookup(id).Consume(s.owner)
	return s, nil
}

func (c *cluster) Refused() []protocol.Refusal              { return c.refused }
func (c *cluster) EndpointErrors() []protocol.EndpointError { return c.failed }

func (c *cluster) Close() {
	closed := map[*subject]bool{}
	for _, s := range c.subjects {
		if s != nil && !closed[s] {
			s.policy.Detach()
			closed[s] = true
		}
	}
}

func (c *cluster) Decide(q judge.Query) protocol.Decision {
	s := c.subjects[q.Subject]
	if s == nil {
		return protocol.Decision{Verdict: protocol.Broken}
	}
	enforced := s.policy.EgressPolicyEnabled
	if q.Ingress {
		enforced = s.policy.IngressPolicyEnabled
	}
	if !enforced {
		return protocol.Decision{Verdict: protocol.Unenforced}
	}
	peer := c.peers[q.Peer].ID
	entry, found := lookup(s.policy.GetPolicyMap(), peer, q)
	d := protocol.Decision{Verdict: verdict(entry, found)}
	if q.Rules && found {
		d.Rules = ruleNames(entry.DerivedFromRules)
	}
	if found && !entry.IsDeny && entry.AuthType != policy.AuthTypeDisabled {
		d.Auth = entry.AuthType.String()
	}
	if q.HTTP != nil && d.Verdict == protocol.Redirected {
		d.HTTP = judge.DecideHTTP(s.httpFilters(q, peer), q.HTTP)
	}
	if q.DNS != "" && d.Verdict == protocol.Redirected {
		d.DNS = s.decideDNS(q, peer)
	}
	return d
}

func verdict(entry policy.MapStateEntry, found bool) protocol.Verdict {
	switch {
	case !found:
		return protocol.DefaultDenied
	case entry.IsDeny:
		return protocol.Denied
	case entry.IsRedirectEntry():
		return protocol.Redirected
	}
	return protocol.Allowed
}

// secrets replaces the TLS secrets of policies: all exist, and no two have the
// same contents.
type secrets struct{}

func (secrets) GetTLSContext(_ context.Context, c *api.TLSContext, _ string) (ca, public, private string, err error) {
	item := func(name string) string { return c.Secret.Namespace + "/" + c.Secret.Name + "/" + name }
	return item("ca" + c.TrustedCA), item("public" + c.Certificate), item("private" + c.PrivateKey), nil
}

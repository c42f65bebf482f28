package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/crypto/certificatemanager"
	envoypolicy "github.com/cilium/cilium/pkg/envoy/policy"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/identitymanager"
	"github.com/cilium/cilium/pkg/k8s/apis/cilium.io/client"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/manifest"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// The standard channel, which Cilium's documentation says to install
// (sigs.k8s.io/network-policy-api v0.2.0, Apache-2.0).
//
//go:embed crds/clusternetworkpolicies.yaml
var clusterNetworkPolicyCRD []byte

// engine implements judge.Engine.
type engine struct {
	schemas *manifest.Schemas
	l7      envoypolicy.EnvoyL7RulesTranslator
}

func newEngine() (*engine, error) {
	slog.SetDefault(quiet)
	// The agent's default set of labels that make an identity.
	if err := labelsfilter.ParseLabelPrefixCfg(quiet, nil, nil, ""); err != nil {
		return nil, err
	}
	// Cilium fixes the width of a cluster ID in an identity on first use. The
	// wider one holds every ID there is, and policies do not depend on it.
	cmtypes.ClusterIDMax = cmtypes.ClusterIDExt511
	identity.GetClusterIDShift()

	crds := []apiextensionsv1.CustomResourceDefinition{
		client.GetPregeneratedCRD(quiet, client.CNPCRDName),
		client.GetPregeneratedCRD(quiet, client.CCNPCRDName),
		client.GetPregeneratedCRD(quiet, client.CCGCRDName),
		{},
	}
	if err := yaml.Unmarshal(clusterNetworkPolicyCRD, &crds[3]); err != nil {
		return nil, err
	}
	schemas, err := manifest.NewSchemas(crds...)
	if err != nil {
		return nil, err
	}
	return &engine{
		schemas: schemas,
		l7:      envoypolicy.NewEnvoyL7RulesTranslator(quiet, certificatemanager.NewMockSecretManagerInline()),
	}, nil
}

func (*engine) Defaults() protocol.Config {
	c := protocol.CommonDefaults()
	c.PolicyDefaultLocalCluster = cmtypes.DefaultPolicyConfig.PolicyDefaultLocalCluster
	c.EnableNonDefaultDenyPolicies = true
	return c
}

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
	// Acceptance does not depend on the cluster name.
	install(&protocol.Cluster{Name: "accept"}, cfg)
	r := reader{engine: e, schema: schema, clusterForPolicies: "accept", services: &services{}}
	_, stage, err := r.read(d)
	return stage, err
}

// install sets the globals in which Cilium keeps its settings and the local cluster.
func install(cl *protocol.Cluster, cfg protocol.Config) {
	o := option.Config
	o.ClusterName, o.ClusterID = cl.Name, cl.ID
	o.EnableIPv4, o.EnableIPv6 = cfg.EnableIPv4, cfg.EnableIPv6
	o.UnsafeDaemonConfigOption.AllowLocalhost = cfg.AllowLocalhost
	o.PolicyCIDRMatchMode = cfg.PolicyCIDRMatchMode
	o.EnableL7Proxy = cfg.EnableL7Proxy
	o.EnableICMPRules = cfg.EnableICMPRules
	o.EnableNodeSelectorLabels = cfg.EnableNodeSelectorLabels
	o.EnableExtendedIPProtocols = cfg.EnableExtendedIPProtocols
	o.EnableNonDefaultDenyPolicies = cfg.EnableNonDefaultDenyPolicies
	o.EnableHostFirewall = cfg.EnableHostFirewall
	policy.SetPolicyEnabled(cfg.Enforcement)
	api.InitEntities(cl.Name)
}

// Open implements judge.Mesh.
func (m *mesh) Open(cl *protocol.Cluster, cfg protocol.Config, schema bool) (judge.Cluster, error) {
	install(cl, cfg)
	if err := labelsfilter.ParseLabelPrefixCfg(quiet, cfg.Labels, nil, ""); err != nil {
		return nil, err
	}
	tables, err := newServices(cl.Services)
	if err != nil {
		return nil, err
	}
	c := &cluster{name: cl.Name}
	r := reader{
		engine:             m.engine,
		schema:             schema,
		clusterForPolicies: cmtypes.LocalClusterNameForPolicies(cmtypes.PolicyConfig{PolicyDefaultLocalCluster: cfg.PolicyDefaultLocalCluster}, cl.Name),
		services:           tables,
	}
	c.policies, c.refused = r.readAll(cl)

	ids, subjects, err := m.identitiesSeenBy(c)
	if err != nil {
		return nil, err
	}
	c.manager = identitymanager.NewIDManager(quiet)
	c.repo = policy.NewPolicyRepository(quiet, ids, secrets{}, m.engine.l7, c.manager, nil)
	c.repo.SetNamedPortsGetter(m.namedPorts)
	c.repo.UpdateIdentities(subjects, nil)
	for _, p := range c.policies {
		c.repo.ReplaceByResource(p.entries, p.resource)
	}
	c.compute(m)
	return c, nil
}

// cluster implements judge.Cluster.
type cluster struct {
	name     string
	policies []*readPolicy
	refused  []protocol.Refusal
	failed   []protocol.EndpointError

	repo     *policy.Repository
	manager  identitymanager.IDManager
	peers    map[*protocol.Endpoint]*identity.Identity
	subjects map[*protocol.Endpoint]*subject
}

// subject is the computed policy of one endpoint, or nil if that fails.
type subject struct {
	owner    *owner
	selector policy.SelectorPolicy
	policy   *policy.EndpointPolicy
	entries  datapathMap
}

// compute shares policies among endpoints of one identity, as the agent does:
// named ports are part of it.
func (c *cluster) compute(m *mesh) {
	c.subjects = map[*protocol.Endpoint]*subject{}
	byIdentity := map[identity.NumericIdentity]*subject{}
	for _, p := range m.pods {
		if p.endpoint.Cluster != c.name {
			continue
		}
		s, known := byIdentity[p.identity.ID]
		if !known {
			var err error
			if s, err = c.computeOne(p.identity, &owner{id: uint64(p.identity.ID), ports: p.ports}); err != nil {
				c.failed = append(c.failed, protocol.EndpointError{
					Cluster: c.name, Namespace: p.namespace, ID: p.endpoint.ID, Error: err.Error(),
				})
			} else {
				byIdentity[p.identity.ID] = s
			}
		}
		c.subjects[p.endpoint] = s
	}
	for _, ep := range m.others {
		if !ep.IsHost() || ep.Cluster != c.name {
			continue
		}
		s, err := c.computeOne(hostIdentity(ep), &owner{host: true})
		if err != nil {
			c.failed = append(c.failed, protocol.EndpointError{Cluster: c.name, ID: ep.ID, Error: err.Error()})
		}
		c.subjects[ep] = s
	}
}

func (c *cluster) computeOne(id *identity.Identity, o *owner) (*subject, error) {
	selector, _, err := c.repo.ComputeSelectorPolicy(id)
	if err != nil {
		return nil, err
	}
	s := &subject{owner: o, selector: selector}
	// Every redirect is realized, on one port.
	s.policy = selector.DistillPolicy(quiet, s.owner, map[string]uint16{policy.FallbackRedirectID: math.MaxUint16})
	if err := s.policy.Ready(); err != nil {
		return nil, err
	}
	s.entries = newDatapathMap(s.policy)
	return s, nil
}

func (c *cluster) Refused() []protocol.Refusal              { return c.refused }
func (c *cluster) EndpointErrors() []protocol.EndpointError { return c.failed }

func (c *cluster) Close() {
	closed := map[*subject]bool{}
	for _, s := range c.subjects {
		if s != nil && !closed[s] {
			s.policy.Detach(quiet)
			s.selector.Supersede()
			closed[s] = true
		}
	}
}

// Decide looks the flow up in Cilium's entries as the datapath does.
func (c *cluster) Decide(q judge.Query) protocol.Decision {
	s := c.subjects[q.Subject]
	if s == nil {
		return protocol.Decision{Verdict: protocol.Broken}
	}
	enforced := s.policy.SelectorPolicy.EgressPolicyEnabled
	if q.Ingress {
		enforced = s.policy.SelectorPolicy.IngressPolicyEnabled
	}
	if !enforced {
		return protocol.Decision{Verdict: protocol.Unenforced}
	}
	key, entry, found := s.entries.lookup(c.packet(q))
	var origin policy.RuleMeta
	if found {
		origin, _ = s.policy.GetRuleMeta(key)
	}
	d := protocol.Decision{Verdict: verdict(entry, origin, found)}
	if q.Rules && found {
		d.Rules = ruleNames(origin)
	}
	if auth := entry.AuthRequirement.AuthType(); found && !entry.IsDeny() && auth != types.AuthTypeDisabled {
		d.Auth = auth.String()
	}
	if q.HTTP != nil && d.Verdict == protocol.Redirected {
		d.HTTP = judge.DecideHTTP(s.httpFilters(q, c.peers[q.Peer].ID), q.HTTP)
	}
	if q.DNS != "" && d.Verdict == protocol.Redirected {
		d.DNS = s.decideDNS(q, c.peers[q.Peer].ID)
	}
	return d
}

// packet is the key of a flow. It has the full prefix: a packet's port is never
// a wildcard, not even 0, which is ICMP type 0.
func (c *cluster) packet(q judge.Query) policy.Key {
	key := policy.EgressKey()
	if q.Ingress {
		key = policy.IngressKey()
	}
	return key.WithIdentity(c.peers[q.Peer].ID).WithPortProtoPrefix(u8proto.U8proto(q.Protocol), q.Port, 16)
}

func verdict(entry policy.MapStateEntry, origin policy.RuleMeta, found bool) protocol.Verdict {
	switch {
	case !found:
		return protocol.DefaultDenied
	case entry.IsDeny() && synthesized(origin):
		// The entry that Cilium adds at the end of the tiers for Pass.
		return protocol.DefaultDenied
	case entry.IsDeny():
		return protocol.Denied
	case entry.ProxyPort != 0:
		return protocol.Redirected
	}
	return protocol.Allowed
}

// secrets replaces the TLS secrets of policies: all exist.
type secrets struct{}

func (secrets) GetTLSContext(context.Context, *api.TLSContext, string) (ca, public, private string, inline bool, err error) {
	return "ca", "public", "private", true, nil
}

// Package judge asks an engine for the verdicts of a case's flows.
//
// A flow needs two of them: egress from the source's cluster, on the source's
// own policy, and ingress from the destination's cluster. Each cluster sees
// every endpoint of the mesh as a peer and only its own pods and host as subjects.
package judge

import (
	"fmt"

	"cdk8s-cilium-mesh/oracle/common/manifest"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// Engine is one version of Cilium.
type Engine interface {
	// Defaults are that version's settings.
	Defaults() protocol.Config
	// Protocol returns the number of an IP protocol by Cilium's name.
	Protocol(name string) (uint8, error)
	// NewMesh assigns the endpoints the identities that all clusters agree on.
	NewMesh(c *protocol.Case) (Mesh, error)
	// Accept accepts a document or returns the stage of its refusal.
	Accept(cfg protocol.Config, d *manifest.Document, schema bool) (protocol.Stage, error)
}

// Mesh is a case with its identities.
type Mesh interface {
	// Open computes the policies of one cluster's pods. Until Close, no other
	// cluster may be opened: Cilium keeps "the local cluster" in globals.
	Open(cl *protocol.Cluster, cfg protocol.Config, schema bool) (Cluster, error)
}

// Cluster is one cluster with its policies computed.
type Cluster interface {
	Refused() []protocol.Refusal
	EndpointErrors() []protocol.EndpointError
	// Decide decides one direction of a flow, from the subject's point of view.
	Decide(q Query) protocol.Decision
	Close()
}

// Query is one direction of a flow.
type Query struct {
	Subject, Peer *protocol.Endpoint
	Ingress       bool
	Protocol      uint8
	Port          uint16
	// Rules asks for Decision.Rules.
	Rules bool
	// HTTP asks for Decision.HTTP.
	HTTP *protocol.Request
	// DNS asks for Decision.DNS.
	DNS string
}

// Answer turns an engine into a protocol.Answer.
func Answer(e Engine) protocol.Answer {
	return func(c *protocol.Case) (any, error) {
		if c.Accept != nil {
			return accept(e, c)
		}
		return verdicts(e, c)
	}
}

func schemaWanted(c *protocol.Case) bool { return c.Schema == nil || *c.Schema }

func accept(e Engine, c *protocol.Case) (*protocol.AcceptResult, error) {
	cfg, err := protocol.Settings(e.Defaults(), c.Config)
	if err != nil {
		return nil, err
	}
	out := &protocol.AcceptResult{Accepted: []protocol.Accepted{}}
	for _, text := range c.Accept {
		out.Accepted = append(out.Accepted, acceptOne(e, cfg, text, schemaWanted(c)))
	}
	return out, nil
}

func acceptOne(e Engine, cfg protocol.Config, text string, schema bool) protocol.Accepted {
	docs := manifest.Split(text)
	if len(docs) != 1 {
		return protocol.Accepted{Stage: protocol.StageYAML, Error: fmt.Sprintf("%d documents instead of one", len(docs))}
	}
	d := docs[0]
	a := protocol.Accepted{Kind: d.Kind, Namespace: d.Namespace, Name: d.Name}
	if stage, err := e.Accept(cfg, d, schema); err != nil {
		a.Stage, a.Error = stage, err.Error()
		return a
	}
	a.OK = true
	return a
}

func verdicts(e Engine, c *protocol.Case) (*protocol.Result, error) {
	out := &protocol.Result{Refused: []protocol.Refusal{}, EndpointErrors: []protocol.EndpointError{}}
	configs := make([]protocol.Config, len(c.Clusters))
	for i := range c.Clusters {
		cfg, err := protocol.Settings(e.Defaults(), c.Config, c.Clusters[i].Config)
		if err != nil {
			return nil, fmt.Errorf("cluster %q: %w", c.Clusters[i].Name, err)
		}
		if i > 0 && cfg.MaxConnectedClusters != configs[0].MaxConnectedClusters {
			return nil, fmt.Errorf("cluster %q: maxConnectedClusters differs: Cilium refuses to connect such clusters", c.Clusters[i].Name)
		}
		configs[i] = cfg
	}
	flows, err := expand(e, c)
	if err != nil {
		return nil, err
	}
	mesh, err := e.NewMesh(c)
	if err != nil {
		return nil, err
	}
	for i := range c.Clusters {
		if err := open(mesh, &c.Clusters[i], configs[i], c, flows, out); err != nil {
			return nil, fmt.Errorf("cluster %q: %w", c.Clusters[i].Name, err)
		}
	}
	write(flows, c, out)
	return out, nil
}

func open(mesh Mesh, cl *protocol.Cluster, cfg protocol.Config, c *protocol.Case, flows []flow, out *protocol.Result) error {
	cluster, err := mesh.Open(cl, cfg, schemaWanted(c))
	if err != nil {
		return err
	}
	defer cluster.Close()
	out.Refused = append(out.Refused, cluster.Refused()...)
	out.EndpointErrors = append(out.EndpointErrors, cluster.EndpointErrors()...)
	for i := range flows {
		f := &flows[i]
		q := Query{Protocol: f.protocol, Port: f.Port, Rules: c.Rules, HTTP: f.HTTP, DNS: f.DNS}
		if f.src.IsSubject() && f.src.Cluster == cl.Name {
			q.Subject, q.Peer, q.Ingress = f.src, f.dst, false
			f.egress = cluster.Decide(q)
		}
		if f.dst.IsSubject() && f.dst.Cluster == cl.Name {
			q.Subject, q.Peer, q.Ingress = f.dst, f.src, true
			f.ingress = cluster.Decide(q)
		}
	}
	return nil
}

type flow struct {
	protocol.Flow
	src, dst        *protocol.Endpoint
	protocol        uint8
	egress, ingress protocol.Decision
}

// expand resolves the flows of a case, or creates those of every ordered pair of
// distinct endpoints with at least one subject, in the case's order.
func expand(e Engine, c *protocol.Case) ([]flow, error) {
	byID := make(map[string]*protocol.Endpoint, len(c.Endpoints))
	for i := range c.Endpoints {
		byID[c.Endpoints[i].ID] = &c.Endpoints[i]
	}
	var out []flow
	add := func(f protocol.Flow) error {
		number, err := e.Protocol(f.Protocol)
		if err != nil {
			return err
		}
		outside := protocol.Decision{Verdict: protocol.Outside}
		out = append(out, flow{Flow: f, src: byID[f.Src], dst: byID[f.Dst], protocol: number, egress: outside, ingress: outside})
		return nil
	}
	for i, f := range c.Flows {
		if err := add(f); err != nil {
			return nil, fmt.Errorf("flow %d: %w", i, err)
		}
	}
	if len(c.Ports) == 0 {
		return out, nil
	}
	for i := range c.Endpoints {
		for j := range c.Endpoints {
			src, dst := &c.Endpoints[i], &c.Endpoints[j]
			if i == j || (!src.IsSubject() && !dst.IsSubject()) {
				continue
			}
			for _, p := range c.Ports {
				if err := add(protocol.Flow{Src: src.ID, Dst: dst.ID, Port: p.Port, Protocol: p.Protocol}); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}

func write(flows []flow, c *protocol.Case, out *protocol.Result) {
	var letters, http, dns, auth []byte
	anyHTTP, anyDNS, anyAuth := false, false, false
	for i := range flows {
		f := &flows[i]
		letters = append(letters, f.egress.Verdict.Letter(), f.ingress.Verdict.Letter())
		for _, d := range []*protocol.Decision{&f.egress, &f.ingress} {
			http, dns = append(http, request(d.HTTP)), append(dns, request(d.DNS))
			auth, anyAuth = append(auth, request(d.Auth)), anyAuth || d.Auth != ""
		}
		anyHTTP, anyDNS = anyHTTP || f.HTTP != nil, anyDNS || f.DNS != ""
		if c.Rules {
			out.Flows = append(out.Flows, protocol.FlowResult{
				Src: f.Src, Dst: f.Dst, Port: f.Port, Protocol: f.Protocol, Egress: f.egress, Ingress: f.ingress,
			})
		}
	}
	out.Verdicts = string(letters)
	if anyHTTP {
		out.HTTP = string(http)
	}
	if anyDNS {
		out.DNS = string(dns)
	}
	if anyAuth {
		out.Auth = string(auth)
	}
}

func request(decided string) byte {
	if decided == "" {
		return protocol.HTTPUndecided
	}
	return decided[0]
}

// Package randcase generates random meshes that use all features of policies:
// few names, so selectors often match, and every form of emptiness.
package randcase

import (
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// Options leave out features that a version lacks or a second judge does not model.
type Options struct {
	// Only115 leaves out features newer than 1.15.
	Only115 bool
	// NamedPorts allows named ports in policies.
	NamedPorts bool
	// Authentication sets the modes of some rules.
	Authentication bool
}

// Size of a mesh.
const (
	Clusters            = 3
	EndpointsPerCluster = 6
	PoliciesPerCluster  = 10
)

var names = []string{"koornacht", "tion", "hoth"}

// New generates a case of three clusters with six pods and ten policies each, four
// outsiders, and the flows among them.
func New(r *rand.Rand, o Options) *protocol.Case {
	g := &generator{r, o}
	c := &protocol.Case{Ports: []protocol.Port{
		{Port: 80, Protocol: "TCP"}, {Port: 443, Protocol: "TCP"}, {Port: 8080, Protocol: "TCP"},
		{Port: 53, Protocol: "UDP"}, {Port: 8, Protocol: "ICMP"},
	}}
	for i, name := range names {
		cl := protocol.Cluster{Name: name, ID: uint32(i + 1)}
		if !o.Only115 {
			cl.Config = json.RawMessage(fmt.Sprintf(`{"policyDefaultLocalCluster":%v}`, g.chance(2)))
		}
		for range PoliciesPerCluster {
			cl.Policies = append(cl.Policies, g.policy(len(cl.Policies)))
		}
		cl.Policies = append(cl.Policies, g.group())
		cl.Services = []protocol.Service{
			{Name: "inside", Namespace: g.namespace(), Labels: map[string]string{"svc": "inside"}, Selector: map[string]string{"app": g.app()}},
			{Name: "outside", Namespace: g.namespace(), Labels: map[string]string{"svc": "outside"}, Backends: []string{"10.1.2.3"}},
		}
		c.Clusters = append(c.Clusters, cl)
		for j := range EndpointsPerCluster {
			c.Endpoints = append(c.Endpoints, g.pod(name, j))
		}
	}
	c.Endpoints = append(c.Endpoints,
		protocol.Endpoint{ID: "world", Entity: "world"},
		protocol.Endpoint{ID: "host", Entity: "host", Cluster: names[0]},
		protocol.Endpoint{ID: "near", IP: "10.1.2.3", FQDNs: []string{"api.rebels.org"}},
		protocol.Endpoint{ID: "far", IP: "192.0.2.1"},
	)
	return c
}

type generator struct {
	*rand.Rand
	Options
}

func (g *generator) chance(n int) bool          { return g.Intn(n) == 0 }
func (g *generator) pick(from ...string) string { return from[g.Intn(len(from))] }
func (g *generator) namespace() string          { return g.pick("default", "prod") }
func (g *generator) app() string                { return g.pick("x-wing", "rebel-base", "tie") }
func (g *generator) list(n int, f func() string) string {
	var out []string
	for range n {
		out = append(out, f())
	}
	return "[" + strings.Join(out, ", ") + "]"
}

func (g *generator) pod(cluster string, i int) protocol.Endpoint {
	e := protocol.Endpoint{
		ID: fmt.Sprintf("%s-%d", cluster, i), Cluster: cluster, Namespace: g.namespace(),
		Labels: map[string]string{"app": g.app(), "tier": g.pick("fe", "be")},
	}
	e.NamespaceLabels = map[string]string{"team": map[string]string{"default": "a", "prod": "b"}[e.Namespace]}
	if g.NamedPorts && g.chance(2) {
		e.NamedPorts = map[string]protocol.NamedPort{"http": {Port: 80 + 8000*g.Intn(2), Protocol: "TCP"}}
	}
	return e
}

func (g *generator) group() string {
	version := "v2"
	if g.Only115 {
		version = "v2alpha1"
	}
	return fmt.Sprintf("{apiVersion: cilium.io/%s, kind: CiliumCIDRGroup, metadata: {name: ten}, spec: {externalCIDRs: [10.0.0.0/8]}}", version)
}

func (g *generator) policy(i int) string {
	kind, apiVersion, namespace, spec := "CiliumNetworkPolicy", "cilium.io/v2", ", namespace: "+g.namespace(), ""
	switch g.Intn(20) {
	case 0, 1, 2:
		kind, namespace, spec = "CiliumClusterwideNetworkPolicy", "", g.cilium()
	case 3, 4, 5:
		kind, apiVersion, spec = "NetworkPolicy", "networking.k8s.io/v1", g.kubernetes()
	case 6:
		if !g.Only115 {
			kind, apiVersion, namespace, spec = "ClusterNetworkPolicy", "policy.networking.k8s.io/v1alpha2", "", g.clusterwide()
			break
		}
		fallthrough
	default:
		spec = g.cilium()
	}
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: p%d%s}\nspec: %s\n", apiVersion, kind, i, namespace, spec)
}

func (g *generator) cilium() string {
	s := "{endpointSelector: " + g.subject()
	sections := g.Intn(3) + 1 // bits: ingress, egress
	for bit, direction := range []string{"ingress", "egress"} {
		if sections&(1<<bit) == 0 {
			continue
		}
		if g.chance(4) {
			s += ", " + direction + "Deny: " + g.list(1+g.Intn(2), func() string { return g.rule(direction, true) })
		} else {
			s += ", " + direction + ": " + g.list(1+g.Intn(2), func() string { return g.rule(direction, false) })
		}
	}
	if !g.Only115 && g.chance(8) {
		s += ", enableDefaultDeny: {ingress: false, egress: false}"
	}
	return s + "}"
}

func (g *generator) subject() string {
	return g.pick("{}", "{}", "{matchLabels: {app: "+g.app()+"}}", "{matchLabels: {tier: be}}",
		"{matchExpressions: [{key: app, operator: NotIn, values: ["+g.app()+"]}]}")
}

func (g *generator) rule(direction string, deny bool) string {
	peer := map[string]string{"ingress": "from", "egress": "to"}[direction]
	l3, ports := "", true
	switch g.Intn(14) {
	case 0:
		return "{}"
	case 1:
		l3 = ""
	case 2, 3:
		l3 = peer + "Entities: [" + g.pick("world", "cluster", "all", "host", "remote-node", "world, cluster") + "]"
	case 4:
		l3 = peer + "CIDRSet: [{cidr: 10.0.0.0/8, except: [" + g.pick("10.1.0.0/16", "10.2.0.0/16") + "]}]"
	case 5:
		l3 = peer + "CIDR: [" + g.pick("10.0.0.0/8", "0.0.0.0/0", "192.0.2.1/32") + "]"
	case 6:
		switch {
		case direction == "egress" && !deny && g.chance(2):
			l3 = `toFQDNs: [{matchPattern: "*.rebels.org"}]`
		case direction == "egress":
			// 1.15 refuses it with ports.
			l3, ports = "toServices: [{k8sServiceSelector: {selector: {matchLabels: {svc: "+g.pick("inside", "outside", "nothing")+"}}}}]", !g.Only115
		case !deny:
			l3 = "fromCIDRSet: [{cidrGroupRef: " + g.pick("ten", "ten", "none") + "}]"
		}
	case 7:
		l3 = peer + "Endpoints: []"
	default:
		l3 = peer + "Endpoints: " + g.list(1+g.Intn(2), g.peer)
	}
	parts := []string{}
	if l3 != "" {
		parts = append(parts, l3)
	}
	switch {
	case ports && g.chance(2):
		parts = append(parts, "toPorts: ["+g.ports(deny)+"]")
	case g.chance(10):
		parts = append(parts, "icmps: [{fields: [{type: "+g.pick("8", "0", "13")+"}]}]")
	}
	if g.Authentication && !deny && g.chance(2) {
		parts = append(parts, "authentication: {mode: "+g.pick("required", "disabled")+"}")
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (g *generator) ports(deny bool) string {
	proto := g.pick("TCP", "TCP", "ANY", "UDP")
	port := g.pick("80", "443", "53", "8080")
	switch {
	case g.chance(12):
		return g.pick("{}", "{ports: []}")
	case !deny && g.chance(5):
		return `{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET, path: "/` + g.pick("a", "b") + `"}]}}`
	case g.NamedPorts && g.chance(4):
		return "{ports: [{port: http, protocol: TCP}]}"
	case !g.Only115 && g.chance(5):
		return fmt.Sprintf("{ports: [{port: %q, endPort: 9000, protocol: %s}]}", port, proto)
	}
	return fmt.Sprintf("{ports: [{port: %q, protocol: %s}]}", port, proto)
}

func (g *generator) peer() string {
	var labels, expressions []string
	if g.chance(2) {
		labels = append(labels, "app: "+g.app())
	}
	switch g.Intn(6) {
	case 0:
		labels = append(labels, "io.cilium.k8s.policy.cluster: "+g.pick(names...))
	case 1:
		expressions = append(expressions, fmt.Sprintf("{key: io.cilium.k8s.policy.cluster, operator: %s, values: [%s]}", g.pick("In", "NotIn"), g.pick(names...)))
	case 2:
		expressions = append(expressions, "{key: io.cilium.k8s.policy.cluster, operator: Exists}")
	}
	switch g.Intn(8) {
	case 0:
		labels = append(labels, "k8s:io.kubernetes.pod.namespace: "+g.namespace())
	case 1:
		labels = append(labels, "k8s:io.cilium.k8s.namespace.labels.team: "+g.pick("a", "b"))
	case 2:
		expressions = append(expressions, "{key: tier, operator: "+g.pick("Exists", "DoesNotExist")+"}")
	}
	return fmt.Sprintf("{matchLabels: {%s}, matchExpressions: [%s]}", strings.Join(labels, ", "), strings.Join(expressions, ", "))
}

func (g *generator) kubernetes() string {
	peer := func() string {
		switch g.Intn(6) {
		case 0:
			return "{ipBlock: {cidr: 10.0.0.0/8}}"
		case 1:
			return "{namespaceSelector: {matchLabels: {team: " + g.pick("a", "b") + "}}}"
		case 2:
			return "{namespaceSelector: {}, podSelector: {matchLabels: {app: " + g.app() + "}}}"
		case 3:
			return "{podSelector: {matchLabels: {io.cilium.k8s.policy.cluster: " + g.pick(names...) + "}}}"
		}
		return "{podSelector: {matchLabels: {app: " + g.app() + "}}}"
	}
	rule := func(key string) string {
		parts := []string{}
		if !g.chance(5) {
			parts = append(parts, key+": "+g.list(1+g.Intn(2), peer))
		}
		if g.chance(2) {
			parts = append(parts, "ports: [{port: "+g.pick("80", "443")+"}]")
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	s := "{podSelector: " + g.pick("{}", "{matchLabels: {app: "+g.app()+"}}")
	if types := g.pick("", "[Ingress]", "[Egress]", "[Ingress, Egress]"); types != "" {
		s += ", policyTypes: " + types
	}
	if !g.chance(3) {
		s += ", ingress: " + g.list(g.Intn(3), func() string { return rule("from") })
	}
	if g.chance(2) {
		s += ", egress: " + g.list(g.Intn(3), func() string { return rule("to") })
	}
	return s + "}"
}

func (g *generator) clusterwide() string {
	peer := func() string {
		if g.chance(2) {
			return "{namespaces: " + g.pick("{}", "{matchLabels: {team: a}}") + "}"
		}
		return "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: " + g.app() + "}}}}"
	}
	rule := func(key string) string {
		s := "{action: " + g.pick("Accept", "Deny", "Pass") + ", " + key + ": " + g.list(1, peer)
		if g.chance(2) {
			s += ", protocols: [{tcp: {destinationPort: {number: " + g.pick("80", "443") + "}}}]"
		}
		return s + "}"
	}
	return fmt.Sprintf("{tier: %s, priority: %d, subject: {namespaces: {}}, ingress: %s, egress: %s}",
		g.pick("Admin", "Baseline"), g.Intn(5),
		g.list(g.Intn(3), func() string { return rule("from") }), g.list(g.Intn(3), func() string { return rule("to") }))
}

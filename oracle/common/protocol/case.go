// Package protocol is the contract between the judges and their clients:
// one JSON case per line in, one JSON result per line out.
//
// An unknown field is refused, because an ignored field would be a false
// verdict.
package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Case is one question. With Accept it asks whether Cilium accepts these
// documents; otherwise it asks for the verdicts of a mesh.
type Case struct {
	// Config overrides the judge's defaults for every cluster.
	Config    json.RawMessage `json:"config,omitempty"`
	Clusters  []Cluster       `json:"clusters,omitempty"`
	Endpoints []Endpoint      `json:"endpoints,omitempty"`
	// Without Flows, Ports are combined with every ordered pair of endpoints.
	Ports []Port `json:"ports,omitempty"`
	Flows []Flow `json:"flows,omitempty"`
	// Rules adds one object per flow, with the rules that decided it.
	Rules bool `json:"rules,omitempty"`
	// Schema is whether the API server's admission is judged too. Default true.
	Schema *bool `json:"schema,omitempty"`
	// Accept holds documents to accept or refuse, one each.
	Accept []string `json:"accept,omitempty"`
}

// Cluster is one cluster of the mesh, with the objects applied to it.
type Cluster struct {
	Name string `json:"name"`
	ID   uint32 `json:"id"`
	// Config overrides the case's, field by field.
	Config json.RawMessage `json:"config,omitempty"`
	// Policies are texts of one or more YAML documents each.
	Policies []string  `json:"policies,omitempty"`
	Services []Service `json:"services,omitempty"`
}

// Service is what toServices can refer to. Backends count only without Selector.
type Service struct {
	Name      string            `json:"name"`
	Namespace string            `json:"namespace"`
	Labels    map[string]string `json:"labels,omitempty"`
	Selector  map[string]string `json:"selector,omitempty"`
	Backends  []string          `json:"backends,omitempty"`
}

// Endpoint is a pod (neither Entity nor IP), a reserved identity (Entity), or
// an address outside the mesh (IP).
type Endpoint struct {
	ID string `json:"id"`

	Cluster         string            `json:"cluster,omitempty"`
	Namespace       string            `json:"namespace,omitempty"`
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	// Labels of the pod, or of the Node of a host or remote-node with Cluster.
	Labels         map[string]string    `json:"labels,omitempty"`
	ServiceAccount string               `json:"serviceAccount,omitempty"`
	NamedPorts     map[string]NamedPort `json:"namedPorts,omitempty"`

	// Entity is one of Entities. With Cluster, a host is that cluster's own
	// host, which host policies select, and a remote-node to all other clusters.
	// A remote-node with Cluster is another node of it. With IP, a host or
	// remote-node can be matched by CIDR where policyCIDRMatchMode has nodes.
	Entity string `json:"entity,omitempty"`

	IP string `json:"ip,omitempty"`
	// FQDNs are the names this IP was resolved from.
	FQDNs []string `json:"fqdns,omitempty"`
	// ExtraLabels of an IP, e.g. reserved:kube-apiserver.
	ExtraLabels []string `json:"extraLabels,omitempty"`
}

// IsPod is whether the endpoint is a pod.
func (e *Endpoint) IsPod() bool { return e.Entity == "" && e.IP == "" }

// IsHost is whether the endpoint is the host of a known cluster.
func (e *Endpoint) IsHost() bool { return e.Entity == "host" && e.Cluster != "" }

// IsSubject is whether the endpoint has a policy of its own; other endpoints
// are only peers.
func (e *Endpoint) IsSubject() bool { return e.IsPod() || e.IsHost() }

// NamedPort is a container port with a name.
type NamedPort struct {
	Port     int    `json:"port"`
	Protocol string `json:"protocol"`
}

// Port is a destination port. For ICMP and ICMPv6 it is the message type,
// which is how Cilium keys it.
type Port struct {
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
}

// Flow is one packet that opens a connection.
type Flow struct {
	Src      string   `json:"src"`
	Dst      string   `json:"dst"`
	Port     uint16   `json:"port"`
	Protocol string   `json:"protocol"`
	HTTP     *Request `json:"http,omitempty"`
	// DNS is the name of a query.
	DNS string `json:"dns,omitempty"`
}

// Request is an HTTP request on the connection.
type Request struct {
	Method  string            `json:"method,omitempty"`
	Path    string            `json:"path,omitempty"`
	Host    string            `json:"host,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

// Config are the settings of one cluster's Cilium that change verdicts.
type Config struct {
	PolicyDefaultLocalCluster    bool     `json:"policyDefaultLocalCluster"`
	EnableIPv4                   bool     `json:"enableIPv4"`
	EnableIPv6                   bool     `json:"enableIPv6"`
	Enforcement                  string   `json:"enforcement"`
	AllowLocalhost               string   `json:"allowLocalhost"`
	PolicyCIDRMatchMode          []string `json:"policyCIDRMatchMode"`
	EnableL7Proxy                bool     `json:"enableL7Proxy"`
	EnableICMPRules              bool     `json:"enableICMPRules"`
	EnableNodeSelectorLabels     bool     `json:"enableNodeSelectorLabels"`
	EnableExtendedIPProtocols    bool     `json:"enableExtendedIPProtocols"`
	EnableNonDefaultDenyPolicies bool     `json:"enableNonDefaultDenyPolicies"`
	EnableHostFirewall           bool     `json:"enableHostFirewall"`
	// Labels filters the labels that make an identity.
	Labels               []string `json:"labels"`
	MaxConnectedClusters uint32   `json:"maxConnectedClusters"`
}

// CommonDefaults are the defaults that every judged version has in common.
func CommonDefaults() Config {
	return Config{
		EnableIPv4:           true,
		Enforcement:          "default",
		AllowLocalhost:       "always", // what "auto" becomes under Kubernetes
		EnableL7Proxy:        true,
		EnableICMPRules:      true,
		MaxConnectedClusters: 255,
	}
}

// Settings overrides the defaults with the JSON objects, field by field; later
// ones win.
func Settings(defaults Config, layers ...json.RawMessage) (Config, error) {
	c := defaults
	for _, l := range layers {
		if len(l) == 0 {
			continue
		}
		// json reuses the array behind a slice: keep the caller's out of reach.
		c.PolicyCIDRMatchMode = slices.Clone(c.PolicyCIDRMatchMode)
		c.Labels = slices.Clone(c.Labels)
		if err := Decode(l, &c); err != nil {
			return c, fmt.Errorf("config: %w", err)
		}
	}
	if !slices.Contains([]string{"default", "always", "never"}, c.Enforcement) {
		return c, fmt.Errorf("config: enforcement %q is not default, always or never", c.Enforcement)
	}
	if !slices.Contains([]string{"always", "policy"}, c.AllowLocalhost) {
		return c, fmt.Errorf("config: allowLocalhost %q is not always or policy", c.AllowLocalhost)
	}
	for _, m := range c.PolicyCIDRMatchMode {
		// 1.20 also has pods, for which the judge would have to know the pods' addresses.
		if m != "nodes" {
			return c, fmt.Errorf("config: policyCIDRMatchMode %q is not nodes", m)
		}
	}
	return c, nil
}

// Decode reads one JSON value. It refuses unknown fields and trailing data.
func Decode(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one JSON value")
	}
	return nil
}

// Entities are the reserved identities that an endpoint may have.
var Entities = []string{
	"health", "host", "ingress", "init", "kube-apiserver", "remote-node", "unmanaged",
	"world", "world-ipv4", "world-ipv6",
}

// Check refuses a contradictory case.
func (c *Case) Check() error {
	if c.Accept != nil {
		if len(c.Clusters)+len(c.Endpoints)+len(c.Flows)+len(c.Ports) > 0 || c.Rules {
			return fmt.Errorf("accept must be alone with config and schema")
		}
		return nil
	}
	clusters, ids := map[string]bool{}, map[uint32]string{}
	for _, cl := range c.Clusters {
		if clusters[cl.Name] {
			return fmt.Errorf("cluster %q is there twice", cl.Name)
		}
		if other, taken := ids[cl.ID]; taken {
			return fmt.Errorf("clusters %q and %q have the same id %d", other, cl.Name, cl.ID)
		}
		clusters[cl.Name], ids[cl.ID] = true, cl.Name
	}
	endpoints, hosts := map[string]bool{}, map[string]bool{}
	for i := range c.Endpoints {
		e := &c.Endpoints[i]
		if err := e.check(clusters); err != nil {
			return fmt.Errorf("endpoint %q: %w", e.ID, err)
		}
		if endpoints[e.ID] {
			return fmt.Errorf("endpoint %q is there twice", e.ID)
		}
		endpoints[e.ID] = true
		if e.IsHost() && hosts[e.Cluster] {
			return fmt.Errorf("cluster %q has two hosts: its own is one, the others are remote nodes", e.Cluster)
		}
		hosts[e.Cluster] = hosts[e.Cluster] || e.IsHost()
	}
	if len(c.Flows) > 0 && len(c.Ports) > 0 {
		return fmt.Errorf("either flows or ports")
	}
	for i, f := range c.Flows {
		for _, id := range []string{f.Src, f.Dst} {
			if !endpoints[id] {
				return fmt.Errorf("flow %d: unknown endpoint %q", i, id)
			}
		}
	}
	return nil
}

func (e *Endpoint) check(clusters map[string]bool) error {
	if e.ID == "" {
		return fmt.Errorf("no id")
	}
	if e.Cluster != "" && !clusters[e.Cluster] {
		return fmt.Errorf("unknown cluster %q", e.Cluster)
	}
	isNode := (e.Entity == "host" || e.Entity == "remote-node") && e.Cluster != ""
	podOnly := e.Namespace != "" || e.NamespaceLabels != nil || e.Labels != nil && !isNode || e.ServiceAccount != "" || e.NamedPorts != nil
	ipOnly := e.FQDNs != nil || e.ExtraLabels != nil
	switch {
	case e.IsPod() && e.Cluster == "":
		return fmt.Errorf("a pod needs a cluster")
	case e.IsPod() && ipOnly:
		return fmt.Errorf("fqdns and extraLabels belong to an ip")
	case !e.IsPod() && podOnly:
		return fmt.Errorf("namespace, labels, serviceAccount and namedPorts belong to a pod, and labels to a node of a cluster")
	case e.Entity != "" && ipOnly:
		return fmt.Errorf("fqdns and extraLabels belong to an ip")
	case e.Entity != "" && !slices.Contains(Entities, e.Entity):
		return fmt.Errorf("unknown entity %q", e.Entity)
	case e.Entity != "" && e.Cluster != "" && !isNode:
		return fmt.Errorf("only the entities host and remote-node may have a cluster")
	case e.Entity != "" && e.IP != "" && e.Entity != "host" && e.Entity != "remote-node":
		return fmt.Errorf("only the entities host and remote-node may have an ip")
	case e.Entity == "" && e.IP != "" && e.Cluster != "":
		return fmt.Errorf("an ip has no cluster")
	}
	return nil
}

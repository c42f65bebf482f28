package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/sirupsen/logrus"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/identity/cache"
	slimcorev1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/api/core/v1"
	slimmetav1 "github.com/cilium/cilium/pkg/k8s/slim/k8s/apis/meta/v1"
	k8sutils "github.com/cilium/cilium/pkg/k8s/utils"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy/api"
	ciliumtypes "github.com/cilium/cilium/pkg/types"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// mesh implements judge.Mesh: what all clusters agree on, through the kvstore.
type mesh struct {
	engine     *engine
	pods       []*pod
	others     []*protocol.Endpoint
	namedPorts namedPorts
}

// pod is an endpoint with a global identity.
type pod struct {
	endpoint  *protocol.Endpoint
	namespace string
	identity  *identity.Identity
	ports     ciliumtypes.NamedPortMap
}

func (e *engine) NewMesh(c *protocol.Case) (judge.Mesh, error) {
	ids, filters := map[string]uint32{}, map[string][]string{}
	for _, cl := range c.Clusters {
		info, err := clusterInfo(c, &cl, e.Defaults())
		if err != nil {
			return nil, fmt.Errorf("cluster %q: %w", cl.Name, err)
		}
		cfg, err := protocol.Settings(e.Defaults(), c.Config, cl.Config)
		if err != nil {
			return nil, fmt.Errorf("cluster %q: %w", cl.Name, err)
		}
		ids[cl.Name], filters[cl.Name] = info.ID, cfg.Labels
	}
	m := &mesh{engine: e, namedPorts: ciliumtypes.NewNamedPortMultiMap()}
	allocated, used := map[string]identity.NumericIdentity{}, map[string]uint32{}
	for i := range c.Endpoints {
		ep := &c.Endpoints[i]
		if !ep.IsPod() {
			m.others = append(m.others, ep)
			continue
		}
		p, lbls, err := newPod(ep, filters[ep.Cluster])
		if err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", ep.ID, err)
		}
		key := lbls.LabelArray().String()
		id, known := allocated[key]
		if !known {
			used[ep.Cluster]++
			low := identity.NumericIdentity(ids[ep.Cluster] << identity.GetClusterIDShift())
			id = low + identity.MinimalNumericIdentity + identity.NumericIdentity(used[ep.Cluster])
			if id >= low+1<<identity.GetClusterIDShift() {
				return nil, fmt.Errorf("cluster %q has too many identities", ep.Cluster)
			}
			allocated[key] = id
		}
		p.identity = identity.NewIdentity(id, lbls)
		m.namedPorts.Update(nil, p.ports)
		m.pods = append(m.pods, p)
	}
	return m, nil
}

// clusterInfo is Cilium's own check of names and IDs. A single cluster may
// stay outside any mesh, as "default" with ID 0.
func clusterInfo(c *protocol.Case, cl *protocol.Cluster, defaults protocol.Config) (cmtypes.ClusterInfo, error) {
	cfg, err := protocol.Settings(defaults, c.Config, cl.Config)
	if err != nil {
		return cmtypes.ClusterInfo{}, err
	}
	info := cmtypes.ClusterInfo{ID: cl.ID, Name: cl.Name, MaxConnectedClusters: cfg.MaxConnectedClusters}
	if err := info.InitClusterIDMax(); err != nil {
		return info, err
	}
	if len(c.Clusters) == 1 {
		return info, info.Validate()
	}
	return info, info.ValidateStrict()
}

// newPod creates the security labels that the agent derives from a pod's metadata.
func newPod(ep *protocol.Endpoint, filter []string) (*pod, labels.Labels, error) {
	p := &pod{endpoint: ep, namespace: or(ep.Namespace, "default"), ports: ciliumtypes.NamedPortMap{}}
	for name, np := range ep.NamedPorts {
		if err := p.ports.AddPort(name, np.Port, np.Protocol); err != nil {
			return nil, nil, fmt.Errorf("named port %q: %w", name, err)
		}
	}
	// The API server puts this label on every namespace, and the service
	// account on every pod.
	nsLabels := map[string]string{"kubernetes.io/metadata.name": p.namespace}
	maps.Copy(nsLabels, ep.NamespaceLabels)
	ns := &slimcorev1.Namespace{ObjectMeta: slimmetav1.ObjectMeta{Name: p.namespace, Labels: nsLabels}}
	all := k8sutils.SanitizePodLabels(ep.Labels, ns, or(ep.ServiceAccount, "default"), ep.Cluster)
	if err := labelsfilter.ParseLabelPrefixCfg(filter, ""); err != nil {
		return nil, nil, err
	}
	lbls, _ := labelsfilter.Filter(labels.Map2Labels(all, labels.LabelSourceK8s))
	return p, lbls, nil
}

// identitiesSeenBy fills in the peers of a cluster: the mesh's identities and
// the node-local ones of what is outside.
func (m *mesh) identitiesSeenBy(c *cluster) (cache.IdentityCache, error) {
	ids := cache.IdentityCache{}
	identity.IterateReservedIdentities(func(id identity.NumericIdentity, i *identity.Identity) {
		ids[id] = i.LabelArray
	})
	c.peers = map[*protocol.Endpoint]*identity.Identity{}
	for _, p := range m.pods {
		c.peers[p.endpoint] = p.identity
		ids[p.identity.ID] = p.identity.LabelArray
	}
	local := map[identity.NumericIdentity]identity.NumericIdentity{}
	next := func(scope identity.NumericIdentity) identity.NumericIdentity {
		local[scope]++
		return scope | local[scope]
	}
	for _, ep := range m.others {
		var id *identity.Identity
		var err error
		if ep.Entity != "" {
			id, err = entityIdentity(ep, c.name, next)
		} else {
			id, err = addressIdentity(ep, next)
		}
		if err != nil {
			return nil, fmt.Errorf("endpoint %q: %w", ep.ID, err)
		}
		c.peers[ep] = id
		ids[id.ID] = id.LabelArray
	}
	return ids, nil
}

func entityIdentity(ep *protocol.Endpoint, cluster string, next func(identity.NumericIdentity) identity.NumericIdentity) (*identity.Identity, error) {
	name := ep.Entity
	if name == labels.IDNameHost && ep.Cluster != "" && ep.Cluster != cluster {
		name = labels.IDNameRemoteNode
	}
	reserved := identity.LookupReservedIdentity(identity.GetReservedID(name))
	if reserved == nil {
		return nil, fmt.Errorf("unknown entity %q", name)
	}
	if ep.IP == "" || !option.Config.PolicyCIDRMatchesNodes() {
		return reserved, nil
	}
	addr, err := netip.ParseAddr(ep.IP)
	if err != nil {
		return nil, err
	}
	lbls := labels.NewLabelsFromModel(reserved.Labels.GetModel())
	for _, l := range labels.GetCIDRLabels(netip.PrefixFrom(addr, addr.BitLen())) {
		if l.Source == labels.LabelSourceCIDR {
			lbls[l.Key] = l
		}
	}
	if name == labels.IDNameHost {
		return identity.NewIdentity(reserved.ID, lbls), nil // whose number never changes
	}
	return identity.NewIdentity(next(identity.IdentityScopeRemoteNode), lbls), nil
}

// hostIdentity is the identity that the host's own policy is computed for: that
// of endpoint/endpoint.go, InitWithNodeLabels.
func hostIdentity(ep *protocol.Endpoint) *identity.Identity {
	lbls := labels.NewLabelsFromModel(labels.LabelHost.GetModel())
	own, _ := labelsfilter.Filter(labels.Map2Labels(ep.Labels, labels.LabelSourceK8s))
	lbls.MergeLabels(own)
	return identity.NewIdentity(identity.ReservedIdentityHost, lbls)
}

// addressIdentity assigns an external address its label and those of all its
// prefixes: 1.15's CIDR rules and names select by them.
func addressIdentity(ep *protocol.Endpoint, next func(identity.NumericIdentity) identity.NumericIdentity) (*identity.Identity, error) {
	addr, err := netip.ParseAddr(ep.IP)
	if err != nil {
		return nil, err
	}
	lbls := labels.GetCIDRLabels(netip.PrefixFrom(addr, addr.BitLen()))
	for _, text := range ep.ExtraLabels {
		l := labels.ParseLabel(text)
		lbls[l.Key] = l
	}
	return identity.NewIdentity(next(identity.IdentityScopeLocal), lbls), nil
}

// resolver replaces the DNS proxy: it knows the addresses of each name.
type resolver struct{ endpoints []*protocol.Endpoint }

func (resolver) Lock()                                         {}
func (resolver) Unlock()                                       {}
func (resolver) UnregisterForIPUpdatesLocked(api.FQDNSelector) {}
func (r resolver) RegisterForIPUpdatesLocked(f api.FQDNSelector) []netip.Addr {
	re, err := f.ToRegex()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, ep := range r.endpoints {
		matches := slices.ContainsFunc(ep.FQDNs, func(n string) bool {
			return re.MatchString(strings.ToLower(strings.TrimSuffix(n, ".")) + ".")
		})
		if addr, err := netip.ParseAddr(ep.IP); err == nil && matches {
			out = append(out, addr)
		}
	}
	return out
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

type namedPorts interface {
	ciliumtypes.NamedPortMultiMap
	Update(old, new ciliumtypes.NamedPortMap) bool
}

// owner implements policy.PolicyOwner for a pod.
type owner struct {
	id    uint64
	ports ciliumtypes.NamedPortMap
	all   namedPorts
}

func (o *owner) GetID() uint64 { return o.id }

// LookupRedirectPortBuildLocked: every redirect is realized, on one port.
func (o *owner) LookupRedirectPortBuildLocked(bool, string, uint16) uint16 { return 65535 }
func (o *owner) HasBPFPolicyMap() bool                                     { return true }
func (o *owner) PolicyDebug(logrus.Fields, string)                         {}

// GetNamedPort looks among the endpoint's own ports for ingress and among all
// known ones for egress, as the agent's Endpoint does.
func (o *owner) GetNamedPort(ingress bool, name string, proto uint8) uint16 {
	var named interface {
		GetNamedPort(string, uint8) (uint16, error)
	} = o.all
	if ingress {
		named = o.ports
	}
	port, err := named.GetNamedPort(name, proto)
	if err != nil {
		return 0
	}
	return port
}

package main

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	cmtypes "github.com/cilium/cilium/pkg/clustermesh/types"
	"github.com/cilium/cilium/pkg/endpoint/regeneration"
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/k8s"
	k8sConst "github.com/cilium/cilium/pkg/k8s/apis/cilium.io"
	ciliumv2 "github.com/cilium/cilium/pkg/k8s/apis/cilium.io/v2"
	k8sutils "github.com/cilium/cilium/pkg/k8s/utils"
	"github.com/cilium/cilium/pkg/labels"
	"github.com/cilium/cilium/pkg/labelsfilter"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/api"
	ciliumtypes "github.com/cilium/cilium/pkg/types"
	"github.com/cilium/cilium/pkg/u8proto"

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
	m := &mesh{engine: e, namedPorts: namedPorts{ciliumtypes.NewNamedPortMultiMap()}}
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
			id = identity.GetMinimalAllocationIdentity(ids[ep.Cluster]) + identity.MinimalNumericIdentity + identity.NumericIdentity(used[ep.Cluster])
			if id > identity.GetMaximumAllocationIdentity(ids[ep.Cluster]) {
				return nil, fmt.Errorf("cluster %q has too many identities", ep.Cluster)
			}
			allocated[key] = id
		}
		p.identity = identity.NewIdentity(id, lbls)
		if len(p.ports) > 0 {
			m.namedPorts.all.Update(id, nil, p.ports)
		}
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

// newPod creates the security labels that the agent's k8s metadata fetcher makes.
func newPod(ep *protocol.Endpoint, filter []string) (*pod, labels.Labels, error) {
	p := &pod{endpoint: ep, namespace: or(ep.Namespace, "default"), ports: ciliumtypes.NamedPortMap{}}
	for name, np := range ep.NamedPorts {
		if err := p.ports.AddPort(name, np.Port, np.Protocol); err != nil {
			return nil, nil, fmt.Errorf("named port %q: %w", name, err)
		}
	}
	// The API server puts this label on every namespace, and the service
	// account on every pod.
	ns := namespace{p.namespace, map[string]string{"kubernetes.io/metadata.name": p.namespace}}
	maps.Copy(ns.labels, ep.NamespaceLabels)
	all := k8sutils.SanitizePodLabels(ep.Labels, ns, or(ep.ServiceAccount, "default"), ep.Cluster)
	if err := labelsfilter.ParseLabelPrefixCfg(quiet, filter, nil, ""); err != nil {
		return nil, nil, err
	}
	lbls, _ := labelsfilter.Filter(labels.Map2Labels(all, labels.LabelSourceK8s))
	for _, l := range k8s.NamedPortsIdentityLabels(p.ports) {
		lbls[l.Key] = l
	}
	return p, lbls, nil
}

// identitiesSeenBy sets the peers of a cluster: the mesh's identities, and the
// node-local ones of addresses outside, whose labels depend on the cluster's own
// policies.
func (m *mesh) identitiesSeenBy(c *cluster) (peers, subjects identity.IdentityMap, err error) {
	peers, subjects = identity.ListReservedIdentities(), identity.ListReservedIdentities()
	c.peers = map[*protocol.Endpoint]*identity.Identity{}
	for _, p := range m.pods {
		c.peers[p.endpoint] = p.identity
		peers[p.identity.ID] = p.identity.LabelArray
		subjects[p.identity.ID] = p.identity.LabelArray
	}
	local := map[identity.NumericIdentity]identity.NumericIdentity{}
	next := func(scope identity.NumericIdentity) identity.NumericIdentity {
		local[scope]++
		return scope | local[scope]
	}
	for _, ep := range m.others {
		var id *identity.Identity
		if ep.Entity != "" {
			id, err = c.entityIdentity(ep, next)
		} else {
			id, err = c.addressIdentity(ep, next)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("endpoint %q: %w", ep.ID, err)
		}
		c.peers[ep] = id
		peers[id.ID] = id.LabelArray
	}
	return peers, subjects, nil
}

func (c *cluster) entityIdentity(ep *protocol.Endpoint, next func(identity.NumericIdentity) identity.NumericIdentity) (*identity.Identity, error) {
	name := ep.Entity
	if name == labels.IDNameHost && ep.Cluster != "" && ep.Cluster != c.name {
		name = labels.IDNameRemoteNode
	}
	reserved := identity.LookupReservedIdentity(identity.GetReservedID(name))
	if reserved == nil {
		return nil, fmt.Errorf("unknown entity %q", name)
	}
	byIP := ep.IP != "" && option.Config.PolicyCIDRMatchesNodes()
	byLabels := ep.Cluster != "" && option.Config.PerNodeLabelsEnabled()
	if !byIP && !byLabels {
		return reserved, nil
	}
	lbls := labels.NewFrom(reserved.Labels)
	if byIP {
		addr, err := netip.ParseAddr(ep.IP)
		if err != nil {
			return nil, err
		}
		for _, l := range labels.GetCIDRLabels(netip.PrefixFrom(addr, addr.BitLen())) {
			if l.Source == labels.LabelSourceCIDR {
				lbls[l.Key] = l
			}
		}
		// As ipcache/metadata.go, mergeLabels: a node's address has the labels of all prefixes that hold it.
		c.addGroupLabels(lbls, addr)
	}
	if byLabels {
		// As node/manager/manager.go, nodeIdentityLabels.
		known, _ := labelsfilter.FilterNodeLabels(labels.Map2Labels(ep.Labels, labels.LabelSourceNode))
		lbls.MergeLabels(known)
		lbls.MergeLabels(labels.Map2Labels(map[string]string{k8sConst.PolicyLabelCluster: ep.Cluster}, labels.LabelSourceK8s))
	}
	if name == labels.IDNameHost {
		return identity.NewIdentity(reserved.ID, lbls), nil // whose number never changes
	}
	return identity.NewIdentity(next(identity.IdentityScopeRemoteNode), lbls), nil
}

// hostIdentity is the identity that the host's own policy is computed for: that
// of endpoint/endpoint.go, InitWithNodeLabels.
func hostIdentity(ep *protocol.Endpoint) *identity.Identity {
	lbls := labels.NewFrom(labels.LabelHost)
	own, _ := labelsfilter.Filter(labels.Map2Labels(ep.Labels, labels.LabelSourceK8s))
	lbls.MergeLabels(own)
	return identity.NewIdentity(identity.ReservedIdentityHost, lbls)
}

// addressIdentity assigns an external address the labels that the ipcache and
// the DNS proxy would assign it under this cluster's policies.
func (c *cluster) addressIdentity(ep *protocol.Endpoint, next func(identity.NumericIdentity) identity.NumericIdentity) (*identity.Identity, error) {
	addr, err := netip.ParseAddr(ep.IP)
	if err != nil {
		return nil, err
	}
	lbls := labels.GetCIDRLabels(netip.PrefixFrom(addr, addr.BitLen()))
	add := func(l labels.Label) { lbls[l.Key] = l }
	for _, p := range c.policies {
		for _, entry := range p.entries {
			for _, s := range entry.L3 {
				if f, ok := s.GetFQDNSelector(); ok && fqdnMatches(f, ep.FQDNs) {
					add(f.IdentityLabel())
				}
			}
		}
	}
	c.addGroupLabels(lbls, addr)
	for _, text := range ep.ExtraLabels {
		add(labels.ParseLabel(text))
	}
	return identity.NewIdentity(next(identity.IdentityScopeLocal), lbls), nil
}

// addGroupLabels adds the labels that policy/k8s/cilium_cidr_group.go gives to the prefixes of groups.
func (c *cluster) addGroupLabels(lbls labels.Labels, addr netip.Addr) {
	add := func(l labels.Label) { lbls[l.Key] = l }
	for _, p := range c.policies {
		if p.cidrGroup != nil && groupContains(p.cidrGroup, addr) {
			add(api.LabelForCIDRGroupRef(p.cidrGroup.Name))
			for k, v := range k8sutils.RemoveCiliumLabels(p.cidrGroup.Labels) {
				l := labels.NewLabel(k, v, labels.LabelSourceCIDRGroup)
				add(l)
				add(labels.EncodedCIDRGroupLabel(l.Key, l.Value, l.Source))
			}
		}
	}
}

func groupContains(g *ciliumv2.CiliumCIDRGroup, addr netip.Addr) bool {
	return slices.ContainsFunc(g.Spec.ExternalCIDRs, func(c api.CIDR) bool {
		prefix, err := netip.ParsePrefix(string(c))
		return err == nil && prefix.Contains(addr)
	})
}

func fqdnMatches(f *api.FQDNSelector, names []string) bool {
	re, err := f.ToRegex()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(names, func(n string) bool {
		return re.MatchString(strings.ToLower(strings.TrimSuffix(n, ".")) + ".")
	})
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

type namespace struct {
	name   string
	labels map[string]string
}

func (n namespace) GetName() string              { return n.name }
func (n namespace) GetLabels() map[string]string { return n.labels }

type namedPorts struct {
	all interface {
		ciliumtypes.NamedPortMultiMap
		Update(id identity.NumericIdentity, old, new ciliumtypes.NamedPortMap) bool
	}
}

func (n namedPorts) GetNamedPorts() ciliumtypes.NamedPortMultiMap { return n.all }

// owner implements policy.PolicyOwner for a pod or a host.
type owner struct {
	id    uint64
	host  bool
	ports ciliumtypes.NamedPortMap
}

func (o *owner) GetID() uint64 { return o.id }
func (o *owner) GetIngressNamedPort(name string, proto u8proto.U8proto) uint16 {
	port, err := o.ports.GetNamedPort(name, proto)
	if err != nil {
		return 0
	}
	return port
}
func (o *owner) PolicyDebug(string, ...any)                  {}
func (o *owner) IsHost() bool                                { return o.host }
func (o *owner) PreviousMapStateSizes() policy.MapStateSizes { return policy.MapStateSizes{} }
func (o *owner) RegenerateIfAlive(*regeneration.ExternalRegenerationMetadata) <-chan bool {
	done := make(chan bool)
	close(done)
	return done
}

package main

import (
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/option"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"
)

// datapathMap holds the entries that Cilium computed for an endpoint, by key.
//
// EndpointPolicy.Lookup of 1.20 compares the prefixes of two entries the wrong
// way round (https://github.com/cilium/cilium/issues/48945), so it returns
// another authentication type than the datapath requires. lookup follows
// __policy_can_access and __policy_check in bpf/lib/policy.h, v1.20.2.
type datapathMap map[policy.Key]policy.MapStateEntry

func newDatapathMap(p *policy.EndpointPolicy) datapathMap {
	m := datapathMap{}
	for key, entry := range p.Entries() {
		if entry.IsValid() {
			m[key] = entry
		}
	}
	return m
}

// lookup finds the entry that decides a packet, and its key. packet has a
// protocol, and a port with the full prefix.
func (m datapathMap) lookup(packet policy.Key) (policy.Key, policy.MapStateEntry, bool) {
	key, found := m.longest(packet)
	aggregate := aggregateFor(packet.Identity)
	if aggregate == packet.Identity {
		return key, m[key], found
	}
	aggregateKey, aggregateFound := m.longest(packet.WithIdentity(aggregate))
	switch {
	case !found && !aggregateFound:
		key, found = m.longest(packet.WithIdentity(identity.IdentityUnknown))
		return key, m[key], found
	case !aggregateFound:
		return key, m[key], true
	case !found:
		return aggregateKey, m[aggregateKey], true
	}
	own, all := m[key], m[aggregateKey]
	if own.Precedence != types.MaxDenyPrecedence &&
		(all.Precedence > own.Precedence ||
			all.Precedence == own.Precedence && aggregateKey.PrefixLength() > key.PrefixLength()) {
		return aggregateKey, withAuth(all, own), true
	}
	return key, withAuth(own, all), true
}

// longest finds the key of the packet's identity with the longest prefix that
// matches the packet.
func (m datapathMap) longest(packet policy.Key) (policy.Key, bool) {
	for length := uint8(16); length > 0; length-- {
		if key := packet.WithPortPrefix(packet.DestPort, length); m.has(key) {
			return key, true
		}
	}
	if key := packet.WithPortPrefix(0, 0); m.has(key) {
		return key, true
	}
	key := packet.WithPortProtoPrefix(u8proto.ANY, 0, 0)
	return key, m.has(key)
}

func (m datapathMap) has(key policy.Key) bool {
	_, found := m[key]
	return found
}

// withAuth is the entry that decides, with the stronger authentication type of
// the other one if both have one precedence, and it has no type of its own.
func withAuth(entry, other policy.MapStateEntry) policy.MapStateEntry {
	if !entry.IsDeny() && other.Precedence == entry.Precedence && !entry.AuthRequirement.IsExplicit() &&
		other.AuthRequirement.AuthType() > entry.AuthRequirement.AuthType() {
		entry.AuthRequirement = other.AuthRequirement.AsDerived()
	}
	return entry
}

// aggregateFor returns the identity that stands for a group of identities, or
// the identity itself (aggregate_for_identity, bpf/lib/identity.h, v1.20.2).
func aggregateFor(id identity.NumericIdentity) identity.NumericIdentity {
	for _, aggregate := range policy.AllAggregates {
		if id == aggregate {
			return id
		}
	}
	switch {
	case id < 100:
		return identity.IdentityUnknown
	case id.Scope() == identity.IdentityScopeRemoteNode:
		return identity.ReservedIdentityAggregateRemoteNode
	case id.Scope() == identity.IdentityScopeLocal:
		return identity.ReservedIdentityAggregateWorld
	case id.ClusterID() == option.Config.ClusterID:
		return identity.ReservedIdentityAggregateCluster
	}
	return identity.ReservedIdentityAggregateClusterMesh
}

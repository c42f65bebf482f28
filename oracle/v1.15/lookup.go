package main

import (
	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/trafficdirection"

	"cdk8s-cilium-mesh/oracle/common/judge"
)

// lookup finds the entry that the datapath would. 1.15 has no Go function for
// this: it follows __policy_can_access in its bpf/lib/policy.h, whose order is
//
//  1. id/proto/port
//  2. ANY/proto/port
//  3. id/proto/ANY
//  4. ANY/proto/ANY
//  5. id/ANY/ANY
//  6. ANY/ANY/ANY
//
// A port 0 (ICMP type 0) finds nothing but wildcard ports, as there.
func lookup(m policy.MapState, peer identity.NumericIdentity, q judge.Query) (policy.MapStateEntry, bool) {
	direction := trafficdirection.Egress.Uint8()
	if q.Ingress {
		direction = trafficdirection.Ingress.Uint8()
	}
	id := peer.Uint32()
	for _, k := range []policy.Key{
		{Identity: id, Nexthdr: q.Protocol, DestPort: q.Port},
		{Identity: 0, Nexthdr: q.Protocol, DestPort: q.Port},
		{Identity: id, Nexthdr: q.Protocol},
		{Identity: 0, Nexthdr: q.Protocol},
		{Identity: id},
		{Identity: 0},
	} {
		k.TrafficDirection = direction
		if entry, found := m.Get(k); found {
			return entry, true
		}
	}
	return policy.MapStateEntry{}, false
}

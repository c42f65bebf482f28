package main

import (
	"math/rand"
	"testing"

	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/protocol"
	"cdk8s-cilium-mesh/oracle/common/randcase"
)

// TestLookup compares lookup with EndpointPolicy.Lookup, entry by entry. They
// may differ only where Cilium's compares prefixes the wrong way round, and then
// in the authentication type, never in what is allowed or redirected.
func TestLookup(t *testing.T) {
	e, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewSource(7))
	var n lookups
	for i := range *cases {
		c := randcase.New(r, randcase.Options{NamedPorts: true, Authentication: true})
		eachCluster(t, e, c, func(x *cluster, subjects []*pod) {
			for _, subject := range subjects {
				if s := x.subjects[subject.endpoint]; s != nil {
					compareLookups(t, x, s, packets(t, x, subject, c), &n)
				}
			}
		})
		if t.Failed() {
			t.Fatalf("case %d", i)
		}
	}
	t.Logf("%d lookups, %d find another entry, %d with another authentication type", n.all, n.otherEntry, n.otherAuth)
	if n.otherAuth == 0 {
		t.Error("EndpointPolicy.Lookup agrees with the datapath: use it again, and remove lookup.go")
	}
}

type lookups struct{ all, otherEntry, otherAuth int }

func compareLookups(t *testing.T, x *cluster, s *subject, packets []policy.Key, n *lookups) {
	for _, packet := range packets {
		_, got, found := s.entries.lookup(packet)
		want, _, wanted := s.policy.Lookup(packet)
		n.all++
		if found == wanted && (!found || got == want) {
			continue
		}
		if !found || !wanted || got.IsDeny() != want.IsDeny() || got.ProxyPort != want.ProxyPort ||
			!prefixesDecide(s, packet) {
			t.Errorf("%s of %s: lookup finds %v %s, Cilium %v %s", packet, x.name, found, got, wanted, want)
		}
		n.otherEntry++
		if got.AuthRequirement.AuthType() != want.AuthRequirement.AuthType() {
			n.otherAuth++
		}
	}
}

// prefixesDecide is whether the entries of the peer and of its aggregate have
// one precedence and prefixes of different lengths.
func prefixesDecide(s *subject, packet policy.Key) bool {
	own, found := s.entries.longest(packet)
	all, aggregateFound := s.entries.longest(packet.WithIdentity(aggregateFor(packet.Identity)))
	return found && aggregateFound && s.entries[own].Precedence == s.entries[all].Precedence &&
		own.PrefixLength() != all.PrefixLength()
}

// packets are the flows of a pod, in both directions.
func packets(t *testing.T, x *cluster, subject *pod, c *protocol.Case) []policy.Key {
	var out []policy.Key
	for i := range c.Endpoints {
		for _, port := range c.Ports {
			proto, err := u8proto.ParseProtocol(port.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			for _, ingress := range []bool{false, true} {
				out = append(out, x.packet(judge.Query{
					Subject: subject.endpoint, Peer: &c.Endpoints[i], Ingress: ingress, Protocol: uint8(proto), Port: port.Port,
				}))
			}
		}
	}
	return out
}

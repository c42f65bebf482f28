package main

import (
	"flag"
	"fmt"
	"math/rand"
	"testing"

	"github.com/cilium/cilium/pkg/identity"
	"github.com/cilium/cilium/pkg/policy"
	"github.com/cilium/cilium/pkg/policy/testutils"
	"github.com/cilium/cilium/pkg/policy/types"
	"github.com/cilium/cilium/pkg/u8proto"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/protocol"
	"cdk8s-cilium-mesh/oracle/common/randcase"
)

var cases = flag.Int("cases", 20, "random cases of the cross-check")

// TestCrossCheck compares this program's use of the engine with two other
// pieces of Cilium, flow by flow: policy.LookupFlow, which computes a policy
// anew for each flow, and testutils.IteratePolicy, the linear simulator that
// Cilium's own fuzz test takes for the truth.
func TestCrossCheck(t *testing.T) {
	e, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	for _, named := range []bool{false, true} {
		t.Run(fmt.Sprintf("named ports %v", named), func(t *testing.T) {
			r := rand.New(rand.NewSource(7))
			var n counts
			for i := range *cases {
				c := randcase.New(r, randcase.Options{NamedPorts: named})
				n.add(checkCase(t, r, e, c, named))
				if t.Failed() {
					t.Fatalf("case %d", i)
				}
			}
			t.Logf("%d directions: %v; %d by LookupFlow, %d by IteratePolicy; %d documents refused", n.directions, n.verdicts, n.lookedUp, n.iterated, n.refused)
			for _, v := range []protocol.Verdict{protocol.Allowed, protocol.Redirected, protocol.Denied, protocol.DefaultDenied, protocol.Unenforced} {
				if n.verdicts[v] == 0 {
					t.Errorf("no flow is %s: the check says nothing about it", v)
				}
			}
		})
	}
}

type counts struct {
	directions, lookedUp, iterated, refused int
	verdicts                                map[protocol.Verdict]int
}

func (n *counts) add(o counts) {
	if n.verdicts == nil {
		n.verdicts = map[protocol.Verdict]int{}
	}
	n.directions += o.directions
	n.lookedUp += o.lookedUp
	n.iterated += o.iterated
	n.refused += o.refused
	for v, k := range o.verdicts {
		n.verdicts[v] += k
	}
}

func checkCase(t *testing.T, r *rand.Rand, e *engine, c *protocol.Case, named bool) counts {
	n := counts{verdicts: map[protocol.Verdict]int{}}
	eachCluster(t, e, c, func(x *cluster, subjects []*pod) {
		n.refused += len(x.refused)
		for _, subject := range subjects {
			checkSubject(t, r, x, subject, c, named, &n)
		}
	})
	return n
}

// eachCluster opens the clusters of a case, one after the other, with their pods.
func eachCluster(t *testing.T, e *engine, c *protocol.Case, visit func(x *cluster, subjects []*pod)) {
	m, err := e.NewMesh(c)
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Clusters {
		cl := &c.Clusters[i]
		cfg, err := protocol.Settings(e.Defaults(), cl.Config)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := m.Open(cl, cfg, true)
		if err != nil {
			t.Fatal(err)
		}
		var subjects []*pod
		for _, p := range m.(*mesh).pods {
			if p.endpoint.Cluster == cl.Name {
				subjects = append(subjects, p)
			}
		}
		visit(opened.(*cluster), subjects)
		opened.Close()
	}
}

func checkSubject(t *testing.T, r *rand.Rand, x *cluster, subject *pod, c *protocol.Case, named bool, n *counts) {
	entries := forSimulator(x, subject)
	for i := range c.Endpoints {
		peer := x.peers[&c.Endpoints[i]]
		for _, port := range c.Ports {
			proto, err := u8proto.ParseProtocol(port.Protocol)
			if err != nil {
				t.Fatal(err)
			}
			for _, ingress := range []bool{false, true} {
				q := judge.Query{Subject: subject.endpoint, Peer: &c.Endpoints[i], Ingress: ingress, Protocol: uint8(proto), Port: port.Port}
				got := x.Decide(q).Verdict
				n.directions++
				n.verdicts[got]++
				flow := types.Flow{From: subject.identity, To: peer, Proto: proto, Dport: port.Port}
				if ingress {
					flow.From, flow.To = peer, subject.identity
				}
				expect := func(by string, v types.LookupResult) {
					want := v.Egress
					if ingress {
						want = v.Ingress
					}
					if passes(got) != (want == types.DecisionAllowed) {
						t.Errorf("%s: %s says %s, %s says %s", describe(q), "the judge", got, by, want)
					}
				}
				// It computes two policies: a sample must do. The peer must be a
				// subject too, and ingress named ports are the destination's.
				if c.Endpoints[i].IsPod() && r.Intn(10) == 0 {
					if named && ingress {
						flow.NamedPortsTCP = tcpPorts(subject)
					}
					v, _, _, err := policy.LookupFlow(quiet, x.repo, x.manager, flow)
					if err != nil {
						t.Fatal(err)
					}
					expect("LookupFlow", v)
					n.lookedUp++
				}
				// It does not model named ports, that ANY excludes ICMP, or that
				// the local host is always allowed.
				if !named && proto != u8proto.ICMP && !(ingress && peer.ID == identity.ReservedIdentityHost) {
					v, _, _ := testutils.IteratePolicy(entries, flow)
					expect("IteratePolicy", v)
					n.iterated++
				}
			}
		}
	}
}

// forSimulator gives a cluster's entries as the simulator understands them. It
// takes an empty L3 for all peers even without L4 ("ingress: [{}]"), but the
// engine, and the comment on PolicyEntry.L3, take it for no peer. And it denies
// flows that pass through all tiers even without default deny.
func forSimulator(x *cluster, subject *pod) types.PolicyEntries {
	var out types.PolicyEntries
	defaultDeny := map[bool]bool{}
	for _, p := range x.policies {
		for _, entry := range p.entries {
			if entry.DefaultDeny && entry.Subject.Matches(subject.identity.LabelArray) {
				defaultDeny[entry.Ingress] = true
			}
			if len(entry.L3) == 0 && len(entry.L4) == 0 {
				noPeer := *entry
				noPeer.L3 = nil
				entry = &noPeer
			}
			out = append(out, entry)
		}
	}
	for _, ingress := range []bool{false, true} {
		if !defaultDeny[ingress] {
			out = append(out, &types.PolicyEntry{
				Tier: types.DefaultPolicy, Verdict: types.Allow, Ingress: ingress, L3: types.WildcardSelectors,
				Subject: types.NewLabelSelectorFromLabels(subject.identity.LabelArray...),
			})
		}
	}
	return out
}

func passes(v protocol.Verdict) bool {
	return v == protocol.Allowed || v == protocol.Redirected || v == protocol.Unenforced
}

func describe(q judge.Query) string {
	if q.Ingress {
		return fmt.Sprintf("ingress of %s from %s, %s/%d", q.Subject.ID, q.Peer.ID, u8proto.U8proto(q.Protocol), q.Port)
	}
	return fmt.Sprintf("egress of %s to %s, %s/%d", q.Subject.ID, q.Peer.ID, u8proto.U8proto(q.Protocol), q.Port)
}

func tcpPorts(p *pod) map[string]uint16 {
	out := map[string]uint16{}
	for name, pp := range p.ports {
		out[name] = pp.Port
	}
	return out
}

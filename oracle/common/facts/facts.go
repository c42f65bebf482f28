// Package facts runs the tables in testdata against a judge. A table needs no
// code: its format is described in testdata/README.md.
package facts

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cdk8s-cilium-mesh/oracle/common/protocol"
	"sigs.k8s.io/yaml"
)

// Embedded, because Go's cache of test results then notices changes.
//
//go:embed testdata/*.yaml
var tables embed.FS

// table is one file.
type table struct {
	Mesh  mesh   `json:"mesh"`
	Facts []fact `json:"facts"`
}

// mesh is the common part of the facts of a table.
type mesh struct {
	Config    json.RawMessage     `json:"config"`
	Clusters  []protocol.Cluster  `json:"clusters"`
	Endpoints []protocol.Endpoint `json:"endpoints"`
}

type fact struct {
	Fact string `json:"fact"`
	// Only is the single version that the fact applies to.
	Only   string          `json:"only"`
	Config json.RawMessage `json:"config"`
	// Configs by cluster.
	Configs map[string]json.RawMessage `json:"configs"`
	Schema  *bool                      `json:"schema"`

	// Specs of one policy "p", in the first cluster (and namespace default).
	CNP  json.RawMessage `json:"cnp"`
	CCNP json.RawMessage `json:"ccnp"`
	NP   json.RawMessage `json:"np"`
	KCNP json.RawMessage `json:"kcnp"`
	// Manifests by cluster.
	Policies map[string]string             `json:"policies"`
	Services map[string][]protocol.Service `json:"services"`
	// Accept is a manifest that is only accepted or refused.
	Accept string `json:"accept"`

	expected
	// In overrides the expectations, by version.
	In map[string]expected `json:"in"`
}

type expected struct {
	// Expect maps flows to verdicts.
	Expect map[string]string `json:"expect"`
	// Rules maps flows to the rules that decide: "egress / ingress", "-" for none.
	Rules map[string]string `json:"rules"`
	// Refused lists "Kind/namespace/name stage".
	Refused []string `json:"refused"`
	// Failed lists endpoints whose policy cannot be computed.
	Failed []string `json:"failed"`
	// Stage makes the fact about acceptance: ok, or a stage.
	Stage string `json:"stage"`
}

// Run checks every fact of every table that holds for version.
func Run(t *testing.T, version string, answer protocol.Answer) {
	files, err := fs.Glob(tables, "testdata/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := tables.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var tb table
		if err := yaml.UnmarshalStrict(text, &tb); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		t.Run(strings.TrimSuffix(path.Base(file), ".yaml"), func(t *testing.T) {
			for _, f := range tb.Facts {
				if f.Only != "" && f.Only != version {
					continue
				}
				t.Run(f.Fact, func(t *testing.T) {
					if err := check(tb.Mesh, f, version, answer); err != nil {
						t.Error(err)
					}
				})
			}
		})
	}
}

func check(m mesh, f fact, version string, answer protocol.Answer) error {
	want := f.expected.overriddenBy(f.In[version])
	if want.Stage != "" {
		return checkAcceptance(f, want.Stage, answer)
	}
	c, wanted, err := question(m, f, want)
	if err != nil {
		return err
	}
	got, err := ask[*protocol.Result](c, answer)
	if err != nil {
		return err
	}
	return compare(got, want, wanted)
}

func (e expected) overriddenBy(o expected) expected {
	expect := map[string]string{}
	maps.Copy(expect, e.Expect)
	maps.Copy(expect, o.Expect)
	e.Expect = expect
	if o.Rules != nil {
		e.Rules = o.Rules
	}
	if o.Refused != nil {
		e.Refused = o.Refused
	}
	if o.Failed != nil {
		e.Failed = o.Failed
	}
	if o.Stage != "" {
		e.Stage = o.Stage
	}
	return e
}

// question returns the case, and the expected verdicts in the order of its flows.
func question(m mesh, f fact, want expected) (*protocol.Case, []string, error) {
	config, err := merge(m.Config, f.Config)
	if err != nil {
		return nil, nil, err
	}
	c := &protocol.Case{Config: config, Endpoints: m.Endpoints, Rules: true, Schema: f.Schema}
	own, err := f.shorthand()
	if err != nil {
		return nil, nil, err
	}
	for i, cl := range m.Clusters {
		cl.Policies = slices.Clone(cl.Policies)
		if i == 0 {
			cl.Policies = append(cl.Policies, own...)
		}
		if p, ok := f.Policies[cl.Name]; ok {
			cl.Policies = append(cl.Policies, p)
		}
		if own, ok := f.Configs[cl.Name]; ok {
			if cl.Config, err = merge(cl.Config, own); err != nil {
				return nil, nil, err
			}
		}
		cl.Services = append(slices.Clone(cl.Services), f.Services[cl.Name]...)
		c.Clusters = append(c.Clusters, cl)
	}
	var wanted []string
	for _, text := range slices.Sorted(maps.Keys(want.Expect)) {
		flow, err := parseFlow(text)
		if err != nil {
			return nil, nil, err
		}
		c.Flows = append(c.Flows, flow)
		wanted = append(wanted, text+": "+want.Expect[text])
	}
	return c, wanted, nil
}

func (f *fact) shorthand() ([]string, error) {
	var out []string
	for _, s := range []struct {
		apiVersion, kind string
		spec             json.RawMessage
	}{
		{"cilium.io/v2", "CiliumNetworkPolicy", f.CNP},
		{"cilium.io/v2", "CiliumClusterwideNetworkPolicy", f.CCNP},
		{"networking.k8s.io/v1", "NetworkPolicy", f.NP},
		{"policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", f.KCNP},
	} {
		if s.spec == nil {
			continue
		}
		text, err := json.Marshal(map[string]any{
			"apiVersion": s.apiVersion, "kind": s.kind, "metadata": map[string]any{"name": "p"}, "spec": s.spec,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, string(text)) // JSON is YAML
	}
	return out, nil
}

// parseFlow reads "source -> destination PROTOCOL/port [METHOD path]", or DNS and a name in place of those.
func parseFlow(text string) (protocol.Flow, error) {
	words := strings.Fields(text)
	if len(words) != 4 && len(words) != 6 || words[1] != "->" {
		return protocol.Flow{}, fmt.Errorf("flow %q is not \"source -> destination PROTOCOL/port [METHOD path]\"", text)
	}
	proto, number, _ := strings.Cut(words[3], "/")
	port, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return protocol.Flow{}, fmt.Errorf("flow %q: %w", text, err)
	}
	f := protocol.Flow{Src: words[0], Dst: words[2], Protocol: proto, Port: uint16(port)}
	if len(words) == 6 {
		if words[4] == "DNS" {
			f.DNS = words[5]
		} else {
			f.HTTP = &protocol.Request{Method: words[4], Path: words[5]}
		}
	}
	return f, nil
}

func compare(got *protocol.Result, want expected, wanted []string) error {
	var wrong []string
	for i, f := range got.Flows {
		text, _, _ := strings.Cut(wanted[i], ": ")
		if is := fmt.Sprintf("%s: %s / %s", text, side(f.Egress), side(f.Ingress)); is != wanted[i] {
			wrong = append(wrong, fmt.Sprintf("want %s\n got %s (by %v / %v)", wanted[i], is, f.Egress.Rules, f.Ingress.Rules))
		}
		if rules, asked := want.Rules[text]; asked {
			if is := names(f.Egress) + " / " + names(f.Ingress); is != rules {
				wrong = append(wrong, fmt.Sprintf("%s: want rules %s\n got %s", text, rules, is))
			}
		}
		letters := string([]byte{f.Egress.Verdict.Letter(), f.Ingress.Verdict.Letter()})
		if got.Verdicts[2*i:2*i+2] != letters {
			wrong = append(wrong, fmt.Sprintf("%s: letters %q contradict %q", text, got.Verdicts[2*i:2*i+2], letters))
		}
	}
	refused, reasons := []string{}, []string{}
	for _, r := range got.Refused {
		refused = append(refused, strings.TrimSuffix(strings.ReplaceAll(fmt.Sprintf("%s/%s/%s %s", r.Kind, r.Namespace, r.Name, r.Stage), "//", "/"), " "))
		reasons = append(reasons, r.Error)
	}
	slices.Sort(refused)
	if !slices.Equal(refused, slices.Sorted(slices.Values(want.Refused))) {
		wrong = append(wrong, fmt.Sprintf("want refused %q\n got %q because %q", want.Refused, refused, reasons))
	}
	failed := []string{}
	for _, e := range got.EndpointErrors {
		failed = append(failed, e.ID)
	}
	slices.Sort(failed)
	if !slices.Equal(failed, slices.Sorted(slices.Values(want.Failed))) {
		wrong = append(wrong, fmt.Sprintf("want failed endpoints %q\n got %v", want.Failed, got.EndpointErrors))
	}
	if len(wrong) > 0 {
		return fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return nil
}

// side writes a decision as the tables do: verdict[+auth:mode][+http:letter][+dns:letter].
func side(d protocol.Decision) string {
	s := string(d.Verdict)
	if d.Auth != "" {
		s += "+auth:" + d.Auth
	}
	if d.HTTP != "" {
		s += "+http:" + d.HTTP
	}
	if d.DNS != "" {
		s += "+dns:" + d.DNS
	}
	return s
}

func names(d protocol.Decision) string {
	if len(d.Rules) == 0 {
		return "-"
	}
	return strings.Join(d.Rules, ",")
}

func checkAcceptance(f fact, want string, answer protocol.Answer) error {
	texts, err := f.shorthand()
	if err != nil {
		return err
	}
	if f.Accept != "" {
		texts = append(texts, f.Accept)
	}
	if len(texts) != 1 {
		return fmt.Errorf("a question of acceptance is about one document, not %d", len(texts))
	}
	got, err := ask[*protocol.AcceptResult](&protocol.Case{Config: f.Config, Schema: f.Schema, Accept: texts}, answer)
	if err != nil {
		return err
	}
	is := "ok"
	if a := got.Accepted[0]; !a.OK {
		is = string(a.Stage)
	}
	if is != want {
		return fmt.Errorf("want %s, got %s: %s", want, is, got.Accepted[0].Error)
	}
	return nil
}

func ask[T any](c *protocol.Case, answer protocol.Answer) (T, error) {
	var none T
	if err := c.Check(); err != nil {
		return none, err
	}
	got, err := answer(c)
	if err != nil {
		return none, err
	}
	result, ok := got.(T)
	if !ok {
		return none, fmt.Errorf("answer is a %T", got)
	}
	return result, nil
}

// merge overrides the keys of a JSON object with those of another.
func merge(a, b json.RawMessage) (json.RawMessage, error) {
	out := map[string]json.RawMessage{}
	for _, m := range []json.RawMessage{a, b} {
		if len(m) == 0 {
			continue
		}
		if err := json.Unmarshal(m, &out); err != nil {
			return nil, err
		}
	}
	return json.Marshal(out)
}

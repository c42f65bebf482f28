package manifest

import (
	"fmt"
	"slices"
	"testing"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"comments and separators", "---\n# none\n---\n\n---\n", nil},
		{"two", "{kind: NetworkPolicy, metadata: {name: a}}\n---\n{kind: NetworkPolicy, metadata: {name: b, namespace: x}}\n",
			[]string{"NetworkPolicy/default/a", "NetworkPolicy/x/b"}},
		{"a namespace where none belongs", "{kind: CiliumClusterwideNetworkPolicy, metadata: {name: a, namespace: x}}", []string{"CiliumClusterwideNetworkPolicy//a"}},
		{"a list", "{kind: List, items: [{kind: NetworkPolicy, metadata: {name: a}}, 1]}", []string{"NetworkPolicy/default/a", "error"}},
		{"a broken one among good ones", "{kind: NetworkPolicy, metadata: {name: a}}\n---\na: [\n---\n{kind: NetworkPolicy, metadata: {name: b}}",
			[]string{"NetworkPolicy/default/a", "error", "NetworkPolicy/default/b"}},
		{"a separator within a text", "kind: NetworkPolicy\nmetadata:\n  name: a\n  annotations:\n    x: |\n      ---\n      y\n", []string{"NetworkPolicy/default/a"}},
		{"JSON", `{"kind": "NetworkPolicy", "metadata": {"name": "a"}}`, []string{"NetworkPolicy/default/a"}},
		{"metadata of the wrong type", "{kind: NetworkPolicy, metadata: 1}", []string{"NetworkPolicy/default/"}},
	} {
		var got []string
		for _, d := range Split(c.text) {
			if d.Err != nil {
				got = append(got, "error")
				continue
			}
			got = append(got, fmt.Sprintf("%s/%s/%s", d.Kind, d.Namespace, d.Name))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q instead of %q", c.name, got, c.want)
		}
	}
}

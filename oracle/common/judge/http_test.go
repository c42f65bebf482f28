package judge

import (
	"testing"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

func TestDecideHTTP(t *testing.T) {
	get := &protocol.Request{Method: "GET", Path: "/v1/x", Host: "base", Headers: map[string]string{"X-Side": "rebel alliance"}}
	for _, c := range []struct {
		name    string
		filters []HTTPPeer
		want    string
	}{
		{"no filter", nil, "d"},
		{"a filter without rules", []HTTPPeer{{}}, "a"},
		{"an empty rule", []HTTPPeer{{Rules: []HTTPRule{{}}}}, "a"},
		{"method, path and host", []HTTPPeer{{Rules: []HTTPRule{{Method: "GET|PUT", Path: "/v1/.*", Host: "base"}}}}, "a"},
		{"the whole path", []HTTPPeer{{Rules: []HTTPRule{{Path: "/v1"}}}}, "d"},
		{"an alternative does not escape the whole path", []HTTPPeer{{Rules: []HTTPRule{{Path: "/v1|/v2"}}}}, "d"},
		{"another host", []HTTPPeer{{Rules: []HTTPRule{{Host: "tion"}}}}, "d"},
		{"a header's presence", []HTTPPeer{{Rules: []HTTPRule{{Headers: []string{"x-side"}}}}}, "a"},
		{"a header's value", []HTTPPeer{{Rules: []HTTPRule{{Headers: []string{"X-Side: rebel alliance"}}}}}, "a"},
		{"another value", []HTTPPeer{{Rules: []HTTPRule{{Headers: []string{"X-Side: empire"}}}}}, "d"},
		{"no such header", []HTTPPeer{{Rules: []HTTPRule{{Headers: []string{"X-Other"}}}}}, "d"},
		{"one filter suffices", []HTTPPeer{{Rules: []HTTPRule{{Method: "PUT"}}}, {Rules: []HTTPRule{{Method: "GET"}}}}, "a"},
		{"unknown rules leave it open", []HTTPPeer{{Rules: []HTTPRule{{Method: "PUT"}, {Unknown: true}}}}, "?"},
		{"unknown filters leave it open", []HTTPPeer{{Unknown: true}, {Rules: []HTTPRule{{Method: "PUT"}}}}, "?"},
		{"but not what is allowed anyway", []HTTPPeer{{Unknown: true}, {}}, "a"},
	} {
		if got := DecideHTTP(c.filters, get); got != c.want {
			t.Errorf("%s: %s instead of %s", c.name, got, c.want)
		}
	}
}

package judge

import (
	"regexp"
	"strings"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// HTTPRule is one entry of rules.http, as both versions of Cilium have it.
type HTTPRule struct {
	Method, Path, Host string
	Headers            []string
	// Unknown marks a rule that depends on more than the request, such as a secret.
	Unknown bool
}

// HTTPPeer has the HTTP rules of one L4 filter that allows the peer.
type HTTPPeer struct {
	// Rules of that filter; a filter without rules allows every request.
	Rules []HTTPRule
	// Unknown marks a filter with L7 rules other than HTTP.
	Unknown bool
}

// DecideHTTP decides whether any of the filters allows the request.
//
// This is not Cilium's code. Envoy decides requests, and is not written in Go.
// Only the filters that Envoy gets come from Cilium.
func DecideHTTP(filters []HTTPPeer, q *protocol.Request) string {
	unknown := false
	for _, f := range filters {
		switch {
		case f.Unknown:
			unknown = true
			continue
		case len(f.Rules) == 0:
			return string(protocol.HTTPAllowed)
		}
		for _, r := range f.Rules {
			switch {
			case r.Unknown:
				unknown = true
			case r.matches(q):
				return string(protocol.HTTPAllowed)
			}
		}
	}
	if unknown {
		return string(protocol.HTTPUnknown)
	}
	return string(protocol.HTTPDenied)
}

func (r *HTTPRule) matches(q *protocol.Request) bool {
	if !fullMatch(r.Method, q.Method) || !fullMatch(r.Path, q.Path) || !fullMatch(r.Host, q.Host) {
		return false
	}
	for _, h := range r.Headers {
		// As Cilium's translation for Envoy splits it: "X-Key: true" or "X-Key".
		name, want, exact := strings.Cut(h, " ")
		if exact {
			name = strings.TrimRight(name, ":")
		}
		got, present := header(q, name)
		if !present || (exact && got != want) {
			return false
		}
	}
	return true
}

func header(q *protocol.Request, name string) (string, bool) {
	for k, v := range q.Headers {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return "", false
}

// fullMatch is Envoy's safe_regex: RE2, and the whole string.
func fullMatch(re, s string) bool {
	if re == "" {
		return true
	}
	ok, err := regexp.MatchString("^(?:"+re+")$", s)
	return err == nil && ok
}

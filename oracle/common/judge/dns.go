package judge

import (
	"regexp"
	"strings"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// DNSFilter is what one L4 filter with DNS rules makes the DNS proxy know of a
// peer: an expression for each of its selectors that selects the peer.
type DNSFilter struct {
	Patterns []string
}

// DecideDNS says whether the DNS proxy lets a name through. It knows the
// selectors of one filter for each port number; of several, the last one wins,
// whichever that is (pkg/fqdn/dnsproxy/proxy.go, UpdateAllowed and CheckAllowed).
// other tells that the flow may get to another proxy.
func DecideDNS(filters []DNSFilter, other bool, name, everything string) string {
	if other || len(filters) != 1 {
		return string(protocol.HTTPUnknown)
	}
	name = strings.ToLower(strings.TrimSuffix(name, ".")) + "."
	for _, pattern := range filters[0].Patterns {
		if pattern == everything || regexp.MustCompile(pattern).MatchString(name) {
			return string(protocol.HTTPAllowed)
		}
	}
	return string(protocol.HTTPDenied)
}

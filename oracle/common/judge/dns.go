package judge

import (
	"regexp"
	"strings"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// DNSFilter is one L4 filter with DNS rules as the DNS proxy gets it for a peer:
// an expression for each selector that selects the peer.
type DNSFilter struct {
	Patterns []string
}

// DecideDNS decides whether the DNS proxy allows a name. The proxy keeps the
// selectors of one filter for each port number. Of several, the last one wins,
// in no fixed order (pkg/fqdn/dnsproxy/proxy.go, UpdateAllowed and CheckAllowed).
// other means that the flow may go to another proxy.
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

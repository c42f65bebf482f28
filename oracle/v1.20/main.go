// Command oracle returns the verdicts of Cilium 1.20's own policy engine:
// one JSON case per line on stdin, one JSON result per line on stdout.
package main

import "cdk8s-cilium-mesh/oracle/common/judge"

func main() {
	judge.Main(newEngine)
}

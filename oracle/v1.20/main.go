// Command oracle gives the verdicts of Cilium 1.20's own policy engine:
// one JSON case per line on stdin, one JSON result per line on stdout.
package main

import (
	"fmt"
	"os"
	"runtime/debug"

	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/protocol"
)

func main() {
	// A case is garbage as soon as it is answered: collecting less often saves
	// a quarter of the time and costs some 50 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	e, err := newEngine()
	if err == nil {
		err = protocol.Serve(os.Stdin, os.Stdout, judge.Answer(e))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

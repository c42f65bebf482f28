package judge

import (
	"fmt"
	"os"
	"runtime/debug"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// Main is the program of a judge. It answers the cases on stdin with an engine,
// and exits with status 1 if it cannot create the engine.
func Main[E Engine](newEngine func() (E, error)) {
	// A case is garbage after its answer. Collecting less often saves a quarter
	// of the time and costs some 50 MB.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	e, err := newEngine()
	if err == nil {
		err = protocol.Serve(os.Stdin, os.Stdout, Answer(e))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

package randcase

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand"
	"testing"

	"cdk8s-cilium-mesh/oracle/common/protocol"
)

// Benchmark measures whole cases, from a line in to a line out.
func Benchmark(b *testing.B, o Options, answer protocol.Answer) {
	r := rand.New(rand.NewSource(1))
	var lines [][]byte
	flows := 0
	for range 20 {
		c := New(r, o)
		line, err := json.Marshal(c)
		if err != nil {
			b.Fatal(err)
		}
		lines = append(lines, line)
		flows += flowsOf(c)
	}
	b.ResetTimer()
	for i := range b.N {
		if err := protocol.Serve(bytes.NewReader(lines[i%len(lines)]), io.Discard, answer); err != nil {
			b.Fatal(err)
		}
	}
	perCase := float64(flows) / float64(len(lines))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "cases/s")
	b.ReportMetric(perCase*float64(b.N)/b.Elapsed().Seconds(), "flows/s")
	b.ReportMetric(perCase, "flows/case")
}

func flowsOf(c *protocol.Case) int {
	pods := 0
	for i := range c.Endpoints {
		if c.Endpoints[i].IsPod() {
			pods++
		}
	}
	others := len(c.Endpoints) - pods
	return len(c.Ports) * (pods*(pods-1) + 2*pods*others)
}

package main

import (
	"testing"

	"cdk8s-cilium-mesh/oracle/common/facts"
	"cdk8s-cilium-mesh/oracle/common/judge"
	"cdk8s-cilium-mesh/oracle/common/protocol"
	"cdk8s-cilium-mesh/oracle/common/randcase"
)

var options = randcase.Options{}

func answer(tb testing.TB) protocol.Answer {
	e, err := newEngine()
	if err != nil {
		tb.Fatal(err)
	}
	return judge.Answer(e)
}

func TestFacts(t *testing.T) { facts.Run(t, "1.20", answer(t)) }

func TestLines(t *testing.T) { facts.Lines(t, options, answer(t)) }

func BenchmarkRandom(b *testing.B) { randcase.Benchmark(b, options, answer(b)) }

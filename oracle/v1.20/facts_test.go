package main

import (
	"testing"

	"cdk8s-cilium-mesh/oracle/common/facts"
	"cdk8s-cilium-mesh/oracle/common/judge"
)

func TestFacts(t *testing.T) {
	e, err := newEngine()
	if err != nil {
		t.Fatal(err)
	}
	facts.Run(t, "1.20", judge.Answer(e))
}

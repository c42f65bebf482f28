// The judge that links Cilium 1.20.
module cdk8s-cilium-mesh/oracle/cilium-1.20

go 1.26

require (
	cdk8s-cilium-mesh/oracle/common v0.0.0
	github.com/cilium/cilium v1.20.2
	github.com/cilium/statedb v0.8.4
	k8s.io/apiextensions-apiserver v0.36.4
	sigs.k8s.io/network-policy-api v0.2.0
)

replace cdk8s-cilium-mesh/oracle/common => ../common

// v0.8.4, which Cilium 1.20.2 asks for, could not be obtained where this judge
// was made. The judge uses statedb only for the two tables that toServices is
// resolved from, and v0.8.0 compiles and passes with all of Cilium that is
// linked here. Where v0.8.4 is at hand, drop this line.
replace github.com/cilium/statedb v0.8.4 => github.com/cilium/statedb v0.8.0

module example.com/lab

go 1.26

require (
	github.com/aws/constructs-go/constructs/v10 v10.8.1
	github.com/aws/jsii-runtime-go v1.142.0
	github.com/cdk8s-cilium-mesh/cdk8s-cilium-mesh-go/cdk8sciliummesh v0.0.0
	github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2 v2.70.47
)

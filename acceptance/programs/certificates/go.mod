module cdk8s-cilium-mesh/acceptance/certificates

go 1.26.0

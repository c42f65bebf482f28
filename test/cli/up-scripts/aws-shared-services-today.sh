#!/usr/bin/env bash
# up: k8s-test-cluster, k8s-shared-cluster
# Every step may run again: a step that is done already changes nothing.
set -euo pipefail

command -v cilium > /dev/null || { echo 'missing cilium: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'missing kubectl: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# texts that several commands read
manifests_1() {
cat <<'EOF'
apiVersion: v1
kind: Namespace
metadata:
  name: testing
EOF
}
manifests_2() {
cat <<'EOF'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: applysets.cdk8s-cilium-mesh.github.io
  labels:
    applyset.kubernetes.io/is-parent-type: "true"
spec:
  group: cdk8s-cilium-mesh.github.io
  scope: Cluster
  names:
    kind: ApplySet
    plural: applysets
    singular: applyset
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          description: "The parent of an apply set of kubectl: what cilium-mesh applied."
EOF
}
manifests_3() {
cat <<'EOF'
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-objects
  labels:
    applyset.kubernetes.io/id: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
  annotations:
    applyset.kubernetes.io/tooling: kubectl/v1.27.0
    applyset.kubernetes.io/contains-group-kinds: ""
---
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-denies
  labels:
    applyset.kubernetes.io/id: applyset-rKuSzHrnWWZipXUgoA0S1OIMaN_vKELRHwThdDatq4U-v1
  annotations:
    applyset.kubernetes.io/tooling: kubectl/v1.27.0
    applyset.kubernetes.io/contains-group-kinds: ""
---
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-backends
  labels:
    applyset.kubernetes.io/id: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
  annotations:
    applyset.kubernetes.io/tooling: kubectl/v1.27.0
    applyset.kubernetes.io/contains-group-kinds: ""
EOF
}
manifests_4() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  name: frontend-svc
  namespace: testing
spec:
  ports:
    - port: 80
      protocol: TCP
      targetPort: 3000
  selector:
    app: frontend
    role: web-service
  sessionAffinity: None
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: backend-svc
  namespace: testing
spec:
  ports:
    - port: 80
      protocol: TCP
      targetPort: 3000
  selector:
    app: backend
    role: database-service
  sessionAffinity: None
  type: ClusterIP
EOF
}
manifests_5() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
  namespace: testing
spec:
  replicas: 2
  selector:
    matchLabels:
      app: frontend
      role: web-service
  template:
    metadata:
      labels:
        app: frontend
        role: web-service
    spec:
      containers:
        - args:
            - -listen=:3000
            - -text=frontend in k8s-test-cluster
          image: hashicorp/http-echo:0.2.3
          name: frontend
          ports:
            - containerPort: 3000
EOF
}
manifests_6() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: backend-svc
  namespace: testing
spec:
  ports:
    - port: 80
      protocol: TCP
      targetPort: 3000
  selector:
    app: backend
    role: database-service
  sessionAffinity: None
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: allow-only-production-cluster
  namespace: testing
spec:
  description: Allow cross-cluster communications to backend pods only from cluster named k8s-production-cluster
  endpointSelector:
    matchLabels:
      app: backend
      io.cilium.k8s.policy.cluster: k8s-shared-cluster
      role: database-service
  ingress:
    - fromEndpoints:
        - matchLabels:
            app: frontend
            io.cilium.k8s.policy.cluster: k8s-production-cluster
            role: web-service
EOF
}
manifests_7() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
  namespace: testing
spec:
  replicas: 2
  selector:
    matchLabels:
      app: backend
      role: database-service
  template:
    metadata:
      labels:
        app: backend
        role: database-service
    spec:
      containers:
        - args:
            - -listen=:3000
            - -text=backend in k8s-shared-cluster
          image: hashicorp/http-echo:0.2.3
          name: backend
          ports:
            - containerPort: 3000
EOF
}

# k8s-test-cluster: reach the cluster
kubectl --context k8s-test-cluster get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context k8s-test-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in k8s-test-cluster has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context k8s-test-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-shared-cluster: reach the cluster
kubectl --context k8s-shared-cluster get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context k8s-shared-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in k8s-shared-cluster has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context k8s-shared-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-test-cluster: install Cilium 1.20.2
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context k8s-test-cluster -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --datapath-mode tunnel --values dist/mesh/k8s-test-cluster.values.yaml --context k8s-test-cluster
fi

# k8s-shared-cluster: copy the certificate authority of k8s-test-cluster
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context k8s-shared-cluster create -f -
fi
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'k8s-shared-cluster has its own certificate authority, so it cannot be connected to k8s-test-cluster: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context k8s-shared-cluster; kubectl --context k8s-shared-cluster -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# k8s-test-cluster: wait for Cilium
cilium status --wait --wait-duration 10m --context k8s-test-cluster

# k8s-test-cluster: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context k8s-test-cluster

# k8s-shared-cluster: install Cilium 1.20.2
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context k8s-shared-cluster -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --datapath-mode tunnel --values dist/mesh/k8s-shared-cluster.values.yaml --context k8s-shared-cluster
fi

# k8s-shared-cluster: wait for Cilium
cilium status --wait --wait-duration 10m --context k8s-shared-cluster

# k8s-shared-cluster: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context k8s-shared-cluster

# connect the clusters
cilium clustermesh connect --destination-context k8s-shared-cluster --connection-mode bidirectional --context k8s-test-cluster

# k8s-test-cluster: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context k8s-test-cluster
answer=$(cilium clustermesh status --context k8s-test-cluster) || { echo 'could not read the current state: cilium clustermesh status --context k8s-test-cluster' >&2; exit 1; }
[[ "$answer" == *'- k8s-shared-cluster:'* ]] || { echo 'k8s-test-cluster is not connected to any cluster: cilium clustermesh status --context k8s-test-cluster shows why' >&2; exit 1; }

# k8s-shared-cluster: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context k8s-shared-cluster
answer=$(cilium clustermesh status --context k8s-shared-cluster) || { echo 'could not read the current state: cilium clustermesh status --context k8s-shared-cluster' >&2; exit 1; }
[[ "$answer" == *'- k8s-test-cluster:'* ]] || { echo 'k8s-shared-cluster is not connected to any cluster: cilium clustermesh status --context k8s-shared-cluster shows why' >&2; exit 1; }

# k8s-test-cluster: create Namespace testing
kubectl --context k8s-test-cluster apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# k8s-shared-cluster: create Namespace testing
kubectl --context k8s-shared-cluster apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# k8s-test-cluster: prepare the apply sets
if ! kubectl --context k8s-test-cluster get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context k8s-test-cluster apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context k8s-test-cluster wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context k8s-test-cluster wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context k8s-test-cluster apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# k8s-shared-cluster: prepare the apply sets
if ! kubectl --context k8s-shared-cluster get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context k8s-shared-cluster apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context k8s-shared-cluster wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context k8s-shared-cluster wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context k8s-shared-cluster apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# k8s-test-cluster: ask the API server to validate the manifests
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_4)"
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"

# k8s-shared-cluster: ask the API server to validate the manifests
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_6)"
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_7)"

# k8s-test-cluster: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context k8s-test-cluster apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_4)"

# k8s-shared-cluster: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context k8s-shared-cluster apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_6)"

# k8s-test-cluster: apply workloads
KUBECTL_APPLYSET=true kubectl --context k8s-test-cluster apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_5)"

# k8s-shared-cluster: apply workloads
KUBECTL_APPLYSET=true kubectl --context k8s-shared-cluster apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_7)"

# k8s-test-cluster: wait for the workloads
kubectl --context k8s-test-cluster -n testing rollout status deployment/frontend --timeout=10m

# k8s-shared-cluster: wait for the workloads
kubectl --context k8s-shared-cluster -n testing rollout status deployment/backend --timeout=10m

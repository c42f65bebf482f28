#!/usr/bin/env bash
# up: cluster1, cluster2
# Every step may run again: a step that is done already changes nothing.
set -euo pipefail

command -v kind > /dev/null || { echo 'missing kind: it creates the clusters; get it from https://kind.sigs.k8s.io/docs/user/quick-start/#installation' >&2; exit 1; }
command -v cilium > /dev/null || { echo 'missing cilium: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'missing kubectl: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# texts that several commands read
manifests_1() {
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
manifests_2() {
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
manifests_3() {
cat <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata:
  name: rebel-base-response
  namespace: default
data:
  message: |
    {"Galaxy": "Alderaan", "Cluster": "Cluster-1"}
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base
  namespace: default
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base-mcsapi
  namespace: default
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata:
  name: rebel-base-mcsapi
  namespace: default
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base-headless-mcsapi
  namespace: default
spec:
  clusterIP: None
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata:
  name: rebel-base-headless-mcsapi
  namespace: default
EOF
}
manifests_4() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: rebel-base
  namespace: default
spec:
  replicas: 2
  selector:
    matchLabels:
      name: rebel-base
  template:
    metadata:
      labels:
        name: rebel-base
    spec:
      containers:
        - image: docker.io/nginx:1.27.1
          livenessProbe:
            httpGet:
              path: /
              port: 80
            periodSeconds: 1
          name: rebel-base
          readinessProbe:
            httpGet:
              path: /
              port: 80
          volumeMounts:
            - mountPath: /usr/share/nginx/html/
              name: html
      volumes:
        - configMap:
            items:
              - key: message
                path: index.html
            name: rebel-base-response
          name: html
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: x-wing
  namespace: default
spec:
  replicas: 2
  selector:
    matchLabels:
      name: x-wing
  template:
    metadata:
      labels:
        name: x-wing
    spec:
      containers:
        - image: quay.io/cilium/json-mock:v1.4.1
          livenessProbe:
            exec:
              command:
                - curl
                - -sS
                - -o
                - /dev/null
                - localhost
          name: x-wing-container
          readinessProbe:
            exec:
              command:
                - curl
                - -sS
                - -o
                - /dev/null
                - localhost
EOF
}
manifests_5() {
cat <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata:
  name: rebel-base-response
  namespace: default
data:
  message: |
    {"Galaxy": "Alderaan", "Cluster": "Cluster-2"}
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base
  namespace: default
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base-mcsapi
  namespace: default
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata:
  name: rebel-base-mcsapi
  namespace: default
---
apiVersion: v1
kind: Service
metadata:
  name: rebel-base-headless-mcsapi
  namespace: default
spec:
  clusterIP: None
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: multicluster.x-k8s.io/v1beta1
kind: ServiceExport
metadata:
  name: rebel-base-headless-mcsapi
  namespace: default
EOF
}

# cluster1: create the kind cluster
answer=$(kind get clusters) || { echo 'could not read the current state: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'cluster1$'\n'* ]]; then
  # to undo this step after it was killed: kind delete cluster --name cluster1
  kind create cluster --name cluster1 --config dist/mesh/cluster1.kind.yaml
  kubectl --context kind-cluster1 -n kube-system create configmap created-by-cilium-mesh
fi
kubectl --context kind-cluster1 get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the kind cluster cluster1 exists, but the API server of the context kind-cluster1 does not answer. If its nodes are stopped, start their containers. If a run of kind that was killed left it half made, delete it (kind delete cluster --name cluster1), then run up again' >&2; exit 1; }
answer=$(kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.1.0.0/16'* ]] || { echo 'the existing kind cluster cluster1 has another pod subnet than 10.1.0.0/16 in dist/mesh/cluster1.kind.yaml: delete it (kind delete cluster --name cluster1), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.1.0/24'* ]] || { echo 'the existing kind cluster cluster1 has another service subnet than 172.20.1.0/24 in dist/mesh/cluster1.kind.yaml: delete it (kind delete cluster --name cluster1), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster1 -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster1 -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in cluster1 has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context kind-cluster1 -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# cluster2: create the kind cluster
answer=$(kind get clusters) || { echo 'could not read the current state: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'cluster2$'\n'* ]]; then
  # to undo this step after it was killed: kind delete cluster --name cluster2
  kind create cluster --name cluster2 --config dist/mesh/cluster2.kind.yaml
  kubectl --context kind-cluster2 -n kube-system create configmap created-by-cilium-mesh
fi
kubectl --context kind-cluster2 get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the kind cluster cluster2 exists, but the API server of the context kind-cluster2 does not answer. If its nodes are stopped, start their containers. If a run of kind that was killed left it half made, delete it (kind delete cluster --name cluster2), then run up again' >&2; exit 1; }
answer=$(kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.2.0.0/16'* ]] || { echo 'the existing kind cluster cluster2 has another pod subnet than 10.2.0.0/16 in dist/mesh/cluster2.kind.yaml: delete it (kind delete cluster --name cluster2), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.2.0/24'* ]] || { echo 'the existing kind cluster cluster2 has another service subnet than 172.20.2.0/24 in dist/mesh/cluster2.kind.yaml: delete it (kind delete cluster --name cluster2), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster2 -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in cluster2 has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context kind-cluster2 -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# cluster1: install Cilium 1.20.2
answer=$(kubectl --context kind-cluster1 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster1 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-cluster1 -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/cluster1.values.yaml --context kind-cluster1
fi

# cluster2: copy the certificate authority of cluster1
answer=$(kubectl --context kind-cluster2 -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context kind-cluster2 create -f -
fi
answer=$(kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context kind-cluster2 -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'cluster2 has its own certificate authority, so it cannot be connected to cluster1: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context kind-cluster2; kubectl --context kind-cluster2 -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# cluster1: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-cluster1

# cluster1: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster1

# cluster2: install Cilium 1.20.2
answer=$(kubectl --context kind-cluster2 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-cluster2 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-cluster2 -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/cluster2.values.yaml --context kind-cluster2
fi

# cluster2: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-cluster2

# cluster2: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster2

# connect the clusters
cilium clustermesh connect --destination-context kind-cluster2 --connection-mode bidirectional --context kind-cluster1

# cluster1: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster1
answer=$(cilium clustermesh status --context kind-cluster1) || { echo 'could not read the current state: cilium clustermesh status --context kind-cluster1' >&2; exit 1; }
[[ "$answer" == *'- cluster2:'* ]] || { echo 'cluster1 is not connected to any cluster: cilium clustermesh status --context kind-cluster1 shows why' >&2; exit 1; }

# cluster2: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster2
answer=$(cilium clustermesh status --context kind-cluster2) || { echo 'could not read the current state: cilium clustermesh status --context kind-cluster2' >&2; exit 1; }
[[ "$answer" == *'- cluster1:'* ]] || { echo 'cluster2 is not connected to any cluster: cilium clustermesh status --context kind-cluster2 shows why' >&2; exit 1; }

# cluster1: prepare the apply sets
if ! kubectl --context kind-cluster1 get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context kind-cluster1 apply --server-side -f - <<< "$(manifests_1)"
  kubectl --context kind-cluster1 wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context kind-cluster1 wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context kind-cluster1 apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_2)"
fi

# cluster2: prepare the apply sets
if ! kubectl --context kind-cluster2 get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context kind-cluster2 apply --server-side -f - <<< "$(manifests_1)"
  kubectl --context kind-cluster2 wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context kind-cluster2 wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context kind-cluster2 apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_2)"
fi

# cluster1: ask the API server to validate the manifests
kubectl --context kind-cluster1 apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_3)"
kubectl --context kind-cluster1 apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_4)"

# cluster2: ask the API server to validate the manifests
kubectl --context kind-cluster2 apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context kind-cluster2 apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_4)"

# cluster1: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context kind-cluster1 apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_3)"

# cluster2: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context kind-cluster2 apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_5)"

# cluster1: apply workloads
KUBECTL_APPLYSET=true kubectl --context kind-cluster1 apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_4)"

# cluster2: apply workloads
KUBECTL_APPLYSET=true kubectl --context kind-cluster2 apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_4)"

# cluster1: wait for the workloads
kubectl --context kind-cluster1 -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-cluster1 -n default rollout status deployment/x-wing --timeout=10m

# cluster2: wait for the workloads
kubectl --context kind-cluster2 -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-cluster2 -n default rollout status deployment/x-wing --timeout=10m

#!/usr/bin/env bash
# up: cluster1, cluster2
# Every step may be run again: what is done already is left alone.
set -euo pipefail

command -v kind > /dev/null || { echo 'kind is missing: it creates the clusters; get it from https://kind.sigs.k8s.io/docs/user/quick-start/#installation' >&2; exit 1; }
command -v cilium > /dev/null || { echo 'cilium is missing: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'kubectl is missing: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# cluster1: create the kind cluster
answer=$(kind get clusters) || { echo 'this could not be asked: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'cluster1$'\n'* ]]; then
  # when this is killed half way: kind delete cluster --name cluster1
  kind create cluster --name cluster1 --config dist/mesh/cluster1.kind.yaml
fi
kubectl --context kind-cluster1 get --raw /readyz --request-timeout=20s > /dev/null || { echo 'there is a kind cluster cluster1, but the API server of the context kind-cluster1 does not answer: its nodes are stopped (start their containers), or it was half made by a run of kind that was killed (delete it: kind delete cluster --name cluster1, then run up again)' >&2; exit 1; }
answer=$(kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.1.0.0/16'* ]] || { echo 'there is a kind cluster cluster1 with another pod subnet than 10.1.0.0/16 in dist/mesh/cluster1.kind.yaml: delete it (kind delete cluster --name cluster1), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-cluster1 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.1.0/24'* ]] || { echo 'there is a kind cluster cluster1 with another service subnet than 172.20.1.0/24 in dist/mesh/cluster1.kind.yaml: delete it (kind delete cluster --name cluster1), or rename one of the two' >&2; exit 1; }
kubectl --context kind-cluster1 -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in cluster1, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context kind-cluster1 -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# cluster2: create the kind cluster
answer=$(kind get clusters) || { echo 'this could not be asked: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'cluster2$'\n'* ]]; then
  # when this is killed half way: kind delete cluster --name cluster2
  kind create cluster --name cluster2 --config dist/mesh/cluster2.kind.yaml
fi
kubectl --context kind-cluster2 get --raw /readyz --request-timeout=20s > /dev/null || { echo 'there is a kind cluster cluster2, but the API server of the context kind-cluster2 does not answer: its nodes are stopped (start their containers), or it was half made by a run of kind that was killed (delete it: kind delete cluster --name cluster2, then run up again)' >&2; exit 1; }
answer=$(kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.2.0.0/16'* ]] || { echo 'there is a kind cluster cluster2 with another pod subnet than 10.2.0.0/16 in dist/mesh/cluster2.kind.yaml: delete it (kind delete cluster --name cluster2), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-cluster2 -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.2.0/24'* ]] || { echo 'there is a kind cluster cluster2 with another service subnet than 172.20.2.0/24 in dist/mesh/cluster2.kind.yaml: delete it (kind delete cluster --name cluster2), or rename one of the two' >&2; exit 1; }
kubectl --context kind-cluster2 -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in cluster2, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context kind-cluster2 -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# cluster1: install Cilium 1.20.2
answer=$(kubectl --context kind-cluster1 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context kind-cluster1 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-cluster1 -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/cluster1.values.yaml --context kind-cluster1
fi

# cluster2: copy the certificate authority of cluster1
answer=$(kubectl --context kind-cluster2 -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context kind-cluster2 -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o yaml | kubectl --context kind-cluster2 create -f -
fi
answer=$(kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context kind-cluster1 -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context kind-cluster2 -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context kind-cluster2 -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'cluster2 has a certificate authority of its own, so that it cannot be connected to cluster1: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context kind-cluster2; kubectl --context kind-cluster2 -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# cluster1: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-cluster1

# cluster1: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster1

# cluster2: install Cilium 1.20.2
answer=$(kubectl --context kind-cluster2 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context kind-cluster2 -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
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
answer=$(cilium clustermesh status --context kind-cluster1) || { echo 'this could not be asked: cilium clustermesh status --context kind-cluster1' >&2; exit 1; }
[[ "$answer" == *'- cluster2:'* ]] || { echo 'cluster1 is connected to nobody: cilium clustermesh status --context kind-cluster1 shows why' >&2; exit 1; }

# cluster2: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-cluster2
answer=$(cilium clustermesh status --context kind-cluster2) || { echo 'this could not be asked: cilium clustermesh status --context kind-cluster2' >&2; exit 1; }
[[ "$answer" == *'- cluster1:'* ]] || { echo 'cluster2 is connected to nobody: cilium clustermesh status --context kind-cluster2 shows why' >&2; exit 1; }

# cluster1: apply the manifests
kubectl --context kind-cluster1 apply --server-side --validate=strict --recursive -f dist/cluster1.k8s.yaml

# cluster2: apply the manifests
kubectl --context kind-cluster2 apply --server-side --validate=strict --recursive -f dist/cluster2.k8s.yaml

# cluster1: wait for the workloads
kubectl --context kind-cluster1 -n default wait --for=condition=Ready pod/frontend --timeout=10m
kubectl --context kind-cluster1 -n default wait --for=condition=Ready pod/test --timeout=10m
kubectl --context kind-cluster1 -n default rollout status deployment/myapp-deployment --timeout=10m

# cluster2: wait for the workloads
kubectl --context kind-cluster2 -n default wait --for=condition=Ready pod/frontend --timeout=10m
kubectl --context kind-cluster2 -n default wait --for=condition=Ready pod/test --timeout=10m
kubectl --context kind-cluster2 -n default rollout status deployment/myapp-deployment --timeout=10m

#!/usr/bin/env bash
# up: k8s-test-cluster, k8s-shared-cluster
# Every step may be run again: what is done already is left alone.
set -euo pipefail

command -v cilium > /dev/null || { echo 'cilium is missing: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'kubectl is missing: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# k8s-test-cluster: reach the cluster
kubectl --context k8s-test-cluster get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context k8s-test-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context k8s-test-cluster -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in k8s-test-cluster, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context k8s-test-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-shared-cluster: reach the cluster
kubectl --context k8s-shared-cluster get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context k8s-shared-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context k8s-shared-cluster -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in k8s-shared-cluster, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context k8s-shared-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-test-cluster: install Cilium 1.20.2
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context k8s-test-cluster -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --datapath-mode tunnel --values dist/mesh/k8s-test-cluster.values.yaml --context k8s-test-cluster
fi

# k8s-shared-cluster: copy the certificate authority of k8s-test-cluster
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o yaml | kubectl --context k8s-shared-cluster create -f -
fi
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context k8s-test-cluster -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'k8s-shared-cluster has a certificate authority of its own, so that it cannot be connected to k8s-test-cluster: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context k8s-shared-cluster; kubectl --context k8s-shared-cluster -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# k8s-test-cluster: wait for Cilium
cilium status --wait --wait-duration 10m --context k8s-test-cluster

# k8s-test-cluster: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context k8s-test-cluster

# k8s-shared-cluster: install Cilium 1.20.2
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
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
answer=$(cilium clustermesh status --context k8s-test-cluster) || { echo 'this could not be asked: cilium clustermesh status --context k8s-test-cluster' >&2; exit 1; }
[[ "$answer" == *'- k8s-shared-cluster:'* ]] || { echo 'k8s-test-cluster is connected to nobody: cilium clustermesh status --context k8s-test-cluster shows why' >&2; exit 1; }

# k8s-shared-cluster: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context k8s-shared-cluster
answer=$(cilium clustermesh status --context k8s-shared-cluster) || { echo 'this could not be asked: cilium clustermesh status --context k8s-shared-cluster' >&2; exit 1; }
[[ "$answer" == *'- k8s-test-cluster:'* ]] || { echo 'k8s-shared-cluster is connected to nobody: cilium clustermesh status --context k8s-shared-cluster shows why' >&2; exit 1; }

# k8s-test-cluster: apply the manifests
kubectl --context k8s-test-cluster apply --server-side --validate=strict --recursive -f dist/k8s-test-cluster.k8s.yaml

# k8s-shared-cluster: apply the manifests
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --recursive -f dist/k8s-shared-cluster.k8s.yaml

# k8s-test-cluster: wait for the workloads
kubectl --context k8s-test-cluster -n testing rollout status deployment/frontend --timeout=10m

# k8s-shared-cluster: wait for the workloads
kubectl --context k8s-shared-cluster -n testing rollout status deployment/backend --timeout=10m

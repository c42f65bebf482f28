#!/usr/bin/env bash
# up: eu-west, eu-north, us-east, us-west, shared
# Every step may be run again: what is done already is left alone.
set -euo pipefail

command -v cilium > /dev/null || { echo 'cilium is missing: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'kubectl is missing: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# eu-west: reach the cluster
kubectl --context eu-west get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context eu-west does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context eu-west -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in eu-west, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context eu-west -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# eu-north: reach the cluster
kubectl --context eu-north get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context eu-north does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context eu-north -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in eu-north, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context eu-north -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# us-east: reach the cluster
kubectl --context us-east get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context us-east does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context us-east -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in us-east, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context us-east -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# us-west: reach the cluster
kubectl --context us-west get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context us-west does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context us-west -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in us-west, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context us-west -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# shared: reach the cluster
kubectl --context shared get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context shared does not answer: check the context (kubectl config get-contexts) and that the cluster is up' >&2; exit 1; }
kubectl --context shared -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in shared, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context shared -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# eu-west: install Cilium 1.20.2
answer=$(kubectl --context eu-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context eu-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/eu-west.values.yaml --context eu-west
fi

# eu-north: copy the certificate authority of eu-west
answer=$(kubectl --context eu-north -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context eu-north -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml | kubectl --context eu-north create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context eu-north -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context eu-north -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'eu-north has a certificate authority of its own, so that it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context eu-north; kubectl --context eu-north -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# us-east: copy the certificate authority of eu-west
answer=$(kubectl --context us-east -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context us-east -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml | kubectl --context us-east create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context us-east -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context us-east -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'us-east has a certificate authority of its own, so that it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context us-east; kubectl --context us-east -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# us-west: copy the certificate authority of eu-west
answer=$(kubectl --context us-west -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context us-west -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml | kubectl --context us-west create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context us-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context us-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'us-west has a certificate authority of its own, so that it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context us-west; kubectl --context us-west -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# shared: copy the certificate authority of eu-west
answer=$(kubectl --context shared -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context shared -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml | kubectl --context shared create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context shared -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context shared -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'shared has a certificate authority of its own, so that it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context shared; kubectl --context shared -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# eu-west: wait for Cilium
cilium status --wait --wait-duration 10m --context eu-west

# eu-west: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context eu-west

# eu-north: install Cilium 1.20.2
answer=$(kubectl --context eu-north -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context eu-north -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-north -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/eu-north.values.yaml --context eu-north
fi

# us-east: install Cilium 1.20.2
answer=$(kubectl --context us-east -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context us-east -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context us-east -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/us-east.values.yaml --context us-east
fi

# us-west: install Cilium 1.20.2
answer=$(kubectl --context us-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context us-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context us-west -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/us-west.values.yaml --context us-west
fi

# shared: install Cilium 1.20.2
answer=$(kubectl --context shared -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context shared -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context shared -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/shared.values.yaml --context shared
fi

# eu-north: wait for Cilium
cilium status --wait --wait-duration 10m --context eu-north

# us-east: wait for Cilium
cilium status --wait --wait-duration 10m --context us-east

# us-west: wait for Cilium
cilium status --wait --wait-duration 10m --context us-west

# shared: wait for Cilium
cilium status --wait --wait-duration 10m --context shared

# eu-north: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context eu-north

# us-east: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context us-east

# us-west: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context us-west

# shared: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context shared

# connect the clusters
cilium clustermesh connect --destination-context eu-north,us-east,us-west,shared --connection-mode mesh --context eu-west

# eu-west: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context eu-west
answer=$(cilium clustermesh status --context eu-west) || { echo 'this could not be asked: cilium clustermesh status --context eu-west' >&2; exit 1; }
[[ "$answer" == *'- eu-north:'* ]] || { echo 'eu-west is connected to nobody: cilium clustermesh status --context eu-west shows why' >&2; exit 1; }

# eu-north: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context eu-north
answer=$(cilium clustermesh status --context eu-north) || { echo 'this could not be asked: cilium clustermesh status --context eu-north' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'eu-north is connected to nobody: cilium clustermesh status --context eu-north shows why' >&2; exit 1; }

# us-east: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context us-east
answer=$(cilium clustermesh status --context us-east) || { echo 'this could not be asked: cilium clustermesh status --context us-east' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'us-east is connected to nobody: cilium clustermesh status --context us-east shows why' >&2; exit 1; }

# us-west: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context us-west
answer=$(cilium clustermesh status --context us-west) || { echo 'this could not be asked: cilium clustermesh status --context us-west' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'us-west is connected to nobody: cilium clustermesh status --context us-west shows why' >&2; exit 1; }

# shared: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context shared
answer=$(cilium clustermesh status --context shared) || { echo 'this could not be asked: cilium clustermesh status --context shared' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'shared is connected to nobody: cilium clustermesh status --context shared shows why' >&2; exit 1; }

# eu-west: apply the manifests
kubectl --context eu-west apply --server-side --validate=strict --recursive -f dist/eu-west.k8s.yaml

# eu-north: apply the manifests
kubectl --context eu-north apply --server-side --validate=strict --recursive -f dist/eu-north.k8s.yaml

# us-east: apply the manifests
kubectl --context us-east apply --server-side --validate=strict --recursive -f dist/us-east.k8s.yaml

# us-west: apply the manifests
kubectl --context us-west apply --server-side --validate=strict --recursive -f dist/us-west.k8s.yaml

# shared: apply the manifests
kubectl --context shared apply --server-side --validate=strict --recursive -f dist/shared.k8s.yaml

# eu-west: wait for the workloads
kubectl --context eu-west -n shop rollout status deployment/storefront --timeout=10m
kubectl --context eu-west -n shop rollout status deployment/cart --timeout=10m

# eu-north: wait for the workloads
kubectl --context eu-north -n shop rollout status deployment/storefront --timeout=10m
kubectl --context eu-north -n shop rollout status deployment/cart --timeout=10m

# us-east: wait for the workloads
kubectl --context us-east -n shop rollout status deployment/storefront --timeout=10m
kubectl --context us-east -n shop rollout status deployment/cart --timeout=10m

# us-west: wait for the workloads
kubectl --context us-west -n shop rollout status deployment/storefront --timeout=10m
kubectl --context us-west -n shop rollout status deployment/cart --timeout=10m

# shared: wait for the workloads
kubectl --context shared -n payments rollout status deployment/payments --timeout=10m
kubectl --context shared -n payments rollout status deployment/ledger --timeout=10m
kubectl --context shared -n observability rollout status deployment/prometheus --timeout=10m

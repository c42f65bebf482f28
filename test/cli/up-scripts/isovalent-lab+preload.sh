#!/usr/bin/env bash
# up: koornacht, tion
# Every step may be run again: what is done already is left alone.
set -euo pipefail

command -v kind > /dev/null || { echo 'kind is missing: it creates the clusters; get it from https://kind.sigs.k8s.io/docs/user/quick-start/#installation' >&2; exit 1; }
command -v cilium > /dev/null || { echo 'cilium is missing: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v docker > /dev/null || { echo 'docker is missing: it pulls the images; get it from https://docs.docker.com/get-docker/' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'kubectl is missing: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# koornacht: create the kind cluster
answer=$(kind get clusters) || { echo 'this could not be asked: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'koornacht$'\n'* ]]; then
  # when this is killed half way: kind delete cluster --name koornacht
  kind create cluster --name koornacht --config dist/mesh/koornacht.kind.yaml
fi
kubectl --context kind-koornacht get --raw /readyz --request-timeout=20s > /dev/null || { echo 'there is a kind cluster koornacht, but the API server of the context kind-koornacht does not answer: its nodes are stopped (start their containers), or it was half made by a run of kind that was killed (delete it: kind delete cluster --name koornacht, then run up again)' >&2; exit 1; }
answer=$(kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.1.0.0/16'* ]] || { echo 'there is a kind cluster koornacht with another pod subnet than 10.1.0.0/16 in dist/mesh/koornacht.kind.yaml: delete it (kind delete cluster --name koornacht), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.1.0/24'* ]] || { echo 'there is a kind cluster koornacht with another service subnet than 172.20.1.0/24 in dist/mesh/koornacht.kind.yaml: delete it (kind delete cluster --name koornacht), or rename one of the two' >&2; exit 1; }
kubectl --context kind-koornacht -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in koornacht, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context kind-koornacht -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# tion: create the kind cluster
answer=$(kind get clusters) || { echo 'this could not be asked: kind get clusters' >&2; exit 1; }
if ! [[ $'\n'"$answer"$'\n' == *$'\n'tion$'\n'* ]]; then
  # when this is killed half way: kind delete cluster --name tion
  kind create cluster --name tion --config dist/mesh/tion.kind.yaml
fi
kubectl --context kind-tion get --raw /readyz --request-timeout=20s > /dev/null || { echo 'there is a kind cluster tion, but the API server of the context kind-tion does not answer: its nodes are stopped (start their containers), or it was half made by a run of kind that was killed (delete it: kind delete cluster --name tion, then run up again)' >&2; exit 1; }
answer=$(kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'podSubnet: 10.2.0.0/16'* ]] || { echo 'there is a kind cluster tion with another pod subnet than 10.2.0.0/16 in dist/mesh/tion.kind.yaml: delete it (kind delete cluster --name tion), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}') || { echo 'this could not be asked: kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\''' >&2; exit 1; }
[[ "$answer" == *'serviceSubnet: 172.20.2.0/24'* ]] || { echo 'there is a kind cluster tion with another service subnet than 172.20.2.0/24 in dist/mesh/tion.kind.yaml: delete it (kind delete cluster --name tion), or rename one of the two' >&2; exit 1; }
kubectl --context kind-tion -n kube-system wait --for=delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' --timeout=5s > /dev/null || { echo 'Helm has begun to change Cilium in tion, and not ended: wait until it has; if nobody runs it, since it was killed, forget it (kubectl --context kind-tion -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# pull the images of the manifests
xargs -n1 sh -c 'docker image inspect "$0" > /dev/null 2>&1 || docker pull --quiet "$0"' <<'EOF'
docker.io/cilium/json-mock:1.2
docker.io/nginx:1.15.8
EOF

# koornacht: load the images of the manifests
xargs kind load docker-image --name koornacht <<'EOF'
docker.io/cilium/json-mock:1.2
docker.io/nginx:1.15.8
EOF

# koornacht: pull and load the images of Cilium
cilium install --dry-run --version 1.20.2 --values dist/mesh/koornacht.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false,clustermesh.apiserver.tls.auto.method=cronJob --context kind-koornacht | sed -nE 's/^ *(- )?image: *"?([^" @]+)"?$/\2/p' | sort -u | xargs -n1 sh -c 'docker image inspect "$0" > /dev/null 2>&1 || docker pull --quiet "$0"'
cilium install --dry-run --version 1.20.2 --values dist/mesh/koornacht.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false,clustermesh.apiserver.tls.auto.method=cronJob --context kind-koornacht | sed -nE 's/^ *(- )?image: *"?([^" @]+)"?$/\2/p' | sort -u | xargs kind load docker-image --name koornacht

# tion: load the images of the manifests
xargs kind load docker-image --name tion <<'EOF'
docker.io/cilium/json-mock:1.2
docker.io/nginx:1.15.8
EOF

# tion: pull and load the images of Cilium
cilium install --dry-run --version 1.20.2 --values dist/mesh/tion.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false,clustermesh.apiserver.tls.auto.method=cronJob --context kind-tion | sed -nE 's/^ *(- )?image: *"?([^" @]+)"?$/\2/p' | sort -u | xargs -n1 sh -c 'docker image inspect "$0" > /dev/null 2>&1 || docker pull --quiet "$0"'
cilium install --dry-run --version 1.20.2 --values dist/mesh/tion.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false,clustermesh.apiserver.tls.auto.method=cronJob --context kind-tion | sed -nE 's/^ *(- )?image: *"?([^" @]+)"?$/\2/p' | sort -u | xargs kind load docker-image --name tion

# koornacht: install Cilium 1.20.2
answer=$(kubectl --context kind-koornacht -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context kind-koornacht -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-koornacht -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/koornacht.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false --context kind-koornacht
fi

# tion: copy the certificate authority of koornacht
answer=$(kubectl --context kind-tion -n kube-system get secret cilium-ca --ignore-not-found -o name) || { echo 'this could not be asked: kubectl --context kind-tion -n kube-system get secret cilium-ca --ignore-not-found -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o yaml | kubectl --context kind-tion create -f -
fi
answer=$(kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
other=$(kubectl --context kind-tion -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}') || { echo 'this could not be asked: kubectl --context kind-tion -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\''' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'tion has a certificate authority of its own, so that it cannot be connected to koornacht: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context kind-tion; kubectl --context kind-tion -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# koornacht: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-koornacht

# koornacht: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-koornacht

# tion: install Cilium 1.20.2
answer=$(kubectl --context kind-tion -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name) || { echo 'this could not be asked: kubectl --context kind-tion -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context kind-tion -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/tion.values.yaml --set image.useDigest=false,operator.image.useDigest=false,envoy.image.useDigest=false,certgen.image.useDigest=false,nodeinit.image.useDigest=false,clustermesh.apiserver.image.useDigest=false,clustermesh.apiserver.etcd.image.useDigest=false,hubble.relay.image.useDigest=false,hubble.ui.backend.image.useDigest=false,hubble.ui.frontend.image.useDigest=false --context kind-tion
fi

# tion: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-tion

# tion: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-tion

# connect the clusters
cilium clustermesh connect --destination-context kind-tion --connection-mode bidirectional --context kind-koornacht

# koornacht: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-koornacht
answer=$(cilium clustermesh status --context kind-koornacht) || { echo 'this could not be asked: cilium clustermesh status --context kind-koornacht' >&2; exit 1; }
[[ "$answer" == *'- tion:'* ]] || { echo 'koornacht is connected to nobody: cilium clustermesh status --context kind-koornacht shows why' >&2; exit 1; }

# tion: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-tion
answer=$(cilium clustermesh status --context kind-tion) || { echo 'this could not be asked: cilium clustermesh status --context kind-tion' >&2; exit 1; }
[[ "$answer" == *'- koornacht:'* ]] || { echo 'tion is connected to nobody: cilium clustermesh status --context kind-tion shows why' >&2; exit 1; }

# koornacht: apply the manifests
kubectl --context kind-koornacht apply --server-side --validate=strict --recursive -f dist/koornacht.k8s.yaml

# tion: apply the manifests
kubectl --context kind-tion apply --server-side --validate=strict --recursive -f dist/tion.k8s.yaml

# koornacht: wait for the workloads
kubectl --context kind-koornacht -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-koornacht -n default rollout status deployment/x-wing --timeout=10m

# tion: wait for the workloads
kubectl --context kind-tion -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-tion -n default rollout status deployment/x-wing --timeout=10m

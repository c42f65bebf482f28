#!/usr/bin/env bash
# up: koornacht, tion
# Every step may run again: a step that is done already changes nothing.
set -euo pipefail

command -v kind > /dev/null || { echo 'missing kind: it creates the clusters; get it from https://kind.sigs.k8s.io/docs/user/quick-start/#installation' >&2; exit 1; }
command -v cilium > /dev/null || { echo 'missing cilium: it installs Cilium and connects the clusters; get it from https://github.com/cilium/cilium-cli/releases' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'missing kubectl: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# texts that several commands read
manifests_1() {
cat <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata:
  name: rebel-base-response
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
data:
  message: |
    {"Cluster": "Koornacht", "Planet": "N'Zoth"}
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
    service.cilium.io/shared: "false"
  name: rebel-base
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: x-wing-to-rebel-base-egress
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - koornacht
                - tion
          matchLabels:
            io.kubernetes.pod.namespace: default
            name: rebel-base
      toPorts:
        - ports:
            - port: "80"
              protocol: TCP
  endpointSelector:
    matchLabels:
      name: x-wing
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: x-wing-to-rebel-base-ingress
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  endpointSelector:
    matchLabels:
      name: rebel-base
  ingress:
    - fromEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: koornacht
            io.kubernetes.pod.namespace: default
            name: x-wing
      toPorts:
        - ports:
            - port: "80"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: default-deny
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector: {}
  ingress:
    - {}
EOF
}
manifests_2() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: rebel-base
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
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
        - image: docker.io/nginx:1.15.8
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
  labels:
    applyset.kubernetes.io/part-of: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
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
        - image: docker.io/cilium/json-mock:1.2
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
manifests_3() {
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
manifests_4() {
cat <<'EOF'
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-objects
  labels:
    applyset.kubernetes.io/id: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
  annotations:
    applyset.kubernetes.io/tooling: cilium-mesh/v1
    applyset.kubernetes.io/contains-group-kinds: CiliumNetworkPolicy.cilium.io,ConfigMap,Service
---
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-denies
  labels:
    applyset.kubernetes.io/id: applyset-rKuSzHrnWWZipXUgoA0S1OIMaN_vKELRHwThdDatq4U-v1
  annotations:
    applyset.kubernetes.io/tooling: cilium-mesh/v1
    applyset.kubernetes.io/contains-group-kinds: ""
---
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-backends
  labels:
    applyset.kubernetes.io/id: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
  annotations:
    applyset.kubernetes.io/tooling: cilium-mesh/v1
    applyset.kubernetes.io/contains-group-kinds: Deployment.apps
EOF
}
manifests_5() {
cat <<'EOF'
apiVersion: v1
kind: ConfigMap
metadata:
  name: rebel-base-response
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
data:
  message: |
    {"Cluster": "Tion", "Planet": "Foran Tutha"}
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: rebel-base
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  ports:
    - port: 80
  selector:
    name: rebel-base
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: x-wing-to-rebel-base-ingress
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  endpointSelector:
    matchLabels:
      name: rebel-base
  ingress:
    - fromEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: koornacht
            io.kubernetes.pod.namespace: default
            name: x-wing
      toPorts:
        - ports:
            - port: "80"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: default-deny
  namespace: default
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector: {}
  ingress:
    - {}
EOF
}

# koornacht: create the kind cluster
answer=$(kind get clusters) || { echo 'could not read the current state: kind get clusters' >&2; exit 1; }
if ! { [[ $'\n'"$answer"$'\n' == *$'\n'koornacht$'\n'* ]]; }; then
  # to undo this step after it was killed: kind delete cluster --name koornacht
  kind create cluster --name koornacht --config dist/mesh/koornacht.kind.yaml
  kubectl --context kind-koornacht -n kube-system create configmap created-by-cilium-mesh
fi
{ kubectl --context kind-koornacht get --raw /readyz --request-timeout=20s > /dev/null; } || { echo 'the kind cluster koornacht exists, but the API server of the context kind-koornacht does not answer. If its nodes are stopped, start their containers. If the kubeconfig lacks the context, run kind export kubeconfig --name koornacht. If a killed run of kind left the cluster unfinished, delete it (kind delete cluster --name koornacht), then run up again' >&2; exit 1; }
answer=$(kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ "$answer" == *'podSubnet: 10.1.0.0/16'* ]]; } || { echo 'the existing kind cluster koornacht has another pod subnet than 10.1.0.0/16 in dist/mesh/koornacht.kind.yaml: delete it (kind delete cluster --name koornacht), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ "$answer" == *'serviceSubnet: 172.20.1.0/24'* ]]; } || { echo 'the existing kind cluster koornacht has another service subnet than 172.20.1.0/24 in dist/mesh/koornacht.kind.yaml: delete it (kind delete cluster --name koornacht), or rename one of the two' >&2; exit 1; }

# tion: create the kind cluster
answer=$(kind get clusters) || { echo 'could not read the current state: kind get clusters' >&2; exit 1; }
if ! { [[ $'\n'"$answer"$'\n' == *$'\n'tion$'\n'* ]]; }; then
  # to undo this step after it was killed: kind delete cluster --name tion
  kind create cluster --name tion --config dist/mesh/tion.kind.yaml
  kubectl --context kind-tion -n kube-system create configmap created-by-cilium-mesh
fi
{ kubectl --context kind-tion get --raw /readyz --request-timeout=20s > /dev/null; } || { echo 'the kind cluster tion exists, but the API server of the context kind-tion does not answer. If its nodes are stopped, start their containers. If the kubeconfig lacks the context, run kind export kubeconfig --name tion. If a killed run of kind left the cluster unfinished, delete it (kind delete cluster --name tion), then run up again' >&2; exit 1; }
answer=$(kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ "$answer" == *'podSubnet: 10.2.0.0/16'* ]]; } || { echo 'the existing kind cluster tion has another pod subnet than 10.2.0.0/16 in dist/mesh/tion.kind.yaml: delete it (kind delete cluster --name tion), or rename one of the two' >&2; exit 1; }
answer=$(kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get configmap kubeadm-config -o '\''jsonpath={.data.ClusterConfiguration}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ "$answer" == *'serviceSubnet: 172.20.2.0/24'* ]]; } || { echo 'the existing kind cluster tion has another service subnet than 172.20.2.0/24 in dist/mesh/tion.kind.yaml: delete it (kind delete cluster --name tion), or rename one of the two' >&2; exit 1; }

# koornacht: look for unfinished Helm operations
answer=$(kubectl --context kind-koornacht -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
{ [[ -z "$answer" ]]; } || { echo 'a Helm operation on Cilium in koornacht has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context kind-koornacht -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# tion: look for unfinished Helm operations
answer=$(kubectl --context kind-tion -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
{ [[ -z "$answer" ]]; } || { echo 'a Helm operation on Cilium in tion has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context kind-tion -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# koornacht: install Cilium 1.20.2
answer=$(kubectl --context kind-koornacht -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  # to undo this step after it was killed: kubectl --context kind-koornacht -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  kubectl --context kind-koornacht -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/koornacht.values.yaml --context kind-koornacht
fi

# tion: copy the certificate authority of koornacht
answer=$(kubectl --context kind-tion -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context kind-tion create -f -
fi
answer=$(kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
answer_other=$(kubectl --context kind-tion -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ -n "$answer" && "$answer" == "$answer_other" ]]; } || { echo 'tion has its own certificate authority, so it cannot be connected to koornacht: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context kind-tion; kubectl --context kind-tion -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# koornacht: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-koornacht

# koornacht: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-koornacht

# tion: install Cilium 1.20.2
answer=$(kubectl --context kind-tion -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  # to undo this step after it was killed: kubectl --context kind-tion -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  kubectl --context kind-tion -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/tion.values.yaml --context kind-tion
fi

# tion: wait for Cilium
cilium status --wait --wait-duration 10m --context kind-tion

# tion: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context kind-tion

# connect the clusters
answer_1=$(kubectl --context kind-koornacht -n kube-system get secret -l 'owner=helm,name=cilium,status notin (deployed,superseded,uninstalled)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-koornacht -n kube-system get secret -l '\''owner=helm,name=cilium,status notin (deployed,superseded,uninstalled)'\'' -o name --request-timeout=20s' >&2; exit 1; }
answer_2=$(kubectl --context kind-tion -n kube-system get secret -l 'owner=helm,name=cilium,status notin (deployed,superseded,uninstalled)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context kind-tion -n kube-system get secret -l '\''owner=helm,name=cilium,status notin (deployed,superseded,uninstalled)'\'' -o name --request-timeout=20s' >&2; exit 1; }
answer_3=$(cilium clustermesh status --context kind-koornacht) || { echo 'could not read the current state: cilium clustermesh status --context kind-koornacht' >&2; exit 1; }
answer_4=$(cilium clustermesh status --context kind-tion) || { echo 'could not read the current state: cilium clustermesh status --context kind-tion' >&2; exit 1; }
if ! { [[ -z "$answer_1" ]] && [[ -z "$answer_2" ]] && [[ "$answer_3" == *'- tion:'* ]] && [[ "$answer_4" == *'- koornacht:'* ]]; }; then
  # to undo this step after it was killed: kubectl --context kind-koornacht -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  # to undo this step after it was killed: kubectl --context kind-tion -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  cilium clustermesh connect --destination-context kind-tion --connection-mode bidirectional --context kind-koornacht
fi

# koornacht: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-koornacht
answer=$(cilium clustermesh status --context kind-koornacht) || { echo 'could not read the current state: cilium clustermesh status --context kind-koornacht' >&2; exit 1; }
{ [[ "$answer" == *'- tion:'* ]]; } || { echo 'koornacht is not connected to any cluster: cilium clustermesh status --context kind-koornacht shows why' >&2; exit 1; }

# tion: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context kind-tion
answer=$(cilium clustermesh status --context kind-tion) || { echo 'could not read the current state: cilium clustermesh status --context kind-tion' >&2; exit 1; }
{ [[ "$answer" == *'- koornacht:'* ]]; } || { echo 'tion is not connected to any cluster: cilium clustermesh status --context kind-tion shows why' >&2; exit 1; }

# koornacht: ask the API server to validate the manifests
kubectl --context kind-koornacht apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_1)"
kubectl --context kind-koornacht apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"

# tion: ask the API server to validate the manifests
kubectl --context kind-tion apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context kind-tion apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"

# koornacht: record what is applied
kubectl --context kind-koornacht apply --server-side -f - <<< "$(manifests_3)"
kubectl --context kind-koornacht wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context kind-koornacht wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context kind-koornacht apply --server-side --field-manager=kubectl-applyset --force-conflicts -f - <<< "$(manifests_4)"

# tion: record what is applied
kubectl --context kind-tion apply --server-side -f - <<< "$(manifests_3)"
kubectl --context kind-tion wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context kind-tion wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context kind-tion apply --server-side --field-manager=kubectl-applyset --force-conflicts -f - <<< "$(manifests_4)"

# koornacht: apply objects, and policies that allow
kubectl --context kind-koornacht apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# tion: apply objects, and policies that allow
kubectl --context kind-tion apply --server-side --validate=strict -f - <<< "$(manifests_5)"

# koornacht: apply workloads
kubectl --context kind-koornacht apply --server-side --validate=strict -f - <<< "$(manifests_2)"

# tion: apply workloads
kubectl --context kind-tion apply --server-side --validate=strict -f - <<< "$(manifests_2)"

# koornacht: wait for the workloads
kubectl --context kind-koornacht -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-koornacht -n default rollout status deployment/x-wing --timeout=10m

# tion: wait for the workloads
kubectl --context kind-tion -n default rollout status deployment/rebel-base --timeout=10m
kubectl --context kind-tion -n default rollout status deployment/x-wing --timeout=10m

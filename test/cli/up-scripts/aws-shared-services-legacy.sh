#!/usr/bin/env bash
# up: k8s-test-cluster, k8s-shared-cluster
# Every step may run again: a step that is done already changes nothing.
set -euo pipefail

command -v helm > /dev/null || { echo 'missing helm: it installs Cilium before 1.15; get it from https://helm.sh/docs/intro/install/' >&2; exit 1; }
command -v kubectl > /dev/null || { echo 'missing kubectl: it applies the manifests; get it from https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }

# texts that several commands read
manifests_1() {
cat <<'EOF'
{
  "apiVersion": "v1",
  "kind": "List",
  "items": [
    {
      "apiVersion": "v1",
      "kind": "Service",
      "metadata": {
        "annotations": {
          "service.beta.kubernetes.io/aws-load-balancer-internal": "0.0.0.0/0",
          "service.beta.kubernetes.io/aws-load-balancer-type": "nlb"
        },
        "name": "cilium-etcd-external",
        "namespace": "kube-system"
      },
      "spec": {
        "ports": [
          {
            "port": 2379
          }
        ],
        "selector": {
          "app": "etcd",
          "etcd_cluster": "cilium-etcd",
          "io.cilium/app": "etcd-operator"
        },
        "type": "LoadBalancer"
      }
    },
    {
      "apiVersion": "v1",
      "kind": "Secret",
      "metadata": {
        "name": "cilium-clustermesh",
        "namespace": "kube-system"
      },
      "data": {
        "k8s-test-cluster": "ZW5kcG9pbnRzOgotIGh0dHBzOi8vazhzLXRlc3QtY2x1c3Rlci5tZXNoLmNpbGl1bS5pbzoyMzc5CnRydXN0ZWQtY2EtZmlsZTogJy92YXIvbGliL2NpbGl1bS9jbHVzdGVybWVzaC9rOHMtdGVzdC1jbHVzdGVyLmV0Y2QtY2xpZW50LWNhLmNydCcKa2V5LWZpbGU6ICcvdmFyL2xpYi9jaWxpdW0vY2x1c3Rlcm1lc2gvazhzLXRlc3QtY2x1c3Rlci5ldGNkLWNsaWVudC5rZXknCmNlcnQtZmlsZTogJy92YXIvbGliL2NpbGl1bS9jbHVzdGVybWVzaC9rOHMtdGVzdC1jbHVzdGVyLmV0Y2QtY2xpZW50LmNydCcK",
        "k8s-shared-cluster": "ZW5kcG9pbnRzOgotIGh0dHBzOi8vazhzLXNoYXJlZC1jbHVzdGVyLm1lc2guY2lsaXVtLmlvOjIzNzkKdHJ1c3RlZC1jYS1maWxlOiAnL3Zhci9saWIvY2lsaXVtL2NsdXN0ZXJtZXNoL2s4cy1zaGFyZWQtY2x1c3Rlci5ldGNkLWNsaWVudC1jYS5jcnQnCmtleS1maWxlOiAnL3Zhci9saWIvY2lsaXVtL2NsdXN0ZXJtZXNoL2s4cy1zaGFyZWQtY2x1c3Rlci5ldGNkLWNsaWVudC5rZXknCmNlcnQtZmlsZTogJy92YXIvbGliL2NpbGl1bS9jbHVzdGVybWVzaC9rOHMtc2hhcmVkLWNsdXN0ZXIuZXRjZC1jbGllbnQuY3J0Jwo="
      }
    }
  ]
}
EOF
}
manifests_2() {
cat <<'EOF'
apiVersion: v1
kind: Namespace
metadata:
  name: testing
EOF
}
manifests_3() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-internal: 0.0.0.0/0
    service.beta.kubernetes.io/aws-load-balancer-type: nlb
  name: cilium-etcd-external
  namespace: kube-system
  labels:
    applyset.kubernetes.io/part-of: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
spec:
  ports:
    - port: 2379
  selector:
    app: etcd
    etcd_cluster: cilium-etcd
    io.cilium/app: etcd-operator
  type: LoadBalancer
EOF
}
manifests_4() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
  namespace: testing
  labels:
    applyset.kubernetes.io/part-of: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
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
        - command:
            - sh
            - -c
            - |-
              mkdir -p /www/cgi-bin
              echo 'frontend in k8s-test-cluster' > /www/index.html
              cat > /www/cgi-bin/backend <<'END'
              #!/bin/sh
              printf 'Content-Type: text/plain\n\n'
              exec wget -q -O - -T 2 http://backend-svc
              END
              chmod +x /www/cgi-bin/backend
              exec httpd -f -v -p 3000 -h /www
          image: busybox:1.36.1
          name: frontend
          ports:
            - containerPort: 3000
EOF
}
manifests_5() {
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
manifests_6() {
cat <<'EOF'
apiVersion: cdk8s-cilium-mesh.github.io/v1
kind: ApplySet
metadata:
  name: cilium-mesh-objects
  labels:
    applyset.kubernetes.io/id: applyset-lKmXfdcfMmnHxzS1yNTZRsCvRD3WsDvdlF6DIo0-Dok-v1
  annotations:
    applyset.kubernetes.io/tooling: cilium-mesh/v1
    applyset.kubernetes.io/contains-group-kinds: Secret,Service
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
manifests_7() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: backend
  namespace: testing
  labels:
    applyset.kubernetes.io/part-of: applyset-8wof8nZKG8ABCt2M_kCXtNvIwK_ORmNM2effLoKbU8Y-v1
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
        - command:
            - sh
            - -c
            - |-
              mkdir -p /www/cgi-bin
              echo 'backend in k8s-shared-cluster' > /www/index.html
              exec httpd -f -v -p 3000 -h /www
          image: busybox:1.36.1
          name: backend
          ports:
            - containerPort: 3000
EOF
}

# k8s-test-cluster: reach the cluster
{ kubectl --context k8s-test-cluster get --raw /readyz --request-timeout=20s > /dev/null; } || { echo 'the API server of the context k8s-test-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }

# k8s-shared-cluster: reach the cluster
{ kubectl --context k8s-shared-cluster get --raw /readyz --request-timeout=20s > /dev/null; } || { echo 'the API server of the context k8s-shared-cluster does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }

# k8s-test-cluster: look for unfinished Helm operations
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
{ [[ -z "$answer" ]]; } || { echo 'a Helm operation on Cilium in k8s-test-cluster has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context k8s-test-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-shared-cluster: look for unfinished Helm operations
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
{ [[ -z "$answer" ]]; } || { echo 'a Helm operation on Cilium in k8s-shared-cluster has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context k8s-shared-cluster -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# k8s-test-cluster: patch what Cilium replaces
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  kubectl --context k8s-test-cluster -n kube-system patch daemonset aws-node --type strategic --patch-file dist/mesh/k8s-test-cluster.before-install.daemonset.aws-node.patch.yaml
  kubectl --context k8s-test-cluster -n kube-system patch daemonset kube-proxy --type strategic --patch-file dist/mesh/k8s-test-cluster.before-install.daemonset.kube-proxy.patch.yaml
  kubectl --context k8s-test-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-test-cluster.before-install.deployment.coredns.patch.yaml
fi

# k8s-shared-cluster: patch what Cilium replaces
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  kubectl --context k8s-shared-cluster -n kube-system patch daemonset aws-node --type strategic --patch-file dist/mesh/k8s-shared-cluster.before-install.daemonset.aws-node.patch.yaml
  kubectl --context k8s-shared-cluster -n kube-system patch daemonset kube-proxy --type strategic --patch-file dist/mesh/k8s-shared-cluster.before-install.daemonset.kube-proxy.patch.yaml
  kubectl --context k8s-shared-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-shared-cluster.before-install.deployment.coredns.patch.yaml
fi

# k8s-test-cluster: install Cilium 1.9.5
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  # to undo this step after it was killed: kubectl --context k8s-test-cluster -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  helm upgrade --install cilium cilium --repo https://helm.cilium.io --version 1.9.5 --namespace kube-system --values dist/mesh/k8s-test-cluster.values.yaml --kube-context k8s-test-cluster
fi

# k8s-shared-cluster: install Cilium 1.9.5
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" ]]; }; then
  # to undo this step after it was killed: kubectl --context k8s-shared-cluster -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  helm upgrade --install cilium cilium --repo https://helm.cilium.io --version 1.9.5 --namespace kube-system --values dist/mesh/k8s-shared-cluster.values.yaml --kube-context k8s-shared-cluster
fi

# k8s-test-cluster: wait for Cilium
kubectl --context k8s-test-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
kubectl --context k8s-test-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m

# k8s-shared-cluster: wait for Cilium
kubectl --context k8s-shared-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
kubectl --context k8s-shared-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m

# k8s-test-cluster: patch what Cilium serves
answer_1=$(kubectl --context k8s-test-cluster -n kube-system get deployment coredns --ignore-not-found -o json --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get deployment coredns --ignore-not-found -o json --request-timeout=20s' >&2; exit 1; }
answer_1_other=$(kubectl --context k8s-test-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-test-cluster.after-install.deployment.coredns.patch.yaml --dry-run=server -o json) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-test-cluster.after-install.deployment.coredns.patch.yaml --dry-run=server -o json' >&2; exit 1; }
if ! { [[ -n "$answer_1" && "$answer_1" == "$answer_1_other" ]]; }; then
  kubectl --context k8s-test-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-test-cluster.after-install.deployment.coredns.patch.yaml
  kubectl --context k8s-test-cluster -n kube-system rollout status deployment/coredns --timeout=10m
fi

# k8s-shared-cluster: patch what Cilium serves
answer_1=$(kubectl --context k8s-shared-cluster -n kube-system get deployment coredns --ignore-not-found -o json --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get deployment coredns --ignore-not-found -o json --request-timeout=20s' >&2; exit 1; }
answer_1_other=$(kubectl --context k8s-shared-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-shared-cluster.after-install.deployment.coredns.patch.yaml --dry-run=server -o json) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-shared-cluster.after-install.deployment.coredns.patch.yaml --dry-run=server -o json' >&2; exit 1; }
if ! { [[ -n "$answer_1" && "$answer_1" == "$answer_1_other" ]]; }; then
  kubectl --context k8s-shared-cluster -n kube-system patch deployment coredns --type strategic --patch-file dist/mesh/k8s-shared-cluster.after-install.deployment.coredns.patch.yaml
  kubectl --context k8s-shared-cluster -n kube-system rollout status deployment/coredns --timeout=10m
fi

# k8s-test-cluster: upgrade Cilium with its second values
answer=$(kubectl --context k8s-test-cluster -n kube-system get daemonset cilium --ignore-not-found -o 'jsonpath={.metadata.annotations.cilium-mesh/upgrade-values}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get daemonset cilium --ignore-not-found -o '\''jsonpath={.metadata.annotations.cilium-mesh/upgrade-values}'\'' --request-timeout=20s' >&2; exit 1; }
if ! { [[ $'\n'"$answer"$'\n' == *$'\n'35da9040ccc40b15$'\n'* ]]; }; then
  # to undo this step after it was killed: kubectl --context k8s-test-cluster -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  helm upgrade cilium cilium --repo https://helm.cilium.io --version 1.9.5 --namespace kube-system --reuse-values --values dist/mesh/k8s-test-cluster.upgrade-values.yaml --kube-context k8s-test-cluster
  kubectl --context k8s-test-cluster -n kube-system rollout restart daemonset/cilium deployment/cilium-operator
  kubectl --context k8s-test-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
  kubectl --context k8s-test-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m
  kubectl --context k8s-test-cluster -n kube-system annotate --overwrite daemonset/cilium cilium-mesh/upgrade-values=35da9040ccc40b15
fi

# k8s-shared-cluster: upgrade Cilium with its second values
answer=$(kubectl --context k8s-shared-cluster -n kube-system get daemonset cilium --ignore-not-found -o 'jsonpath={.metadata.annotations.cilium-mesh/upgrade-values}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get daemonset cilium --ignore-not-found -o '\''jsonpath={.metadata.annotations.cilium-mesh/upgrade-values}'\'' --request-timeout=20s' >&2; exit 1; }
if ! { [[ $'\n'"$answer"$'\n' == *$'\n'35da9040ccc40b15$'\n'* ]]; }; then
  # to undo this step after it was killed: kubectl --context k8s-shared-cluster -n kube-system delete secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'
  helm upgrade cilium cilium --repo https://helm.cilium.io --version 1.9.5 --namespace kube-system --reuse-values --values dist/mesh/k8s-shared-cluster.upgrade-values.yaml --kube-context k8s-shared-cluster
  kubectl --context k8s-shared-cluster -n kube-system rollout restart daemonset/cilium deployment/cilium-operator
  kubectl --context k8s-shared-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
  kubectl --context k8s-shared-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m
  kubectl --context k8s-shared-cluster -n kube-system annotate --overwrite daemonset/cilium cilium-mesh/upgrade-values=35da9040ccc40b15
fi

# k8s-test-cluster: wait for the etcd
kubectl --context k8s-test-cluster -n kube-system wait --for=condition=Ready pod -l etcd_cluster=cilium-etcd --timeout=10m
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o 'jsonpath={.data.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o '\''jsonpath={.data.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ -n "$answer" ]]; } || { echo 'missing Secret kube-system/cilium-etcd-secrets in k8s-test-cluster with the certificates of its etcd: etcd-client-ca.crt, etcd-client.crt, etcd-client.key. Cilium'\''s etcd operator creates it; kubectl --context k8s-test-cluster -n kube-system logs deployment/cilium-etcd-operator shows why it did not' >&2; exit 1; }

# k8s-shared-cluster: wait for the etcd
kubectl --context k8s-shared-cluster -n kube-system wait --for=condition=Ready pod -l etcd_cluster=cilium-etcd --timeout=10m
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o 'jsonpath={.data.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o '\''jsonpath={.data.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
{ [[ -n "$answer" ]]; } || { echo 'missing Secret kube-system/cilium-etcd-secrets in k8s-shared-cluster with the certificates of its etcd: etcd-client-ca.crt, etcd-client.crt, etcd-client.key. Cilium'\''s etcd operator creates it; kubectl --context k8s-shared-cluster -n kube-system logs deployment/cilium-etcd-operator shows why it did not' >&2; exit 1; }

# k8s-test-cluster: expose the etcd, and write the addresses of the others
kubectl --context k8s-test-cluster apply --server-side -f - <<< "$(manifests_1)"
kubectl --context k8s-test-cluster -n kube-system wait '--for=jsonpath={.status.loadBalancer.ingress}' service/cilium-etcd-external --timeout=10m

# k8s-shared-cluster: expose the etcd, and write the addresses of the others
kubectl --context k8s-shared-cluster apply --server-side -f - <<< "$(manifests_1)"
kubectl --context k8s-shared-cluster -n kube-system wait '--for=jsonpath={.status.loadBalancer.ingress}' service/cilium-etcd-external --timeout=10m

# k8s-test-cluster: copy the certificates of the etcd of k8s-shared-cluster
answer=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o 'jsonpath={.data.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o '\''jsonpath={.data.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
answer_other=$(kubectl --context k8s-test-cluster -n kube-system get secret cilium-clustermesh --ignore-not-found -o 'jsonpath={.data.k8s-shared-cluster\.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret cilium-clustermesh --ignore-not-found -o '\''jsonpath={.data.k8s-shared-cluster\.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" && "$answer" == "$answer_other" ]]; }; then
  kubectl --context k8s-shared-cluster -n kube-system get secret cilium-etcd-secrets -o 'go-template=apiVersion: v1
kind: Secret
metadata: {name: cilium-clustermesh, namespace: kube-system}
data:
{{range $file, $value := .data}}  "k8s-shared-cluster.{{$file}}": "{{$value}}"
{{end}}' --request-timeout=20s | kubectl --context k8s-test-cluster apply --server-side --field-manager cilium-mesh-etcd-k8s-shared-cluster -f -
fi

# k8s-shared-cluster: copy the certificates of the etcd of k8s-test-cluster
answer=$(kubectl --context k8s-test-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o 'jsonpath={.data.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get secret cilium-etcd-secrets --ignore-not-found -o '\''jsonpath={.data.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
answer_other=$(kubectl --context k8s-shared-cluster -n kube-system get secret cilium-clustermesh --ignore-not-found -o 'jsonpath={.data.k8s-test-cluster\.etcd-client\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get secret cilium-clustermesh --ignore-not-found -o '\''jsonpath={.data.k8s-test-cluster\.etcd-client\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
if ! { [[ -n "$answer" && "$answer" == "$answer_other" ]]; }; then
  kubectl --context k8s-test-cluster -n kube-system get secret cilium-etcd-secrets -o 'go-template=apiVersion: v1
kind: Secret
metadata: {name: cilium-clustermesh, namespace: kube-system}
data:
{{range $file, $value := .data}}  "k8s-test-cluster.{{$file}}": "{{$value}}"
{{end}}' --request-timeout=20s | kubectl --context k8s-shared-cluster apply --server-side --field-manager cilium-mesh-etcd-k8s-test-cluster -f -
fi

# k8s-test-cluster: patch what reaches the other clusters
answer_1=$(kubectl --context k8s-test-cluster -n kube-system get daemonset cilium --ignore-not-found -o json --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system get daemonset cilium --ignore-not-found -o json --request-timeout=20s' >&2; exit 1; }
answer_1_other=$(kubectl --context k8s-test-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-test-cluster.connect.daemonset.cilium.patch.yaml --dry-run=server -o json) || { echo 'could not read the current state: kubectl --context k8s-test-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-test-cluster.connect.daemonset.cilium.patch.yaml --dry-run=server -o json' >&2; exit 1; }
if ! { [[ -n "$answer_1" && "$answer_1" == "$answer_1_other" ]]; }; then
  kubectl --context k8s-test-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-test-cluster.connect.daemonset.cilium.patch.yaml
  kubectl --context k8s-test-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
fi

# k8s-shared-cluster: patch what reaches the other clusters
answer_1=$(kubectl --context k8s-shared-cluster -n kube-system get daemonset cilium --ignore-not-found -o json --request-timeout=20s) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system get daemonset cilium --ignore-not-found -o json --request-timeout=20s' >&2; exit 1; }
answer_1_other=$(kubectl --context k8s-shared-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-shared-cluster.connect.daemonset.cilium.patch.yaml --dry-run=server -o json) || { echo 'could not read the current state: kubectl --context k8s-shared-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-shared-cluster.connect.daemonset.cilium.patch.yaml --dry-run=server -o json' >&2; exit 1; }
if ! { [[ -n "$answer_1" && "$answer_1" == "$answer_1_other" ]]; }; then
  kubectl --context k8s-shared-cluster -n kube-system patch daemonset cilium --type json --patch-file dist/mesh/k8s-shared-cluster.connect.daemonset.cilium.patch.yaml
  kubectl --context k8s-shared-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
fi

# k8s-test-cluster: restart Cilium, and wait for the connections
if ! { kubectl --context k8s-test-cluster -n kube-system exec daemonset/cilium -c cilium-agent -- sh -c 'cilium status | grep -Eq '\''1/1 (remote )?clusters ready'\''' > /dev/null; }; then
  kubectl --context k8s-test-cluster -n kube-system rollout restart daemonset/cilium deployment/cilium-operator
  kubectl --context k8s-test-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
  kubectl --context k8s-test-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m
fi
{ kubectl --context k8s-test-cluster -n kube-system exec daemonset/cilium -c cilium-agent -- sh -c 'for try in $(seq 60); do cilium status | grep -Eq '\''1/1 (remote )?clusters ready'\'' && exit 0; sleep 5; done; exit 1' > /dev/null; } || { echo 'the agents of k8s-test-cluster do not reach the etcd of k8s-shared-cluster: kubectl --context k8s-test-cluster -n kube-system exec daemonset/cilium -- cilium status --all-clusters shows why. The addresses in hostAliases must be those of the load balancers: kubectl -n kube-system get service cilium-etcd-external shows the name of each, host NAME its addresses. Correct etcdAddresses, write the files again, and run up again' >&2; exit 1; }

# k8s-shared-cluster: restart Cilium, and wait for the connections
if ! { kubectl --context k8s-shared-cluster -n kube-system exec daemonset/cilium -c cilium-agent -- sh -c 'cilium status | grep -Eq '\''1/1 (remote )?clusters ready'\''' > /dev/null; }; then
  kubectl --context k8s-shared-cluster -n kube-system rollout restart daemonset/cilium deployment/cilium-operator
  kubectl --context k8s-shared-cluster -n kube-system rollout status daemonset/cilium --timeout=10m
  kubectl --context k8s-shared-cluster -n kube-system rollout status deployment/cilium-operator --timeout=10m
fi
{ kubectl --context k8s-shared-cluster -n kube-system exec daemonset/cilium -c cilium-agent -- sh -c 'for try in $(seq 60); do cilium status | grep -Eq '\''1/1 (remote )?clusters ready'\'' && exit 0; sleep 5; done; exit 1' > /dev/null; } || { echo 'the agents of k8s-shared-cluster do not reach the etcd of k8s-test-cluster: kubectl --context k8s-shared-cluster -n kube-system exec daemonset/cilium -- cilium status --all-clusters shows why. The addresses in hostAliases must be those of the load balancers: kubectl -n kube-system get service cilium-etcd-external shows the name of each, host NAME its addresses. Correct etcdAddresses, write the files again, and run up again' >&2; exit 1; }

# k8s-test-cluster: ask the API server to validate the manifests
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_3)"

# k8s-shared-cluster: ask the API server to validate the manifests
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_3)"

# k8s-test-cluster: create Namespace testing
kubectl --context k8s-test-cluster apply --server-side --validate=strict -f - <<< "$(manifests_2)"

# k8s-shared-cluster: create Namespace testing
kubectl --context k8s-shared-cluster apply --server-side --validate=strict -f - <<< "$(manifests_2)"

# k8s-test-cluster: ask the API server to validate the manifests
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"
cilium-mesh apply --mesh dist/mesh/mesh.yaml --apply-set cilium-mesh --print k8s-test-cluster/objects | kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f -
kubectl --context k8s-test-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_4)"

# k8s-shared-cluster: ask the API server to validate the manifests
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_2)"
cilium-mesh apply --mesh dist/mesh/mesh.yaml --apply-set cilium-mesh --print k8s-shared-cluster/objects | kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f -
kubectl --context k8s-shared-cluster apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_7)"

# k8s-test-cluster: record what is applied
kubectl --context k8s-test-cluster apply --server-side -f - <<< "$(manifests_5)"
kubectl --context k8s-test-cluster wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context k8s-test-cluster wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context k8s-test-cluster apply --server-side --field-manager=kubectl-applyset --force-conflicts -f - <<< "$(manifests_6)"

# k8s-shared-cluster: record what is applied
kubectl --context k8s-shared-cluster apply --server-side -f - <<< "$(manifests_5)"
kubectl --context k8s-shared-cluster wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context k8s-shared-cluster wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
kubectl --context k8s-shared-cluster apply --server-side --field-manager=kubectl-applyset --force-conflicts -f - <<< "$(manifests_6)"

# k8s-test-cluster: apply objects, and policies that allow
cilium-mesh apply --mesh dist/mesh/mesh.yaml --apply-set cilium-mesh --print k8s-test-cluster/objects | kubectl --context k8s-test-cluster apply --server-side --validate=strict -f -

# k8s-shared-cluster: apply objects, and policies that allow
cilium-mesh apply --mesh dist/mesh/mesh.yaml --apply-set cilium-mesh --print k8s-shared-cluster/objects | kubectl --context k8s-shared-cluster apply --server-side --validate=strict -f -

# k8s-test-cluster: apply workloads
kubectl --context k8s-test-cluster apply --server-side --validate=strict -f - <<< "$(manifests_4)"

# k8s-shared-cluster: apply workloads
kubectl --context k8s-shared-cluster apply --server-side --validate=strict -f - <<< "$(manifests_7)"

# k8s-test-cluster: wait for the workloads
kubectl --context k8s-test-cluster -n testing rollout status deployment/frontend --timeout=10m

# k8s-shared-cluster: wait for the workloads
kubectl --context k8s-shared-cluster -n testing rollout status deployment/backend --timeout=10m

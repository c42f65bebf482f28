#!/usr/bin/env bash
# up: eu-west, eu-north, us-east, us-west, shared
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
  labels:
    team: shop
  name: shop
---
apiVersion: v1
kind: Namespace
metadata:
  labels:
    team: payments
  name: payments
---
apiVersion: v1
kind: Namespace
metadata:
  labels:
    team: observability
  name: observability
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
  annotations:
    service.cilium.io/affinity: local
    service.cilium.io/global: "true"
  name: cart
  namespace: shop
spec:
  ports:
    - port: 80
      targetPort: 8080
  selector:
    app.kubernetes.io/name: cart
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: payments
  namespace: payments
spec:
  ports:
    - name: https
      port: 443
      targetPort: 8443
  selector:
    app.kubernetes.io/name: payments
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: cart-to-payments-tcp-8443-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: payments
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "8443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ingress-to-storefront-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
  ingress:
    - fromEntities:
        - ingress
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: cart
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: storefront
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
          rules:
            http:
              - method: GET|POST|DELETE
                path: /v1/carts/.*
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: default-deny
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: eu-west
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
            - port: "53"
              protocol: TCP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
      - key: io.kubernetes.pod.namespace
        operator: NotIn
        values:
          - kube-system
  ingress:
    - {}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: scrape-ingress
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: prometheus
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: observability
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
EOF
}
manifests_5() {
cat <<'EOF'
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: shop-never-reaches-ledger-egress
  namespace: shop
spec:
  egressDeny:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: ledger
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
  enableDefaultDeny:
    egress: false
  endpointSelector: {}
EOF
}
manifests_6() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: storefront
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: storefront
  template:
    metadata:
      labels:
        app.kubernetes.io/name: storefront
    spec:
      containers:
        - image: registry.example.com/shop/storefront:4.2.0
          name: storefront
          ports:
            - containerPort: 8080
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cart
  namespace: shop
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: cart
  template:
    metadata:
      labels:
        app.kubernetes.io/name: cart
    spec:
      containers:
        - image: registry.example.com/shop/cart:2.0.1
          name: cart
          ports:
            - containerPort: 8080
EOF
}
manifests_7() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/affinity: local
    service.cilium.io/global: "true"
  name: cart
  namespace: shop
spec:
  ports:
    - port: 80
      targetPort: 8080
  selector:
    app.kubernetes.io/name: cart
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: payments
  namespace: payments
spec:
  ports:
    - name: https
      port: 443
      targetPort: 8443
  selector:
    app.kubernetes.io/name: payments
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: cart-to-payments-tcp-8443-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: payments
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "8443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ingress-to-storefront-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
  ingress:
    - fromEntities:
        - ingress
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: cart
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: storefront
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
          rules:
            http:
              - method: GET|POST|DELETE
                path: /v1/carts/.*
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: default-deny
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: eu-north
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
            - port: "53"
              protocol: TCP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
      - key: io.kubernetes.pod.namespace
        operator: NotIn
        values:
          - kube-system
  ingress:
    - {}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: scrape-ingress
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: prometheus
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: observability
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
EOF
}
manifests_8() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/affinity: local
    service.cilium.io/global: "true"
  name: cart
  namespace: shop
spec:
  ports:
    - port: 80
      targetPort: 8080
  selector:
    app.kubernetes.io/name: cart
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: payments
  namespace: payments
spec:
  ports:
    - name: https
      port: 443
      targetPort: 8443
  selector:
    app.kubernetes.io/name: payments
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: cart-to-payments-tcp-8443-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: payments
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "8443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ingress-to-storefront-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
  ingress:
    - fromEntities:
        - ingress
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: cart
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: storefront
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
          rules:
            http:
              - method: GET|POST|DELETE
                path: /v1/carts/.*
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: default-deny
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: us-east
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
            - port: "53"
              protocol: TCP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
      - key: io.kubernetes.pod.namespace
        operator: NotIn
        values:
          - kube-system
  ingress:
    - {}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: scrape-ingress
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: prometheus
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: observability
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
EOF
}
manifests_9() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/affinity: local
    service.cilium.io/global: "true"
  name: cart
  namespace: shop
spec:
  ports:
    - port: 80
      targetPort: 8080
  selector:
    app.kubernetes.io/name: cart
  type: ClusterIP
---
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: payments
  namespace: payments
spec:
  ports:
    - name: https
      port: 443
      targetPort: 8443
  selector:
    app.kubernetes.io/name: payments
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: cart-to-payments-tcp-8443-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: payments
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "8443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ingress-to-storefront-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
  ingress:
    - fromEntities:
        - ingress
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-egress
  namespace: shop
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: cart
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: storefront
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: storefront-to-cart-tcp-8080-ingress
  namespace: shop
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: cart
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: storefront
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8080"
              protocol: TCP
          rules:
            http:
              - method: GET|POST|DELETE
                path: /v1/carts/.*
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: default-deny
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: us-west
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
            - port: "53"
              protocol: TCP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
      - key: io.kubernetes.pod.namespace
        operator: NotIn
        values:
          - kube-system
  ingress:
    - {}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: scrape-ingress
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: prometheus
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: observability
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
EOF
}
manifests_10() {
cat <<'EOF'
apiVersion: v1
kind: Service
metadata:
  annotations:
    service.cilium.io/global: "true"
  name: payments
  namespace: payments
spec:
  ports:
    - name: https
      port: 443
      targetPort: 8443
  selector:
    app.kubernetes.io/name: payments
  type: ClusterIP
---
apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata:
  name: bank-networks
spec:
  externalCIDRs:
    - 192.0.2.0/24
    - 198.51.100.0/24
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: scrape-egress
  namespace: observability
spec:
  egress:
    - toEndpoints:
        - matchExpressions:
            - key: io.kubernetes.pod.namespace
              operator: Exists
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - shared
                - us-east
                - us-west
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: prometheus
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: cart-to-payments-tcp-8443-ingress
  namespace: payments
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: payments
  ingress:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            app.kubernetes.io/name: cart
            io.kubernetes.pod.namespace: shop
      toPorts:
        - ports:
            - port: "8443"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ledger-replication-egress
  namespace: payments
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: ledger
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "5432"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: ledger
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: ledger-replication-ingress
  namespace: payments
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: ledger
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: ledger
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "5432"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments-to-api.bank.example-tcp-443-egress
  namespace: payments
spec:
  egress:
    - toFQDNs:
        - matchName: api.bank.example
      toPorts:
        - ports:
            - port: "443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: payments
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments-to-bank-networks-tcp-443-egress
  namespace: payments
spec:
  egress:
    - toCIDRSet:
        - cidrGroupRef: bank-networks
      toPorts:
        - ports:
            - port: "443"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: payments
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments-to-ledger-tcp-5432-egress
  namespace: payments
spec:
  egress:
    - toEndpoints:
        - matchLabels:
            app.kubernetes.io/name: ledger
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "5432"
              protocol: TCP
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: payments
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: payments-to-ledger-tcp-5432-ingress
  namespace: payments
spec:
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: ledger
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: payments
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: payments
      toPorts:
        - ports:
            - port: "5432"
              protocol: TCP
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: default-deny
spec:
  description: Default Deny
  egress:
    - toEndpoints:
        - matchLabels:
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: kube-system
            k8s-app: kube-dns
      toPorts:
        - ports:
            - port: "53"
              protocol: UDP
            - port: "53"
              protocol: TCP
          rules:
            dns:
              - matchPattern: "*"
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
      - key: io.kubernetes.pod.namespace
        operator: NotIn
        values:
          - kube-system
  ingress:
    - {}
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata:
  name: scrape-ingress
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchExpressions:
      - key: io.kubernetes.pod.namespace
        operator: Exists
  ingress:
    - fromEndpoints:
        - matchLabels:
            app.kubernetes.io/name: prometheus
            io.cilium.k8s.policy.cluster: shared
            io.kubernetes.pod.namespace: observability
      toPorts:
        - ports:
            - endPort: 9099
              port: "9090"
              protocol: TCP
EOF
}
manifests_11() {
cat <<'EOF'
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: shop-never-reaches-ledger-ingress
  namespace: payments
spec:
  enableDefaultDeny:
    ingress: false
  endpointSelector:
    matchLabels:
      app.kubernetes.io/name: ledger
  ingressDeny:
    - fromEndpoints:
        - matchExpressions:
            - key: io.cilium.k8s.policy.cluster
              operator: In
              values:
                - eu-north
                - eu-west
                - us-east
                - us-west
          matchLabels:
            io.kubernetes.pod.namespace: shop
EOF
}
manifests_12() {
cat <<'EOF'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
  namespace: payments
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: payments
  template:
    metadata:
      labels:
        app.kubernetes.io/name: payments
    spec:
      containers:
        - image: registry.example.com/payments/api:1.7.3
          name: payments
          ports:
            - containerPort: 8443
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ledger
  namespace: payments
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: ledger
  template:
    metadata:
      labels:
        app.kubernetes.io/name: ledger
    spec:
      containers:
        - image: registry.example.com/payments/ledger:16.4
          name: ledger
          ports:
            - containerPort: 5432
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: prometheus
  namespace: observability
spec:
  replicas: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: prometheus
  template:
    metadata:
      labels:
        app.kubernetes.io/name: prometheus
    spec:
      containers:
        - image: quay.io/prometheus/prometheus:v3.1.0
          name: prometheus
          ports:
            - containerPort: 9090
EOF
}

# eu-west: reach the cluster
kubectl --context eu-west get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context eu-west does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context eu-west -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in eu-west has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context eu-west -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# eu-north: reach the cluster
kubectl --context eu-north get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context eu-north does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context eu-north -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-north -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in eu-north has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context eu-north -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# us-east: reach the cluster
kubectl --context us-east get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context us-east does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context us-east -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-east -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in us-east has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context us-east -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# us-west: reach the cluster
kubectl --context us-west get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context us-west does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context us-west -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-west -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in us-west has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context us-west -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# shared: reach the cluster
kubectl --context shared get --raw /readyz --request-timeout=20s > /dev/null || { echo 'the API server of the context shared does not answer: check the context (kubectl config get-contexts) and that the cluster runs' >&2; exit 1; }
answer=$(kubectl --context shared -n kube-system get secret -l 'owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)' -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context shared -n kube-system get secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\'' -o name --request-timeout=20s' >&2; exit 1; }
[[ -z "$answer" ]] || { echo 'a Helm operation on Cilium in shared has not ended. Wait for it; if Helm was killed, delete its record (kubectl --context shared -n kube-system delete secret -l '\''owner=helm,name=cilium,status in (pending-install,pending-upgrade,pending-rollback)'\''), then run up again' >&2; exit 1; }

# eu-west: install Cilium 1.20.2
answer=$(kubectl --context eu-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/eu-west.values.yaml --context eu-west
fi

# eu-north: copy the certificate authority of eu-west
answer=$(kubectl --context eu-north -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-north -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context eu-north create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context eu-north -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-north -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'eu-north has its own certificate authority, so it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context eu-north; kubectl --context eu-north -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# us-east: copy the certificate authority of eu-west
answer=$(kubectl --context us-east -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-east -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context us-east create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context us-east -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-east -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'us-east has its own certificate authority, so it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context us-east; kubectl --context us-east -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# us-west: copy the certificate authority of eu-west
answer=$(kubectl --context us-west -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-west -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context us-west create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context us-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'us-west has its own certificate authority, so it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context us-west; kubectl --context us-west -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# shared: copy the certificate authority of eu-west
answer=$(kubectl --context shared -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context shared -n kube-system get secret cilium-ca --ignore-not-found -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-west -n kube-system get secret cilium-ca -o yaml --request-timeout=20s | kubectl --context shared create -f -
fi
answer=$(kubectl --context eu-west -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-west -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
other=$(kubectl --context shared -n kube-system get secret cilium-ca -o 'jsonpath={.data.ca\.crt}' --request-timeout=20s) || { echo 'could not read the current state: kubectl --context shared -n kube-system get secret cilium-ca -o '\''jsonpath={.data.ca\.crt}'\'' --request-timeout=20s' >&2; exit 1; }
[[ -n "$answer" && "$answer" == "$other" ]] || { echo 'shared has its own certificate authority, so it cannot be connected to eu-west: remove Cilium and the Secret kube-system/cilium-ca there (cilium uninstall --context shared; kubectl --context shared -n kube-system delete secret cilium-ca), then run up again' >&2; exit 1; }

# eu-west: wait for Cilium
cilium status --wait --wait-duration 10m --context eu-west

# eu-west: wait for Cluster Mesh
cilium clustermesh status --wait --wait-duration 10m --context eu-west

# eu-north: install Cilium 1.20.2
answer=$(kubectl --context eu-north -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context eu-north -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context eu-north -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/eu-north.values.yaml --context eu-north
fi

# us-east: install Cilium 1.20.2
answer=$(kubectl --context us-east -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-east -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context us-east -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/us-east.values.yaml --context us-east
fi

# us-west: install Cilium 1.20.2
answer=$(kubectl --context us-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context us-west -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
if ! [[ -n "$answer" ]]; then
  kubectl --context us-west -n kube-system delete secret -l owner=helm,name=cilium,status=failed
  cilium install --version 1.20.2 --values dist/mesh/us-west.values.yaml --context us-west
fi

# shared: install Cilium 1.20.2
answer=$(kubectl --context shared -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s) || { echo 'could not read the current state: kubectl --context shared -n kube-system get secret -l owner=helm,name=cilium,status=deployed -o name --request-timeout=20s' >&2; exit 1; }
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
answer=$(cilium clustermesh status --context eu-west) || { echo 'could not read the current state: cilium clustermesh status --context eu-west' >&2; exit 1; }
[[ "$answer" == *'- eu-north:'* ]] || { echo 'eu-west is not connected to any cluster: cilium clustermesh status --context eu-west shows why' >&2; exit 1; }

# eu-north: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context eu-north
answer=$(cilium clustermesh status --context eu-north) || { echo 'could not read the current state: cilium clustermesh status --context eu-north' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'eu-north is not connected to any cluster: cilium clustermesh status --context eu-north shows why' >&2; exit 1; }

# us-east: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context us-east
answer=$(cilium clustermesh status --context us-east) || { echo 'could not read the current state: cilium clustermesh status --context us-east' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'us-east is not connected to any cluster: cilium clustermesh status --context us-east shows why' >&2; exit 1; }

# us-west: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context us-west
answer=$(cilium clustermesh status --context us-west) || { echo 'could not read the current state: cilium clustermesh status --context us-west' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'us-west is not connected to any cluster: cilium clustermesh status --context us-west shows why' >&2; exit 1; }

# shared: wait for the connections
cilium clustermesh status --wait --wait-duration 10m --context shared
answer=$(cilium clustermesh status --context shared) || { echo 'could not read the current state: cilium clustermesh status --context shared' >&2; exit 1; }
[[ "$answer" == *'- eu-west:'* ]] || { echo 'shared is not connected to any cluster: cilium clustermesh status --context shared shows why' >&2; exit 1; }

# eu-west: create Namespace shop, Namespace payments, Namespace observability
kubectl --context eu-west apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# eu-north: create Namespace shop, Namespace payments, Namespace observability
kubectl --context eu-north apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# us-east: create Namespace shop, Namespace payments, Namespace observability
kubectl --context us-east apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# us-west: create Namespace shop, Namespace payments, Namespace observability
kubectl --context us-west apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# shared: create Namespace shop, Namespace payments, Namespace observability
kubectl --context shared apply --server-side --validate=strict -f - <<< "$(manifests_1)"

# eu-west: prepare the apply sets
if ! kubectl --context eu-west get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context eu-west apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context eu-west wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context eu-west wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context eu-west apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# eu-north: prepare the apply sets
if ! kubectl --context eu-north get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context eu-north apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context eu-north wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context eu-north wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context eu-north apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# us-east: prepare the apply sets
if ! kubectl --context us-east get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context us-east apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context us-east wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context us-east wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context us-east apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# us-west: prepare the apply sets
if ! kubectl --context us-west get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context us-west apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context us-west wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context us-west wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context us-west apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# shared: prepare the apply sets
if ! kubectl --context shared get applysets.cdk8s-cilium-mesh.github.io cilium-mesh-objects cilium-mesh-denies cilium-mesh-backends -o name --request-timeout=20s > /dev/null; then
  kubectl --context shared apply --server-side -f - <<< "$(manifests_2)"
  kubectl --context shared wait '--for=jsonpath={.status.acceptedNames.kind}=ApplySet' --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context shared wait --for=condition=Established --timeout=60s customresourcedefinition/applysets.cdk8s-cilium-mesh.github.io
  kubectl --context shared apply --server-side --field-manager=kubectl-applyset -f - <<< "$(manifests_3)"
fi

# eu-west: ask the API server to validate the manifests
kubectl --context eu-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_4)"
kubectl --context eu-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context eu-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_6)"

# eu-north: ask the API server to validate the manifests
kubectl --context eu-north apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_7)"
kubectl --context eu-north apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context eu-north apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_6)"

# us-east: ask the API server to validate the manifests
kubectl --context us-east apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_8)"
kubectl --context us-east apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context us-east apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_6)"

# us-west: ask the API server to validate the manifests
kubectl --context us-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_9)"
kubectl --context us-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_5)"
kubectl --context us-west apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_6)"

# shared: ask the API server to validate the manifests
kubectl --context shared apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_10)"
kubectl --context shared apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_11)"
kubectl --context shared apply --server-side --validate=strict --dry-run=server -f - <<< "$(manifests_12)"

# eu-west: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context eu-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_4)"

# eu-north: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context eu-north apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_7)"

# us-east: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context us-east apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_8)"

# us-west: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context us-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_9)"

# shared: apply objects, and policies that allow
KUBECTL_APPLYSET=true kubectl --context shared apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects -f - <<< "$(manifests_10)"

# eu-west: apply policies that only deny
KUBECTL_APPLYSET=true kubectl --context eu-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies -f - <<< "$(manifests_5)"

# eu-north: apply policies that only deny
KUBECTL_APPLYSET=true kubectl --context eu-north apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies -f - <<< "$(manifests_5)"

# us-east: apply policies that only deny
KUBECTL_APPLYSET=true kubectl --context us-east apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies -f - <<< "$(manifests_5)"

# us-west: apply policies that only deny
KUBECTL_APPLYSET=true kubectl --context us-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies -f - <<< "$(manifests_5)"

# shared: apply policies that only deny
KUBECTL_APPLYSET=true kubectl --context shared apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies -f - <<< "$(manifests_11)"

# eu-west: apply workloads
KUBECTL_APPLYSET=true kubectl --context eu-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_6)"

# eu-north: apply workloads
KUBECTL_APPLYSET=true kubectl --context eu-north apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_6)"

# us-east: apply workloads
KUBECTL_APPLYSET=true kubectl --context us-east apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_6)"

# us-west: apply workloads
KUBECTL_APPLYSET=true kubectl --context us-west apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_6)"

# shared: apply workloads
KUBECTL_APPLYSET=true kubectl --context shared apply --server-side --validate=strict --prune --applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-backends -f - <<< "$(manifests_12)"

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

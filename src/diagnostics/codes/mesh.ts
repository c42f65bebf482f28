import { Codes } from '../diagnostic';

/** Codes of the checks of the mesh: the settings of each cluster, and of the clusters together. */
export const MESH_CODES = {
  // identity of the clusters
  'cluster-count': {
    severity: 'error',
    title: 'Too few or too many clusters',
    documentation: 'A mesh has 2 to 255 clusters, or 2 to 511 with `maxConnectedClusters: 511`.',
    fix: 'Describe the other clusters too, set `maxConnectedClusters` to 511, or split the mesh.',
  },
  'cluster-name-invalid': {
    severity: 'error',
    title: 'Invalid cluster name',
    documentation:
      'Cilium accepts 1 to 32 lower-case letters, digits and dashes, with a letter or digit at both ends ' +
      '(pkg/clustermesh/types/types.go, v1.20.2).',
    fix: 'Rename the cluster.',
  },
  'cluster-name-default': {
    severity: 'error',
    title: 'Cluster named `default`',
    documentation: 'Cilium reserves the name `default` for clusters without an ID.',
    fix: 'Rename the cluster.',
  },
  'cluster-name-duplicate': {
    severity: 'error',
    title: 'Duplicate cluster name',
    documentation: 'Two clusters have the same name, so policies and other clusters cannot tell them apart.',
    fix: 'Rename one of the two clusters.',
  },
  'cluster-id-range': {
    severity: 'error',
    title: 'Cluster ID out of range',
    documentation:
      'The ID must be 1 to 255, or 1 to 511 with `maxConnectedClusters: 511`. The Helm chart accepts any number ' +
      'without a message. With ID 0 a cluster is in no mesh.',
    fix: 'Set an ID in the range that no other cluster has.',
  },
  'cluster-id-duplicate': {
    severity: 'error',
    title: 'Duplicate cluster ID',
    documentation:
      'Identities contain the cluster ID. Two clusters with one ID would confuse the identities of their pods.',
    fix: 'Set another ID in one of the two clusters.',
  },
  'cluster-id-cloud-ipam': {
    severity: 'error',
    title: 'Cluster ID conflicts with the IPAM mode',
    documentation:
      'With IPAM mode ENI or Alibaba Cloud the chart refuses IDs of 128 to 255 and 384 to 511: one bit of them is a ' +
      'bit of the mark that these modes use (templates/validate.yaml, v1.20.2; cilium/cilium#21330).',
    fix: 'Set an ID of 1 to 127, or of 256 to 383 with `maxConnectedClusters: 511`.',
  },
  'max-connected-clusters-invalid': {
    severity: 'error',
    title: 'Invalid maxConnectedClusters',
    documentation: 'Cilium accepts 255 and 511 only (pkg/clustermesh/types/types.go, v1.20.2).',
    fix: 'Set 255 or 511, the same in all clusters.',
  },
  'max-connected-clusters-mixed': {
    severity: 'error',
    title: 'maxConnectedClusters differs between clusters',
    documentation: 'The setting decides how identities are laid out, which must be the same in the whole mesh.',
    fix: 'Set one value in all clusters.',
  },

  // settings
  'cilium-version-unsupported': {
    severity: 'error',
    title: 'Unsupported version of Cilium',
    documentation: 'The version is invalid, or this library does not know how it enforces policies.',
    fix: 'Set a supported version.',
  },
  'cilium-version-skew': {
    severity: 'error',
    title: 'Versions of Cilium too far apart',
    documentation:
      'Clusters of a mesh may be at most one minor version apart (Documentation/network/clustermesh/setup.rst, ' +
      'v1.20.2).',
    fix: 'Upgrade the older clusters first, one minor version at a time.',
  },
  'setting-unknown-to-version': {
    severity: 'error',
    title: 'Setting unknown to the version of Cilium',
    documentation:
      "The cluster's version of Cilium does not know the setting, and its chart would ignore it without a message.",
    fix: 'Remove the setting, or upgrade the cluster.',
  },
  'setting-unknown': {
    severity: 'error',
    title: 'Unknown setting',
    documentation: 'The setting does not exist, for example because of a typing error. It would have no effect.',
    fix: 'Correct the name.',
  },
  'setting-value-unknown': {
    severity: 'error',
    title: 'Invalid value of a setting',
    documentation:
      'Cilium does not know the value, or the value has another type: a mode, a Service type, a switch that is ' +
      'text, and so on. The Helm chart accepts most of them without a message.',
    fix: 'Set one of the allowed values.',
  },
  'legacy-pod-cidrs': {
    severity: 'error',
    title: 'Pod CIDRs that Cilium 1.9 does not support',
    documentation: 'The chart of Cilium 1.9 has one IPv4 pool (`ipam.operator.clusterPoolIPv4PodCIDR`).',
    fix: 'Join the CIDRs into one IPv4 CIDR, or upgrade the cluster.',
  },

  // addresses
  'pod-cidrs-missing': {
    severity: 'error',
    title: 'Missing pod CIDRs',
    documentation: 'Without pod CIDRs it is unknown whether pods of two clusters have the same addresses.',
    fix: 'Set the CIDRs from which pods get their addresses.',
  },
  'cidr-invalid': {
    severity: 'error',
    title: 'Invalid CIDR',
    documentation:
      'The text is not a CIDR, or its address has bits beyond the prefix length, which Go cuts off without a ' +
      'message.',
    fix: 'Write the network address and its prefix length.',
  },
  'cidr-overlap': {
    severity: 'error',
    title: 'Overlapping CIDRs',
    documentation:
      'CIDRs of pods, Services and nodes share addresses, in one cluster or between clusters. Nested and ' +
      'IPv4-mapped CIDRs count too. Nodes of several clusters may share a network ' +
      '(Documentation/network/clustermesh/setup.rst, v1.20.2).',
    fix: 'Change one of the two CIDRs.',
  },
  'ip-family-mixed': {
    severity: 'error',
    title: 'Clusters without a common IP family',
    documentation: 'Pods of an IPv4 cluster cannot reach pods of an IPv6 cluster.',
    fix: 'Add a pod CIDR of a common family to both clusters.',
  },
  'kind-cidr-count': {
    severity: 'error',
    title: 'Several CIDRs of one family in a kind cluster',
    documentation: 'kind accepts one CIDR of each IP family for pods and for Services.',
    fix: 'Join the CIDRs into one, or remove the others.',
  },
  'kind-service-families': {
    severity: 'error',
    title: 'Service CIDR of a family without pod CIDR',
    documentation:
      'kind refuses Services of an IP family that the pods do not have (pkg/internal/apis/config/validate.go of ' +
      'kind).',
    fix: 'Remove the Service CIDR of that family, or add a pod CIDR of it.',
  },

  // platform
  'kind-context': {
    severity: 'error',
    title: 'Context of a kind cluster',
    documentation: 'kind names the context of a cluster itself, `kind-<name>`.',
    fix: 'Remove context, or remove kind if the cluster already exists.',
  },
  'kind-node-count': {
    severity: 'error',
    title: 'Invalid number of nodes',
    documentation: 'A kind cluster has at least one control plane and any number of workers.',
    fix: 'Set a number of nodes.',
  },
  'kubernetes-api-host': {
    severity: 'error',
    title: 'API server host is not a host',
    documentation: 'The chart expects a host name or an address (`k8sServiceHost`), without scheme, port and path.',
    fix: 'Write the host only. The port is a setting of its own.',
  },

  // datapath
  'datapath-mixed': {
    severity: 'error',
    title: 'Datapath differs between clusters',
    documentation:
      'All clusters of a mesh must use the same routing mode, tunnel protocol and encryption ' +
      '(Documentation/network/clustermesh/setup.rst, v1.20.2).',
    fix: 'Set one value in all clusters.',
  },
  'auto-direct-node-routes-with-tunnel': {
    severity: 'error',
    title: 'Direct node routes with tunnel routing',
    documentation: 'Agents exit at startup with both (daemon/cmd/daemon_main.go, v1.20.2).',
    fix: 'Remove autoDirectNodeRoutes, or set routingMode to native.',
  },
  'ipam-mode-with-tunnel': {
    severity: 'error',
    title: 'IPAM mode that needs native routing',
    documentation:
      'With tunnel routing, agents exit at startup in IPAM mode ENI, and before Cilium 1.18 in mode multi-pool ' +
      '(daemon/cmd/daemon_main.go).',
    fix: 'Set routingMode to native in all clusters, or use another IPAM mode.',
  },
  'ztunnel-with-cluster-mesh': {
    severity: 'error',
    title: 'Encryption with ztunnel in a mesh',
    documentation:
      'ztunnel does not work with Cluster Mesh (Documentation/security/network/encryption-ztunnel.rst, v1.20.2).',
    fix: 'Use WireGuard or IPsec.',
  },
  'native-routing-cidr-missing': {
    severity: 'error',
    title: 'Missing native routing CIDR',
    documentation: 'The chart requires the CIDR with native routing (templates/cilium-configmap.yaml, v1.20.2).',
    fix: 'Set a CIDR that covers the pods of all clusters.',
  },
  'native-routing-cidr-too-small': {
    severity: 'error',
    title: 'Native routing CIDR does not cover all pods',
    documentation:
      'Cilium masquerades packets to pods outside of the CIDR. The other cluster sees them as `remote-node`, not as ' +
      'the pod.',
    fix: 'Set a CIDR that covers the pods of all clusters.',
  },
  'native-routing-cidr-unused': {
    severity: 'error',
    title: 'Native routing CIDR with tunnel routing',
    documentation: 'The CIDR has no effect with tunnel routing.',
    fix: 'Remove the CIDR, or set routingMode to native.',
  },
  'cluster-pool-mask-size': {
    severity: 'error',
    title: 'Pool and block size do not fit',
    documentation:
      'The pool is smaller than the block of each node, or the IPAM mode has no pool. ' +
      'Or an IPv6 pool is more than 16 bits larger than the block (pkg/ipam/cidrset/cidr_set.go, v1.20.2).',
    fix: 'Change the pool or the block size.',
  },

  // ports
  'host-port-clash': {
    severity: 'error',
    title: 'Duplicate host port',
    documentation: 'Two kind clusters cannot publish one port of the machine that runs kind.',
    fix: 'Set another hostPort in one of the two mappings.',
  },
  'port-invalid': {
    severity: 'error',
    title: 'Invalid port',
    documentation: 'A port must be a whole number from 1 to 65535.',
    fix: 'Correct the port.',
  },
  'listen-address-invalid': {
    severity: 'error',
    title: 'Invalid listen address',
    documentation: 'kind accepts any text as a listen address, and Docker refuses it later.',
    fix: 'Write an address, for example 127.0.0.1, or remove listenAddress for all addresses.',
  },
  'port-protocol-unknown': {
    severity: 'error',
    title: 'Unknown protocol of a port mapping',
    documentation: 'kind maps ports of TCP, UDP and SCTP.',
    fix: 'Set one of the allowed values.',
  },
  'node-port-range': {
    severity: 'error',
    title: 'Node port out of range',
    documentation:
      'The API server refuses node ports outside of 30000 to 32767. The Helm chart accepts them without a message.',
    fix: 'Set a port from 30000 to 32767.',
  },
  'node-port-clash': {
    severity: 'error',
    title: 'Duplicate node port',
    documentation: 'Two Services of a cluster cannot have one node port.',
    fix: 'Set another node port in one of the two.',
  },
  'node-port-unused': {
    severity: 'error',
    title: 'Node port of a Service without node ports',
    documentation: 'A Service of another type than NodePort does not use the node port.',
    fix: 'Remove nodePort, or set the Service type to NodePort.',
  },

  // parts of Cilium
  'hubble-ui-without-relay': {
    severity: 'error',
    title: 'Hubble UI without Hubble Relay',
    documentation: 'Hubble UI reads from Hubble Relay (install/kubernetes/cilium/templates/validate.yaml, v1.20.2).',
    fix: 'Enable the relay.',
  },
  'hubble-node-port-unused': {
    severity: 'error',
    title: 'Node port of a disabled part of Hubble',
    documentation: 'The node port would expose a part of Hubble that is not enabled.',
    fix: 'Enable the part, or remove its node port.',
  },
  'apiserver-replicas': {
    severity: 'error',
    title: 'Invalid number of clustermesh-apiserver replicas',
    documentation: 'Other clusters connect to the clustermesh-apiserver, so it needs at least one replica.',
    fix: 'Set a whole number from 1.',
  },
  'annotation-key-invalid': {
    severity: 'error',
    title: 'Invalid key of an annotation',
    documentation: 'Kubernetes refuses the key of the annotation.',
    fix: 'Correct the key.',
  },
  'annotation-not-text': {
    severity: 'error',
    title: 'Annotation is not text',
    documentation: 'Values of annotations must be text. The API server refuses numbers and booleans.',
    fix: 'Quote the value.',
  },

  // Helm values
  'helm-value-owned': {
    severity: 'error',
    title: 'Helm value that the mesh sets',
    documentation: 'The mesh sets the value from a property of the cluster, and checks it against the other clusters.',
    fix: 'Set the property instead.',
  },
  'helm-value-unknown': {
    severity: 'error',
    title: 'Unknown Helm value',
    documentation: 'The chart of Cilium 1.20.2 does not know the key, and would ignore it without a message.',
    fix: 'Correct the key.',
  },
  'helm-value-type': {
    severity: 'error',
    title: 'Invalid Helm value',
    documentation:
      "The value has another type than the chart's values.schema.json allows, or is not one of its allowed values.",
    fix: 'Set a value that the schema allows.',
  },
} as const satisfies Codes;

/** A code of the mesh's checks. */
export type MeshCode = keyof typeof MESH_CODES;

/**
 * Settings of Cilium in a cluster. Values are those of the Helm chart of Cilium (v1.20.2,
 * install/kubernetes/cilium/values.yaml), unless noted otherwise.
 */

/** How packets travel between nodes (Helm `routingMode`). All clusters of a mesh must use the same. */
export enum RoutingMode {
  /** Cilium encapsulates packets between nodes. The underlying network has no requirements. */
  TUNNEL = 'tunnel',
  /** The underlying network routes packets of pods. It must have routes to all pod CIDRs of all clusters. */
  NATIVE = 'native',
}

/** The encapsulation (Helm `tunnelProtocol`). All clusters of a mesh must use the same. */
export enum TunnelProtocol {
  VXLAN = 'vxlan',
  GENEVE = 'geneve',
}

/** Transparent encryption (Helm `encryption.type`). */
export enum Encryption {
  NONE = 'none',
  WIREGUARD = 'wireguard',
  IPSEC = 'ipsec',
  /**
   * Does not work with Cluster Mesh (Documentation/security/network/encryption-ztunnel.rst, v1.20.2), so this library
   * refuses it.
   */
  ZTUNNEL = 'ztunnel',
}

/** What assigns addresses to pods (Helm `ipam.mode`). */
export enum IpamMode {
  /** Each node has a pod CIDR from Kubernetes. The default of kind clusters. */
  KUBERNETES = 'kubernetes',
  /** Each node gets a part of the cluster's pool from the operator of Cilium. The default of Cilium. */
  CLUSTER_POOL = 'cluster-pool',
  MULTI_POOL = 'multi-pool',
  CRD = 'crd',
  ENI = 'eni',
  AZURE = 'azure',
  ALIBABA_CLOUD = 'alibabacloud',
  DELEGATED_PLUGIN = 'delegated-plugin',
}

/** When Cilium enforces policies for an endpoint (Helm `policyEnforcementMode`). */
export enum PolicyEnforcementMode {
  /** For a direction, once a policy with rules for that direction selects the endpoint. The default of Cilium. */
  DEFAULT = 'default',
  /** For all endpoints, even if no policy selects them. */
  ALWAYS = 'always',
  /** Never. */
  NEVER = 'never',
}

/** How other clusters reach a cluster's clustermesh-apiserver (Helm `clustermesh.apiserver.service.type`). */
export enum ApiserverServiceType {
  LOAD_BALANCER = 'LoadBalancer',
  NODE_PORT = 'NodePort',
  CLUSTER_IP = 'ClusterIP',
}

/** How other clusters reach the clustermesh-apiserver of a cluster. */
export interface ClusterMeshApiserver {
  /**
   * Type of its Service.
   * @default - NodePort for kind clusters, LoadBalancer for all others
   */
  readonly serviceType?: ApiserverServiceType;

  /**
   * The node port (30000 to 32767), with service type NodePort.
   * @default - the default of the chart, 32379
   */
  readonly nodePort?: number;

  /**
   * Annotations of its Service, for example for an internal load balancer.
   * @default - none
   */
  readonly serviceAnnotations?: { [key: string]: string };

  /**
   * Number of replicas.
   * @default - the default of the chart, 1
   */
  readonly replicas?: number;
}

/** Hubble in one cluster. */
export interface Hubble {
  /**
   * Whether to install Hubble Relay, which `hubble observe` uses.
   * @default true
   */
  readonly relay?: boolean;

  /**
   * Whether to install Hubble UI. Requires the relay.
   * @default false
   */
  readonly ui?: boolean;

  /**
   * Exposes the relay on this node port (30000 to 32767).
   * @default - not exposed
   */
  readonly relayNodePort?: number;

  /**
   * Exposes the UI on this node port (30000 to 32767).
   * @default - not exposed
   */
  readonly uiNodePort?: number;

  /**
   * Whether each node writes the flows that `cilium-mesh replay` and `suggest` read to files, without replies:
   * `/var/run/cilium/hubble/events.log`, and older files beside it. They take up to 300 MB, and 600 MB before Cilium
   * 1.18, which does not compress them; the folder is in memory on most nodes. Known to Cilium since 1.15.
   * @default false
   */
  readonly exportFlows?: boolean;
}

/** The address of the Kubernetes API server for Cilium without kube-proxy (Helm `k8sServiceHost`, `k8sServicePort`). */
export interface KubernetesApi {
  /** Host name or address, without a scheme. */
  readonly host: string;

  /**
   * TCP port.
   * @default 443
   */
  readonly port?: number;
}

/** A port of a kind node that is published on the machine running kind. */
export interface KindPortMapping {
  /** Port in the node, 1 to 65535. */
  readonly containerPort: number;

  /** Port on the machine, 1 to 65535. An address, port and protocol can be published only once in all clusters. */
  readonly hostPort: number;

  /**
   * Address on the machine.
   * @default - all addresses (the default of kind, 0.0.0.0)
   */
  readonly listenAddress?: string;

  /**
   * `TCP`, `UDP` or `SCTP`.
   * @default - the default of kind, TCP
   */
  readonly protocol?: string;
}

/** A cluster that kind creates. */
export interface KindCluster {
  /**
   * Number of control-plane nodes.
   * @default 1
   */
  readonly controlPlanes?: number;

  /**
   * Number of worker nodes.
   * @default 2
   */
  readonly workers?: number;

  /**
   * Ports published from the first control-plane node.
   * @default - none
   */
  readonly portMappings?: KindPortMapping[];

  /**
   * Node image of every node, for example `kindest/node:v1.29.2`.
   * @default - the image that the program kind was built for
   */
  readonly nodeImage?: string;
}

/** Settings of one cluster, or of all clusters (`ClusterMeshProps.defaults`). */
export interface ClusterSettings {
  /**
   * Cilium version. Supported: 1.14.x to 1.20.x, and 1.9.x for a mesh through external etcds. Two clusters may differ
   * by one minor version at most.
   * @default '1.20.2'
   */
  readonly ciliumVersion?: string;

  /**
   * IPAM mode.
   * @default - KUBERNETES for kind clusters, else CLUSTER_POOL
   */
  readonly ipamMode?: IpamMode;

  /**
   * Size of the part of the IPv4 pool that each node gets, with IPAM mode CLUSTER_POOL.
   * @default - the default of the chart, 24
   */
  readonly clusterPoolIpv4MaskSize?: number;

  /**
   * Size of the part of the IPv6 pool that each node gets, with IPAM mode CLUSTER_POOL.
   * @default - the default of the chart, 120
   */
  readonly clusterPoolIpv6MaskSize?: number;

  /**
   * Routing mode. All clusters must use the same.
   * @default - the default of Cilium, TUNNEL
   */
  readonly routingMode?: RoutingMode;

  /**
   * Tunnel protocol. All clusters must use the same.
   * @default - the default of Cilium, VXLAN
   */
  readonly tunnelProtocol?: TunnelProtocol;

  /**
   * With native routing: Cilium does not masquerade packets to this CIDR. Must cover the IPv4 pod CIDRs of all
   * clusters.
   * @default - none
   */
  readonly ipv4NativeRoutingCidr?: string;

  /**
   * With native routing: Cilium does not masquerade packets to this CIDR. Must cover the IPv6 pod CIDRs of all
   * clusters.
   * @default - none
   */
  readonly ipv6NativeRoutingCidr?: string;

  /**
   * With native routing: whether nodes on one layer-2 network install routes to the pods of each other.
   * @default false
   */
  readonly autoDirectNodeRoutes?: boolean;

  /**
   * Encryption between nodes. All clusters must use the same.
   * @default Encryption.NONE
   */
  readonly encryption?: Encryption;

  /**
   * Whether Cilium handles Services instead of kube-proxy. Otherwise, clients in the host network and NodePorts reach
   * local backends only (Documentation/network/clustermesh/global-services.rst, v1.20.2).
   * @default false
   */
  readonly kubeProxyReplacement?: boolean;

  /**
   * The address of the Kubernetes API server for Cilium. Required with kube-proxy replacement if no kube-proxy runs.
   * @default - the control plane of a kind cluster with kube-proxy replacement; else the cluster's `kubernetes` Service
   */
  readonly kubernetesApi?: KubernetesApi;

  /**
   * Policy enforcement mode.
   * @default PolicyEnforcementMode.DEFAULT
   */
  readonly policyEnforcementMode?: PolicyEnforcementMode;

  /**
   * Whether selectors of peers without a cluster label match the local cluster only. Known to Cilium since 1.18.
   * @default - the default of Cilium: false in 1.18, true since 1.19
   */
  readonly policyDefaultLocalCluster?: boolean;

  /**
   * Whether namespaces without an annotation are global. Known to Cilium since 1.20.
   * @default - the default of Cilium, true
   */
  readonly defaultGlobalNamespace?: boolean;

  /**
   * The maximum number of clusters in the mesh: 255 or 511. All clusters must use the same, and it cannot change on a
   * running cluster.
   * @default 255
   */
  readonly maxConnectedClusters?: number;

  /**
   * The clustermesh-apiserver.
   * @default - NodePort for kind clusters, LoadBalancer for all others
   */
  readonly apiserver?: ClusterMeshApiserver;

  /**
   * Hubble Relay and UI.
   * @default - neither
   */
  readonly hubble?: Hubble;

  /**
   * Whether to enable the Multi-Cluster Services API (`ServiceExport`, `ServiceImport`). Known to Cilium since 1.17.
   *
   * Since 1.19 the chart of Cilium also configures CoreDNS for names below `clusterset.local`, with a Job after each
   * installation and upgrade. The Job requires CoreDNS 1.12.2 or later (part of Kubernetes 1.35); with an older version
   * the installation fails. To disable the Job, set `clustermesh.mcsapi.corednsAutoConfigure.enabled: false` in
   * `helmValues`. Before 1.19, configure CoreDNS by hand.
   *
   * Source: Documentation/network/clustermesh/mcsapi.rst, v1.18.8 and v1.20.2.
   * @default false
   */
  readonly mcsApi?: boolean;

  /**
   * Whether Cilium writes EndpointSlices of remote backends for annotated global services. Known to Cilium since 1.16.
   * @default false
   */
  readonly endpointSliceSync?: boolean;

  /**
   * Further Helm values, merged last. Keys that the mesh sets itself and keys that the chart does not know are refused.
   * @default - none
   */
  readonly helmValues?: { [key: string]: any };
}

/** One cluster of the mesh. */
export interface ClusterProps extends ClusterSettings {
  /**
   * Cluster name: 1 to 32 lower-case letters, digits and dashes, with a letter or digit at both ends; not `default`.
   */
  readonly name: string;

  /** Cluster ID, unique in the mesh: 1 to 255, or 1 to 511 if `maxConnectedClusters` is 511. */
  readonly id: number;

  /** CIDRs from which pods get their addresses, of IPv4, IPv6 or both. */
  readonly podCidrs: string[];

  /**
   * CIDRs from which Services get their cluster IPs. Omit them if the provider of the cluster chose them and they are
   * unknown.
   * @default - unknown, and not checked
   */
  readonly serviceCidrs?: string[];

  /**
   * CIDRs from which nodes get their addresses. Several clusters may share a network.
   * @default - unknown, and not checked
   */
  readonly nodeCidrs?: string[];

  /**
   * Settings of a kind cluster, which kind creates.
   * @default - an existing cluster
   */
  readonly kind?: KindCluster;

  /**
   * kubectl context of an existing cluster.
   * @default - `kind-<name>` for kind clusters, else none
   */
  readonly context?: string;

  /**
   * Manifests of what else runs in the cluster, deployed by others: files, folders, `kustomize:FOLDER`, `helm:CHART` or
   * `snapshot:FOLDER`, relative to the working directory. mesh.yaml lists them as the base of the cluster, so all
   * commands know them, and nothing applies them.
   * @default - only the objects of this program, and pods with the labels of its workloads
   */
  readonly manifests?: string[];
}

/**
 * How a cluster's Cilium is set up. Values are those of Cilium's Helm chart (v1.20.2,
 * install/kubernetes/cilium/values.yaml) unless a line says otherwise.
 */

/** How packets travel between nodes (Helm `routingMode`). All clusters of a mesh must use the same. */
export enum RoutingMode {
  /** Encapsulated between nodes; asks nothing of the network below. */
  TUNNEL = 'tunnel',
  /** Routed by the network below, which must know every pod CIDR of every cluster. */
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
   * Refused by Cilium together with Cluster Mesh (Documentation/security/network/encryption-ztunnel.rst, v1.20.2), and
   * so by this library.
   */
  ZTUNNEL = 'ztunnel',
}

/** Who hands out pod addresses (Helm `ipam.mode`). */
export enum IpamMode {
  /** The pod CIDRs that Kubernetes gives each node; what kind clusters use. */
  KUBERNETES = 'kubernetes',
  /** Cilium's operator gives each node a part of the cluster's pool. Cilium's default. */
  CLUSTER_POOL = 'cluster-pool',
  MULTI_POOL = 'multi-pool',
  CRD = 'crd',
  ENI = 'eni',
  AZURE = 'azure',
  ALIBABA_CLOUD = 'alibabacloud',
  DELEGATED_PLUGIN = 'delegated-plugin',
}

/** When policies are enforced on an endpoint (Helm `policyEnforcementMode`). */
export enum PolicyEnforcementMode {
  /** In a direction, once a policy with rules for that direction selects the endpoint. Cilium's default. */
  DEFAULT = 'default',
  /** On every endpoint, also on those that no policy selects. */
  ALWAYS = 'always',
  /** On none. */
  NEVER = 'never',
}

/** How other clusters reach a cluster's clustermesh-apiserver (Helm `clustermesh.apiserver.service.type`). */
export enum ApiserverServiceType {
  LOAD_BALANCER = 'LoadBalancer',
  NODE_PORT = 'NodePort',
  CLUSTER_IP = 'ClusterIP',
}

/** How the clustermesh-apiserver is exposed to the other clusters. */
export interface ClusterMeshApiserver {
  /**
   * Type of its Service.
   * @default - NodePort for kind clusters, LoadBalancer for all others
   */
  readonly serviceType?: ApiserverServiceType;

  /**
   * The node port (30000 to 32767), with service type NodePort.
   * @default - the chart's, 32379
   */
  readonly nodePort?: number;

  /**
   * Annotations of its Service, for example for an internal load balancer.
   * @default - none
   */
  readonly serviceAnnotations?: { [key: string]: string };

  /**
   * Number of replicas.
   * @default - the chart's, 1
   */
  readonly replicas?: number;
}

/** Hubble in one cluster. */
export interface Hubble {
  /**
   * Hubble Relay, which `hubble observe` talks to.
   * @default true
   */
  readonly relay?: boolean;

  /**
   * Hubble UI. Needs the relay.
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
}

/** The Kubernetes API server as Cilium reaches it without kube-proxy (Helm `k8sServiceHost`, `k8sServicePort`). */
export interface KubernetesApi {
  /** Host name or address, without a scheme. */
  readonly host: string;

  /**
   * TCP port.
   * @default 443
   */
  readonly port?: number;
}

/** A port of a kind node that is published on the machine that runs kind. */
export interface KindPortMapping {
  /** Port in the node, 1 to 65535. */
  readonly containerPort: number;

  /** Port on the machine, 1 to 65535; one address, port and protocol can be published once, over all clusters. */
  readonly hostPort: number;

  /**
   * Address on the machine.
   * @default - all addresses (kind's default, 0.0.0.0)
   */
  readonly listenAddress?: string;

  /**
   * `TCP`, `UDP` or `SCTP`.
   * @default - kind's default, TCP
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
   * @default - the one that the kind program was built for
   */
  readonly nodeImage?: string;
}

/** What can be set for one cluster, or once for all of them (`ClusterMeshProps.defaults`). */
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
   * @default - the chart's, 24
   */
  readonly clusterPoolIpv4MaskSize?: number;

  /**
   * Size of the part of the IPv6 pool that each node gets, with IPAM mode CLUSTER_POOL.
   * @default - the chart's, 120
   */
  readonly clusterPoolIpv6MaskSize?: number;

  /**
   * Routing mode; the same in all clusters.
   * @default - Cilium's, TUNNEL
   */
  readonly routingMode?: RoutingMode;

  /**
   * Tunnel protocol; the same in all clusters.
   * @default - Cilium's, VXLAN
   */
  readonly tunnelProtocol?: TunnelProtocol;

  /**
   * With native routing: the CIDR within which sources are not masqueraded. Must cover the IPv4 pod CIDRs of every
   * cluster.
   * @default - none
   */
  readonly ipv4NativeRoutingCidr?: string;

  /**
   * With native routing: the CIDR within which sources are not masqueraded. Must cover the IPv6 pod CIDRs of every
   * cluster.
   * @default - none
   */
  readonly ipv6NativeRoutingCidr?: string;

  /**
   * With native routing: nodes on one layer-2 network install routes to each other's pods.
   * @default false
   */
  readonly autoDirectNodeRoutes?: boolean;

  /**
   * Encryption between nodes; the same in all clusters.
   * @default Encryption.NONE
   */
  readonly encryption?: Encryption;

  /**
   * Cilium handles Services instead of kube-proxy. Without it, clients in the host network and NodePorts reach local
   * backends only (Documentation/network/clustermesh/global-services.rst, v1.20.2).
   * @default false
   */
  readonly kubeProxyReplacement?: boolean;

  /**
   * Where Cilium finds the Kubernetes API server. Needed with kube-proxy replacement where no kube-proxy runs.
   * @default - the control plane of a kind cluster with kube-proxy replacement; else the cluster's `kubernetes` Service
   */
  readonly kubernetesApi?: KubernetesApi;

  /**
   * Policy enforcement mode.
   * @default PolicyEnforcementMode.DEFAULT
   */
  readonly policyEnforcementMode?: PolicyEnforcementMode;

  /**
   * Whether selectors of peers without a cluster label mean the local cluster only. Known to Cilium since 1.18.
   * @default - Cilium's: false in 1.18, true since 1.19
   */
  readonly policyDefaultLocalCluster?: boolean;

  /**
   * Whether namespaces are global unless annotated. Known to Cilium since 1.20.
   * @default - Cilium's, true
   */
  readonly defaultGlobalNamespace?: boolean;

  /**
   * How many clusters the mesh may have: 255 or 511; the same in all clusters, and never changed on a running one.
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
   * Multi-Cluster Services API (`ServiceExport`, `ServiceImport`). Known to Cilium since 1.17.
   *
   * Since 1.19 Cilium's chart also teaches CoreDNS the names below `clusterset.local`, with a Job after each
   * installation and upgrade. It needs CoreDNS 1.12.2 or later (that of Kubernetes 1.35), and the installation fails
   * with an older one; `helmValues` turn the Job off: `clustermesh.mcsapi.corednsAutoConfigure.enabled: false`. Before
   * 1.19 CoreDNS is configured by hand.
   *
   * Source: Documentation/network/clustermesh/mcsapi.rst, v1.18.8 and v1.20.2.
   * @default false
   */
  readonly mcsApi?: boolean;

  /**
   * Writes EndpointSlices of remote backends for annotated global services. Known to Cilium since 1.16.
   * @default false
   */
  readonly endpointSliceSync?: boolean;

  /**
   * Further Helm values, merged last. Keys that the mesh sets itself, and keys that the chart does not know, are
   * refused.
   * @default - none
   */
  readonly helmValues?: { [key: string]: any };
}

/** One cluster of the mesh. */
export interface ClusterProps extends ClusterSettings {
  /**
   * Cluster name: 1 to 32 lower-case letters, digits and dashes, beginning and ending with a letter or digit; not
   * `default`.
   */
  readonly name: string;

  /**
   * Cluster ID, unique in the mesh: 1 to 255, or to 511 where `maxConnectedClusters` is 511.
   */
  readonly id: number;

  /**
   * What pods get their addresses from: CIDRs of either family.
   */
  readonly podCidrs: string[];

  /**
   * What Services get their cluster IPs from. Leave it out where the cluster's provider chose it and it is not known
   * here.
   * @default - not known, not checked
   */
  readonly serviceCidrs?: string[];

  /**
   * What nodes have their addresses from; several clusters may share a network.
   * @default - not known, not checked
   */
  readonly nodeCidrs?: string[];

  /**
   * Makes this a kind cluster.
   * @default - a cluster that exists already
   */
  readonly kind?: KindCluster;

  /**
   * kubectl context of a cluster that exists already.
   * @default - `kind-<name>` for kind clusters, else none
   */
  readonly context?: string;
}

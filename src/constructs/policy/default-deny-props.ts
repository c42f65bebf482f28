import { Selector } from './selector';
import { Cluster } from '../mesh/cluster';

/** The directions of a default deny. */
export enum DenyDirection {
  INGRESS = 'ingress',
  EGRESS = 'egress',
  BOTH = 'both',
}

/** DNS requests that a default deny for egress still allows. */
export enum DnsAccess {
  /** None. Pods cannot resolve names until another policy allows it. */
  NONE = 'none',
  /** UDP 53. */
  UDP = 'udp',
  /** UDP 53, and TCP 53, which clients use for long answers. */
  UDP_AND_TCP = 'udp-and-tcp',
}

/** Properties of `DefaultDenyPolicy`. */
export interface DefaultDenyPolicyProps {
  /**
   * Name of the policies.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the pods whose flows are denied.
   * @default - the namespace of the chart in which it is created, else `defaultNamespace` of the mesh, else none, which
   * means `default`
   */
  readonly namespace?: string;

  /**
   * Denies flows of the pods of all namespaces except `exceptNamespaces`, with a CiliumClusterwideNetworkPolicy. It
   * does not select endpoints other than pods (health, ingress).
   * @default false
   */
  readonly clusterwide?: boolean;

  /**
   * Namespaces whose pods a clusterwide default deny does not select.
   * @default - kube-system, where DNS runs
   */
  readonly exceptNamespaces?: string[];

  /**
   * Selector of the pods whose flows are denied.
   * @default - all pods
   */
  readonly selector?: Selector;

  /**
   * Directions that are denied.
   * @default DenyDirection.BOTH
   */
  readonly direction?: DenyDirection;

  /**
   * DNS requests that a default deny for egress still allows. They pass the DNS proxy of Cilium, which policies with
   * `Peer.fqdn` need.
   * @default DnsAccess.UDP_AND_TCP
   */
  readonly dns?: DnsAccess;

  /**
   * Labels of the pods of the DNS servers.
   * @default - `k8s-app: kube-dns`, which CoreDNS has too
   */
  readonly dnsLabels?: { [key: string]: string };

  /**
   * Namespace of the DNS servers.
   * @default 'kube-system'
   */
  readonly dnsNamespace?: string;

  /**
   * Whether the policy names the cluster of the DNS servers. With `false` it matches DNS servers of the local cluster
   * since Cilium 1.19, and of all clusters before.
   * @default true
   */
  readonly dnsClusterLabel?: boolean;

  /**
   * Pods that the default deny does not select.
   * @default - none
   */
  readonly exceptions?: Selector[];

  /**
   * Description of the policy.
   * @default 'Default Deny'
   */
  readonly description?: string;

  /**
   * The clusters in which flows are denied.
   * @default - the cluster in which the policy is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

import { DnsRule, HttpRule } from './l7';
import { IPeer } from './peer';
import { Port } from './port';

/** Mutual authentication of a rule (CiliumNetworkPolicy `authentication.mode`, v1.20.2). */
export enum AuthenticationMode {
  /**
   * Cilium drops the flow until both sides are authenticated. Across clusters it never allows the flow: mutual
   * authentication is not compatible with Cluster Mesh (mutual-authentication.rst, v1.20.2). Cilium 1.20 deprecates it.
   */
  REQUIRED = 'required',
  /** No authentication, even if another rule requires it. */
  DISABLED = 'disabled',
}

/** Properties that `CrossClusterAllow` and `CrossClusterDeny` share. */
export interface CrossClusterPolicyProps {
  /** The sources of the flows: workloads of any clusters, or peers outside of the mesh. */
  readonly sources: IPeer[];

  /** The destinations of the flows: workloads of any clusters, global services, or peers outside of the mesh. */
  readonly destinations: IPeer[];

  /**
   * The ports of the destinations; `Port.all()` means all ports.
   * @default - the ports of the pods behind the services; required if a destination is not a global service
   */
  readonly ports?: Port[];

  /**
   * Name of the egress policy in the clusters of the sources.
   * @default - `<id>-egress`
   */
  readonly egressName?: string;

  /**
   * Name of the ingress policy in the clusters of the destinations.
   * @default - `<id>-ingress`
   */
  readonly ingressName?: string;

  /**
   * Description, written into both policies.
   * @default - none
   */
  readonly description?: string;

  /**
   * Whether one selector stands for all clusters, where the policies name all clusters of the mesh: the label of the
   * cluster must exist. The policies do not grow with the number of clusters. They also name the pods of clusters that
   * join the mesh later.
   * @default false
   */
  readonly allClusters?: boolean;
}

/** How a subclass writes its policies. */
export interface CrossClusterPolicyRules {
  readonly verb: 'allow' | 'deny';
  readonly http?: readonly HttpRule[];
  readonly dns?: readonly DnsRule[];
  readonly authentication?: AuthenticationMode;
  /** Whether only flows within each cluster are meant. */
  readonly sameCluster?: boolean;
  /** Whether the policies of a direction enable default deny for the endpoints that they select. */
  readonly defaultDeny: { readonly egress: boolean; readonly ingress: boolean };
}

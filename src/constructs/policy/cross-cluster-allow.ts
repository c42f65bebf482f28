import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { AuthenticationMode, CrossClusterPolicyProps, writeHalves } from './cross-cluster-policy';
import { DnsRule, HttpRule } from './l7';

/** Properties of `CrossClusterAllow`. */
export interface CrossClusterAllowProps extends CrossClusterPolicyProps {
  /**
   * HTTP requests that are allowed; others are answered with 403. Enforced at the destination where that is in the mesh, else at the source.
   * @default - every request
   */
  readonly http?: HttpRule[];

  /**
   * DNS names that may be asked for. Enforced at the source.
   * @default - every name
   */
  readonly dns?: DnsRule[];

  /**
   * Mutual authentication. Cilium's documentation says that it does not work across clusters that are connected by Cluster Mesh.
   * @default - what other rules ask for
   */
  readonly authentication?: AuthenticationMode;

  /**
   * Whether the egress policy turns default deny on for the sources, as Cilium's policies do on their own: what else they send is denied
   * then, DNS included, unless other policies allow it. With `false` the flow is allowed where other policies deny by default, and nothing
   * is taken away (`enableDefaultDeny`, known to Cilium since 1.16).
   * @default true
   */
  readonly defaultDenyEgress?: boolean;

  /**
   * Whether the ingress policy turns default deny on for the destinations: what else reaches them is denied then.
   * @default true
   */
  readonly defaultDenyIngress?: boolean;
}

/**
 * Allows flows between workloads of any clusters.
 *
 * Writes BOTH halves where they belong: egress in each source's cluster, ingress in each destination's. Peers always name their cluster and
 * namespace, so that the policies mean the same under Cilium 1.14 to 1.20.
 */
export class CrossClusterAllow extends Construct {
  /** The policies that were written, sorted by cluster, direction and namespace: for patches that the properties do not offer. */
  public readonly policies: ApiObject[];

  /**
   * @throws with everything that is wrong with the properties at once
   */
  constructor(scope: Construct, id: string, props: CrossClusterAllowProps) {
    super(scope, id);
    this.policies = writeHalves(this, props, {
      verb: 'allow',
      http: props.http ?? [],
      dns: props.dns ?? [],
      authentication: props.authentication,
      defaultDeny: { egress: props.defaultDenyEgress ?? true, ingress: props.defaultDenyIngress ?? true },
    });
  }
}

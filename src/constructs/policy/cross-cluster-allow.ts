import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { PropertyRefusals } from '../property-refusals';
import { writeHalves } from './cross-cluster-policy';
import { AuthenticationMode, CrossClusterPolicyProps } from './cross-cluster-props';
import { DnsRule, HttpRule } from './l7';

/** Properties of `CrossClusterAllow`. */
export interface CrossClusterAllowProps extends CrossClusterPolicyProps {
  /**
   * Whether only flows within each cluster are allowed: in each of the clusters, from its sources to its destinations.
   * Sources and destinations must be pods.
   * @default false
   */
  readonly sameCluster?: boolean;

  /**
   * Allowed HTTP requests. Cilium answers others with status 403. The rule is enforced at the destination if that is in
   * the mesh, else at the source.
   * @default - every request
   */
  readonly http?: HttpRule[];

  /**
   * DNS names whose queries are allowed. The rule is enforced at the source.
   * @default - every name
   */
  readonly dns?: DnsRule[];

  /**
   * Mutual authentication. According to the documentation of Cilium, it does not work across clusters of a Cluster
   * Mesh.
   * @default - the mode of other rules
   */
  readonly authentication?: AuthenticationMode;

  /**
   * Whether the egress policy enables default deny for the sources, as policies of Cilium do by default. Default deny
   * drops everything else that the sources send, also DNS, unless another policy allows it. With `false` the policy
   * only allows the flow, and other flows are not affected (`enableDefaultDeny`, known to Cilium since 1.16).
   * @default true
   */
  readonly defaultDenyEgress?: boolean;

  /**
   * Whether the ingress policy enables default deny for the destinations. Default deny drops everything else that is
   * sent to them, unless another policy allows it.
   * @default true
   */
  readonly defaultDenyIngress?: boolean;
}

/**
 * Allows flows between workloads of any clusters.
 *
 * Writes both policies that a flow needs: egress in the cluster of each source, ingress in the cluster of each
 * destination. Peers always name their cluster and namespace, so the policies mean the same in Cilium 1.14 to 1.20.
 */
export class CrossClusterAllow extends Construct {
  /**
   * A construct without policies, for invalid arguments.
   * @internal
   */
  public static _invalid(scope: Construct, id: string): CrossClusterAllow {
    return new CrossClusterAllow(scope, id, undefined as never, true);
  }

  /** The policies, sorted by cluster, direction and namespace, for patches of fields without a property. */
  public readonly policies!: ApiObject[];

  constructor(scope: Construct, id: string, props: CrossClusterAllowProps);
  /** @internal */
  constructor(scope: Construct, id: string, props: CrossClusterAllowProps, isInvalid: boolean);
  constructor(scope: Construct, id: string, props: CrossClusterAllowProps, isInvalid: boolean = false) {
    super(...placed(scope, id));
    props = present('CrossClusterAllowProps', props);
    const refusals = new PropertyRefusals(this);
    const policies =
      !isInvalid && refusals.checkProps('CrossClusterAllowProps', props)
        ? writeHalves(this, props, {
          verb: 'allow',
          http: props.http,
          dns: props.dns,
          sameCluster: props.sameCluster ?? false,
          authentication: props.authentication,
          defaultDeny: { egress: props.defaultDenyEgress ?? true, ingress: props.defaultDenyIngress ?? true },
        })
        : undefined;
    if (refusals.report() || !policies) {
      withoutProperty(this, 'policies');
    } else {
      this.policies = policies;
    }
  }
}

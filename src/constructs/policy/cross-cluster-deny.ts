import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { placed } from '../checks/placed';
import { present } from '../checks/present';
import { withoutProperty } from '../faults';
import { PropertyRefusals } from '../property-refusals';
import { writeHalves } from './cross-cluster-policy';
import { CrossClusterPolicyProps } from './cross-cluster-props';

/** Properties of `CrossClusterDeny`. */
export interface CrossClusterDenyProps extends CrossClusterPolicyProps {
  /**
   * Whether the policies also enable default deny for the endpoints that they select, as deny rules of Cilium do by
   * default. With `false` they deny these flows only (`enableDefaultDeny`, known to Cilium since 1.16).
   * @default false
   */
  readonly defaultDeny?: boolean;
}

/**
 * Denies flows between workloads of any clusters, even if other policies allow them: deny rules take precedence over
 * allow rules.
 *
 * Writes both policies: egress in the cluster of each source, ingress in the cluster of each destination.
 */
export class CrossClusterDeny extends Construct {
  /**
   * A construct without policies, for invalid arguments.
   * @internal
   */
  public static _invalid(scope: Construct, id: string): CrossClusterDeny {
    return new CrossClusterDeny(scope, id, undefined as never, true);
  }

  /** The policies, sorted by cluster, direction and namespace, for patches of fields without a property. */
  public readonly policies!: ApiObject[];

  constructor(scope: Construct, id: string, props: CrossClusterDenyProps);
  /** @internal */
  constructor(scope: Construct, id: string, props: CrossClusterDenyProps, isInvalid: boolean);
  constructor(scope: Construct, id: string, props: CrossClusterDenyProps, isInvalid: boolean = false) {
    super(...placed(scope, id));
    props = present('CrossClusterDenyProps', props);
    const refusals = new PropertyRefusals(this);
    const policies =
      !isInvalid && refusals.checkProps('CrossClusterDenyProps', props)
        ? writeHalves(this, props, {
          verb: 'deny',
          defaultDeny: { egress: props.defaultDeny ?? false, ingress: props.defaultDeny ?? false },
        })
        : undefined;
    if (refusals.report() || !policies) {
      withoutProperty(this, 'policies');
    } else {
      this.policies = policies;
    }
  }
}

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
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
  /** The policies, sorted by cluster, direction and namespace, for patches of fields without a property. */
  public readonly policies: ApiObject[];

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: CrossClusterDenyProps) {
    super(scope, id);
    this.policies = writeHalves(this, props, {
      verb: 'deny',
      defaultDeny: { egress: props.defaultDeny ?? false, ingress: props.defaultDeny ?? false },
    });
  }
}

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { CrossClusterPolicyProps, writeHalves } from './cross-cluster-policy';

/** Properties of `CrossClusterDeny`. */
export interface CrossClusterDenyProps extends CrossClusterPolicyProps {
  /**
   * Whether the denial also turns default deny on for the endpoints that it selects, as Cilium's deny rules do on their own.
   * Without it the denial takes these flows away and no others (`enableDefaultDeny`, known to Cilium since 1.16).
   * @default false
   */
  readonly defaultDeny?: boolean;
}

/**
 * Denies flows between workloads of any clusters, whatever other policies allow: deny rules win over allow rules.
 *
 * Writes both halves: egress in each source's cluster, ingress in each destination's.
 */
export class CrossClusterDeny extends Construct {
  /** The policies that were written, sorted by cluster, direction and namespace: for patches that the properties do not offer. */
  public readonly policies: ApiObject[];

  /**
   * @throws with everything that is wrong with the properties at once
   */
  constructor(scope: Construct, id: string, props: CrossClusterDenyProps) {
    super(scope, id);
    this.policies = writeHalves(this, props, { verb: 'deny', http: [], dns: [], defaultDeny: { egress: props.defaultDeny ?? false, ingress: props.defaultDeny ?? false } });
  }
}

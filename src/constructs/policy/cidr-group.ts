import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IPeer, Peer } from './peer';
import * as cilium from '../../../imports/cilium.io';
import { Cidr } from '../../cilium/cidr';
import { placed, textOr } from '../checks/placed';
import { present } from '../checks/present';
import { checkObjectName } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { PropertyRefusals } from '../property-refusals';

/** Properties of `CidrGroup`. */
export interface CidrGroupProps {
  /** The CIDRs of the group. */
  readonly cidrs: string[];

  /**
   * Name of the group.
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * The clusters that have the group.
   * @default - the cluster in which the group is created, else all clusters of the mesh
   */
  readonly clusters?: Cluster[];
}

/** Addresses outside of the mesh that several policies name together: a CiliumCIDRGroup in each of its clusters. */
export class CidrGroup extends Construct implements IPeer {
  /** Name of the group. */
  public readonly name: string;

  /** The group as a peer of policies. */
  public readonly asPeer: Peer;

  constructor(scope: Construct, id: string, props: CidrGroupProps) {
    super(...placed(scope, id));
    props = present('CidrGroupProps', props);
    const refusals = new PropertyRefusals(this);
    this.name = textOr(id, props?.name);
    const clusters = refusals.checkProps('CidrGroupProps', props) ? this.check(props, refusals) : [];
    if (refusals.report()) {
      this.asPeer = Peer._invalid(this.name);
      return;
    }
    for (const cluster of clusters) {
      // v2 is served since 1.18
      const type = cluster._model.version.traits.cidrGroupV2 ? cilium.CiliumCidrGroup : cilium.CiliumCidrGroupV2Alpha1;
      new ApiObject(
        cluster.scopeFor(this),
        'group',
        type.manifest({ metadata: { name: this.name }, spec: { externalCidRs: props.cidrs } }),
      );
    }
    this.asPeer = Peer._group({ group: this.name, cidrs: [...props.cidrs], clusters });
  }

  /** Refuses a group that is invalid, and returns its clusters. */
  private check(props: CidrGroupProps, refusals: PropertyRefusals): Cluster[] {
    checkObjectName(this.name, 'name', refusals);
    if (props.cidrs.length === 0) {
      refusals.add(
        'cidrs-missing',
        'cidrs',
        'a group without CIDRs matches nothing',
        [],
        'at least one CIDR',
        'name the CIDRs',
      );
    }
    props.cidrs.forEach((text, index) => {
      const problem = Cidr.parse(text);
      if (typeof problem === 'string') {
        refusals.add(
          'cidr-invalid',
          `cidrs[${index}]`,
          `the CIDR ${problem}`,
          text,
          'a network with its prefix length, such as 192.0.2.0/24',
          'correct the CIDR',
        );
      }
    });
    return placement(this, props.clusters, refusals);
  }
}

import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { IPeer, Peer } from './peer';
import * as cilium from '../../../imports/cilium.io';
import { Cidr } from '../../cilium/cidr';
import { isDnsSubdomain } from '../../cilium/kubernetes-names';
import { ConstructCode } from '../../diagnostics/codes/constructs';
import { MeshError } from '../../diagnostics/fault';
import { Cluster } from '../mesh/cluster';
import { placement } from '../mesh/placement';
import { propertyRefusal, Refusal } from '../refusal';

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

  /**
   * @throws with all faults of the properties at once
   */
  constructor(scope: Construct, id: string, props: CidrGroupProps) {
    super(scope, id);
    this.name = props.name ?? id;
    const faults: Refusal[] = [];
    const fault = (
      code: ConstructCode,
      property: string,
      message: string,
      got: unknown,
      allowed: string,
      fix: string,
    ) => faults.push(propertyRefusal(this, code, property, message, got, allowed, fix));
    if (!isDnsSubdomain(this.name)) {
      fault(
        'object-name-invalid',
        'name',
        'invalid object name',
        this.name,
        'lower-case letters, digits, dashes and dots, with a letter or digit at both ends',
        'set name, or rename the construct',
      );
    }
    if (props.cidrs.length === 0) {
      fault(
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
        fault(
          'cidr-invalid',
          `cidrs[${index}]`,
          `the CIDR ${problem}`,
          text,
          'a network with its prefix length, such as 192.0.2.0/24',
          'correct the CIDR',
        );
      }
    });
    if (faults.length > 0) {
      throw new MeshError(faults, CidrGroup);
    }
    for (const cluster of placement(this, props.clusters)) {
      // v2 is served since 1.18
      const type = cluster._model.version.traits.cidrGroupV2 ? cilium.CiliumCidrGroup : cilium.CiliumCidrGroupV2Alpha1;
      new ApiObject(
        cluster.scopeFor(this),
        'group',
        type.manifest({ metadata: { name: this.name }, spec: { externalCidRs: props.cidrs } }),
      );
    }
    this.asPeer = Peer.cidrGroup(this.name);
  }
}

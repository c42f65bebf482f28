import { Cidr } from '../../../cilium/cidr';
import { addressesOfMesh, AddressUse } from '../../flows/mesh-addresses';
import { EvaluatedCluster } from '../../read/cluster';
import { RuleContext } from '../context';
import { inManifest, Place } from '../rule';

/** A CIDR of a rule that lies in a block of addresses of the mesh. */
export interface CidrOfMesh {
  readonly at: Place;
  readonly use: AddressUse;
  readonly owner: EvaluatedCluster;
  /** `10.2.0.0/24 lies in the pod CIDR 10.2.0.0/16 of lyon`. */
  readonly problem: string;
}

/** The CIDRs of rules that lie in the pod, Service or node CIDRs of mesh.yaml. */
export function cidrsOfMesh(context: RuleContext): CidrOfMesh[] {
  const blocks = context.mesh.clusters.flatMap(addressesOfMesh);
  return blocks.length === 0
    ? []
    : context.policies.flatMap(({ cluster, policy }) =>
      context
        .syntaxOf(policy)
        .rules.flatMap(({ cidrs }) => cidrs)
        .flatMap(({ text, path }): CidrOfMesh[] => {
          const cidr = Cidr.masked(text);
          const block = cidr && blocks.find(each => each.cidr.covers(cidr));
          return block
            ? [
              {
                at: inManifest(cluster.name, policy.manifest, path),
                use: block.use,
                owner: cluster,
                problem: `${text} lies in the ${block.use} CIDR ${block.cidr.text} of ${block.cluster}`,
              },
            ]
            : [];
        }),
    );
}

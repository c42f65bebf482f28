import { Cidr } from '../../cilium/cidr';
import { EvaluatedCluster } from '../read/cluster';

/** What the addresses of a block of the mesh belong to. */
export type AddressUse = 'pod' | 'Service' | 'node';

/** A block of addresses that mesh.yaml names. */
export interface MeshBlock {
  readonly cluster: string;
  readonly use: AddressUse;
  readonly cidr: Cidr;
}

/** The addresses of a cluster's pods, Services and nodes, as mesh.yaml names them. */
export function addressesOfMesh({ name, input: { settings } }: EvaluatedCluster): MeshBlock[] {
  return (
    [
      ['pod', settings.podCIDRs],
      ['Service', settings.serviceCIDRs],
      ['node', settings.nodeCIDRs],
    ] as const
  ).flatMap(([use, texts]) =>
    (texts ?? []).flatMap(text => {
      const cidr = Cidr.masked(String(text));
      return cidr ? [{ cluster: name, use, cidr }] : [];
    }),
  );
}

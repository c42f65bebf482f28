import { Construct } from 'constructs';
import { isInTree } from '../faults';
import { Cluster } from '../mesh/cluster';
import { MeshTree } from '../mesh/mesh-tree';

/** Where an object of some name would be. */
export interface ObjectPlace {
  readonly cluster: Cluster;
  readonly kind: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace?: string;
}

/** The names that objects of each cluster have, with the constructs that claimed them. */
const NAMES = new WeakMap<Cluster, Map<string, Construct>>();

/**
 * The name of an object that a construct writes in one or several clusters: `name` if the user set it, else the id of
 * the construct and `suffix`.
 *
 * If another object of the kind has that name in one of the places, such as that of a construct of the same id in
 * another scope, the name is the path of the construct: `team-a/shop` becomes `team-a-shop`.
 */
export function claimName(
  construct: Construct,
  places: readonly ObjectPlace[],
  name: string | undefined,
  suffix: string = '',
): string {
  const short = `${construct.node.id}${suffix}`;
  const isTaken = places.some(place => {
    const owner = NAMES.get(place.cluster)?.get(keyOf(place, short));
    return owner !== undefined && isInTree(owner);
  });
  const chosen = name ?? (isTaken ? `${pathName(construct)}${suffix}` : short);
  for (const place of places) {
    const names = NAMES.get(place.cluster) ?? new Map<string, Construct>();
    NAMES.set(place.cluster, names.set(keyOf(place, chosen), construct));
  }
  return chosen;
}

function keyOf({ kind, namespace }: ObjectPlace, name: string): string {
  return JSON.stringify([kind, namespace ?? '', name]);
}

/** The path of a construct below the mesh, or below the cluster in which it was created. */
function pathName(construct: Construct): string {
  const { scopes } = construct.node;
  const top = Cluster.enclosing(construct) ?? MeshTree.enclosing(construct).host;
  return scopes
    .slice(scopes.indexOf(top) + 1)
    .map(each => each.node.id)
    .filter(id => id !== 'Default' && id !== 'Resource')
    .join('-')
    .toLowerCase();
}

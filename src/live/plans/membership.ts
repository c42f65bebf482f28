import { IdentifiedCluster } from './cluster-identity';
import { Installation, releaseConnections } from './installation';
import { LiveMesh } from './live-mesh';

/** A cluster that `up` connected, and that is not in the mesh file any more. */
export interface LeftCluster {
  readonly name: string;
  readonly uid: string;
  /** The context that `up` reached it with. */
  readonly context: string;
  /** The clusters of the mesh that still connect to it. */
  readonly peers: readonly string[];
}

/** What the clusters know about each other, compared with the mesh file. */
export interface Membership {
  /** By name. Clusters that no `up` of this mesh connected are not among them: they may belong to other meshes. */
  readonly left: readonly LeftCluster[];
  /**
   * Clusters of the mesh that were built again since others connected to them: these still know the addresses of the
   * old ones.
   */
  readonly replaced: readonly string[];
  /** By cluster of the mesh: the clusters that it connects to, and that are neither in the mesh file nor in `left`. */
  readonly otherConnections: ReadonlyMap<string, readonly string[]>;
}

/** Compares the mesh file with the releases and the records in the clusters that exist. */
export function membership(
  { clusters }: LiveMesh,
  existing: readonly IdentifiedCluster[],
  installations: ReadonlyMap<string, Installation>,
  applySet: string,
): Membership {
  const witnesses = existing.flatMap(({ name, identity: { record } }) => {
    const installed = installations.get(name);
    return installed ? [{ name, record, connections: releaseConnections(installed) }] : [];
  });
  const recorded = new Map(
    witnesses.flatMap(({ record }) => Object.entries(record?.connected[applySet] ?? {})).reverse(),
  );
  const left = [...recorded].flatMap(([name, { uid, context }]): LeftCluster[] => {
    const peers = witnesses.filter(each => each.connections.has(name)).map(each => each.name);
    return clusters.some(each => each.name === name) || peers.length === 0 ? [] : [{ name, uid, context, peers }];
  });
  const replaced = clusters.filter(({ name }) => {
    const now = existing.find(each => each.name === name)?.identity.uid;
    return witnesses.some(({ record, connections }) => {
      const then = record?.connected[applySet]?.[name]?.uid ?? record?.uids[name];
      return connections.has(name) && (now === undefined || (then !== undefined && then !== now));
    });
  });
  return {
    left: left.sort((one, other) => (one.name < other.name ? -1 : 1)),
    replaced: replaced.map(({ name }) => name),
    otherConnections: new Map(
      witnesses.map(({ name, connections }) => [
        name,
        [...connections.keys()].filter(each => ![...clusters, ...left].some(other => other.name === each)).sort(),
      ]),
    ),
  };
}

/**
 * The clusters that a cluster is not connected to: they do not exist or were built again, or by the releases neither of
 * the two connects to the other. Where a release cannot be read, the two count as connected.
 */
export function unconnectedClusters(
  name: string,
  { clusters }: LiveMesh,
  existing: readonly string[],
  { known, unreadable }: ReleasesOfMesh,
  replaced: readonly string[],
): string[] {
  const connects = (from: string, to: string) =>
    unreadable.includes(from) || (known.has(from) && releaseConnections(known.get(from)!).has(to));
  const isThere = (each: string) => existing.includes(each) && !replaced.includes(each);
  return clusters
    .map(each => each.name)
    .filter(each => each !== name && !([name, each].every(isThere) && (connects(name, each) || connects(each, name))));
}

/** The releases of Cilium in a mesh, and the clusters whose release cannot be read. */
export interface ReleasesOfMesh {
  readonly known: ReadonlyMap<string, Installation>;
  readonly unreadable: readonly string[];
}

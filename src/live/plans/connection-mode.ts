/**
 * Which clusters are connected. `mesh`: every pair. `bidirectional`: the first cluster with each other one. `unicast`:
 * the first cluster to each other one, in one direction.
 */
export const CONNECTION_MODES = ['mesh', 'bidirectional', 'unicast'] as const;
export type ConnectionMode = (typeof CONNECTION_MODES)[number];

/** The clusters that a cluster connects to: it reads their state. */
export function peersOf<T extends { readonly name: string }>(
  clusters: readonly T[],
  cluster: T,
  mode: ConnectionMode = 'mesh',
): readonly T[] {
  const [first, ...others] = clusters;
  if (mode === 'mesh') {
    return clusters.filter(each => each !== cluster);
  }
  return cluster === first ? others : mode === 'unicast' ? [] : [first];
}

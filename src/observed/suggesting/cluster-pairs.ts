/** Pairs of clusters as products: every source with every destination, or each cluster with itself. */
export interface ClusterProduct {
  /** Sorted; empty for what is in no cluster. */
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** Only pairs of one cluster; `from` and `to` are equal then. */
  readonly sameCluster: boolean;
}

/** A pair of clusters; undefined for an end in no cluster. */
export type ClusterPair = readonly [from: string | undefined, to: string | undefined];

/**
 * The pairs as few products that hold no other pair. Sources that reach the same destinations are one product. Flows
 * within each cluster are another one, where that saves some.
 */
export function clusterProducts(pairs: readonly ClusterPair[]): ClusterProduct[] {
  const plain = products(pairs);
  const within = pairs.filter(([from, to]) => from !== undefined && from === to);
  if (within.length < 2) {
    return plain;
  }
  const clusters = within.map(([from]) => from!).sort();
  const split = [
    { from: clusters, to: clusters, sameCluster: true },
    ...products(pairs.filter(pair => !within.includes(pair))),
  ];
  return split.length < plain.length ? split : plain;
}

function products(pairs: readonly ClusterPair[]): ClusterProduct[] {
  const reached = new Map<string, string[]>();
  for (const [from = '', to = ''] of pairs) {
    reached.set(from, [...(reached.get(from) ?? []), to]);
  }
  const bySet = new Map<string, { from: string[]; to: string[] }>();
  for (const [from, to] of reached) {
    const key = to.sort().join(' ');
    const known = bySet.get(key) ?? { from: [], to };
    bySet.set(key, known);
    known.from.push(from);
  }
  return [...bySet.values()].map(({ from, to }) => ({
    from: from.filter(name => name !== '').sort(),
    to: to.filter(name => name !== ''),
    sameCluster: false,
  }));
}

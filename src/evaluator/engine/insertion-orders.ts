import { InsertionRules, MapEntry, MapKey, PolicyMap } from './policy-map';

/** What Cilium inserts at once: the entries of one selector on one port of a rule. */
export interface Insertion {
  /** Insertions of earlier tiers come first; those of one tier come in any order. */
  readonly tier: number;
  readonly entries: ReadonlyArray<readonly [MapKey, MapEntry]>;
}

/** How many maps are compared. A few rules about one peer have fewer. */
const MOST_MAPS = 4000;

/**
 * All maps that Cilium may end with, by the order of its insertions; undefined if there are too many orders to try.
 *
 * Orders that lead to one map after the same insertions are one.
 */
export function possibleMaps(
  insertions: readonly Insertion[],
  rules: Omit<InsertionRules, 'stopsFirst'>,
): PolicyMap[] | undefined {
  const [first, last] = [true, false].map(stopsFirst => mapsOf(insertions, { ...rules, stopsFirst }));
  return first && last && [...first, ...last];
}

function mapsOf(insertions: readonly Insertion[], rules: InsertionRules): PolicyMap[] | undefined {
  let budget = MOST_MAPS;
  let maps = new Map([[PolicyMap.EMPTY.text, PolicyMap.EMPTY]]);
  for (const tier of [...new Set(insertions.map(each => each.tier))].sort((one, other) => one - other)) {
    const own = unique(insertions.filter(each => each.tier === tier));
    let partial = new Map([...maps].map(([text, map]) => [text, { left: own.map((_, which) => which), map }]));
    for (let count = 0; count < own.length; count++) {
      const next = new Map<string, { left: number[]; map: PolicyMap }>();
      for (const { left, map } of partial.values()) {
        for (const which of left) {
          if (budget-- === 0) {
            return undefined;
          }
          const inserted = own[which].entries.reduce((into, [key, entry]) => into.insert(key, entry, rules), map);
          const rest = left.filter(each => each !== which);
          next.set(`${rest.join()} ${inserted.text}`, { left: rest, map: inserted });
        }
      }
      partial = next;
    }
    maps = new Map([...partial.values()].map(({ map }) => [map.text, map]));
  }
  return [...maps.values()];
}

/** Inserting the same twice changes nothing. */
function unique(insertions: readonly Insertion[]): Insertion[] {
  return [...new Map(insertions.map(each => [JSON.stringify(each.entries), each])).values()];
}

import { BreakKind, RangeBreak, rangeBreaks } from './range-breaks';
import { BitSet } from '../../flows/bit-set';
import { ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { FlowSpace } from '../../flows/flow-space';
import { PortRange } from '../../flows/port-range';
import { decidedClasses } from '../diff/changed-cells';

/** Flows of which a state breaks the law: those from every source to every destination. */
export interface LawBreak {
  readonly kind: BreakKind;
  readonly sources: BitSet;
  readonly destinations: BitSet;
  readonly ranges: readonly PortRange[];
}

/** The spaces of a change: before it, after it, and of a state between. They have common classes. */
export type ChangeSpaces = readonly [before: FlowSpace, after: FlowSpace, between: FlowSpace];

/**
 * All flows of which a state between two others breaks the law, as few rectangles. Together they are exactly those
 * flows, and no flow of one kind is in two. An endpoint that a state lacks has no flows in it: they count as denied.
 */
export function lawBreaks(spaces: ChangeSpaces): LawBreak[] {
  const [before, after, between] = spaces;
  const { size } = between.index;
  const decided = decidedClasses(before, after).or(decidedClasses(between, between));
  const known = knownBreaks(spaces);
  const cells = new Map<string, MutableBreak>();
  for (let source = 0; source < size; source++) {
    for (const { destinations, breaks } of breaksFrom(spaces, source, known)) {
      const reached = decided.has(source) ? destinations : destinations.and(decided);
      if (!reached.isEmpty) {
        for (const { kind, ranges } of breaks) {
          add(cells, `${kind} ${keyOf(ranges)} ${reached.key()}`, { kind, ranges, destinations: reached }, source, size);
        }
      }
    }
  }
  return withCommonSources([...cells.values()]).sort(
    (one, other) =>
      (one.kind < other.kind ? -1 : one.kind > other.kind ? 1 : 0) ||
      one.sources.first()! - other.sources.first()! ||
      one.destinations.first()! - other.destinations.first()! ||
      (keyOf(one.ranges) < keyOf(other.ranges) ? -1 : 1),
  );
}

type MutableBreak = LawBreak;

function add(
  cells: Map<string, MutableBreak>,
  key: string,
  cell: Omit<LawBreak, 'sources'>,
  source: number,
  size: number,
): void {
  const known = cells.get(key) ?? { ...cell, sources: new BitSet(size) };
  cells.set(key, known);
  known.sources.add(source);
}

function withCommonSources(cells: readonly LawBreak[]): LawBreak[] {
  const merged = new Map<string, LawBreak>();
  for (const cell of cells) {
    const key = `${cell.kind} ${keyOf(cell.ranges)} ${cell.sources.key()}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, destinations: known.destinations.copy().or(cell.destinations) } : cell);
  }
  return [...merged.values()];
}

function keyOf(ranges: readonly PortRange[]): string {
  return ranges.map(({ protocol, first, last }) => `${protocol}/${first}-${last}`).join();
}

interface BreaksOfKind {
  readonly kind: BreakKind;
  readonly ranges: readonly PortRange[];
}

type KnownBreaks = (before: ConnectionsId, after: ConnectionsId, between: ConnectionsId) => readonly BreaksOfKind[];

/** The breaks of three sets of connections. All spaces have one table. */
function knownBreaks([{ table }]: ChangeSpaces): KnownBreaks {
  const known = new Map<string, readonly BreaksOfKind[]>();
  return (...ids) => {
    const key = ids.join(' ');
    const breaks = known.get(key) ?? byKind(rangeBreaks(table.get(ids[0]), table.get(ids[1]), table.get(ids[2])));
    known.set(key, breaks);
    return breaks;
  };
}

function byKind(breaks: readonly RangeBreak[]): BreaksOfKind[] {
  const kinds = [...new Set(breaks.map(({ kind }) => kind))];
  return kinds.map(kind => ({
    kind,
    ranges: breaks
      .filter(each => each.kind === kind)
      .map(({ protocol, first, last }) => ({ protocol, first, last })),
  }));
}

/** The broken flows from one class, by what breaks. */
function breaksFrom(
  spaces: ChangeSpaces,
  source: number,
  known: KnownBreaks,
): Array<{ readonly destinations: BitSet; readonly breaks: readonly BreaksOfKind[] }> {
  const [was, is, now] = spaces.map(space => (space.index.present.has(source) ? space.from(source) : NOWHERE));
  if (now === was || now === is) {
    return [];
  }
  const { size } = spaces[0].index;
  const [before, after] = [was, is].map(reached => cellsOf(reached, size));
  return cellsOf(now, size).flatMap(between =>
    before.flatMap(one => {
      if (one.id === between.id || !one.destinations.meets(between.destinations)) {
        return [];
      }
      const both = between.destinations.copy().and(one.destinations);
      return after.flatMap(other => {
        const isSame = other.id === between.id || !other.destinations.meets(both);
        const breaks = isSame ? [] : known(one.id, other.id, between.id);
        return breaks.length === 0 ? [] : [{ destinations: both.copy().and(other.destinations), breaks }];
      });
    }),
  );
}

const NOWHERE: ReadonlyMap<ConnectionsId, BitSet> = new Map();

/** All classes by the connections to them, also those that are not reached. */
function cellsOf(
  reached: ReadonlyMap<ConnectionsId, BitSet>,
  size: number,
): Array<{ readonly id: ConnectionsId; readonly destinations: BitSet }> {
  const rest = BitSet.full(size);
  reached.forEach(destinations => rest.andNot(destinations));
  return [
    ...[...reached].map(([id, destinations]) => ({ id, destinations })),
    { id: NO_CONNECTIONS, destinations: rest },
  ];
}

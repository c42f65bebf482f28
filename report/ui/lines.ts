/** The lines of the map. */
import type { ChangedPlanes, Planes } from '../protocol';
import { BitPlane, eachBit } from './bits';
import type { Chip, MapLayout } from './boxes';
import type { PairTraffic } from './traffic';

/**
 * - `other`: may connect, but on no port that the destination declares.
 * - `out`: its source's policies let it out, and the destination's do not let it in; `in`: the reverse.
 * - `breaks`, `unused`: of recorded flows, and of pairs that may connect without any.
 */
export const LINE_KINDS = ['breaks', 'allowed', 'other', 'unused', 'gained', 'lost', 'out', 'in'] as const;
export type LineKind = (typeof LINE_KINDS)[number];

export interface Line {
  readonly from: Chip;
  readonly to: Chip;
  readonly kind: LineKind;
  /** Pairs of classes. */
  readonly pairs: number;
}

/** Who may connect to whom, and with `half` also pairs of which one end is open. */
export function allowedLines(layout: MapLayout, planes: Planes, half: boolean, traffic?: PairTraffic): Line[] {
  const { words, size, egress, ingress, allowed, any } = planes;
  const lines = (bits: Uint32Array, kind: LineKind) => linesOf(layout, { words, bits }, size, kind);
  const declared = new Set(lines(allowed, 'allowed').map(keyOf));
  const open = lines(any, 'allowed').map(
    (line): Line => (declared.has(keyOf(line)) ? line : { ...line, kind: 'other' }),
  );
  return [
    ...(traffic ? withTraffic(layout, open, traffic) : open),
    ...(half ? lines(only(egress, ingress, any), 'out').filter(hasTwoEnds) : []),
    ...(half ? lines(only(ingress, egress, any), 'in').filter(hasTwoEnds) : []),
  ];
}

export function changedLines(layout: MapLayout, { words, size, gained, lost }: ChangedPlanes): Line[] {
  return [
    ...linesOf(layout, { words, bits: gained }, size, 'gained'),
    ...linesOf(layout, { words, bits: lost }, size, 'lost'),
  ];
}

function only(one: Uint32Array, other: Uint32Array, any: Uint32Array): Uint32Array {
  // eslint-disable-next-line no-bitwise -- planes are bits of words
  return one.map((word, at) => word & ~other[at] & ~any[at]);
}

function linesOf(layout: MapLayout, plane: BitPlane, size: number, kind: LineKind): Line[] {
  const chipsOf: Chip[][] = Array.from({ length: size }, () => []);
  layout.chips.forEach(chip => chip.classes.forEach(each => chipsOf[each]?.push(chip)));
  return layout.chips.flatMap(from => {
    const counts = new Map<Chip, number>();
    for (const each of from.classes) {
      if (each < size) {
        eachBit(plane, each, to => chipsOf[to].forEach(chip => counts.set(chip, (counts.get(chip) ?? 0) + 1)));
      }
    }
    return [...counts]
      .filter(([to]) => to !== from && (isWorkload(from) || isWorkload(to)))
      .map(([to, pairs]) => ({ from, to, kind, pairs }));
  });
}

/** Lines without recorded flows are others, and flows that would break have lines, whether they are allowed or not. */
function withTraffic({ chips }: MapLayout, open: readonly Line[], traffic: PairTraffic): Line[] {
  const chipOf = new Map(chips.flatMap(chip => chip.members.map(({ id }) => [id, chip] as const)));
  const between = (pairs: PairTraffic['using']) =>
    pairs.flatMap(([one, other]) => {
      const [from, to] = [chipOf.get(one), chipOf.get(other)];
      return from && to && from !== to ? [{ from, to }] : [];
    });
  const used = new Set(between(traffic.using).map(keyOf));
  const breaking = new Map(between(traffic.breaking).map(pair => [keyOf(pair), pair]));
  const unusedKind = (line: Line): LineKind =>
    isWorkload(line.from) && isWorkload(line.to) && !used.has(keyOf(line)) ? 'unused' : line.kind;
  return [
    ...[...breaking.values()].map((pair): Line => ({ ...pair, kind: 'breaks', pairs: 1 })),
    ...open.filter(line => !breaking.has(keyOf(line))).map(line => ({ ...line, kind: unusedKind(line) })),
  ];
}

export function keyOf({ from, to }: Pick<Line, 'from' | 'to'>): string {
  return `${from.id} ${to.id}`;
}

export function isWorkload({ members }: Chip): boolean {
  return members[0].kind === 'workload';
}

/** No policy decides at an end outside of the mesh, so it is not open. */
function hasTwoEnds({ from, to }: Line): boolean {
  return from.members[0].inside && to.members[0].inside;
}

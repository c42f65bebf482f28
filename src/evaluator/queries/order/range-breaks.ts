import { AllowedRange, Connections } from '../../flows/connections';
import { compareRanges, PortRange } from '../../flows/port-range';
import { isWithin } from '../diff/range-changes';

/**
 * How a state between two others breaks the law of the order.
 *
 * - `interrupted`: it denies what both allow.
 * - `opened`: it allows what both deny.
 */
export const BREAK_KINDS = ['interrupted', 'opened'] as const;
export type BreakKind = (typeof BREAK_KINDS)[number];

/** Ports on which a state breaks the law. */
export interface RangeBreak extends PortRange {
  readonly kind: BreakKind;
}

/**
 * The ports on which the connections of a state break the law, as few ranges as possible.
 *
 * Requests count too: a proxy must let through what the one before or the one after lets through, and nothing else.
 * Rules of requests are compared as written, so an overlap that no rule writes down counts as a break.
 */
export function rangeBreaks(before: Connections, after: Connections, between: Connections): RangeBreak[] {
  const sets = [before, after, between];
  const protocols = [...new Set(sets.flatMap(set => set.map(({ protocol }) => protocol)))];
  const breaks: RangeBreak[] = [];
  for (const protocol of protocols) {
    const own = sets.map(set => set.filter(range => range.protocol === protocol));
    const starts = [...new Set(own.flatMap(set => set.flatMap(({ first, last }) => [first, last + 1])))];
    starts.sort((one, other) => one - other);
    starts.slice(0, -1).forEach((first, index) => {
      const last = starts[index + 1] - 1;
      const [was, is, now] = own.map(set => set.find(range => range.first <= first && last <= range.last));
      breaks.push(...breaksOf(was, is, now).map(kind => ({ kind, protocol, first, last })));
    });
  }
  return merged(breaks);
}

function breaksOf(
  was: AllowedRange | undefined,
  is: AllowedRange | undefined,
  now: AllowedRange | undefined,
): BreakKind[] {
  const within = (inner: AllowedRange, outer: AllowedRange) => isWithin(inner.requests, outer.requests);
  const ends = [was, is].flatMap(end => end ?? []);
  const isInterrupted = ends.length === 2 && !(now && ends.some(end => within(end, now)));
  const isOpened = now !== undefined && !ends.some(end => within(now, end));
  return [...(isInterrupted ? (['interrupted'] as const) : []), ...(isOpened ? (['opened'] as const) : [])];
}

function merged(breaks: readonly RangeBreak[]): RangeBreak[] {
  const all: RangeBreak[] = [];
  for (const kind of BREAK_KINDS) {
    for (const range of breaks.filter(each => each.kind === kind).sort(compareRanges)) {
      const last = all.at(-1);
      if (last && last.kind === kind && last.protocol === range.protocol && last.last + 1 === range.first) {
        all[all.length - 1] = { ...last, last: range.last };
      } else {
        all.push(range);
      }
    }
  }
  return all;
}

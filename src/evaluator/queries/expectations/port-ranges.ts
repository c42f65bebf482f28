import { PortRange } from '../../flows/port-range';

/** The ports of a range that are in none of the others. */
export function withoutRanges(range: PortRange, others: readonly PortRange[]): PortRange[] {
  return others.reduce<PortRange[]>(
    (rest, other) =>
      rest.flatMap(each =>
        commonRange(each, other)
          ? [
            { ...each, last: other.first - 1 },
            { ...each, first: other.last + 1 },
          ].filter(({ first, last }) => first <= last)
          : [each],
      ),
    [range],
  );
}

/** The ports in both ranges; undefined if they share no port. */
export function commonRange(one: PortRange, other: PortRange): PortRange | undefined {
  const [first, last] = [Math.max(one.first, other.first), Math.min(one.last, other.last)];
  return one.protocol === other.protocol && first <= last ? { protocol: one.protocol, first, last } : undefined;
}

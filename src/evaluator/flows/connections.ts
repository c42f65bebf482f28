import { compareRanges, PortRange } from './port-range';
import { RequestRules } from './requests';

/**
 * Ports on which connections are allowed, with the rules for their requests. In a space that keeps undetermined flows,
 * also ports on which an order of Cilium's computations decides.
 */
export interface AllowedRange extends PortRange {
  /** Proxies that a request must pass, at most one at each endpoint; empty if every request passes. */
  readonly requests: readonly RequestRules[];
  /** An order of Cilium's computations decides at one end or both; those that are denied in any case are left out. */
  readonly undetermined?: true;
}

/** All ports on which two endpoints may connect: sorted, disjoint, and as few ranges as possible. */
export type Connections = readonly AllowedRange[];

/** The number of a set of connections in a table. */
export type ConnectionsId = number;

/** The number of the empty set. */
export const NO_CONNECTIONS: ConnectionsId = 0;

/** Sets of connections by number. Equal sets have one number. */
export class ConnectionTable {
  private readonly sets: Connections[] = [[]];
  private readonly byKey = new Map<string, ConnectionsId>([['', NO_CONNECTIONS]]);
  private readonly common = new Map<number, Map<number, ConnectionsId>>();

  public get(id: ConnectionsId): Connections {
    return this.sets[id];
  }

  /** The number of a set. Ranges may be in any order, but must be disjoint. */
  public add(ranges: readonly AllowedRange[]): ConnectionsId {
    const merged = mergedRanges(ranges);
    const key = merged.map(formatKey).join('\n');
    const known = this.byKey.get(key);
    if (known !== undefined) {
      return known;
    }
    this.byKey.set(key, this.sets.length);
    return this.sets.push(merged) - 1;
  }

  /** The connections in both sets: those that both endpoints allow. */
  public intersection(one: ConnectionsId, other: ConnectionsId): ConnectionsId {
    if (one === other) {
      return one;
    }
    const [least, most] = one < other ? [one, other] : [other, one];
    if (least === NO_CONNECTIONS) {
      return NO_CONNECTIONS;
    }
    const known = this.common.get(least) ?? new Map<number, ConnectionsId>();
    this.common.set(least, known);
    const id = known.get(most) ?? this.add(commonRanges(this.sets[least], this.sets[most]));
    known.set(most, id);
    return id;
  }
}

/** The ranges in both sets, with the requests of both. */
export function commonRanges(one: Connections, other: Connections): AllowedRange[] {
  return overlaps(one, other).flatMap(({ before, after, ...range }) =>
    before && after
      ? [
        {
          ...range,
          requests: bothRequests(before.requests, after.requests),
          ...(before.undetermined || after.undetermined ? { undetermined: true } : {}),
        },
      ]
      : [],
  );
}

/** Ports that two sets treat alike, and the range of each set that holds them. */
export interface Overlap extends PortRange {
  readonly before?: AllowedRange;
  readonly after?: AllowedRange;
}

/** Cuts two sets at each other's borders. Ports in neither set are left out. */
export function overlaps(before: Connections, after: Connections): Overlap[] {
  const protocols = [...new Set([...before, ...after].map(({ protocol }) => protocol))];
  return protocols
    .flatMap(protocol => {
      const [was, is] = [before, after].map(set => set.filter(range => range.protocol === protocol));
      const starts = [...new Set([...was, ...is].flatMap(({ first, last }) => [first, last + 1]))].sort(
        (a, b) => a - b,
      );
      return starts.slice(0, -1).flatMap((first, index): Overlap[] => {
        const last = starts[index + 1] - 1;
        const holding = (set: Connections) => set.find(range => range.first <= first && last <= range.last);
        const [one, other] = [holding(was), holding(is)];
        return one || other ? [{ protocol, first, last, before: one, after: other }] : [];
      });
    })
    .sort(compareRanges);
}

function bothRequests(one: readonly RequestRules[], other: readonly RequestRules[]): readonly RequestRules[] {
  return [...new Map([...one, ...other].map(rules => [rules.key, rules])).values()].sort((a, b) =>
    a.key < b.key ? -1 : a.key > b.key ? 1 : 0,
  );
}

function mergedRanges(ranges: readonly AllowedRange[]): Connections {
  const merged: AllowedRange[] = [];
  for (const range of [...ranges].sort(compareRanges)) {
    const last = merged.at(-1);
    if (last && last.protocol === range.protocol && last.last + 1 === range.first && equalRequests(last, range)) {
      merged[merged.length - 1] = { ...last, last: range.last };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** Whether two ranges let the same requests through, and both are allowed or both undetermined. */
export function equalRequests(one: AllowedRange, other: AllowedRange): boolean {
  return requestsKey(one) === requestsKey(other);
}

function requestsKey({ requests, undetermined }: AllowedRange): string {
  const keys = requests.length === 0 ? '' : requests.map(({ key }) => key).join();
  return undetermined ? `undetermined ${keys}` : keys;
}

function formatKey(range: AllowedRange): string {
  return `${range.protocol}/${range.first}-${range.last} ${requestsKey(range)}`;
}

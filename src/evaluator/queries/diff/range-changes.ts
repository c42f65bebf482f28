import { AllowedRange, Connections, equalRequests, Overlap, overlaps } from '../../flows/connections';
import { PortRange } from '../../flows/port-range';
import { RequestRules } from '../../flows/requests';

/**
 * How the connections on some ports change.
 *
 * - `gained` and `lost`: they were denied, or are denied now.
 * - `widened` and `narrowed`: the proxy lets more requests through, or fewer.
 * - `changed`: the proxy lets other requests through.
 * - `possibly-gained` and `possibly-lost`: before or after, an order of Cilium's computations decides.
 */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** The order of output. */
export const CHANGE_KINDS = [
  'gained',
  'possibly-gained',
  'widened',
  'changed',
  'narrowed',
  'possibly-lost',
  'lost',
] as const;

/** Ports whose connections change in one way. */
export interface RangeChange extends PortRange {
  readonly change: ChangeKind;
  /** What each proxy lets through; undefined if the connections are denied. */
  readonly before?: readonly RequestRules[];
  readonly after?: readonly RequestRules[];
  /** The sides on which an order of Cilium's computations decides; undefined if on neither. */
  readonly undetermined?: ReadonlyArray<'before' | 'after'>;
}

/** The ports on which two sets of connections differ, as few ranges as possible. */
export function rangeChanges(before: Connections, after: Connections): RangeChange[] {
  const changes: RangeChange[] = [];
  for (const overlap of overlaps(before, after)) {
    const change = changeOf(overlap);
    if (change) {
      const { protocol, first, last } = overlap;
      const sides = (['before', 'after'] as const).filter(side => overlap[side]?.undetermined);
      const next = {
        protocol,
        first,
        last,
        change,
        before: overlap.before?.requests,
        after: overlap.after?.requests,
        ...(sides.length > 0 ? { undetermined: sides } : {}),
      };
      const previous = changes.at(-1);
      if (previous && isContinued(previous, next)) {
        changes[changes.length - 1] = { ...previous, last };
      } else {
        changes.push(next);
      }
    }
  }
  return changes;
}

function changeOf({ before, after }: Overlap): ChangeKind | undefined {
  if (!before || !after) {
    const isUndetermined = (before ?? after)!.undetermined;
    return before ? (isUndetermined ? 'possibly-lost' : 'lost') : isUndetermined ? 'possibly-gained' : 'gained';
  }
  if (before.undetermined !== after.undetermined) {
    return before.undetermined ? 'possibly-gained' : 'possibly-lost';
  }
  return equalRequests(before, after) ? undefined : requestChange(before, after);
}

function requestChange(before: AllowedRange, after: AllowedRange): ChangeKind {
  const narrowed = isWithin(after.requests, before.requests);
  const widened = isWithin(before.requests, after.requests);
  return narrowed && !widened ? 'narrowed' : widened && !narrowed ? 'widened' : 'changed';
}

/** Whether one proxy or several let through only what others do: each of those has a proxy that lets through less. */
export function isWithin(inner: readonly RequestRules[], outer: readonly RequestRules[]): boolean {
  return outer.every(most => inner.some(least => isSubset(least, most)));
}

/** Rules are compared as written. What the manifests do not decide must be equal. */
function isSubset(least: RequestRules, most: RequestRules): boolean {
  return (
    least.key === most.key ||
    (least.protocol === most.protocol &&
      least.unknown.length === 0 &&
      least.rules.every(rule => most.rules.includes(rule)))
  );
}

function isContinued(one: RangeChange, other: RangeChange): boolean {
  const key = ({ change, protocol, before, after, undetermined }: RangeChange) => {
    const requests = [before, after].map(sets => sets?.map(each => each.key) ?? null);
    return JSON.stringify([change, protocol, undetermined, ...requests]);
  };
  return one.last + 1 === other.first && key(one) === key(other);
}

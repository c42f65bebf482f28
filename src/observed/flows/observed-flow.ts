import { answeredNames, MOST_ADDRESSES, ObservedEnd } from './ends';
import { NamedPolicy, Outcome } from './record';
import { grouped } from '../../diagnostics/grouped';
import { Direction, FlowProtocol } from '../../evaluator/engine/entry';

/** Records of one kind. */
export interface RecordCount {
  records: number;
  /** Milliseconds since 1970; undefined where records have no time. */
  first?: number;
  last?: number;
  /** The identifier of one of the records, to find it again. */
  uuid?: string;
}

/** What was decided at one end of a flow. */
export interface ObservedDecisions {
  /** Verdicts of policies; drops by policy where the recording has no verdict beside them. */
  readonly outcomes: { [outcome in Outcome]?: RecordCount };
  /** Policies that Hubble names, at most 8. It may name another one that allows the flow too (1.20). */
  readonly policies: NamedPolicy[];
}

/** An end of a flow. */
export type Side = 'source' | 'destination';

/** Records of requests. */
export interface RequestCount {
  records: number;
  denied: number;
}

/**
 * All that a recording has about one flow: from an end to another one, on one port. Recordings have many flows, and few
 * of them have everything: what a flow has nothing of is shared (`newFlow`).
 */
export interface ObservedFlow {
  readonly source: ObservedEnd;
  readonly destination: ObservedEnd;
  readonly protocol: FlowProtocol;
  /** The type of ICMP. */
  readonly port: number;
  /** Records, not connections: a connection has several, and what is denied has one for each packet. */
  records: number;
  first?: number;
  last?: number;
  decisions: { readonly [direction in Direction]: ObservedDecisions };
  /** At the destination. */
  arrived: RecordCount;
  /** Behind the source. */
  left: RecordCount;
  /** At a place that the records do not name. */
  forwarded: RecordCount;
  /**
   * Requests at the proxy of an end, also those that it denied. Policies let a flow pass to the proxy of its source,
   * and those of both ends to the proxy of its destination. Where the records do not name the end, `egress`.
   */
  proxied: { readonly [direction in Direction]: RecordCount };
  /** Dropped by policy at an end that the records do not name, or for a reason that they do not tell. */
  dropped: RecordCount;
  /** Dropped for other reasons, by reason. */
  failures: ReadonlyMap<string, number>;
  /** Requests by their texts, such as `GET http://api/v1`; at most `MOST_REQUESTS`. */
  requests: ReadonlyMap<string, RequestCount>;
  /** Records of further requests. */
  moreRequests: number;
  /** Addresses that were seen of its ends outside of the mesh; at most `MOST_ADDRESSES` each. */
  addresses: { readonly [side in Side]: ReadonlySet<string> };
  /**
   * The DNS names that answers to its source gave the addresses of its destination: each combination once, also that
   * of addresses without any. Empty if none of the addresses has names, or if they are too many.
   */
  answeredNames: ReadonlyArray<readonly string[]>;
  /** Whether the client of TCP sent an acknowledgement, which follows an answer. */
  hasAcknowledged: boolean;
  /** Whether it was recorded at the node of its source, and of its destination. */
  isRecordedAtSource: boolean;
  isRecordedAtDestination: boolean;
}

const NO_RECORDS: RecordCount = Object.freeze({ records: 0 });
const NO_DECISIONS: ObservedDecisions = Object.freeze({ outcomes: Object.freeze({}), policies: [] });
const NONE_DECIDED = { egress: NO_DECISIONS, ingress: NO_DECISIONS };
const NONE_PROXIED = { egress: NO_RECORDS, ingress: NO_RECORDS };
const NO_FAILURES: ObservedFlow['failures'] = new Map();
const NO_REQUESTS: ObservedFlow['requests'] = new Map();
const NO_ADDRESSES: ReadonlySet<string> = new Set();
const NO_NAMES: ObservedFlow['answeredNames'] = [];
const NONE_ADDRESSED = { source: NO_ADDRESSES, destination: NO_ADDRESSES };

/** A flow without any record. */
export function newFlow(
  { source, destination, protocol, port }: Pick<ObservedFlow, 'source' | 'destination' | 'protocol' | 'port'>,
): ObservedFlow {
  return {
    source,
    destination,
    protocol,
    port,
    records: 0,
    first: undefined,
    last: undefined,
    decisions: NONE_DECIDED,
    arrived: NO_RECORDS,
    left: NO_RECORDS,
    forwarded: NO_RECORDS,
    proxied: NONE_PROXIED,
    dropped: NO_RECORDS,
    failures: NO_FAILURES,
    requests: NO_REQUESTS,
    moreRequests: 0,
    addresses: NONE_ADDRESSED,
    answeredNames: NO_NAMES,
    hasAcknowledged: false,
    isRecordedAtSource: false,
    isRecordedAtDestination: false,
  };
}

/** The DNS names of a flow's destination as answers gave them, once all of them are known. */
export function answeredNamesOf({ source, addresses: { destination } }: ObservedFlow): ObservedFlow['answeredNames'] {
  if (source.answers === undefined || destination.size === 0 || destination.size >= MOST_ADDRESSES) {
    return NO_NAMES;
  }
  const names = [...destination].sort().map(address => answeredNames(source, address));
  return names.every(each => each.length === 0)
    ? NO_NAMES
    : [...grouped(names, each => JSON.stringify(each)).values()].map(([each]) => each);
}

/** A count of a flow, to add to. */
export function countOf(flow: ObservedFlow, name: 'arrived' | 'left' | 'forwarded' | 'dropped'): RecordCount {
  if (flow[name] === NO_RECORDS) {
    flow[name] = { records: 0 };
  }
  return flow[name];
}

/** What was decided at an end of a flow, to add to. */
export function decisionsAt(flow: ObservedFlow, direction: Direction): ObservedDecisions {
  if (flow.decisions[direction] === NO_DECISIONS) {
    flow.decisions = { ...flow.decisions, [direction]: { outcomes: {}, policies: [] } };
  }
  return flow.decisions[direction];
}

/** The requests at a proxy of a flow, to add to. */
export function proxiedAt(flow: ObservedFlow, direction: Direction): RecordCount {
  if (flow.proxied[direction] === NO_RECORDS) {
    flow.proxied = { ...flow.proxied, [direction]: { records: 0 } };
  }
  return flow.proxied[direction];
}

/** Adds records that were dropped for a reason other than policy. */
export function addFailure(flow: ObservedFlow, reason: string, records: number): void {
  if (flow.failures.size < MOST_FAILURES || flow.failures.has(reason)) {
    const failures = flow.failures === NO_FAILURES ? new Map<string, number>() : (flow.failures as Map<string, number>);
    failures.set(reason, (failures.get(reason) ?? 0) + records);
    flow.failures = failures;
  }
}

/** Adds records of a request; those whose text is not known or one too many are only counted. */
export function addRequest(flow: ObservedFlow, text: string | undefined, isDenied: boolean, records: number): void {
  const known = text === undefined ? undefined : flow.requests.get(text);
  const denied = isDenied ? records : 0;
  if (known) {
    known.records += records;
    known.denied += denied;
  } else if (text !== undefined && flow.requests.size < MOST_REQUESTS) {
    const requests =
      flow.requests === NO_REQUESTS ? new Map<string, RequestCount>() : (flow.requests as Map<string, RequestCount>);
    requests.set(text, { records, denied });
    flow.requests = requests;
  } else {
    flow.moreRequests += records;
  }
}

/** Adds an address of an end outside of the mesh. */
export function addAddress(flow: ObservedFlow, side: Side, address: string): void {
  const known = flow.addresses[side] as Set<string>;
  if (known === NO_ADDRESSES) {
    flow.addresses = { ...flow.addresses, [side]: new Set([address]) };
  } else if (known.size < MOST_ADDRESSES) {
    known.add(address);
  }
}

/** The most reasons of failures that a flow keeps. */
const MOST_FAILURES = 16;

/** The most requests that a flow keeps. */
export const MOST_REQUESTS = 256;

/** Outcomes that let a flow pass. */
const PASSING: readonly Outcome[] = ['allowed', 'redirected', 'audited'];

/** Whether an outcome lets a flow pass. */
export function isPassing(outcome: Outcome): boolean {
  return PASSING.includes(outcome);
}

/** The records of outcomes that let a flow pass, or that drop it. */
export function countOutcomes({ outcomes }: ObservedDecisions, passing: boolean): number {
  return Object.entries(outcomes)
    .filter(([outcome]) => isPassing(outcome as Outcome) === passing)
    .reduce((sum, [, each]) => sum + each!.records, 0);
}

/**
 * Whether a flow was let through, as far as the recording shows: it passed its destination, also after it was dropped;
 * or it passed its source, and no record shows that it was dropped behind it.
 */
export function wasLetThrough(flow: ObservedFlow): boolean {
  const { forwarded, dropped, decisions } = flow;
  const isDropped = dropped.records + countOutcomes(decisions.ingress, false) > 0;
  return (
    hasPassed(flow, 'ingress') ||
    (!isDropped &&
      (hasPassed(flow, 'egress') || (forwarded.records > 0 && countOutcomes(decisions.egress, false) === 0)))
  );
}

/** Whether policies dropped a flow, and never let it through. */
export function wasDenied(flow: ObservedFlow): boolean {
  const { dropped, decisions } = flow;
  const denied = [decisions.egress, decisions.ingress].reduce((sum, end) => sum + countOutcomes(end, false), 0);
  return !wasLetThrough(flow) && denied + dropped.records > 0;
}

/** Whether records prove neither, such as requests alone of clients outside of the mesh. */
export function isUnproven(flow: ObservedFlow): boolean {
  return !wasLetThrough(flow) && !wasDenied(flow);
}

/** The ends whose policies let a flow pass, as far as the recording shows. */
export function passedEnds(flow: ObservedFlow): Direction[] {
  const passed = wasLetThrough(flow);
  return (['egress', 'ingress'] as const).filter(direction => passed || hasPassed(flow, direction));
}

/**
 * Whether records prove that the policy of an end let a flow pass. What the destination's policy decided about had
 * passed that of the source.
 */
export function hasPassed(flow: ObservedFlow, direction: Direction): boolean {
  const { arrived, left, proxied, decisions } = flow;
  const hasArrived =
    arrived.records + proxied.ingress.records + countOutcomes(decisions.ingress, true) > 0 || isEstablished(flow);
  return direction === 'ingress'
    ? hasArrived
    : hasArrived ||
        left.records +
          proxied.egress.records +
          countOutcomes(decisions.egress, true) +
          countOutcomes(decisions.ingress, false) >
          0;
}

/** Whether the client acknowledged an answer, and nothing was dropped: both ends let it pass, wherever it was seen. */
function isEstablished({ hasAcknowledged, dropped, decisions }: ObservedFlow): boolean {
  return (
    hasAcknowledged &&
    dropped.records + countOutcomes(decisions.egress, false) + countOutcomes(decisions.ingress, false) === 0
  );
}

/** Adds records to a count. */
export function addRecords(
  count: RecordCount,
  records: number,
  time: number | undefined,
  uuid: string | undefined,
): void {
  count.records += records;
  count.uuid ??= uuid;
  if (time !== undefined) {
    count.first = count.first === undefined || time < count.first ? time : count.first;
    count.last = count.last === undefined || time > count.last ? time : count.last;
  }
}

/** All records together, with the first and the last time. */
export function sumRecords(counts: readonly RecordCount[]): RecordCount {
  const times = (field: 'first' | 'last') => counts.flatMap(count => (count.records > 0 ? (count[field] ?? []) : []));
  const [firsts, lasts] = [times('first'), times('last')];
  return {
    records: counts.reduce((sum, { records }) => sum + records, 0),
    ...(firsts.length > 0 ? { first: firsts.reduce((one, other) => Math.min(one, other)) } : {}),
    ...(lasts.length > 0 ? { last: lasts.reduce((one, other) => Math.max(one, other)) } : {}),
  };
}

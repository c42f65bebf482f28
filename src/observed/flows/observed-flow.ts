import { ObservedEnd } from './ends';
import { NamedPolicy, Outcome } from './record';
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

/** Records of requests. */
export interface RequestCount {
  records: number;
  denied: number;
}

/** All that a recording has about one flow: from an end to another one, on one port. */
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
  readonly decisions: { readonly [direction in Direction]: ObservedDecisions };
  /** At the destination. */
  readonly arrived: RecordCount;
  /** Behind the source. */
  readonly left: RecordCount;
  /** At a place that the records do not name. */
  readonly forwarded: RecordCount;
  /**
   * Requests at the proxy of an end, also those that it denied. Policies let a flow pass to the proxy of its source,
   * and those of both ends to the proxy of its destination. Where the records do not name the end, `egress`.
   */
  readonly proxied: { readonly [direction in Direction]: RecordCount };
  /** Dropped by policy at an end that the records do not name. */
  readonly dropped: RecordCount;
  /** Dropped for other reasons, by reason. */
  readonly failures: Map<string, number>;
  /** Requests by their texts, such as `GET http://api/v1`; at most `MOST_REQUESTS`. */
  readonly requests: Map<string, RequestCount>;
  /** Records of further requests. */
  moreRequests: number;
  /** Whether it was recorded at the ends' nodes. */
  readonly recordedAt: { egress: boolean; ingress: boolean };
}

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
 * Whether a flow was let through, as far as the recording shows: it arrived, or an end let it pass and none dropped it.
 */
export function wasLetThrough(flow: ObservedFlow): boolean {
  const { left, forwarded, proxied, dropped, decisions } = flow;
  const ends = [decisions.egress, decisions.ingress];
  const passed =
    left.records +
    forwarded.records +
    proxied.egress.records +
    ends.reduce((sum, end) => sum + countOutcomes(end, true), 0);
  const denied = dropped.records + ends.reduce((sum, end) => sum + countOutcomes(end, false), 0);
  return hasArrived(flow) || (passed > 0 && denied === 0);
}

/** Whether the policies of both ends let a flow pass: it came to its destination, or to the proxy there. */
function hasArrived({ arrived, proxied }: ObservedFlow): boolean {
  return arrived.records + proxied.ingress.records > 0;
}

/** Whether policies dropped a flow, and it never arrived. */
export function wasDenied(flow: ObservedFlow): boolean {
  const { dropped, decisions } = flow;
  const denied = [decisions.egress, decisions.ingress].reduce((sum, end) => sum + countOutcomes(end, false), 0);
  return !hasArrived(flow) && denied + dropped.records > 0;
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

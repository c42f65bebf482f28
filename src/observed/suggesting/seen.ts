import { isPassing, ObservedFlow, RecordCount, sumRecords, wasLetThrough } from '../flows/observed-flow';
import { Outcome } from '../flows/record';

/** Whether a flow counts as seen: it was let through, and not only because policies are in audit mode. */
export function isSeen(flow: ObservedFlow, audited: boolean): boolean {
  return wasLetThrough(flow) && (audited || !isAudited(flow));
}

/** Whether only audit mode let a flow through: a policy of an end would have dropped it, and never allowed it. */
export function isAudited({ decisions }: ObservedFlow): boolean {
  return [decisions.egress, decisions.ingress].some(
    ({ outcomes: { audited, allowed, redirected } }) => audited && !allowed && !redirected,
  );
}

/** The records of a flow that show that it was let through. Requests count where nothing else shows it. */
export function passedRecords({ arrived, left, forwarded, proxied, decisions }: ObservedFlow): RecordCount {
  const outcomes = [decisions.egress, decisions.ingress].flatMap(end => Object.entries(end.outcomes));
  const passed = sumRecords([
    arrived,
    left,
    forwarded,
    ...outcomes.filter(([outcome]) => isPassing(outcome as Outcome)).map(([, count]) => count),
  ]);
  return passed.records > 0 ? passed : sumRecords([proxied.egress, proxied.ingress]);
}

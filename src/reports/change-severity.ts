import { EndpointClass, isPods } from '../evaluator/flows/endpoint-classes';
import { FlowChange } from '../evaluator/queries/diff/diff';

/**
 * How much a change of flows matters to a reviewer, most first:
 *
 * - `outside`: flows open, or may open, from or to addresses, DNS names or entities.
 * - `cross-cluster`: flows open, or may open, between clusters.
 * - `gained`: flows open, or may open, within a cluster.
 * - `requests`: proxies let other requests through.
 * - `lost`: flows close, or may close.
 */
export const CHANGE_SEVERITIES = ['outside', 'cross-cluster', 'gained', 'requests', 'lost'] as const;
export type ChangeSeverity = (typeof CHANGE_SEVERITIES)[number];

export function severityOf({ change, sources, destinations }: FlowChange): ChangeSeverity {
  if (change === 'lost' || change === 'possibly-lost') {
    return 'lost';
  }
  if (change !== 'gained' && change !== 'possibly-gained') {
    return 'requests';
  }
  const [from, to] = [sources, destinations].map(each => each.map(({ endpoints }) => endpoints));
  if ([...from, ...to].some(isOutside)) {
    return 'outside';
  }
  return from.some(one => to.some(other => one.cluster !== other.cluster)) ? 'cross-cluster' : 'gained';
}

/** The changes by severity; those of one severity keep their order. */
export function bySeverity(changes: readonly FlowChange[]): FlowChange[] {
  const ranks = new Map(changes.map(change => [change, CHANGE_SEVERITIES.indexOf(severityOf(change))]));
  return [...changes].sort((one, other) => ranks.get(one)! - ranks.get(other)!);
}

function isOutside(each: EndpointClass): boolean {
  return !isPods(each) && each.kind !== 'node';
}

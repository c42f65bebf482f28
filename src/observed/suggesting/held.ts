/**
 * A suggestion, held against the recording: what was seen and would be denied, and what it opens among the chosen
 * workloads that was not seen.
 */
import { endpointsOf, workloadOf } from './peer';
import { SuggestedPolicy } from './policies';
import { equalRequests, NO_CONNECTIONS, Overlap, overlaps } from '../../evaluator/flows/connections';
import { EndpointClass } from '../../evaluator/flows/endpoint-classes';
import { EndpointVerdict, FlowDecision, FlowPort } from '../../evaluator/flows/flow';
import { FlowSpace } from '../../evaluator/flows/flow-space';
import { holdsFlow, mergeRanges, PortRange } from '../../evaluator/flows/port-range';
import { EvaluatedMesh, withPolicies } from '../../evaluator/read/mesh';
import { compareWorkloads, Workload } from '../../evaluator/read/workload';
import { ObservedFlow } from '../flows/observed-flow';
import { MeshJudge } from '../judging/mesh-judge';

/** Connections that the suggestion opens although they were not seen. */
export interface OpenedConnections {
  readonly source: Workload;
  readonly destination: Workload;
  /** Disjoint and sorted. */
  readonly ranges: readonly PortRange[];
}

/** The mesh after policies are applied, in memory. Nothing is let through for audit only. */
export function withSuggested(mesh: EvaluatedMesh, policies: readonly SuggestedPolicy[]): EvaluatedMesh {
  const byCluster = new Map<string, object[]>();
  for (const { cluster, object } of policies) {
    byCluster.set(cluster, [...(byCluster.get(cluster) ?? []), object]);
  }
  return policies.length === 0 ? mesh : withPolicies(mesh, byCluster);
}

/** The mesh as it is without audit mode, which lets everything pass. */
export function enforcing(mesh: EvaluatedMesh): EvaluatedMesh {
  const clusters = mesh.clusters.map(cluster => {
    const { settings } = cluster;
    return settings.policy.auditMode
      ? { ...cluster, settings: { ...settings, policy: { ...settings.policy, auditMode: false } } }
      : cluster;
  });
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  return { ...mesh, clusters, cluster: name => byName.get(name) };
}

/** The first decision that does not allow a flow, of all addresses of its ends; undefined if all allow it. */
export function denialOf(judge: MeshJudge, flow: ObservedFlow): FlowDecision | undefined {
  for (const decision of decisionsOf(judge, flow)) {
    if (decision.verdict !== 'allowed') {
      return decision;
    }
  }
  return undefined;
}

/** The decisions on a flow, for all addresses of its ends, one by one. */
export function* decisionsOf(judge: MeshJudge, flow: ObservedFlow): Generator<FlowDecision> {
  const { protocol, port } = flow;
  const destinations = endpointsOf(flow, 'destination');
  for (const from of endpointsOf(flow, 'source')) {
    for (const to of destinations) {
      yield judge.decide(from, to, { protocol, port });
    }
  }
}

/** The verdict that keeps a flow from being allowed, by its end. */
export function denyingVerdict({ egress, ingress }: FlowDecision): EndpointVerdict {
  const letsPass: readonly EndpointVerdict[] = ['allowed', 'redirected', 'audited', 'unenforced', 'outside'];
  return letsPass.includes(egress.verdict) ? ingress.verdict : egress.verdict;
}

/** What `after` allows among chosen workloads that `before` does not, and that was not seen. */
export function openedConnections(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  chosen: ReadonlySet<Workload>,
  seen: readonly ObservedFlow[],
): OpenedConnections[] {
  const [was, is] = FlowSpace.of([before, after]);
  const ports = portsOf(seen);
  const chosenIn = ({ workloads }: EndpointClass) => workloads.filter(each => chosen.has(each));
  const opened: OpenedConnections[] = [];
  for (const number of new Set([...chosen].map(workload => is.index.classOf(workload)))) {
    const old = [...was.from(number)];
    is.from(number).forEach((reached, id) =>
      reached.forEach(to => {
        const known = old.find(([, set]) => set.has(to))?.[0] ?? NO_CONNECTIONS;
        const destinations = known === id ? [] : chosenIn(is.classes[to]);
        if (destinations.length > 0) {
          const added = overlaps(was.table.get(known), is.table.get(id)).filter(isOpened);
          for (const source of chosenIn(is.classes[number])) {
            for (const destination of destinations) {
              const ranges = withoutPorts(added, ports.get(source)?.get(destination) ?? []);
              opened.push(...(ranges.length > 0 ? [{ source, destination, ranges }] : []));
            }
          }
        }
      }),
    );
  }
  return opened.sort(
    (one, other) => compareWorkloads(one.source, other.source) || compareWorkloads(one.destination, other.destination),
  );
}

/** Whether ports are opened, or requests on them that a proxy denied. */
function isOpened({ before, after }: Overlap): boolean {
  return after !== undefined && (before === undefined || (before.requests.length > 0 && !equalRequests(before, after)));
}

/** The ports on which flows between two workloads were seen. */
function portsOf(seen: readonly ObservedFlow[]): Map<Workload, Map<Workload, FlowPort[]>> {
  const ports = new Map<Workload, Map<Workload, FlowPort[]>>();
  for (const { source, destination, protocol, port } of seen) {
    const [from, to] = [workloadOf(source), workloadOf(destination)];
    if (from && to) {
      const reached = ports.get(from) ?? new Map<Workload, FlowPort[]>();
      ports.set(from, reached);
      reached.set(to, [...(reached.get(to) ?? []), { protocol, port }]);
    }
  }
  return ports;
}

function withoutPorts(ranges: readonly PortRange[], ports: readonly FlowPort[]): PortRange[] {
  return mergeRanges(
    ranges.flatMap(({ protocol, first, last }) => {
      const holes = ports
        .filter(each => holdsFlow({ protocol, first, last }, each))
        .map(({ port }) => port)
        .sort((one, other) => one - other);
      return [first - 1, ...holes]
        .map((hole, index) => ({ protocol, first: hole + 1, last: (holes[index] ?? last + 1) - 1 }))
        .filter(range => range.first <= range.last);
    }),
  );
}

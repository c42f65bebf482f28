import { AskedFlow } from './opened-flows';
import { Endpoint, Placement } from '../flows/endpoint';
import { decideFlow } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';

const PLACEMENTS: readonly Placement[] = ['same-node', 'other-node'];

/**
 * A flow once for each place of its pods with host network, if verdicts depend on whether they run on the node of the
 * other end: Cilium calls them `host` there, and else `remote-node`. Otherwise the flow alone.
 */
export function placedFlows(mesh: EvaluatedMesh, flow: AskedFlow): readonly AskedFlow[] {
  const { source, destination, port } = flow;
  const cluster = clusterOf(source);
  if (cluster === undefined || cluster !== clusterOf(destination) || !(isMovable(source) || isMovable(destination))) {
    return [flow];
  }
  const placed = PLACEMENTS.map((placement): AskedFlow => ({
    ...flow,
    source: place(source, placement),
    destination: place(destination, placement),
    placement,
  }));
  const [near, far] = placed.map(each => decideFlow(mesh, each.source, each.destination, port));
  return near.egress.verdict === far.egress.verdict && near.ingress.verdict === far.ingress.verdict ? [flow] : placed;
}

/** The cluster of pods; two ends of different clusters are never on one node. */
function clusterOf(endpoint: Endpoint): string | undefined {
  return endpoint.kind === 'workload' ? endpoint.workload.cluster : undefined;
}

/** Whether an end is pods with host network, whose node is not known. */
function isMovable(endpoint: Endpoint): boolean {
  return endpoint.kind === 'workload' && endpoint.workload.hostNetwork && endpoint.placement === undefined;
}

function place(endpoint: Endpoint, placement: Placement): Endpoint {
  return endpoint.kind === 'workload' && endpoint.workload.hostNetwork ? { ...endpoint, placement } : endpoint;
}

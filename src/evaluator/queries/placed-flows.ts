import { AskedFlow, FlowNodes } from './opened-flows';
import { Endpoint, Placement } from '../flows/endpoint';
import { decideFlow } from '../flows/flow';
import { nodeEndpoints } from '../flows/node-endpoints';
import { EvaluatedMesh } from '../read/mesh';

const PLACEMENTS: readonly Placement[] = ['same-node', 'other-node'];

/**
 * A flow once for each verdict that depends on where its pods with host network run: on the node of the other end or on
 * another one, and on which of the nodes that policies tell apart. Otherwise the flow alone.
 */
export function placedFlows(mesh: EvaluatedMesh, flow: AskedFlow): readonly AskedFlow[] {
  return byPlacement(mesh, flow).flatMap(each => byNode(mesh, each));
}

/** Cilium calls pods with host network `host` on the node of the other end, and else `remote-node`. */
function byPlacement(mesh: EvaluatedMesh, flow: AskedFlow): readonly AskedFlow[] {
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

/** Pods with host network have the labels and the address of their node, and its policies. */
function byNode(mesh: EvaluatedMesh, flow: AskedFlow): readonly AskedFlow[] {
  const [sources, destinations] = [flow.source, flow.destination].map(end => onNodes(mesh, end));
  if (sources.length * destinations.length < 2) {
    return [flow];
  }
  const isOneNode = flow.placement === 'same-node';
  const byVerdict = new Map<string, { readonly flow: AskedFlow; readonly nodes: FlowNodes[] }>();
  for (const source of sources) {
    for (const destination of destinations) {
      const [from, to] = [source, destination].map(nodeOf);
      if (isOneNode && from !== undefined && to !== undefined && from !== to) {
        continue;
      }
      const { egress, ingress } = decideFlow(mesh, source, destination, flow.port);
      const key = `${egress.verdict} ${ingress.verdict}`;
      const known = byVerdict.get(key) ?? { flow: { ...flow, source, destination }, nodes: [] };
      byVerdict.set(key, known);
      known.nodes.push({
        ...(from === undefined ? {} : { source: from }),
        ...(to === undefined ? {} : { destination: to }),
      });
    }
  }
  return byVerdict.size < 2 ? [flow] : [...byVerdict.values()].map(({ flow: each, nodes }) => ({ ...each, nodes }));
}

/** An end on each of the nodes that policies tell apart; the end alone, if its node does not matter. */
function onNodes(mesh: EvaluatedMesh, end: Endpoint): readonly Endpoint[] {
  if (end.kind !== 'workload' || !end.workload.hostNetwork || end.node) {
    return [end];
  }
  const nodes = nodeEndpoints([mesh])[0].flatMap(each =>
    each?.node && each.cluster === end.workload.cluster && each.placement === 'other-node' ? [each.node] : [],
  );
  return nodes.length < 2 ? [end] : nodes.map(node => ({ ...end, node }));
}

function nodeOf(end: Endpoint): string | undefined {
  return end.kind === 'workload' ? end.node?.name : undefined;
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

import { Endpoint, peerOf, subjectOf } from './endpoint';
import { decide, Decision, DirectionVerdict } from '../engine/decide';
import { directionPolicy } from '../engine/direction-policy';
import { Direction, FlowProtocol } from '../engine/entry';
import { EvaluatedMesh } from '../read/mesh';

/** Protocol and port of a flow; of ICMP the port is the type. */
export interface FlowPort {
  readonly protocol: FlowProtocol;
  readonly port: number;
}

/** `TCP/80`. */
export function formatPort({ protocol, port }: FlowPort): string {
  return `${protocol}/${port}`;
}

/**
 * What becomes of a flow at one end: a verdict, or
 *
 * - `failed`: rules of the endpoint's policies contradict each other, so that Cilium cannot compute its policy: new pods do not start, running
 *   ones keep the policy that they had;
 * - `outside`: the end is no pod of the mesh, and no policy of the mesh decides there.
 */
export type EndpointVerdict = DirectionVerdict | 'failed' | 'outside';

/** A decision at one end, in its cluster. */
export interface EndpointDecision extends Omit<Decision, 'verdict'> {
  readonly verdict: EndpointVerdict;
  /** The cluster whose policies decided. */
  readonly cluster?: string;
  /** Why the policy could not be computed. */
  readonly failure?: string;
}

/** A flow is allowed when both ends let it through. */
export interface FlowDecision {
  readonly egress: EndpointDecision;
  readonly ingress: EndpointDecision;
  readonly verdict: 'allowed' | 'denied';
}

/** Decides a flow between two ends, literally: every rule of both clusters is asked. */
export function decideFlow(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort): FlowDecision {
  const egress = decideEnd(mesh, source, destination, 'egress', port);
  const ingress = decideEnd(mesh, destination, source, 'ingress', port);
  return { egress, ingress, verdict: isAllowed(egress.verdict) && isAllowed(ingress.verdict) ? 'allowed' : 'denied' };
}

/** Whether a verdict lets a flow through; layer 7 rules may still stop what is redirected. */
export function isAllowed(verdict: EndpointVerdict): boolean {
  return verdict !== 'denied' && verdict !== 'default-denied' && verdict !== 'failed';
}

function decideEnd(mesh: EvaluatedMesh, self: Endpoint, other: Endpoint, direction: Direction, { protocol, port }: FlowPort): EndpointDecision {
  const pods = subjectOf(self);
  if (!pods) {
    // pods with host network are enforced by host policies alone
    return { verdict: self.kind === 'workload' ? 'unenforced' : 'outside', entries: [], cluster: self.kind === 'workload' ? self.workload.cluster : undefined };
  }
  const cluster = mesh.cluster(pods.cluster)!;
  const settings = cluster.settings.policy;
  const subject = { ...pods, ...settings.traits.egressNamedPortsByPeer ? {} : { knownPorts: mesh.knownPorts } };
  const policies = { ingress: directionPolicy(subject, 'ingress', cluster.entries, settings), egress: directionPolicy(subject, 'egress', cluster.entries, settings) };
  const failure = settings.enforcement === 'never' ? undefined : policies.ingress.conflict ?? policies.egress.conflict;
  if (failure !== undefined) {
    return { verdict: 'failed', entries: [], cluster: cluster.name, failure };
  }
  return { ...decide(policies[direction], { peer: peerOf(other, cluster, mesh), protocol, port }), cluster: cluster.name };
}

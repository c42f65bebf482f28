import { Endpoint, peerOf, subjectOf } from './endpoint';
import { decide, Decision, DirectionVerdict } from '../engine/decide';
import { DirectionPolicy, directionPolicy } from '../engine/direction-policy';
import { Direction, FlowProtocol } from '../engine/entry';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** The protocol and port of a flow. For ICMP the port is the type. */
export interface FlowPort {
  readonly protocol: FlowProtocol;
  readonly port: number;
}

/** `TCP/80`. */
export function formatPort({ protocol, port }: FlowPort): string {
  return `${protocol}/${port}`;
}

/**
 * The verdict on a flow at one endpoint: that of its policy, or
 *
 * - `failed`: rules of the endpoint's policies conflict, so Cilium cannot compute the policy. New pods do not start,
 *   and running pods keep their previous policy.
 * - `outside`: the endpoint is not a pod of the mesh, so no policy of the mesh decides there.
 */
export type EndpointVerdict = DirectionVerdict | 'failed' | 'outside';

/** The decision at one endpoint, in its cluster. */
export interface EndpointDecision extends Omit<Decision, 'verdict'> {
  readonly verdict: EndpointVerdict;
  /** The cluster of the policies that decided. */
  readonly cluster?: string;
  /** Why Cilium cannot compute the policy. */
  readonly failure?: string;
}

/** The decisions on a flow. It is allowed if both endpoints allow it. */
export interface FlowDecision {
  readonly egress: EndpointDecision;
  readonly ingress: EndpointDecision;
  readonly verdict: 'allowed' | 'denied';
}

/** Decides a flow between two endpoints by asking every rule of both clusters. */
export function decideFlow(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort): FlowDecision {
  const egress = decideEndpoint(mesh, source, destination, 'egress', port);
  const ingress = decideEndpoint(mesh, destination, source, 'ingress', port);
  return { egress, ingress, verdict: isAllowed(egress.verdict) && isAllowed(ingress.verdict) ? 'allowed' : 'denied' };
}

/** Whether a verdict allows the flow. Layer 7 rules may still deny requests of a redirected flow. */
export function isAllowed(verdict: EndpointVerdict): boolean {
  return verdict !== 'denied' && verdict !== 'default-denied' && verdict !== 'failed';
}

/** Decides a flow at one of its endpoints. */
export function decideEndpoint(
  mesh: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  { protocol, port }: FlowPort,
): EndpointDecision {
  if (self.kind !== 'workload') {
    return { verdict: 'outside', entries: [] };
  }
  const cluster = mesh.cluster(self.workload.cluster)!;
  const policies = policiesOf(mesh, self.workload);
  if (!policies) {
    return { verdict: 'unenforced', entries: [], cluster: cluster.name };
  }
  const { enforcement } = cluster.settings.policy;
  const failure = enforcement === 'never' ? undefined : (policies.ingress.conflict ?? policies.egress.conflict);
  if (failure !== undefined) {
    return { verdict: 'failed', entries: [], cluster: cluster.name, failure };
  }
  return {
    ...decide(policies[direction], { peer: peerOf(other, cluster, mesh), protocol, port }),
    cluster: cluster.name,
  };
}

/** The policies of a workload's pods by direction. */
export type WorkloadPolicies = { readonly [direction in Direction]: DirectionPolicy };

/** Every flow of a workload asks for its policies, so they are kept as long as the mesh. */
const POLICIES = new WeakMap<EvaluatedMesh, Map<Workload, WorkloadPolicies | undefined>>();

/** The policies of a workload's pods. Undefined for pods with host network: only host policies apply to them. */
export function policiesOf(mesh: EvaluatedMesh, workload: Workload): WorkloadPolicies | undefined {
  const known = POLICIES.get(mesh) ?? new Map<Workload, WorkloadPolicies | undefined>();
  POLICIES.set(mesh, known);
  if (!known.has(workload)) {
    known.set(workload, readPolicies(mesh, workload));
  }
  return known.get(workload);
}

function readPolicies(mesh: EvaluatedMesh, workload: Workload): WorkloadPolicies | undefined {
  const pods = subjectOf({ kind: 'workload', workload });
  if (!pods) {
    return undefined;
  }
  const {
    entries,
    settings: { policy: settings },
  } = mesh.cluster(workload.cluster)!;
  const subject = { ...pods, ...(settings.traits.egressNamedPortsByPeer ? {} : { knownPorts: mesh.knownPorts }) };
  return {
    ingress: directionPolicy(subject, 'ingress', entries, settings),
    egress: directionPolicy(subject, 'egress', entries, settings),
  };
}

import { clusterOf, Endpoint, isNodeEntity, subjectOf } from './endpoint';
import { peerSeenBy } from './learned-names';
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

/** All verdicts at one endpoint, for schemas. */
export const ENDPOINT_VERDICTS = [
  'allowed',
  'redirected',
  'denied',
  'default-denied',
  'auth-required',
  'undetermined',
  'audited',
  'unenforced',
  'failed',
  'outside',
] as const satisfies readonly EndpointVerdict[];

/** The decision at one endpoint, in its cluster. */
export interface EndpointDecision extends Omit<Decision, 'verdict'> {
  readonly verdict: EndpointVerdict;
  /** The cluster of the policies that decided. */
  readonly cluster?: string;
  /** Why Cilium cannot compute the policy. */
  readonly failure?: string;
}

/** The verdict on a flow; `unknown` where an order of Cilium's computations decides. */
export type FlowVerdict = 'allowed' | 'denied' | 'unknown';

/** All verdicts on a flow, for schemas. */
export const FLOW_VERDICTS = ['allowed', 'denied', 'unknown'] as const satisfies readonly FlowVerdict[];

/** The decisions on a flow. It is allowed if both endpoints allow it. */
export interface FlowDecision {
  readonly egress: EndpointDecision;
  readonly ingress: EndpointDecision;
  readonly verdict: FlowVerdict;
}

/** Decides a flow between two endpoints by asking every rule of both clusters. */
export function decideFlow(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort): FlowDecision {
  const egress = decideEndpoint(mesh, source, destination, 'egress', port);
  const ingress = decideEndpoint(mesh, destination, source, 'ingress', port);
  return { egress, ingress, verdict: flowVerdict(egress.verdict, ingress.verdict) };
}

const DROPPED: readonly EndpointVerdict[] = ['denied', 'default-denied', 'auth-required', 'failed'];

/** Whether a verdict allows the flow. Layer 7 rules may still deny requests of a redirected flow. */
export function isAllowed(verdict: EndpointVerdict): boolean {
  return verdict !== 'undetermined' && !isDropped(verdict);
}

/** Whether a verdict drops the flow, whatever the order of Cilium's computations is. */
export function isDropped(verdict: EndpointVerdict): boolean {
  return DROPPED.includes(verdict);
}

/** The verdict on a flow, from those of its ends. */
export function flowVerdict(egress: EndpointVerdict, ingress: EndpointVerdict): FlowVerdict {
  return isAllowed(egress) && isAllowed(ingress)
    ? 'allowed'
    : isDropped(egress) || isDropped(ingress)
      ? 'denied'
      : 'unknown';
}

/** Whether verdicts of a mesh may be undetermined: a rule requires authentication. */
export function hasAuthentication({ clusters }: EvaluatedMesh): boolean {
  return clusters.some(({ entries }) => entries.some(({ authentication }) => authentication !== undefined));
}

/** Decides a flow at one of its endpoints. */
export function decideEndpoint(
  mesh: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  { protocol, port }: FlowPort,
): EndpointDecision {
  const owner = decidingCluster(self);
  if (owner === undefined) {
    return { verdict: 'outside', entries: [] };
  }
  const cluster = mesh.cluster(owner)!;
  const policies = policiesOf(mesh, self);
  if (!policies) {
    return { verdict: 'unenforced', entries: [], cluster: cluster.name };
  }
  const { enforcement } = cluster.settings.policy;
  const failure = enforcement === 'never' ? undefined : (policies.ingress.conflict ?? policies.egress.conflict);
  if (failure !== undefined) {
    return { verdict: 'failed', entries: [], cluster: cluster.name, failure };
  }
  const policy = policies[direction];
  return {
    ...decide(policy, { peer: peerSeenBy(policy, other, cluster, mesh), protocol, port }),
    cluster: cluster.name,
  };
}

/** The cluster whose policies decide at an endpoint; undefined outside of the mesh and for other entities. */
function decidingCluster(endpoint: Endpoint): string | undefined {
  return endpoint.kind === 'entity' && !isNodeEntity(endpoint.entity) ? undefined : clusterOf(endpoint);
}

/** The policies of an endpoint by direction. */
export type EndpointPolicies = { readonly [direction in Direction]: DirectionPolicy };

/** Every flow of an endpoint asks for its policies, so they are kept as long as the mesh. */
const POLICIES = new WeakMap<EvaluatedMesh, Map<Workload | string, EndpointPolicies | undefined>>();

/**
 * The policies of an endpoint. Undefined for endpoints outside of the mesh, and for nodes and pods with host network
 * where the host firewall is off.
 */
export function policiesOf(mesh: EvaluatedMesh, endpoint: Endpoint): EndpointPolicies | undefined {
  const known = POLICIES.get(mesh) ?? new Map<Workload | string, EndpointPolicies | undefined>();
  POLICIES.set(mesh, known);
  const key =
    endpoint.kind === 'workload' && !endpoint.workload.hostNetwork
      ? endpoint.workload
      : `${decidingCluster(endpoint)} ${'node' in endpoint ? endpoint.node?.name : ''}`;
  if (!known.has(key)) {
    known.set(key, readPolicies(mesh, endpoint));
  }
  return known.get(key);
}

function readPolicies(mesh: EvaluatedMesh, endpoint: Endpoint): EndpointPolicies | undefined {
  const own = subjectOf(endpoint, mesh);
  if (!own) {
    return undefined;
  }
  const {
    entries,
    settings: { policy: settings },
  } = mesh.cluster(own.cluster)!;
  const subject = { ...own, ...(settings.traits.egressNamedPortsByPeer ? {} : { knownPorts: mesh.knownPorts }) };
  return {
    ingress: directionPolicy(subject, 'ingress', entries, settings),
    egress: directionPolicy(subject, 'egress', entries, settings),
  };
}

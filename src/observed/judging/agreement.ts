/**
 * What Hubble recorded of a flow, held against what manifests say about it.
 *
 * Only what a record proves counts: a verdict at its end, a verdict at the destination for the source too, and an
 * arrival for both ends; so does a request that came to the proxy of the destination. Where no policy is enforced,
 * Cilium reports no verdict (bpf/lib/policy_log.h, v1.20.2), so a verdict there means another policy than the
 * manifests'. A flow that its source's policy drops says nothing about its destination.
 */
import { Doubts } from './doubts';
import { MeshJudge } from './mesh-judge';
import { hasUnmodelledPolicy } from './unmodelled';
import { Direction, PolicyEntry } from '../../evaluator/engine/entry';
import { PeerSelector } from '../../evaluator/engine/selector';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { EndpointDecision, FlowDecision, isAllowed } from '../../evaluator/flows/flow';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { MatchedEnd } from '../flows/ends';
import { hasPassed, isPassing, ObservedFlow, RecordCount } from '../flows/observed-flow';
import { NamedPolicy, Outcome } from '../flows/record';

/** How the recording differs from the manifests. */
export type DifferenceKind =
  /** It was let through, and the manifests deny it. */
  | 'let-through'
  /** It was dropped, and the manifests allow it. */
  | 'dropped'
  /** Audit mode reported it, and the manifests allow it. */
  | 'audited'
  /** A policy decided, and the manifests have none there. */
  | 'enforced'
  /** A proxy decided its requests, and the manifests have no layer 7 rule there; or the reverse. */
  | 'redirected'
  | 'not-redirected';

/** Why a difference says nothing against the evaluator. */
export type Explanation =
  /** The labels of an end were others than the manifests'. */
  | 'labels'
  /** Hubble names a policy that the manifests lack. */
  | 'policy'
  /** Later records of the flow agree: the policy changed while Hubble recorded. */
  | 'changed'
  /** Audit mode, which the manifests do not set. */
  | 'audit'
  /** Cilium drops first packets until both ends are authenticated. */
  | 'authentication'
  /** Annotations of pods redirect flows to the proxy, which the manifests need not have. */
  | 'visibility'
  /** Where pods or the API server run decides, and the manifests do not tell. */
  | 'placement'
  /** A rule names DNS names, and the record does not tell which ones the address had. */
  | 'names'
  /** The record does not tell the address of an end outside of the mesh, and rules name addresses. */
  | 'address'
  /** The rules of the end contradict each other, so running pods keep an older policy. */
  | 'conflict'
  /** A policy of the end, or a setting of its cluster, is not modelled. */
  | 'unmodelled'
  /** No record shows that the policy of the end let it pass. */
  | 'unrecorded';

/** A difference at one end of a flow. */
export interface Difference {
  readonly direction: Direction;
  readonly kind: DifferenceKind;
  /** The records that show it. */
  readonly records: RecordCount;
  /** Undefined if nothing explains it. */
  readonly explanation?: Explanation;
  /** Policies that Hubble names and the manifests lack. */
  readonly missing: readonly NamedPolicy[];
}

/** The comparison of a flow. */
export interface Agreement {
  /** The ends with policies of the mesh that any record proves something about. */
  readonly comparedAt: readonly Direction[];
  readonly differences: readonly Difference[];
}

/** Explanations of what differs in a cluster from its manifests, rather than of what is not known. */
export const DRIFTS: readonly Explanation[] = ['labels', 'policy'];

/**
 * Compares a flow with the decision of the manifests that ran while it was recorded. `doubts` are about that decision.
 */
export function compareWithRecording(
  judge: MeshJudge,
  flow: ObservedFlow,
  ends: { readonly source: MatchedEnd; readonly destination: MatchedEnd },
  decision: FlowDecision,
  doubts: Doubts,
): Agreement {
  const at = DIRECTIONS.map(direction => ({ direction, ...differencesAt(flow, direction, decision[direction]) }));
  const differences = at.flatMap(({ direction, kinds }) =>
    kinds.map(({ kind, records }): Difference => {
      const missing = missingPolicies(judge.mesh, decision[direction], flow.decisions[direction].policies);
      const found = { kind, records, missing };
      const explanation = explain(judge, flow, ends, direction, decision[direction], doubts, found);
      return { direction, kind, records, missing, explanation };
    }),
  );
  const comparedAt = COMPARED.find(each =>
    at.every(({ direction, isCompared }) => each.includes(direction) === isCompared),
  )!;
  // a copy is as long as its items, and what flatMap makes has room for sixteen more
  return { comparedAt, differences: differences.length > 0 ? differences.slice() : NO_DIFFERENCES };
}

const DIRECTIONS = ['egress', 'ingress'] as const;

// there are many flows, so what they have in common is shared
const COMPARED: ReadonlyArray<readonly Direction[]> = [[], ['egress'], ['ingress'], DIRECTIONS];
const NO_DIFFERENCES: readonly Difference[] = [];
const NO_POLICIES: readonly NamedPolicy[] = [];

interface Found {
  readonly kind: DifferenceKind;
  readonly records: RecordCount;
}

function differencesAt(
  flow: ObservedFlow,
  direction: Direction,
  { verdict }: EndpointDecision,
): { readonly kinds: readonly Found[]; readonly isCompared: boolean } {
  const { outcomes } = flow.decisions[direction];
  const { arrived, left, forwarded, proxied } = flow;
  // where it was dropped at the other end, a record without a place may have been seen before that end
  const shown = [
    ...Object.entries(outcomes).flatMap(([outcome, count]) => (isPassing(outcome as Outcome) ? [count] : [])),
    arrived,
    // what the destination's policy decided about had left its source
    ...(direction === 'egress' ? [left, ...Object.values(flow.decisions.ingress.outcomes)] : []),
    ...(direction === 'ingress' && hasPassed(flow, 'ingress') && arrived.records === 0 ? [left] : []),
    ...(hasDrops(flow) ? [] : [forwarded]),
  ].filter(({ records }) => records > 0);
  // requests have records of their own beside those of their connection
  const requests = [proxied.ingress, ...(direction === 'egress' ? [proxied.egress] : [])];
  const passed = shown.length > 0 ? shown : requests.filter(({ records }) => records > 0);
  const dropped = Object.entries(outcomes).flatMap(([outcome, count]) =>
    isPassing(outcome as Outcome) ? [] : [count],
  );
  if (verdict === 'outside' || verdict === 'undetermined' || passed.length + dropped.length === 0) {
    return { kinds: [], isCompared: false };
  }
  const { audited, allowed, redirected } = outcomes;
  const kinds: Found[] = [];
  const add = (kind: DifferenceKind, counts: readonly RecordCount[]) =>
    counts.length > 0 && kinds.push({ kind, records: sum(counts) });
  add('let-through', isAllowed(verdict) ? [] : passed);
  add('dropped', isAllowed(verdict) ? dropped : []);
  add('audited', isAllowed(verdict) && verdict !== 'audited' && audited ? [audited] : []);
  if (verdict === 'unenforced') {
    add('enforced', [allowed, redirected].flatMap(each => each ?? []));
  }
  if (verdict === 'redirected' && allowed && !redirected) {
    add('not-redirected', [allowed]);
  }
  if (verdict === 'allowed' && redirected && !allowed) {
    add('redirected', [redirected]);
  }
  return { kinds, isCompared: true };
}

function hasDrops({ decisions, dropped }: ObservedFlow): boolean {
  return (
    dropped.records > 0 ||
    [decisions.egress, decisions.ingress].some(({ outcomes }) =>
      Object.keys(outcomes).some(outcome => !isPassing(outcome as Outcome)),
    )
  );
}

function sum(counts: readonly RecordCount[]): RecordCount {
  if (counts.length === 1) {
    return counts[0];
  }
  const first = counts.reduce((least, each) => Math.min(least, each.first ?? Infinity), Infinity);
  const last = counts.reduce((most, each) => Math.max(most, each.last ?? -Infinity), -Infinity);
  return {
    records: counts.reduce((all, { records }) => all + records, 0),
    ...(Number.isFinite(first) ? { first } : {}),
    ...(Number.isFinite(last) ? { last } : {}),
    ...(counts[0]?.uuid === undefined ? {} : { uuid: counts[0].uuid }),
  };
}

function explain(
  judge: MeshJudge,
  flow: ObservedFlow,
  ends: { readonly source: MatchedEnd; readonly destination: MatchedEnd },
  direction: Direction,
  decision: EndpointDecision,
  doubts: Doubts,
  { kind, records, missing }: Found & Pick<Difference, 'missing'>,
): Explanation | undefined {
  const { outcomes } = flow.decisions[direction];
  const [self, other] = direction === 'egress' ? [ends.source, ends.destination] : [ends.destination, ends.source];
  const cluster = decision.cluster === undefined ? undefined : judge.mesh.cluster(decision.cluster);
  if ([self, other].some(end => 'difference' in end && end.difference)) {
    return 'labels';
  }
  if (missing.length > 0) {
    return 'policy';
  }
  if (decision.verdict === 'failed') {
    return 'conflict';
  }
  if (isOutdated(flow, direction, kind, records)) {
    return 'changed';
  }
  if (outcomes.audited && (kind === 'let-through' || kind === 'audited') && !outcomes.allowed && !outcomes.redirected) {
    return 'audit';
  }
  if (kind === 'dropped' && outcomes['auth-required'] && !outcomes.denied && !outcomes['default-denied']) {
    return 'authentication';
  }
  const isOnlyRedirected = kind === 'redirected' || (kind === 'enforced' && !outcomes.allowed);
  if (isOnlyRedirected && cluster?.version.traits.proxyVisibility) {
    return 'visibility';
  }
  if (doubts[direction] !== undefined) {
    return doubts[direction];
  }
  // that manifests deny what was let through is in doubt only if another place or name would change it
  const mayDiffer = kind !== 'let-through';
  if (mayDiffer && [self, other].some(end => 'endpoint' in end && isMovable(end.endpoint))) {
    return 'placement';
  }
  const isWithoutAddress = 'endpoint' in other && isWorld(other.endpoint);
  if (mayDiffer && isWithoutAddress && cluster && factsOf(cluster).addressed.includes(direction)) {
    return 'address';
  }
  // names of answers do not tell that they were known when it was recorded
  const recorded = flow[direction === 'egress' ? 'destination' : 'source'].matches;
  const isUnnamed = isWithoutAddress || recorded.some(end => 'endpoint' in end && isNameless(end.endpoint));
  if (mayDiffer && isUnnamed && cluster && factsOf(cluster).named.includes(direction)) {
    return 'names';
  }
  if (mayDiffer && 'endpoint' in self && hasUnmodelledPolicy(judge, self.endpoint, direction)) {
    return 'unmodelled';
  }
  return kind === 'let-through' && !hasPassed(flow, direction) ? 'unrecorded' : undefined;
}

/** Whether records after those of a difference show the contrary at the same end. */
function isOutdated(
  { decisions, arrived, proxied }: ObservedFlow,
  direction: Direction,
  kind: DifferenceKind,
  { last }: RecordCount,
): boolean {
  const { outcomes } = decisions[direction];
  const later = Object.entries(outcomes)
    .filter(([outcome]) => isPassing(outcome as Outcome) === (kind === 'dropped'))
    .map(([, count]) => count)
    .concat(kind === 'dropped' ? [arrived, proxied.ingress] : []);
  return (
    (kind === 'dropped' || kind === 'let-through') &&
    last !== undefined &&
    later.some(({ records, last: time }) => records > 0 && time !== undefined && time > last)
  );
}

/** Ends that other policies decide about on other nodes. */
function isMovable(endpoint: Endpoint): boolean {
  return (
    (endpoint.kind === 'workload' && endpoint.workload.hostNetwork) ||
    (endpoint.kind === 'entity' && ['kube-apiserver', 'remote-node'].includes(endpoint.entity))
  );
}

/** An end outside of the mesh whose address the records do not tell. */
function isWorld(endpoint: Endpoint): boolean {
  return endpoint.kind === 'entity' && endpoint.entity === 'world';
}

function isNameless(endpoint: Endpoint): boolean {
  return endpoint.kind === 'address' && endpoint.names.length === 0;
}

/** Facts about all policies of a cluster, which every difference asks for. */
interface ClusterFacts {
  /** The directions in which rules name DNS names. */
  readonly named: readonly Direction[];
  /** The directions in which rules name addresses. */
  readonly addressed: readonly Direction[];
}

const FACTS = new WeakMap<EvaluatedCluster, ClusterFacts>();

function factsOf(cluster: EvaluatedCluster): ClusterFacts {
  const { entries } = cluster;
  const known = FACTS.get(cluster) ?? {
    named: directionsWith(entries, ['fqdn']),
    addressed: directionsWith(entries, ['cidr', 'world', 'cidrGroup', 'cidrGroupLabels']),
  };
  FACTS.set(cluster, known);
  return known;
}

/** The directions in which rules select peers in one of these ways. */
function directionsWith(entries: readonly PolicyEntry[], kinds: ReadonlyArray<PeerSelector['kind']>): Direction[] {
  return (['egress', 'ingress'] as const).filter(direction =>
    entries.some(
      entry =>
        entry.direction === direction && entry.peers !== 'none' && entry.peers.some(({ kind }) => kinds.includes(kind)),
    ),
  );
}

/** Policies of the end's cluster that Hubble names and the manifests lack. Versions before 1.17 do not name kinds. */
function missingPolicies(
  mesh: EvaluatedMesh,
  { cluster: name }: EndpointDecision,
  named: readonly NamedPolicy[],
): readonly NamedPolicy[] {
  const cluster = name === undefined ? undefined : mesh.cluster(name);
  return !cluster || named.length === 0
    ? NO_POLICIES
    : named.filter(
      policy =>
        !cluster.policies.some(
          ({ manifest: { object } }) =>
            object.metadata.name === policy.name &&
            (policy.kind === undefined || object.kind === policy.kind) &&
            (policy.namespace === undefined || (object.metadata.namespace ?? 'default') === policy.namespace),
        ),
    );
}

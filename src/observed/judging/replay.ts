/** Recorded flows, decided by manifests: what they would deny, redirect and allow of what was seen. */
import { Agreement, compareWithRecording } from './agreement';
import { endsIn, FlowEnds } from './answered-names';
import { Doubt, doubtOf, Doubts, doubtsOf } from './doubts';
import { MeshJudge } from './mesh-judge';
import { DirectionPolicy } from '../../evaluator/engine/direction-policy';
import { Direction, Origin, PolicyEntry } from '../../evaluator/engine/entry';
import { ProxyVerdict } from '../../evaluator/engine/http';
import { clusterOf } from '../../evaluator/flows/endpoint';
import { EndpointDecision, FlowDecision, isAllowed } from '../../evaluator/flows/flow';
import { decideFlowRequest, Request } from '../../evaluator/flows/request';
import { parseHttpRequest } from '../../evaluator/queries/http-pattern';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { MatchedEnd } from '../flows/ends';
import { isUnproven, ObservedFlow, passedEnds, wasDenied, wasLetThrough } from '../flows/observed-flow';

/** What the manifests change for a flow that was recorded. */
export type ObservedChange =
  /** It was let through, and would be denied. */
  | 'denied'
  /** Requests in it were let through, and would be denied. */
  | 'requests-denied'
  /** A proxy would decide its requests, which it did not. */
  | 'redirected'
  /** It was denied, and would be allowed. */
  | 'allowed';

/** A recorded request that proxies decide. */
export interface ReplayedRequest {
  /** Without its query. */
  readonly text: string;
  readonly records: number;
  readonly verdict: ProxyVerdict;
}

/** A flow whose ends the manifests have, with the decisions of the manifests. */
export interface ReplayedFlow {
  readonly flow: ObservedFlow;
  readonly decision: FlowDecision;
  /** By the manifests to compare with; undefined without them, or if they lack an end. */
  readonly before?: FlowDecision;
  readonly change?: ObservedChange;
  /** Why the decision may be another one: then there is no change, for what is not known is no finding. */
  readonly doubt?: Doubt;
  /** Requests that were let through, and would be denied. */
  readonly deniedRequests: readonly ReplayedRequest[];
  readonly agreement: Agreement;
}

/** A flow with an end that the manifests lack. */
export interface UnknownFlow extends FlowEnds {
  readonly flow: ObservedFlow;
}

/** All flows of a recording, decided. */
export interface Replay {
  readonly flows: readonly ReplayedFlow[];
  readonly unknown: readonly UnknownFlow[];
  /** Rules that let recorded flows pass, by cluster. */
  readonly usedRules: ReadonlyMap<string, ReadonlySet<Origin>>;
  /** Rules that may have let recorded flows pass which are undetermined, or whose other end the manifests lack. */
  readonly possibleRules: ReadonlyMap<string, ReadonlySet<Origin>>;
}

/**
 * Decides recorded flows. `before` are the manifests that ran while Hubble recorded; without them, those of `mesh`. The
 * ends of the flows were found in `[mesh]`, or in `[mesh, before]`.
 */
export function replayFlows(flows: readonly ObservedFlow[], mesh: EvaluatedMesh, before?: EvaluatedMesh): Replay {
  const [judge, judgeBefore] = [new MeshJudge(mesh), before && new MeshJudge(before)];
  const [used, possible] = [new Rules(judge), new Rules(judge)];
  const decided: ReplayedFlow[] = [];
  const unknown: UnknownFlow[] = [];
  for (const flow of flows) {
    const ends = endsIn(judge, flow, 0);
    const decision = decideIn(judge, ends, flow);
    if (!decision) {
      unknown.push({ flow, ...ends });
      if (!wasDenied(flow)) {
        possible.addAll(ends);
      }
      continue;
    }
    const endsBefore = judgeBefore && endsIn(judgeBefore, flow, 1);
    const decisionBefore = judgeBefore && decideIn(judgeBefore, endsBefore!, flow);
    const doubts = doubtsIn(judge, ends, flow, decision);
    const doubtsBefore = judgeBefore && decisionBefore ? doubtsIn(judgeBefore, endsBefore!, flow, decisionBefore) : {};
    // what the old manifests deny only perhaps, they may have let through
    const known = decisionBefore && !doubtOf(decisionBefore, doubtsBefore) ? decisionBefore : undefined;
    const doubt = withoutChanged(doubtOf(decision, doubts), known);
    const deniedRequests = doubt || flow.requests.size === 0 ? NO_REQUESTS : requestsDeniedBy(decision, flow);
    const change = doubt
      ? undefined
      : changeOf(flow, decision, known, before !== undefined, deniedRequests.length > 0);
    passedEnds(flow).forEach(direction => used.addAllowing(decision[direction]));
    if (mayHaveUsed(flow, decision, doubt)) {
      possible.addAll(ends);
    }
    decided.push({
      flow,
      decision,
      // all of them have the same fields, which takes less memory than fewer
      before: decisionBefore,
      change,
      doubt,
      deniedRequests,
      agreement: before
        ? decisionBefore
          ? compareWithRecording(judgeBefore!, flow, endsBefore!, decisionBefore, doubtsBefore)
          : { comparedAt: [], differences: [] }
        : compareWithRecording(judge, flow, ends, decision, doubts),
    });
  }
  return { flows: decided, unknown, usedRules: used.rules, possibleRules: possible.rules };
}

const NO_REQUESTS: readonly ReplayedRequest[] = [];

/**
 * What old manifests let through by their modelled rules, and the new ones deny, changed whatever else there is. So did
 * what only its source was recorded of.
 */
function withoutChanged(doubt: Doubt | undefined, before: FlowDecision | undefined): Doubt | undefined {
  const isChanged = before && before.verdict !== 'denied';
  return isChanged && (doubt === 'unmodelled' || doubt === 'unrecorded') ? undefined : doubt;
}

/** Whether other rules than those that decide a flow may have let it pass. */
export function mayHaveUsed(flow: ObservedFlow, { verdict }: FlowDecision, doubt: Doubt | undefined): boolean {
  return isUnproven(flow) || (wasLetThrough(flow) && (doubt !== undefined || verdict === 'unknown'));
}

/** The rules of the clusters of a mesh that something is known about. */
class Rules {
  public readonly rules: ReadonlyMap<string, Set<Origin>>;
  private readonly added = new Set<DirectionPolicy>();

  constructor(private readonly judge: MeshJudge) {
    this.rules = new Map(judge.mesh.clusters.map(({ name }) => [name, new Set<Origin>()]));
  }

  /** The rules that let a flow pass at an end. Those of a denial turn default deny on, or deny. */
  public addAllowing({ cluster, entries, verdict }: EndpointDecision): void {
    this.add(cluster, isAllowed(verdict) ? entries : []);
  }

  /** All rules of the ends that the mesh has. */
  public addAll({ source, destination }: FlowEnds): void {
    this.addEnd(source, 'egress');
    this.addEnd(destination, 'ingress');
  }

  private addEnd(end: MatchedEnd, direction: Direction): void {
    if (!('endpoint' in end)) {
      return;
    }
    const { endpoint } = end;
    const policy = this.judge.policyAt(endpoint, direction);
    if (policy && !this.added.has(policy)) {
      this.added.add(policy);
      this.add(clusterOf(endpoint), policy.entries);
    }
  }

  private add(cluster: string | undefined, entries: readonly PolicyEntry[]): void {
    const rules = cluster === undefined ? undefined : this.rules.get(cluster);
    if (rules) {
      entries.forEach(({ origin }) => rules.add(origin));
    }
  }
}

function decideIn(
  judge: MeshJudge,
  { source, destination }: FlowEnds,
  { protocol, port }: ObservedFlow,
): FlowDecision | undefined {
  return 'endpoint' in source && 'endpoint' in destination
    ? judge.decide(source.endpoint, destination.endpoint, { protocol, port })
    : undefined;
}

/** What is in doubt of a decision. Only flows that were let through are held against a denial. */
function doubtsIn(
  judge: MeshJudge,
  { source, destination }: FlowEnds,
  flow: ObservedFlow,
  decision: FlowDecision,
): Doubts {
  return 'endpoint' in source && 'endpoint' in destination && wasLetThrough(flow)
    ? doubtsOf(judge, { source, destination }, flow, decision)
    : {};
}

function changeOf(
  flow: ObservedFlow,
  decision: FlowDecision,
  before: FlowDecision | undefined,
  hasBefore: boolean,
  deniesRequests: boolean,
): ObservedChange | undefined {
  if (wasLetThrough(flow) && decision.verdict === 'denied') {
    // what the manifests denied already while it was let through is a disagreement, and no change
    return before?.verdict === 'denied' ? undefined : 'denied';
  }
  if (deniesRequests) {
    return 'requests-denied';
  }
  const isRedirected = (['egress', 'ingress'] as const).some(end =>
    isNewlyRedirected(flow, decision, before, end, hasBefore),
  );
  if (wasLetThrough(flow) && isRedirected) {
    return 'redirected';
  }
  return wasDenied(flow) && decision.verdict === 'allowed' && before?.verdict !== 'allowed' ? 'allowed' : undefined;
}

function isNewlyRedirected(
  { decisions }: ObservedFlow,
  decision: FlowDecision,
  before: FlowDecision | undefined,
  end: 'egress' | 'ingress',
  hasBefore: boolean,
): boolean {
  const { allowed, redirected } = decisions[end].outcomes;
  return (
    decision[end].verdict === 'redirected' &&
    (hasBefore ? before !== undefined && before[end].verdict !== 'redirected' : allowed !== undefined && !redirected)
  );
}

/** The requests that were let through and that the proxies would deny. What only the proxies know is no denial. */
function requestsDeniedBy(decision: FlowDecision, { requests }: ObservedFlow): ReplayedRequest[] {
  const denied = new Map<string, ReplayedRequest>();
  for (const [text, { records, denied: before }] of requests) {
    const request = before < records ? requestOf(text) : undefined;
    if (request && decideFlowRequest(decision, request) === 'denied') {
      const shown = withoutQuery(text);
      const known = denied.get(shown)?.records ?? 0;
      denied.set(shown, { text: shown, records: known + records - before, verdict: 'denied' });
    }
  }
  return [...denied.values()].sort((one, other) => (one.text < other.text ? -1 : 1));
}

/** A recorded request; undefined for one without a path, such as CONNECT. Headers were not kept. */
export function requestOf(text: string): Request | undefined {
  if (text.startsWith('DNS ')) {
    return { kind: 'dns', name: text.slice('DNS '.length) };
  }
  const http = parseHttpRequest(text);
  return http && { kind: 'http', http };
}

/** A request without its query, which may hold secrets. */
export function withoutQuery(text: string): string {
  return text.replace(/\?.*$/s, '');
}

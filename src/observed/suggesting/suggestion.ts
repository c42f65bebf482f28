/** The least policies that allow what was seen and deny the rest, for chosen workloads. */
import { defaultDenies, DIRECTIONS, dnsAccess, isIsolated } from './default-deny';
import { decisionsOf, denialOf, denyingVerdict, enforcing, OpenedConnections, openedConnections, withSuggested } from './held';
import { peersOf, UnsuitedEnd, workloadOf } from './peer';
import { PodSelection, podSelections } from './pod-selection';
import { NamedDefaultDeny, NamedStatement, policiesOfDefaultDeny, policiesOfStatement, SuggestedPolicy } from './policies';
import { allHttpRequests, deniedRequests, limitsRequests, passedRequests, requestRules, RuleRequests } from './requests';
import { isIcmp, isRulePort } from './rule-ports';
import { isAudited, isSeen } from './seen';
import { Edge, Statement, StatementPeer, statementsOf } from './statement';
import { SuggestedNames } from './suggested-names';
import { Direction } from '../../evaluator/engine/entry';
import { EndpointVerdict, FlowDecision } from '../../evaluator/flows/flow';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { compareWorkloads, Workload } from '../../evaluator/read/workload';
import { ObservedFlow, wasDenied, wasLetThrough } from '../flows/observed-flow';
import { MeshJudge } from '../judging/mesh-judge';

/** For which workloads policies are suggested. */
export interface SuggestionScope {
  readonly chosen: readonly Workload[];
  /** Whether single workloads were chosen, and not whole namespaces of clusters. */
  readonly byWorkload: boolean;
  /** Whether flows count that policies in audit mode would have dropped. */
  readonly audited: boolean;
  /** Whether only the recorded requests of HTTP are allowed, where the recording has all of them. */
  readonly http: boolean;
}

/** Why a flow that was seen is not allowed by the suggestion. */
export type LeftReason =
  | UnsuitedEnd
  /** Cilium has no rule for this protocol or port. */
  | 'port'
  /**
   * A policy for an end that was not chosen would deny its other flows: its Cilium is older than 1.16, or ignores
   * `enableDefaultDeny`.
   */
  | 'not-chosen'
  /** A rule of the mesh denies it. */
  | 'denied'
  /** A proxy of the mesh would deny requests that were let through, and no rule for them alone can be written. */
  | 'requests'
  /** Policies of an end contradict each other. */
  | 'failed'
  /** Another verdict than allowed, whatever policy is added. */
  | 'not-allowed';

/** A flow that was seen, and that the suggestion does not allow, or not for certain. */
export interface LeftFlow {
  readonly flow: ObservedFlow;
  readonly reason: LeftReason;
  /** Whether it is denied after all policies are applied. */
  readonly isDenied: boolean;
  /** By the mesh with the suggestion; undefined if an end is unknown. */
  readonly decision?: FlowDecision;
}

/** Policies to add to a mesh, and what they do to what was recorded. */
export interface Suggestion {
  /** Sorted. */
  readonly chosen: readonly Workload[];
  readonly statements: readonly NamedStatement[];
  readonly defaultDenies: readonly NamedDefaultDeny[];
  /** In the order of default denies and statements. */
  readonly policies: readonly SuggestedPolicy[];
  /** The name of each selection that statements use. */
  readonly names: ReadonlyMap<PodSelection, string>;
  /** Flows with a chosen end that were let through. */
  readonly seen: readonly ObservedFlow[];
  /** Of them, those that the mesh allows by rules already, or that default deny lets pass. */
  readonly alreadyAllowed: readonly ObservedFlow[];
  readonly left: readonly LeftFlow[];
  /** Flows with a chosen end that policies dropped. */
  readonly denied: number;
  /** Flows with a chosen end that were dropped for other reasons, which tells nothing about policies. */
  readonly failed: number;
  /** Flows that only audit mode let through. */
  readonly onlyAudited: number;
  /** What is opened among the chosen workloads and was not seen. */
  readonly opened: readonly OpenedConnections[];
  /** Chosen workloads whose policies do not deny the rest, even so. */
  readonly open: readonly Workload[];
  /** The mesh with the suggestion, without audit mode. */
  readonly after: EvaluatedMesh;
}

/** What to add to a mesh, by what was recorded. The flows were found in this mesh. */
export function suggest(mesh: EvaluatedMesh, flows: readonly ObservedFlow[], scope: SuggestionScope): Suggestion {
  const selections = podSelections(mesh);
  const chosen = scope.byWorkload
    ? wholeSelections(scope.chosen, selections)
    : [...scope.chosen].sort(compareWorkloads);
  const isChosen = new Set(chosen);
  const own = flows.filter(({ source, destination }) =>
    [source, destination].some(end => isChosen.has(workloadOf(end)!)),
  );
  const seen = own.filter(flow => isSeen(flow, scope.audited));

  const names = new SuggestedNames(mesh);
  const enforced = enforcing(mesh);
  const judge = new MeshJudge(enforced);
  const denies = defaultDenies(judge, chosen, scope.byWorkload ? selections : undefined).map(
    (deny): NamedDefaultDeny => ({ ...deny, name: names.ofDefaultDeny(deny) }),
  );
  const denying = denies.flatMap(policiesOfDefaultDeny);
  const before = withSuggested(enforced, denying);
  const judgeBefore = new MeshJudge(before);

  const edges: Edge[] = [];
  const reasons = new Map<ObservedFlow, LeftReason>();
  /** Whether something must be done for a flow, or nothing can be. */
  const add = (flow: ObservedFlow, found: ReturnType<typeof edgesOf>): boolean => {
    if (found === 'allowed') {
      return false;
    }
    if (typeof found === 'string') {
      reasons.set(flow, found);
    } else {
      found.forEach(edge => edges.push(edge));
    }
    return true;
  };
  let alreadyAllowed = seen.filter(flow => !add(flow, edgesOf(flow, selections, judgeBefore, scope)));
  const knowsAll = (trait: 'portRanges' | 'egressNamedPortsByPeer') =>
    mesh.clusters.every(({ version }) => version.traits[trait]);
  const syntax = { portRanges: knowsAll('portRanges'), portNames: knowsAll('egressNamedPortsByPeer') };
  const plan = (given: SuggestedNames) => {
    const planned: NamedStatement[] = [];
    for (const { requests, ...statement } of statementsOf(edges, syntax)) {
      const directions = opensOtherwise(statement, judge, isChosen);
      if (directions.some(direction => !knowsOpenPolicies(mesh, statement, direction))) {
        statement.flows.forEach(flow => reasons.set(flow, 'not-chosen'));
        continue;
      }
      // where an end is left open, rules of layer 7 at it deny nothing
      const isOpen = requests !== undefined && directions.includes(decidingEnd(requests, statement));
      planned.push({
        ...statement,
        ...(requests && !isOpen ? { requests } : {}),
        name: given.ofStatement(statement),
        defaultDeny: { egress: !directions.includes('egress'), ingress: !directions.includes('ingress') },
      });
    }
    return planned;
  };
  // statements deny the rest for chosen pods that no default deny selects, so other flows of them need statements too
  const isDenied = chosen.every(each => DIRECTIONS.every(direction => isIsolated(judgeBefore, each, direction)));
  for (let cut: readonly ObservedFlow[] = isDenied ? [] : alreadyAllowed; cut.length > 0; ) {
    const planned = plan(new SuggestedNames(mesh)).flatMap(policiesOfStatement);
    const judgePlanned = new MeshJudge(withSuggested(before, planned));
    const found = new Set(alreadyAllowed.filter(flow => add(flow, edgesOf(flow, selections, judgePlanned, scope))));
    alreadyAllowed = alreadyAllowed.filter(flow => !found.has(flow));
    cut = [...found];
  }
  const statements = plan(names);
  const allowing = statements.flatMap(policiesOfStatement);
  const hasNames = statements.some(({ destinations }) => destinations.some(({ peer }) => peer.kind === 'fqdn'));
  const access = hasNames
    ? dnsAccess(new MeshJudge(withSuggested(enforced, [...denying, ...allowing])), statements).map(
      (each): NamedDefaultDeny => ({ ...each, name: names.ofDefaultDeny(each) }),
    )
    : [];
  const policies = [...denying, ...access.flatMap(policiesOfDefaultDeny), ...allowing];
  const after = withSuggested(enforced, policies);
  const judgeAfter = new MeshJudge(after);
  const left = seen.flatMap(flow => leftFlow(flow, reasons.get(flow), judgeAfter));
  const used = [
    ...[...denies, ...access].flatMap(({ pods }) => pods ?? []),
    ...statements
      .flatMap(({ sources, destinations }) => [...sources, ...destinations])
      .flatMap(({ peer }) => (peer.kind === 'pods' ? [peer.pods] : [])),
  ];
  return {
    chosen,
    statements,
    defaultDenies: [...denies, ...access],
    policies,
    names: new Map([...new Set(used)].map(pods => [pods, names.ofPods(pods)])),
    seen,
    alreadyAllowed,
    left,
    denied: own.filter(wasDenied).length,
    failed: own.filter(flow => !wasLetThrough(flow) && !wasDenied(flow)).length,
    onlyAudited: own.filter(flow => wasLetThrough(flow) && !isSeen(flow, scope.audited) && isAudited(flow)).length,
    opened: openedConnections(before, after, isChosen, seen),
    open: chosen.filter(workload =>
      (['egress', 'ingress'] as const).some(direction => !isIsolated(judgeAfter, workload, direction)),
    ),
    after,
  };
}

/** The chosen workloads, and those of their clusters that the same labels select. */
function wholeSelections(
  chosen: readonly Workload[],
  selections: ReadonlyMap<Workload, PodSelection>,
): Workload[] {
  const all = chosen.flatMap(workload => [
    workload,
    ...(selections.get(workload)?.workloads ?? []).filter(({ cluster }) => cluster === workload.cluster),
  ]);
  return [...new Set(all)].sort(compareWorkloads);
}

/** The end whose proxy decides about requests. */
function decidingEnd({ kind }: RuleRequests, { destinations }: Pick<Statement, 'destinations'>): Direction {
  return kind === 'http' && destinations.every(({ peer }) => peer.kind === 'pods') ? 'ingress' : 'egress';
}

/** What to allow for a flow; `allowed` if it is; or why nothing can. */
function edgesOf(
  flow: ObservedFlow,
  selections: ReadonlyMap<Workload, PodSelection>,
  judge: MeshJudge,
  { http }: SuggestionScope,
): readonly Edge[] | 'allowed' | LeftReason {
  const { source, destination, protocol, port } = flow;
  const clusters = [source, destination].flatMap(end => workloadOf(end)?.cluster ?? []);
  const settings = clusters.map(name => judge.mesh.cluster(name)!.settings.policy);
  const viewer = { cluster: clusters[0], hasNames: settings.every(({ l7Proxy }) => l7Proxy) };
  const [from, to] = [
    peersOf(flow, 'source', viewer, selections),
    peersOf(flow, 'destination', viewer, selections),
  ];
  if (from === 'unknown' || to === 'unknown') {
    return 'unknown';
  }
  const denial = denialOf(judge, flow);
  const reason = denial && reasonOf(denyingVerdict(denial));
  if (reason !== undefined) {
    return reason;
  }
  const requests = denial
    ? limitedRequests(flow, denial, http && viewer.hasNames)
    : addedRequests(judge, flow);
  if (requests === 'none' || requests === 'unsuited') {
    return requests === 'none' ? 'allowed' : 'requests';
  }
  if (typeof from === 'string') {
    return from;
  }
  if (typeof to === 'string') {
    return to;
  }
  const isNamed = isRulePort(protocol, port) && (!isIcmp(protocol) || settings.every(({ icmpRules }) => icmpRules));
  return isNamed
    ? from.flatMap(one => to.map((other): Edge => ({
      source: one,
      destination: other,
      protocol,
      port,
      ...(requests ? { requests } : {}),
      flow,
    })))
    : 'port';
}

/**
 * The requests to allow of a flow that an end denies; undefined for all. Where the other end allows some requests only,
 * a rule for all would open the others there.
 */
function limitedRequests(
  flow: ObservedFlow,
  { egress, ingress }: FlowDecision,
  http: boolean,
): RuleRequests | 'unsuited' | undefined {
  if (limitsRequests(egress) || limitsRequests(ingress)) {
    return requestRules(passedRequests(flow)) ?? 'unsuited';
  }
  // where all requests pass at the destination already, a rule for some of them there limits nothing
  return http && ingress.verdict !== 'allowed' && ingress.verdict !== 'unenforced' ? allHttpRequests(flow) : undefined;
}

/**
 * The requests of an allowed flow that rules must add, because proxies of the mesh deny them. They are unsuited where
 * the rule for them would be at the other end, and so open all requests at the end that denies them.
 */
function addedRequests(judge: MeshJudge, flow: ObservedFlow): RuleRequests | 'none' | 'unsuited' {
  const denied = deniedOf(judge, flow);
  const all = [...new Set([...denied.egress, ...denied.ingress])];
  if (all.length === 0) {
    return 'none';
  }
  const requests = requestRules(all);
  const isInside = workloadOf(flow.destination) !== undefined;
  const other: Direction = requests?.kind === 'http' && isInside ? 'egress' : 'ingress';
  return requests && denied[other].length === 0 ? requests : 'unsuited';
}

/** The requests that were let through and that proxies would deny, by their end. */
function deniedOf(judge: MeshJudge, flow: ObservedFlow): { readonly [at in Direction]: readonly string[] } {
  const decisions = flow.requests.size === 0 ? [] : [...decisionsOf(judge, flow)];
  const denied = decisions.map(each => deniedRequests(flow, each));
  return { egress: denied.flatMap(({ egress }) => egress), ingress: denied.flatMap(({ ingress }) => ingress) };
}

/** Why no further policy helps against a verdict. */
function reasonOf(verdict: EndpointVerdict): LeftReason | undefined {
  switch (verdict) {
    case 'default-denied':
      return undefined;
    case 'denied':
      return 'denied';
    case 'failed':
      return 'failed';
    default:
      return 'not-allowed';
  }
}

function leftFlow(flow: ObservedFlow, reason: LeftReason | undefined, judge: MeshJudge): LeftFlow[] {
  if (reason === 'unknown') {
    return [{ flow, reason, isDenied: true }];
  }
  const decision = denialOf(judge, flow);
  const denied = decision ? undefined : deniedOf(judge, flow);
  return !decision
    ? denied!.egress.length + denied!.ingress.length > 0
      ? [{ flow, reason: 'requests', isDenied: true }]
      : []
    : [
      {
        flow,
        reason: reason ?? reasonOf(denyingVerdict(decision)) ?? 'not-allowed',
        isDenied: decision.verdict === 'denied',
        decision,
      },
    ];
}

/**
 * The directions in which the policies of a statement must not deny the rest, because they select pods that were not
 * chosen and whose policies do not deny it yet.
 */
function opensOtherwise(
  { sources, destinations }: Statement,
  judge: MeshJudge,
  chosen: ReadonlySet<Workload>,
): Direction[] {
  const isOpen = (side: readonly StatementPeer[], direction: Direction) =>
    selectedBy(side).some(workload => !chosen.has(workload) && !isIsolated(judge, workload, direction));
  return [...(isOpen(sources, 'egress') ? ['egress' as const] : []), ...(isOpen(destinations, 'ingress') ? ['ingress' as const] : [])];
}

/** Whether the clusters of a side know policies that do not deny the rest. */
function knowsOpenPolicies(mesh: EvaluatedMesh, { sources, destinations }: Statement, direction: Direction): boolean {
  const side = direction === 'egress' ? sources : destinations;
  return side
    .flatMap(({ clusters }) => clusters)
    .map(name => mesh.cluster(name)!)
    .every(({ version, settings }) => version.traits.enableDefaultDeny && settings.policy.nonDefaultDenyPolicies);
}

function selectedBy(side: readonly StatementPeer[]): Workload[] {
  return side.flatMap(({ peer, clusters }) =>
    peer.kind === 'pods' ? peer.pods.workloads.filter(({ cluster }) => clusters.includes(cluster)) : [],
  );
}


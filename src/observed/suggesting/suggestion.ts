/** The least policies that allow what was seen and deny the rest, for chosen workloads. */
import { defaultDenies, isIsolated } from './default-deny';
import { denialOf, denyingVerdict, enforcing, OpenedConnections, openedConnections, withSuggested } from './held';
import { peersOf, UnsuitedEnd, workloadOf } from './peer';
import { PodSelection, podSelections } from './pod-selection';
import { NamedDefaultDeny, NamedStatement, policiesOfDefaultDeny, policiesOfStatement, SuggestedPolicy } from './policies';
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
  const alreadyAllowed: ObservedFlow[] = [];
  for (const flow of seen) {
    const found = edgesOf(flow, selections, judgeBefore);
    if (found === 'allowed') {
      alreadyAllowed.push(flow);
    } else if (typeof found === 'string') {
      reasons.set(flow, found);
    } else {
      edges.push(...found);
    }
  }
  const hasRanges = mesh.clusters.every(({ version }) => version.traits.portRanges);
  const opens = (statement: Statement) => opensOtherwise(statement, judge, isChosen);
  const statements: NamedStatement[] = [];
  for (const statement of statementsOf(edges, hasRanges)) {
    const directions = opens(statement);
    if (directions.some(direction => !knowsOpenPolicies(mesh, statement, direction))) {
      statement.flows.forEach(flow => reasons.set(flow, 'not-chosen'));
      continue;
    }
    statements.push({
      ...statement,
      name: names.ofStatement(statement),
      defaultDeny: { egress: !directions.includes('egress'), ingress: !directions.includes('ingress') },
    });
  }
  const policies = [...denying, ...statements.flatMap(policiesOfStatement)];
  const after = withSuggested(enforced, policies);
  const judgeAfter = new MeshJudge(after);
  const left = seen.flatMap(flow => leftFlow(flow, reasons.get(flow), judgeAfter));
  const used = [
    ...denies.flatMap(({ pods }) => pods ?? []),
    ...statements
      .flatMap(({ sources, destinations }) => [...sources, ...destinations])
      .flatMap(({ peer }) => (peer.kind === 'pods' ? [peer.pods] : [])),
  ];
  return {
    chosen,
    statements,
    defaultDenies: denies,
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

/** What to allow for a flow; `allowed` if it is; or why nothing can. */
function edgesOf(
  flow: ObservedFlow,
  selections: ReadonlyMap<Workload, PodSelection>,
  judge: MeshJudge,
): readonly Edge[] | 'allowed' | LeftReason {
  const { source, destination, protocol, port } = flow;
  const clusters = [source, destination].flatMap(end => workloadOf(end)?.cluster ?? []);
  const settings = clusters.map(name => judge.mesh.cluster(name)!.settings.policy);
  const viewer = { cluster: clusters[0], hasNames: settings.every(({ l7Proxy }) => l7Proxy) };
  const [from, to] = [
    peersOf(source, 'source', viewer, selections),
    peersOf(destination, 'destination', viewer, selections),
  ];
  if (from === 'unknown' || to === 'unknown') {
    return 'unknown';
  }
  const denial = denialOf(judge, flow);
  if (!denial) {
    return 'allowed';
  }
  const reason = reasonOf(denyingVerdict(denial));
  if (reason !== undefined) {
    return reason;
  }
  if (typeof from === 'string') {
    return from;
  }
  if (typeof to === 'string') {
    return to;
  }
  const isNamed = isRulePort(protocol, port) && (!isIcmp(protocol) || settings.every(({ icmpRules }) => icmpRules));
  return isNamed
    ? from.flatMap(one => to.map((other): Edge => ({ source: one, destination: other, protocol, port, flow })))
    : 'port';
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
  return !decision
    ? []
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


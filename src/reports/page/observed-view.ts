/** Recorded flows beside what manifests say of them, as the page of a report shows them. */
import { OBSERVED_STATES, ObservedRow, ObservedState, Verdicts } from './observed-states';
import { formatPort, isDropped } from '../../evaluator/flows/flow';
import { decidingRules, RuleReference } from '../../evaluator/queries/explain';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { FlowDigest } from '../../observed/digest/flow-digest';
import { DigestedFlow, DigestedReplay, DigestMesh, replayDigest } from '../../observed/digest/replay-digest';
import { LabelDifference, ObservedEnd } from '../../observed/flows/ends';
import { wasDenied, wasLetThrough } from '../../observed/flows/observed-flow';
import { findRuleUse } from '../../observed/judging/unused-rules';
import { formatTime } from '../../observed/reading/time';
import { EXPLANATIONS, UnknownEnd, unknownEnds } from '../replay-result';
import { counted } from '../words';

/** What a recording says about a mesh. */
export interface ObservedView {
  readonly counts: { readonly [state in ObservedState]: number };
  /** Flows in the file. */
  readonly flows: number;
  readonly rows: readonly ObservedRow[];
  /** How many rows that fit the question are left out. */
  readonly left: number;
  /** Rules that let no recorded flow pass; undefined if the file has too few flows to tell. */
  readonly unusedRules?: { readonly rules: number; readonly unused: readonly RuleReference[]; readonly left: number };
  /** Ends that the manifests lack, with the most records first. */
  readonly unknown: {
    readonly flows: number;
    readonly ends: readonly UnknownEnd[];
    readonly left: number;
  };
  /** Hubble's verdicts beside those of the manifests that ran. */
  readonly agreement: {
    readonly compared: number;
    readonly agreed: number;
    readonly explained: number;
    readonly unexplained: number;
  };
  readonly coverage: FlowDigest['coverage'];
  /** What limits the answer. */
  readonly notes: readonly string[];
}

/** Which rows to answer. */
export interface ObservedChoice {
  readonly show?: ObservedState;
  /** Words that rows contain. */
  readonly text?: string;
  readonly most?: number;
}

const MOST_ROWS = 500;
const MOST_RULES = 500;
const MOST_RULES_OF_ROW = 4;
const MOST_ENDS = 100;

/** A recording, judged. It answers many choices of rows. */
export class ObservedFlows {
  private readonly replayed: DigestedReplay;
  private readonly states: ReadonlyMap<DigestedFlow, ObservedState>;
  private readonly sorted: readonly DigestedFlow[];

  constructor(
    private readonly digest: FlowDigest,
    written: readonly EvaluatedMesh[],
    private readonly mesh: DigestMesh,
    before?: DigestMesh,
  ) {
    this.replayed = replayDigest(digest, written, mesh, before);
    this.states = new Map(this.replayed.flows.map(each => [each, stateOf(each)]));
    const rank = (each: DigestedFlow) => OBSERVED_STATES.indexOf(this.states.get(each)!);
    this.sorted = this.replayed.flows
      .map((each, index) => ({ each, index }))
      .sort((one, other) => rank(one.each) - rank(other.each) || one.index - other.index)
      .map(({ each }) => each);
  }

  public view({ show, text = '', most = MOST_ROWS }: ObservedChoice = {}): ObservedView {
    const words = text.toLowerCase().split(/\s+/).filter(each => each !== '');
    const fitting = this.sorted.filter(
      each =>
        (show === undefined || this.states.get(each) === show) && words.every(word => textOf(each).includes(word)),
    );
    return {
      counts: this.counts(),
      flows: this.digest.flows.length,
      rows: fitting.slice(0, most).map(each => this.row(each)),
      left: Math.max(0, fitting.length - most),
      ...this.unusedRules(),
      unknown: this.unknown(),
      agreement: this.agreement(),
      coverage: this.digest.coverage,
      notes: notesOf(this.digest),
    };
  }

  /** Pairs of ends with flows that passed: those with one that the manifests deny, and others that they allow. */
  public pairs(): Array<{ readonly from: string; readonly to: string; readonly state: 'breaks' | 'used' }> {
    const pairs = new Map<string, ReturnType<ObservedFlows['pairs']>[number]>();
    for (const { flow, decision, change } of this.replayed.flows) {
      const { from } = reference('from', flow.source);
      const { to } = reference('to', flow.destination);
      const breaks = change === 'denied' || change === 'requests-denied';
      const isUsed = wasLetThrough(flow) && decision.verdict === 'allowed';
      if (from !== undefined && to !== undefined && (breaks || isUsed)) {
        const key = JSON.stringify([from, to]);
        pairs.set(key, breaks || !pairs.has(key) ? { from, to, state: breaks ? 'breaks' : 'used' } : pairs.get(key)!);
      }
    }
    return [...pairs.values()];
  }

  /** Pairs of workloads and ports that recorded flows used: `Kind/namespace/name@cluster` and `TCP/80`. */
  public usedFlows(): Array<readonly [from: string, to: string, port: string]> {
    return this.replayed.flows.flatMap(({ flow }) => {
      const [source, destination] = [flow.source.matches[0], flow.destination.matches[0]];
      return wasLetThrough(flow) && isWorkload(source) && isWorkload(destination)
        ? [[keyOf(source), keyOf(destination), formatPort(flow)] as const]
        : [];
    });
  }

  private counts(): ObservedView['counts'] {
    const states = [...this.states.values()];
    return Object.fromEntries(
      OBSERVED_STATES.map(state => [state, states.filter(each => each === state).length]),
    ) as ObservedView['counts'];
  }

  private row(each: DigestedFlow): ObservedRow {
    const { flow, decision, before, change, doubt, deniedRequests, agreement } = each;
    const { source, destination, protocol, port, records, first, last } = flow;
    const [passed, dropped] = [wasLetThrough(flow), wasDenied(flow)];
    // of a denied flow the rules that deny it
    const ends = (['egress', 'ingress'] as const).filter(
      end => decision.verdict !== 'denied' || isDropped(decision[end].verdict),
    );
    const rules = ends.flatMap(end => decidingRules(this.mesh.mesh, decision[end]));
    return {
      state: this.states.get(each)!,
      source: source.text,
      destination: destination.text,
      ...reference('from', source),
      ...reference('to', destination),
      protocol,
      port,
      records,
      ...(first === undefined ? {} : { first: formatTime(first) }),
      ...(last === undefined ? {} : { last: formatTime(last) }),
      seen: passed ? 'passed' : dropped ? 'dropped' : 'neither',
      decision: verdictsOf(decision),
      ...(before ? { before: verdictsOf(before) } : {}),
      ...(change ? { change } : {}),
      ...(doubt ? { undetermined: doubt } : {}),
      deniedRequests,
      rules: rules.slice(0, MOST_RULES_OF_ROW),
      differences: agreement.differences.map(({ direction, kind, explanation }) => ({
        direction,
        kind,
        ...(explanation ? { explanation } : {}),
      })),
      notes: rowNotes(each, rules.length - MOST_RULES_OF_ROW),
    };
  }

  private unusedRules(): Pick<ObservedView, 'unusedRules'> {
    const { coverage, showsAllRules } = this.digest;
    if (!showsAllRules || coverage.clusters.length === 0) {
      return {};
    }
    const { rules, unused: all } = findRuleUse(this.mesh.mesh, this.replayed.replay, new Set(coverage.clusters));
    const unused = all.map(({ ofUnusedPolicy: _, ...rule }) => rule);
    return {
      unusedRules: { rules, unused: unused.slice(0, MOST_RULES), left: Math.max(0, unused.length - MOST_RULES) },
    };
  }

  private unknown(): ObservedView['unknown'] {
    const { unknown } = this.replayed.replay;
    const sorted = unknownEnds(unknown);
    return {
      flows: unknown.length,
      ends: sorted.slice(0, MOST_ENDS),
      left: Math.max(0, sorted.length - MOST_ENDS),
    };
  }

  private agreement(): ObservedView['agreement'] {
    const all = this.replayed.flows.map(({ agreement }) => agreement);
    const compared = all.filter(({ comparedAt }) => comparedAt.length > 0).length;
    const differing = all.filter(({ differences }) => differences.length > 0).length;
    const unexplained = all.filter(isUnexplained).length;
    return { compared, agreed: compared - differing, explained: differing - unexplained, unexplained };
  }
}

function isUnexplained({ differences }: DigestedFlow['agreement']): boolean {
  return differences.some(({ explanation }) => explanation === undefined);
}

function stateOf({ flow, decision, change, doubt, agreement }: DigestedFlow): ObservedState {
  switch (change) {
    case 'denied':
      return 'would-break';
    case 'requests-denied':
      return 'requests-would-break';
    case undefined:
      break;
    default:
      return isUnexplained(agreement) && change !== 'allowed' ? 'disagrees' : change === 'allowed' ? 'opens' : change;
  }
  if (isUnexplained(agreement)) {
    return 'disagrees';
  }
  if (doubt !== undefined || decision.verdict === 'unknown') {
    return 'undetermined';
  }
  if (agreement.differences.length > 0) {
    return 'differs';
  }
  return wasLetThrough(flow) && decision.verdict === 'allowed'
    ? 'used'
    : wasDenied(flow) && decision.verdict === 'denied'
      ? 'stopped'
      : 'unproven';
}

function verdictsOf({ egress, ingress, verdict }: DigestedFlow['decision']): Verdicts {
  return { egress: egress.verdict, ingress: ingress.verdict, verdict };
}

function rowNotes({ flow, digest, doubt, agreement, deniedRequests }: DigestedFlow, moreRules: number): string[] {
  const explanations = agreement.differences.flatMap(({ explanation }) => explanation ?? []);
  return [
    ...(doubt === undefined ? [] : [`not known: ${doubt === 'requests' ? REQUESTS : EXPLANATIONS[doubt]}`]),
    ...[...new Set(explanations)].filter(each => each !== doubt).map(each => `explained: ${EXPLANATIONS[each]}`),
    ...(deniedRequests > 0 ? [`${counted(deniedRequests, 'record')} of requests would be denied; replay prints them`] : []),
    ...(digest.requests && deniedRequests === 0 && doubt !== 'requests'
      ? [`${counted(digest.requests.records, 'record')} of requests`]
      : []),
    ...[flow.source, flow.destination].flatMap(({ text, matches: [match] }) =>
      'endpoint' in match && match.difference
        ? [`labels of ${text}: ${differenceText(match.difference)}`]
        : [],
    ),
    ...(moreRules > 0 ? [`and ${counted(moreRules, 'more rule')}`] : []),
  ];
}

function differenceText({ added, missing }: LabelDifference): string {
  return [...added.map(each => `+${each}`), ...missing.map(each => `-${each}`)].join(' ');
}

const REQUESTS = 'other rules decide its requests, which this file does not contain; replay knows them';

function notesOf({ left, coverage, showsAllRules }: FlowDigest): string[] {
  const { lost, lossyNodes, brokenLines, unreadableFiles, silent } = coverage;
  return [
    ...(left.flows > 0
      ? [
        `${counted(left.flows, 'more flow')} with ${counted(left.records, 'record')} not in this file: those with the ` +
          'fewest records',
      ]
      : []),
    ...(showsAllRules ? [] : ['rules without traffic are not listed: the file has too few of the flows']),
    ...(lossyNodes > 0
      ? [
        `${counted(lossyNodes, 'node')} lost ${counted(lost, 'event')} or did not answer: missing records there prove ` +
          'nothing',
      ]
      : []),
    ...(silent > 0 ? [`${counted(silent, 'workload')} ${silent === 1 ? 'has' : 'have'} no records`] : []),
    ...(brokenLines > 0 ? [`invalid JSON in the recording: ${counted(brokenLines, 'line')}`] : []),
    ...(unreadableFiles > 0 ? [`not read to the end: ${counted(unreadableFiles, 'file')} of the recording`] : []),
  ];
}

function isWorkload(match: ObservedEnd['matches'][number]): boolean {
  return 'endpoint' in match && match.endpoint.kind === 'workload';
}

function keyOf(match: ObservedEnd['matches'][number]): string {
  const { endpoint } = match as Extract<typeof match, { endpoint: unknown }>;
  if (endpoint.kind !== 'workload') {
    return '';
  }
  const { kind, namespace, name, cluster } = endpoint.workload;
  return `${kind}/${namespace}/${name}@${cluster}`;
}

/** The reference of an end, as explanations take it. */
function reference(field: 'from' | 'to', { text, matches: [match] }: ObservedEnd): { from?: string; to?: string } {
  return 'unknown' in match ? {} : { [field]: isWorkload(match) ? keyOf(match) : text };
}

function textOf({ flow: { source, destination, protocol, port } }: DigestedFlow): string {
  return `${source.text} ${destination.text} ${protocol}/${port}`.toLowerCase();
}

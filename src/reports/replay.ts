import { fileLine } from './diagnostics';
import { moreLine } from './more-line';
import { recordingJson, spanJson } from './recording-json';
import { additionParts, changeParts } from './replay-changes';
import { coverageParts, lengthOf, unreadableRecords } from './replay-coverage';
import { replayDiagnostics } from './replay-diagnostics';
import { becauseText, decisionText, explanationText, flowTitle, labelLines } from './replay-flow-text';
import { endText, EXPLANATIONS, isReportedDifference, ReplayResult, rulesOf, unknownEnds } from './replay-result';
import { Inline, Part, Report, Span } from './report';
import type { ReplayedFlowJson } from './schemas/replay';
import { verdictText } from './verdicts';
import { counted } from './words';
import { workloadJson } from './workload-json';
import { FlowDecision } from '../evaluator/flows/flow';
import { formatPolicy } from '../evaluator/queries/explain';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { ObservedEnd } from '../observed/flows/ends';
import { isUnproven, ObservedDecisions, ObservedFlow } from '../observed/flows/observed-flow';
import { recordsText } from '../observed/flows/records-text';
import { Difference, DifferenceKind } from '../observed/judging/agreement';
import { Replay, ReplayedFlow, withoutQuery } from '../observed/judging/replay';

/** The most flows of a section of text; JSON has all of them. */
const MOST_SHOWN = 50;

/** The most rules without traffic that text shows. */
const MOST_RULES = 20;

/** `cilium-mesh replay`: recorded flows, decided by the manifests. */
export function replayReport(result: ReplayResult): Report {
  const { mesh, replay } = result;
  const items = function* () {
    for (const each of replay.flows) {
      yield flowJson(mesh, each);
    }
    for (const { flow } of replay.unknown) {
      yield observedJson(flow);
    }
  };
  return {
    title: 'replay',
    parts: () => replayParts(result),
    document: { field: 'flows', items, more: summaryJson(result) },
    records: {
      columns: [
        'source.text',
        'destination.text',
        'protocol',
        'port',
        'records',
        'first',
        'last',
        'observed.arrived',
        'decision.egress',
        'decision.ingress',
        'decision.verdict',
        'before.verdict',
        'change',
        'undetermined',
        'difference',
      ],
      items: function* () {
        for (const item of items()) {
          yield { ...item, difference: item.differences?.map(({ kind, explanation }) => explanation ?? kind).join('; ') };
        }
      },
    },
    diagnostics: () => replayDiagnostics(result),
  };
}

function* replayParts(result: ReplayResult): Generator<Part> {
  const { mesh, replay, recording, files, coverage, additions, before } = result;
  yield* changeParts(result);
  const undetermined = replay.flows.filter(({ doubt }) => doubt !== undefined);
  yield* undetermined.slice(0, MOST_SHOWN).map(each => doubtSection(mesh, each));
  yield* moreLine(undetermined.length, MOST_SHOWN, 'undetermined');
  const differing = replay.flows.filter(each => isReportedDifference(each));
  const ordered = [...differing.filter(isUnexplained), ...differing.filter(each => !isUnexplained(each))];
  yield* ordered.slice(0, MOST_SHOWN).map(each => differenceSection(before ?? mesh, each, before !== undefined));
  yield* moreLine(ordered.length, MOST_SHOWN, 'different');
  yield* additionParts(additions, replay.flows.filter(({ change }) => change === 'denied').length);
  yield* unknownParts(result);
  yield* unusedParts(result);
  yield* summaryLines(result);
  yield* coverageParts(mesh, recording, files, coverage);
}

export function isUnexplained({ agreement }: ReplayedFlow): boolean {
  return agreement.differences.some(({ explanation }) => explanation === undefined);
}

function titleOf(flow: ObservedFlow, head: Span): Inline {
  return flowTitle(head, flow.source.text, flow.destination.text, flow);
}

/** A flow whose verdict depends on what neither the record nor the manifests tell. */
function doubtSection(mesh: EvaluatedMesh, each: ReplayedFlow): Part {
  const { flow, decision, doubt } = each;
  return {
    kind: 'section',
    title: titleOf(flow, { text: 'undetermined', tone: 'doubtful' }),
    parts: [
      { kind: 'line', text: recordsText(flow) },
      ...(['egress', 'ingress'] as const)
        .filter(direction => decision[direction].verdict !== 'outside')
        .map((direction): Part => ({ kind: 'line', text: decisionText(mesh, each, direction) })),
      { kind: 'line', text: `not known: ${EXPLANATIONS[doubt!]}` },
    ],
  };
}

const DIFFERENCES: { readonly [kind in DifferenceKind]: string } = {
  'let-through': 'Hubble saw it pass',
  'dropped': 'Hubble saw it dropped',
  'audited': 'audit mode reported it',
  'enforced': 'Hubble reported the verdict of a policy',
  'redirected': 'a proxy decided its requests',
  'not-redirected': 'no proxy decided its requests',
};

function differenceSection(mesh: EvaluatedMesh, each: ReplayedFlow, hasBefore: boolean): Part {
  const { flow, agreement } = each;
  const decision = (hasBefore ? each.before : each.decision)!;
  const head: Span = isUnexplained(each)
    ? { text: 'disagrees', tone: 'bad' }
    : { text: 'differs', tone: 'doubtful' };
  return {
    kind: 'section',
    title: titleOf(flow, head),
    parts: [
      ...agreement.differences.flatMap((difference): Part[] => [
        {
          kind: 'line',
          text: [
            `${endText(decision, difference.direction)}: ${DIFFERENCES[difference.kind]} (${recordsText(difference.records)}), ` +
              `the ${hasBefore ? 'old ' : ''}manifests say `,
            verdictText(decision[difference.direction].verdict),
            becauseText(mesh, flow, decision, difference.direction, hasBefore ? 1 : 0),
          ],
        },
        { kind: 'line', text: explanationText(difference) },
      ]),
      ...[flow.source, flow.destination].flatMap(end => labelLines(end, hasBefore ? 1 : 0)),
    ],
  };
}

/** Ends that the manifests lack, with the most records first. */
function unknownParts({ replay: { unknown } }: ReplayResult): Part[] {
  const sorted = unknownEnds(unknown);
  return sorted.length === 0
    ? []
    : [
      {
        kind: 'section',
        title: [{ text: 'unknown', tone: 'doubtful' }, `  ${counted(sorted.length, 'end')} of flows not judged`],
        parts: [
          {
            kind: 'table',
            columns: [
              { title: 'end', type: 'endpoint' },
              { title: 'records', type: 'number' },
              { title: 'why', type: 'text' },
            ],
            rows: sorted.slice(0, MOST_RULES).map(({ text, records, why }) => [text, String(records), why]),
          },
          ...moreLine(sorted.length, MOST_RULES),
        ],
      },
    ];
}

function unusedParts({ ruleUse: { unused, rules, undecided }, coverage, recording, replay }: ReplayResult): Part[] {
  const unread = unreadableRecords(recording) + replay.unknown.reduce((sum, { flow }) => sum + flow.records, 0);
  return unused.length === 0 || coverage.clusters.size === 0
    ? []
    : [
      {
        kind: 'section',
        title: [
          { text: 'without traffic', tone: 'info' },
          `  ${unused.length} of ${counted(rules, 'rule')} let nothing pass in ${lengthOf(coverage)}` +
            (undecided === 0 ? '' : `; ${undecided} may have let flows pass that are not judged`),
        ],
        parts: [
          {
            kind: 'table',
            columns: [
              { title: 'policy', type: 'endpoint' },
              { title: 'rule', type: 'place' },
              { title: 'cluster', type: 'endpoint' },
              { title: 'file', type: 'place' },
            ],
            rows: unused
              .slice(0, MOST_RULES)
              .map(rule => [
                formatPolicy(rule),
                rule.path,
                rule.cluster,
                rule.file === undefined ? '' : fileLine(rule.file, rule.line),
              ]),
          },
          ...moreLine(unused.length, MOST_RULES),
          {
            kind: 'line',
            text: 'A recording does not show what happens more rarely, such as jobs, failovers and restores.',
          },
          ...(unread === 0
            ? []
            : [
              {
                kind: 'line',
                text: `${counted(unread, 'record')} of other flows ${unread === 1 ? 'is' : 'are'} not judged, and may have used them.`,
              } as const,
            ]),
        ],
      },
    ];
}

interface Summary {
  readonly flows: number;
  readonly denied: number;
  readonly requestsDenied: number;
  readonly redirected: number;
  readonly allowed: number;
  readonly compared: number;
  readonly agreed: number;
  readonly explained: number;
  readonly unexplained: number;
  /**
   * Flows for which Cilium may insert the rules in an order that lets them pass, or in one that does not, and flows
   * whose verdict depends on what is not known of an end.
   */
  readonly undetermined: number;
  readonly unknown: number;
  /** Flows whose records prove neither that they were let through nor that policies dropped them. */
  readonly unproven: number;
}

/** The numbers of flows by what became of them. */
export function summaryOf({ flows, unknown }: Replay): Summary {
  const count = (is: (flow: ReplayedFlow) => boolean) => flows.filter(is).length;
  const unexplained = count(isUnexplained);
  const differing = count(({ agreement }) => agreement.differences.length > 0);
  const compared = count(({ agreement }) => agreement.comparedAt.length > 0);
  return {
    flows: flows.length + unknown.length,
    denied: count(({ change }) => change === 'denied'),
    requestsDenied: count(({ change }) => change === 'requests-denied'),
    redirected: count(({ change }) => change === 'redirected'),
    allowed: count(({ change }) => change === 'allowed'),
    compared,
    agreed: compared - differing,
    explained: differing - unexplained,
    unexplained,
    undetermined: count(({ decision, doubt }) => doubt !== undefined || decision.verdict === 'unknown'),
    unknown: unknown.length,
    unproven: count(({ flow }) => isUnproven(flow)),
  };
}

function summaryLines({ replay, before }: ReplayResult): Part[] {
  const summary = summaryOf(replay);
  const { flows, denied, requestsDenied, redirected, allowed, unknown, unproven } = summary;
  const { compared, agreed, explained, unexplained } = summary;
  const newly = before ? 'newly ' : '';
  const undetermined = summary.undetermined > 0 ? `, ${summary.undetermined} undetermined` : '';
  const requests = requestsDenied > 0 ? `, ${requestsDenied} with ${newly}denied requests` : '';
  return [
    {
      kind: 'line',
      text:
        `flows: ${flows} recorded; ${denied} ${newly}denied${requests}, ${redirected} ${newly}redirected, ` +
        `${allowed} ${newly}allowed; ${unknown} not judged${undetermined}` +
        (unproven > 0 ? `, ${unproven} without proof that policies let them pass` : ''),
    },
    {
      kind: 'line',
      text:
        `Hubble's verdicts: ${compared} compared with the ${before ? 'old ' : ''}manifests; ${agreed} agree, ` +
        `${explained} differ for a known reason, ${unexplained} disagree`,
    },
  ];
}

function summaryJson({ recording, files, replay, coverage, ruleUse, additions }: ReplayResult) {
  return {
    recording: recordingJson(recording, files, coverage),
    summary: summaryOf(replay),
    additions: additions.policies,
    additionsFor: { flows: additions.asked, allowed: additions.allowed },
    rules: ruleUse.rules,
    undecidedRules: ruleUse.undecided,
    unusedRules: ruleUse.unused.map(({ ofUnusedPolicy, ...rule }) => rule),
  };
}

function flowJson(mesh: EvaluatedMesh, each: ReplayedFlow): ReplayedFlowJson {
  const { flow, decision, before, change, doubt, deniedRequests, agreement } = each;
  return observedJson(flow, {
    decision: decisionJson(decision),
    before: before && decisionJson(before),
    change,
    rules: change && [...rulesOf(mesh, decision, 'egress'), ...rulesOf(mesh, decision, 'ingress')],
    undetermined: doubt,
    deniedRequests: unlessEmpty(deniedRequests.map(({ text, records }) => ({ request: text, records }))),
    differences: unlessEmpty(agreement.differences.map(differenceJson)),
  });
}

/**
 * What was recorded of a flow, and what the manifests decide about it. JSON has no fields that are undefined.
 *
 * The other object is spread at the end: V8 gives each object a class of its own that begins with a spread one.
 */
function observedJson(flow: ObservedFlow, judged: Partial<ReplayedFlowJson> = {}): ReplayedFlowJson {
  const { source, destination, protocol, port, records, decisions, arrived, left, forwarded, dropped, failures } = flow;
  const { proxied, moreRequests } = flow;
  return {
    source: endJson(source),
    destination: endJson(destination),
    protocol,
    port,
    records,
    ...spanJson(flow),
    observed: {
      egress: outcomesJson(decisions.egress),
      ingress: outcomesJson(decisions.ingress),
      arrived: arrived.records,
      left: left.records,
      forwarded: forwarded.records,
      dropped: dropped.records,
      proxied: { egress: proxied.egress.records, ingress: proxied.ingress.records },
      failures: Object.fromEntries(failures),
    },
    requests: unlessEmpty(requestsJson(flow)),
    moreRequests: moreRequests === 0 ? undefined : moreRequests,
    ...judged,
  };
}

function unlessEmpty<T>(list: T[]): T[] | undefined {
  return list.length === 0 ? undefined : list;
}

/** Requests without their queries, sorted. */
function requestsJson({ requests }: ObservedFlow): NonNullable<ReplayedFlowJson['requests']>[number][] {
  const counts = new Map<string, { records: number; denied: number }>();
  for (const [text, { records, denied }] of requests) {
    const request = withoutQuery(text);
    const known = counts.get(request) ?? { records: 0, denied: 0 };
    counts.set(request, { records: known.records + records, denied: known.denied + denied });
  }
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([request, count]) => ({ request, ...count }));
}

function outcomesJson({ outcomes }: ObservedDecisions) {
  return Object.fromEntries(Object.entries(outcomes).map(([outcome, { records }]) => [outcome, records]));
}

function endJson({ text, matches: [match] }: ObservedEnd): ReplayedFlowJson['source'] {
  if ('unknown' in match) {
    return { text, unknown: match.unknown };
  }
  const { endpoint, difference } = match;
  return {
    text,
    workload: endpoint.kind === 'workload' ? workloadJson(endpoint.workload) : undefined,
    labels: difference && { added: [...difference.added], missing: [...difference.missing] },
  };
}

function decisionJson({ egress, ingress, verdict }: FlowDecision) {
  return { egress: egress.verdict, ingress: ingress.verdict, verdict };
}

function differenceJson({ direction, kind, records, explanation, missing }: Difference) {
  return {
    direction,
    kind,
    records: records.records,
    ...spanJson(records),
    uuid: records.uuid,
    explanation,
    missingPolicies: [...missing],
  };
}

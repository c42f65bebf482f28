import { stringify } from 'yaml';
import { FlowGroup, groupClusters } from './flow-groups';
import { moreLine } from './more-line';
import { decisionText, explanationText, flowTitle, labelLines } from './replay-flow-text';
import { isReportedDifference, ReplayResult } from './replay-result';
import { Part, Span } from './report';
import { counted } from './words';
import { shorten } from '../diagnostics/texts';
import { FlowDecision, isAllowed } from '../evaluator/flows/flow';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { ObservedFlow, sumRecords } from '../observed/flows/observed-flow';
import { recordsText } from '../observed/flows/records-text';
import { DeniedFlowAdditions } from '../observed/judging/additions';
import { ObservedChange, ReplayedFlow } from '../observed/judging/replay';

/** The most flows of a change of which text says everything; JSON has all of them. */
const MOST_SHOWN = 50;

/** The most policies that text shows. */
const MOST_POLICIES = 10;

const CHANGES: { readonly [change in ObservedChange]: Span } = {
  'denied': { text: 'denied', tone: 'bad' },
  'requests-denied': { text: 'requests denied', tone: 'bad' },
  'redirected': { text: 'redirected', tone: 'doubtful' },
  'allowed': { text: 'allowed', tone: 'good' },
};

/**
 * What changes for recorded flows. Flows of the same workloads in other clusters, which the same rules decide, are one
 * section.
 */
export function* changeParts({ mesh, replay }: Pick<ReplayResult, 'mesh' | 'replay'>): Generator<Part> {
  for (const change of ['denied', 'requests-denied', 'redirected', 'allowed'] as const) {
    const flows = replay.flows.filter(each => each.change === change);
    const groups = groupClusters(flows.slice(0, MOST_SHOWN), each => JSON.stringify(detailParts(mesh, each, change)));
    yield* groups.map(each => changeSection(mesh, each, change));
    yield* moreLine(flows.length, MOST_SHOWN, change);
  }
}

function changeSection(mesh: EvaluatedMesh, { flows, source, destination }: FlowGroup, change: ObservedChange): Part {
  const [{ flow }] = flows;
  const records = sumRecords(flows.map(each => each.flow));
  return {
    kind: 'section',
    title: flowTitle(CHANGES[change], source, destination, flow),
    parts: [
      { kind: 'line', text: recordsText(records, flows.length === 1 ? undefined : flows.length) },
      ...detailParts(mesh, flows[0], change),
    ],
  };
}

/** Why a flow changes. */
function detailParts(mesh: EvaluatedMesh, each: ReplayedFlow, change: ObservedChange): Part[] {
  const { flow, decision, before, deniedRequests } = each;
  return [
    ...addressLines(flow),
    ...(['egress', 'ingress'] as const)
      .filter(direction => isDecisive(decision, direction, change))
      .map((direction): Part => ({ kind: 'line', text: decisionText(mesh, each, direction, before) })),
    ...deniedRequests.map(
      ({ text, records }): Part => ({ kind: 'line', text: `${shorten(text)}: ${counted(records, 'record')}` }),
    ),
    ...(isReportedDifference(each) ? [] : differenceLines(each)),
  ];
}

/** The addresses of ends outside of the mesh, if there were several. */
function addressLines({ source, destination }: ObservedFlow): Part[] {
  return [source, destination].flatMap(({ text, addresses }): Part[] =>
    addresses && addresses.size > 1
      ? [{ kind: 'line', text: `${text} is one of ${addresses.size} addresses that no policy distinguishes` }]
      : [],
  );
}

function isDecisive(decision: FlowDecision, direction: 'egress' | 'ingress', change: ObservedChange): boolean {
  const { verdict } = decision[direction];
  return change === 'denied'
    ? !isAllowed(verdict)
    : change === 'allowed'
      ? verdict !== 'outside'
      : verdict === 'redirected';
}

/** Why a change does not come from the manifests, where the recording tells. */
function differenceLines({ flow, agreement }: ReplayedFlow): Part[] {
  const explained = agreement.differences.filter(({ explanation }) => explanation !== undefined);
  const texts = new Set(explained.map(explanationText));
  return explained.length === 0
    ? []
    : [
      ...[...texts].map((text): Part => ({ kind: 'line', text })),
      ...[flow.source, flow.destination].flatMap(end => labelLines(end, 0)),
    ];
}

/** Policies for the denied flows, and how many of them they allow. */
export function additionParts({ policies, allowed, asked }: DeniedFlowAdditions, denied: number): Part[] {
  const which =
    allowed === denied
      ? 'the denied flows'
      : `${allowed} of ${asked === denied ? '' : `the first ${asked} of `}${counted(denied, 'denied flow')}`;
  return policies.length === 0
    ? []
    : [
      {
        kind: 'section',
        title: `Policies that together allow ${which}:`,
        parts: [
          ...policies.slice(0, MOST_POLICIES).map(
            ({ cluster, policy }): Part => ({
              kind: 'code',
              language: 'yaml',
              comment: `# for ${cluster}:`,
              text: stringify(policy),
            }),
          ),
          ...moreLine(policies.length, MOST_POLICIES, policies.length === MOST_POLICIES + 1 ? 'policy' : 'policies'),
        ],
      },
    ];
}

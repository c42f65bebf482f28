import { moreLine } from './more-line';
import { recordingJson, spanJson } from './recording-json';
import { Coverage, coverageParts, lengthOf } from './replay-coverage';
import { Part, Report, Span } from './report';
import type { SuggestedPeerJson, SuggestedStatementJson } from './schemas/suggest';
import { counted } from './words';
import { workloadJson } from './workload-json';
import { shorten } from '../diagnostics/texts';
import { formatRange } from '../evaluator/flows/port-range';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { formatWorkload } from '../evaluator/read/workload';
import { ObservedFlow } from '../observed/flows/observed-flow';
import { Recording } from '../observed/flows/recording';
import { recordsText } from '../observed/flows/records-text';
import { MeshJudge } from '../observed/judging/mesh-judge';
import { FlowFiles } from '../observed/reading/flow-files';
import { formatTime } from '../observed/reading/time';
import { constructProgram } from '../observed/suggesting/construct-program';
import { endText, flowText, peerText, portsText, recordsOf, sideText } from '../observed/suggesting/evidence';
import { MOST_CIDRS } from '../observed/suggesting/peer';
import { PodSelection } from '../observed/suggesting/pod-selection';
import { NamedStatement } from '../observed/suggesting/policies';
import { policyFiles } from '../observed/suggesting/policy-files';
import { requestTexts } from '../observed/suggesting/requests';
import { FEW_RECORDS, Review, reviewOf, sharedSelections } from '../observed/suggesting/review';
import { passedRecords } from '../observed/suggesting/seen';
import { StatementPeer } from '../observed/suggesting/statement';
import { LeftFlow, LeftReason, Suggestion } from '../observed/suggesting/suggestion';

/** The most flows and pairs of a section of text; JSON has all of them. */
const MOST_SHOWN = 20;

/** All that `suggest` found. */
export interface SuggestResult {
  readonly mesh: EvaluatedMesh;
  readonly recording: Recording;
  readonly files: FlowFiles;
  readonly coverage: Coverage;
  readonly suggestion: Suggestion;
  readonly as: SuggestedForm;
  /** The paths of the files that were written; undefined if none were to be written. */
  readonly written?: readonly string[];
}

/** A program of constructs, or YAML for each cluster. */
export type SuggestedForm = 'constructs' | 'yaml';

export const SUGGESTED_FORMS: readonly SuggestedForm[] = ['constructs', 'yaml'];

/** The texts of the files of a suggestion, by their names. */
export function suggestedFiles(
  { suggestion, coverage, recording }: Pick<SuggestResult, 'suggestion' | 'coverage' | 'recording'>,
  as: SuggestedForm,
): Map<string, string> {
  const { first, last } = coverage;
  const time = first === undefined || last === undefined ? '' : `, ${formatTime(first)} to ${formatTime(last)}`;
  const heading = [
    'What Hubble recorded, and nothing else. Written by cilium-mesh suggest; review it before you apply it.',
    `${counted(recording.records, 'record')}${time} (${lengthOf(coverage)}).`,
  ];
  return suggestion.policies.length === 0
    ? new Map()
    : as === 'constructs'
      ? new Map([['suggested-policies.ts', constructProgram(suggestion, heading)]])
      : new Map([...policyFiles(suggestion, heading)].map(([cluster, text]) => [`${cluster}.yaml`, text]));
}

/** Whether everything that was seen is allowed, and nothing else is opened without a stated reason. */
export function isWhole({ left, open }: Suggestion): boolean {
  return left.length === 0 && open.length === 0;
}

/** `cilium-mesh suggest`: the policies that recorded flows need. */
export function suggestReport(result: SuggestResult): Report {
  const { suggestion, recording, files, coverage, written } = result;
  const judge = new MeshJudge(suggestion.after);
  const items = () => suggestion.statements.map(each => statementJson(each, judge));
  return {
    title: 'suggest',
    parts: () => suggestParts(result, judge),
    document: {
      field: 'statements',
      items,
      more: {
        recording: recordingJson(recording, files, coverage),
        files: written ?? [],
        summary: summaryJson(suggestion),
        defaultDenies: suggestion.defaultDenies.map(({ name, namespace, clusters, pods, hasDns, onlyDns }) => ({
          name,
          namespace,
          clusters,
          ...(pods ? { pods: podsJson(pods) } : {}),
          dns: hasDns,
          onlyDns,
        })),
        left: suggestion.left.map(({ flow, reason }) => ({ ...flowJson(flow), reason })),
        opened: suggestion.opened.map(({ source, destination, ranges }) => ({
          source: workloadJson(source),
          destination: workloadJson(destination),
          ports: ranges.map(({ protocol, first, last }) => ({ protocol, first, last })),
        })),
        open: suggestion.open.map(workloadJson),
        policies: suggestion.policies.map(({ cluster, object }) => ({ cluster, policy: object })),
      },
    },
    records: {
      columns: ['name', 'sources', 'destinations', 'ports', 'requests', 'sameCluster', 'flows', 'records', 'first', 'last', 'review'],
      items: () =>
        items().map(({ sources, destinations, flows, review, ...rest }, index) => {
          const { ports, requests } = suggestion.statements[index];
          return {
            ...rest,
            sources: sources.map(peerCell).join('; '),
            destinations: destinations.map(peerCell).join('; '),
            ports: portsText(ports),
            requests: requests ? requestTexts(requests).join('; ') : '',
            flows: flows.length,
            review: review.join('; '),
          };
        }),
    },
  };
}

function peerCell({ text, clusters }: SuggestedPeerJson): string {
  return clusters ? `${text}@${clusters.join(',')}` : text;
}

function* suggestParts(result: SuggestResult, judge: MeshJudge): Generator<Part> {
  const { mesh, suggestion, recording, files, coverage, written } = result;
  const { statements, defaultDenies } = suggestion;
  const count = mesh.clusters.length;
  for (const { namespace, pods, clusters, onlyDns } of defaultDenies) {
    const what = pods ? sideText([{ peer: { kind: 'pods', pods }, clusters }], count) : `namespace ${namespace}`;
    const where = pods || clusters.length === count ? '' : ` in ${clusters.join(', ')}`;
    yield {
      kind: 'line',
      text: onlyDns
        ? [{ text: 'DNS', tone: 'good' }, `  ${what}: through Cilium's proxy, so the names below have addresses`]
        : [{ text: 'default deny', tone: 'info' }, `  ${what}${where}`],
    };
  }
  yield* statements.map(each => statementSection(each, count, judge));
  yield* leftParts(suggestion);
  yield* openedParts(suggestion);
  if (suggestion.open.length > 0) {
    yield {
      kind: 'line',
      text: [
        { text: 'not denied', tone: 'bad' },
        `  the rest of ${counted(suggestion.open.length, 'workload')}, whose policies contradict each other, are refused, or ` +
          `which no label selects: ${shortList(suggestion.open.map(formatWorkload))}`,
      ],
    };
  }
  yield* written === undefined ? codeParts(result) : [];
  yield* summaryLines(result);
  yield* coverageParts(mesh, recording, files, coverage);
}

function statementSection(statement: NamedStatement, clusterCount: number, judge: MeshJudge): Part {
  const { sources, destinations, ports, sameCluster, name } = statement;
  return {
    kind: 'section',
    title: [
      { text: 'allow', tone: 'good' },
      '  ',
      { text: `${sideText(sources, clusterCount)} -> ${sideText(destinations, clusterCount)}`, tone: 'strong' },
      `  ${portsText(ports)}${sameCluster ? ', within each cluster' : ''}`,
    ],
    parts: [
      { kind: 'line', text: `${name}: ${recordsText(recordsOf(statement))}, ${counted(statement.flows.length, 'flow')}` },
      ...requestParts(statement),
      ...reviewOf(statement, judge).map(
        (review): Part => ({ kind: 'line', text: [{ text: 'review: ', tone: 'doubtful' }, REVIEWS[review]] }),
      ),
    ],
  };
}

/** The requests that a statement allows. */
function requestParts({ requests }: NamedStatement): Part[] {
  const texts = requests ? requestTexts(requests) : [];
  return [
    ...texts.slice(0, MOST_SHOWN).map((text): Part => ({ kind: 'line', text: shorten(text) })),
    ...moreLine(texts.length, MOST_SHOWN, 'request'),
  ];
}

const REVIEWS: { readonly [review in Review]: string } = {
  'addresses': 'addresses without a DNS name in the recording, which may change',
  'world': `everything outside of the mesh, because connections came from more than ${MOST_CIDRS} addresses`,
  'entity': 'the entity includes more than what was seen, such as all nodes',
  'few-records': `fewer than ${FEW_RECORDS} records: this may be a mistake, or an attack`,
  'undeclared-port': 'the containers of the destination do not declare the port',
  'unrecorded': 'of some flows, no record shows that policies of the destination let them pass: record its cluster too',
  'names-not-learned':
    "no rule sends the DNS of these pods through Cilium's proxy, so the name has no addresses: add a rule with dns",
};

const REASONS: { readonly [reason in LeftReason]: string } = {
  'unknown': 'the manifests do not contain one of its ends',
  'unselectable': 'its pods have no stable label, and no service account of their own, to select them by',
  'no-address': 'the address was not recorded',
  'many-addresses': 'too many addresses without a DNS name',
  'port': 'no rule can name its protocol or port, or the cluster does not allow such rules',
  'not-chosen': 'a policy would deny other flows of the end that was not chosen: its Cilium lacks enableDefaultDeny',
  'denied': 'a rule of the manifests denies it',
  'requests': 'a proxy would deny its requests, and no rule for them alone can be added',
  'failed': 'policies of an end contradict each other',
  'not-allowed': 'the manifests do not allow it, whatever policy is added',
};

/** Flows that were seen and would be denied, with the most records first. */
function leftParts({ left }: Suggestion): Part[] {
  const ordered = left
    .map((each): LeftFlow & { readonly records: number } => ({ ...each, records: passedRecords(each.flow).records }))
    .sort((one, other) => other.records - one.records);
  return left.length === 0
    ? []
    : [
      {
        kind: 'section',
        title: [{ text: 'not allowed', tone: 'bad' }, `  ${counted(left.length, 'flow')} that were let through`],
        parts: [
          {
            kind: 'table',
            columns: [
              { title: 'flow', type: 'endpoint' },
              { title: 'records', type: 'number' },
              { title: 'why', type: 'text' },
            ],
            rows: ordered
              .slice(0, MOST_SHOWN)
              .map(({ flow, records, reason }) => [shorten(flowText(flow)), String(records), REASONS[reason]]),
          },
          ...moreLine(left.length, MOST_SHOWN),
        ],
      },
    ];
}

/** Connections that were not seen, and why they are opened. */
function openedParts({ opened, names }: Suggestion): Part[] {
  const shared = sharedSelections(names.keys());
  return opened.length === 0
    ? []
    : [
      {
        kind: 'section',
        title: [
          { text: 'also allowed', tone: 'doubtful' },
          `  ${counted(opened.length, 'pair')} of workloads without records`,
        ],
        parts: [
          ...shared.map(
            (pods): Part => ({
              kind: 'line',
              text: `${selectorText(pods)} selects ${shortList(pods.workloads.map(formatWorkload))}`,
            }),
          ),
          {
            kind: 'table',
            columns: [
              { title: 'source', type: 'endpoint' },
              { title: 'destination', type: 'endpoint' },
              { title: 'ports', type: 'port' },
            ],
            rows: opened
              .slice(0, MOST_SHOWN)
              .map(({ source, destination, ranges }) => [
                formatWorkload(source),
                formatWorkload(destination),
                ranges.map(formatRange).join(', '),
              ]),
          },
          ...moreLine(opened.length, MOST_SHOWN),
        ],
      },
    ];
}

function selectorText({ namespace, labels, absent }: PodSelection): string {
  const terms = [...[...labels].map(([key, value]) => `${key}=${value}`), ...absent.map(key => `!${key}`)];
  return `${namespace}: ${terms.join(',')}`;
}

function codeParts(result: SuggestResult): Part[] {
  const { as } = result;
  const mark = as === 'yaml' ? '#' : '//';
  return [...suggestedFiles(result, as)].map(([name, text]) => ({
    kind: 'code',
    language: as === 'yaml' ? 'yaml' : 'typescript',
    comment: `${mark} ${name}, which --output writes:`,
    text,
  }));
}

function summaryLines({ suggestion, coverage, written }: SuggestResult): Part[] {
  const { chosen, statements, seen, alreadyAllowed, left, denied, failed, onlyAudited, opened, open } = suggestion;
  const line = (text: string, head?: Span): Part => ({ kind: 'line', text: head ? [head, text] : text });
  const denies = suggestion.defaultDenies.filter(({ onlyDns }) => !onlyDns);
  const nothing = suggestion.policies.length === 0 && left.length === 0 ? 'nothing to add: ' : '';
  return [
    line(
      `suggestion: ${nothing}${counted(statements.length, 'statement')} and ` +
        `${counted(denies.length, 'default deny', 'default denies')} for ` +
        `${counted(chosen.length, 'workload')}; ${counted(suggestion.policies.length, 'policy', 'policies')}`,
    ),
    line(
      `flows: ${seen.length} let through; ${alreadyAllowed.length} allowed already, ` +
        `${seen.length - alreadyAllowed.length - left.length} allowed by the statements, ${left.length} not allowed; ` +
        `${denied} denied${failed > 0 ? `, ${failed} dropped for other reasons` : ''}` +
        `${onlyAudited > 0 ? `, ${onlyAudited} only let through by audit mode (--audited)` : ''}`,
    ),
    line(
      open.length > 0
        ? `held against the manifests: the rest of ${counted(open.length, 'workload')} is not denied`
        : `held against the manifests: ${left.length === 0 ? 'everything seen is allowed' : `${counted(left.length, 'flow')} would be denied`}, ` +
          `${opened.length === 0 ? 'and nothing else among these workloads is opened' : `${counted(opened.length, 'pair')} more opened`}`,
    ),
    line(
      `A recording of ${lengthOf(coverage)} does not show what happens more rarely, such as jobs, failovers and restores.`,
    ),
    ...(written === undefined || written.length === 0 ? [] : [line(`written: ${written.join(', ')}`)]),
  ];
}

function summaryJson(suggestion: Suggestion) {
  const { chosen, statements, seen, alreadyAllowed, left, denied, failed, onlyAudited, opened } = suggestion;
  return {
    workloads: chosen.length,
    statements: statements.length,
    seen: seen.length,
    alreadyAllowed: alreadyAllowed.length,
    notAllowed: left.length,
    denied,
    failed,
    onlyAudited,
    opened: opened.length,
  };
}

function statementJson(statement: NamedStatement, judge: MeshJudge): SuggestedStatementJson {
  const { name, sources, destinations, ports, requests, sameCluster, defaultDeny, flows } = statement;
  const { records, ...span } = recordsOf(statement);
  return {
    name,
    sources: sources.map(peerJson),
    destinations: destinations.map(peerJson),
    ports: ports.map(({ protocol, first, last, name: named }) => ({
      protocol,
      first,
      last,
      ...(named === undefined ? {} : { name: named }),
    })),
    ...(requests?.kind === 'http' ? { http: requests.http.map(each => ({ ...each })) } : {}),
    ...(requests?.kind === 'dns' ? { dns: [...requests.dns] } : {}),
    sameCluster,
    defaultDenyEgress: defaultDeny.egress,
    defaultDenyIngress: defaultDeny.ingress,
    records,
    ...spanJson(span),
    flows: flows.map(flowJson),
    review: reviewOf(statement, judge),
  };
}

function peerJson({ peer, clusters }: StatementPeer): SuggestedPeerJson {
  return peer.kind === 'pods' ? { ...podsJson(peer.pods), clusters: [...clusters] } : { text: peerText(peer) };
}

function podsJson(pods: PodSelection): SuggestedPeerJson {
  return {
    text: peerText({ kind: 'pods', pods }),
    namespace: pods.namespace,
    labels: Object.fromEntries(pods.labels),
    ...(pods.absent.length > 0 ? { absentLabels: [...pods.absent] } : {}),
    ...(pods.serviceAccount === undefined ? {} : { serviceAccount: pods.serviceAccount }),
  };
}

function flowJson(flow: ObservedFlow): SuggestedStatementJson['flows'][number] {
  const { protocol, port } = flow;
  const { records, ...span } = passedRecords(flow);
  return {
    source: endText(flow, 'source'),
    destination: endText(flow, 'destination'),
    protocol,
    port,
    records,
    ...spanJson(span),
  };
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 5).map(each => shorten(each));
  return names.length > shown.length ? `${shown.join(', ')} and ${names.length - shown.length} more` : shown.join(', ');
}

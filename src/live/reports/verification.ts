import { formatWorkload } from '../../evaluator/read/workload';
import { formatService } from '../../evaluator/services/service-name';
import { Column, Inline, Report, TestCase } from '../../reports/report';
import { percent } from '../../reports/words';
import { workloadColumns, workloadJson } from '../../reports/workload-json';
import { Counts, DIFFERENCE_LEVEL, DOUBT_LEVEL, range } from '../verification/bound';
import { arrives, isDeniedByProxy, Outcome } from '../verification/comparison';
import { Drop } from '../verification/drops';
import { droppingClusters, PredictedService, Prediction, UNANSWERED } from '../verification/prediction';
import { Answer } from '../verification/probe';
import { Verification } from '../verification/verification';

/** `cilium-mesh verify`: predicted verdicts beside the answers to real requests. */
export function verificationReport(verifications: readonly Verification[]): Report {
  const items = () => verifications.map(verificationJson);
  return {
    title: 'verify',
    parts: () => [
      { kind: 'table', columns: COLUMNS, rows: verifications.map(row) },
      { kind: 'line', text: summary(verifications) },
    ],
    document: { field: 'verified', items },
    records: {
      columns: [
        ...workloadColumns('source'),
        ...workloadColumns('destination'),
        'service.namespace',
        'service.name',
        'service.clusterset',
        'protocol',
        'port',
        'predicted.verdict',
        'probed.requests',
        'probed.problem',
        'outcome',
      ],
      items,
    },
    cases: verifications.map(testCase),
  };
}

const COLUMNS: readonly Column[] = [
  { title: 'from', type: 'endpoint' },
  { title: 'to', type: 'endpoint' },
  { title: 'port', type: 'port' },
  { title: 'predicted', type: 'text' },
  { title: 'probed', type: 'text' },
  { title: '', type: 'verdict' },
];

const OUTCOMES: { readonly [outcome in Outcome]: Inline } = {
  'as-predicted': { text: 'as predicted', tone: 'good' },
  'different': { text: 'DIFFERENT', tone: 'bad' },
  'not-probed': { text: 'not probed', tone: 'doubtful' },
};

function row(verification: Verification): Inline[] {
  const { prediction, outcome } = verification;
  return [
    formatWorkload(prediction.source),
    destinationText(prediction),
    portText(prediction),
    predictedText(verification),
    probedText(verification),
    OUTCOMES[outcome],
  ];
}

function summary(verifications: readonly Verification[]): string {
  const number = (outcome: Outcome) => verifications.filter(each => each.outcome === outcome).length;
  return `${number('as-predicted')} as predicted, ${number('different')} different, ${number('not-probed')} not probed`;
}

function testCase(verification: Verification): TestCase {
  const { prediction, outcome, problem } = verification;
  const failure = `predicted: ${predictedText(verification)}; probed: ${probedText(verification)}`;
  return {
    name: `${formatWorkload(prediction.source)} to ${destinationText(prediction)} on ${portText(prediction)}`,
    failure: outcome === 'different' ? failure : undefined,
    skipped: outcome === 'not-probed' ? problem : undefined,
  };
}

function destinationText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? formatWorkload(prediction.destination) : formatService(prediction.service);
}

function portText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`;
}

function predictedText(verification: Verification): string {
  const { prediction } = verification;
  if (prediction.kind === 'service') {
    return sharesText(prediction, verification);
  }
  return prediction.flow.verdict === 'allowed' ? 'allowed' : `denied (${prediction.reason})`;
}

/** The expected shares, with the counts that fit them. */
function sharesText({ expected, flow, stoppedIn }: PredictedService, { requests, repeated }: Verification): string {
  const { [UNANSWERED]: unanswered, ...clusters } = expected;
  const shareText = (what: string, share: number) => {
    const { from, to } = range(share, requests, repeated ? DIFFERENCE_LEVEL : DOUBT_LEVEL);
    return `${what} ${percent(share)}${requests === 0 || from === to ? '' : ` (${from} to ${to} of ${requests})`}`;
  };
  const drops =
    flow.backends.length === 0 ? 'no backends' : shareText(`dropped in ${stoppedIn.join(' and ')}`, unanswered ?? 0);
  return [
    ...Object.entries(clusters)
      .sort()
      .map(([cluster, share]) => shareText(cluster, share)),
    ...(unanswered === undefined ? [] : [drops]),
  ].join(', ');
}

function probedText(verification: Verification): string {
  const { prediction, answers, problem, drops } = verification;
  if (problem !== undefined) {
    return problem;
  }
  const isSilent = answers.some(each => each.kind === 'silent');
  const hubble = [...drops]
    .filter(([cluster, packets]) => packets.length > 0 || (isSilent && droppingClusters(prediction).includes(cluster)))
    .map(([cluster, packets]) => `Hubble in ${cluster}: ${dropTexts(packets).join(', ') || 'no drop'}`);
  return [answersText(verification), ...hubble].join('; ');
}

function answersText({ counts, answers }: Verification): string {
  const numberOf = (kind: Answer['kind']) => answers.filter(each => each.kind === kind).length;
  const answered: Array<readonly [number, string]> = counts
    ? [
      ...Object.entries(counts.clusters)
        .sort()
        .map(([cluster, number]) => [number, cluster] as const),
      [counts.unknown, 'answered by an unknown cluster'],
    ]
    : [[answers.filter(each => each.kind === 'answered' && arrives(each)).length, 'answered']];
  return [
    ...answered,
    [numberOf('refused'), 'refused'] as const,
    [answers.filter(isDeniedByProxy).length, 'denied by the proxy'] as const,
    [numberOf('silent'), 'unanswered'] as const,
    [numberOf('unresolved'), 'unresolved (DNS)'] as const,
    [numberOf('unreachable'), 'unreachable'] as const,
  ]
    .filter(([number]) => number > 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(', ');
}

/** The reasons of drops, each once. */
function dropTexts(drops: readonly Drop[]): string[] {
  return [
    ...new Set(
      drops.map(({ reason, policies }) => `${reason}${policies.length > 0 ? ` by ${policies.join(', ')}` : ''}`),
    ),
  ].sort();
}

/** A verification in JSON. */
function verificationJson(verification: Verification): object {
  const { prediction, outcome, requests, counts, answers, problem, drops } = verification;
  return {
    source: workloadJson(prediction.source),
    ...predictionJson(prediction),
    probed: {
      requests,
      answers: tally(answers),
      ...(counts
        ? {
          clusters: Object.entries(counts.clusters)
            .sort()
            .map(([cluster, number]) => ({ cluster, answers: number })),
          unknown: counts.unknown,
        }
        : {}),
      ...(problem === undefined ? {} : { problem }),
      drops: [...drops]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([cluster, packets]) => ({ cluster, packets: packets.length, reasons: dropTexts(packets) })),
    },
    outcome,
  };
}

function predictionJson(prediction: Prediction): object {
  if (prediction.kind === 'flow') {
    const {
      destination,
      protocol,
      port,
      flow: { verdict, egress, ingress },
    } = prediction;
    return {
      destination: workloadJson(destination),
      protocol,
      port,
      predicted: { verdict, egress, ingress, stoppedIn: droppingClusters(prediction) },
    };
  }
  const {
    service: { namespace, name, clusterset },
    port: { port },
    expected,
    stoppedIn,
  } = prediction;
  return {
    service: { namespace, name, ...(clusterset ? { clusterset: true } : {}) },
    protocol: 'TCP',
    port,
    predicted: { clusters: sharesJson(expected), unanswered: expected[UNANSWERED] ?? 0, stoppedIn },
  };
}

function sharesJson({ [UNANSWERED]: _, ...clusters }: Counts): unknown {
  return Object.entries(clusters)
    .sort()
    .map(([cluster, share]) => ({ cluster, share }));
}

/** How many answers there are of each kind. */
function tally(answers: readonly Answer[]): { [kind: string]: number } {
  const numbers: { [kind: string]: number } = {};
  answers.forEach(answer => {
    const kind = isDeniedByProxy(answer) ? 'denied-by-proxy' : answer.kind;
    numbers[kind] = (numbers[kind] ?? 0) + 1;
  });
  return numbers;
}

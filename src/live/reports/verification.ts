import { PREDICTION_COLUMNS, predictionCells, predictionJson } from './prediction';
import { formatWorkload } from '../../evaluator/read/workload';
import { Column, Inline, Report, TestCase } from '../../reports/report';
import { workloadColumns } from '../../reports/workload-json';
import { arrives, isDeniedByProxy } from '../verification/comparison';
import { Drop } from '../verification/hubble';
import { droppingClusters } from '../verification/prediction';
import { Answer } from '../verification/probe';
import { Outcome, Verification } from '../verification/verification';

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
  ...PREDICTION_COLUMNS,
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
  return [...predictionCells(prediction, verification), probedText(verification), OUTCOMES[outcome]];
}

function summary(verifications: readonly Verification[]): string {
  const number = (outcome: Outcome) => verifications.filter(each => each.outcome === outcome).length;
  return `${number('as-predicted')} as predicted, ${number('different')} different, ${number('not-probed')} not probed`;
}

function testCase(verification: Verification): TestCase {
  const { prediction, outcome, problem } = verification;
  const [, to, port, predicted] = predictionCells(prediction, verification);
  const failure = `predicted: ${predicted}; probed: ${probedText(verification)}`;
  return {
    name: `${formatWorkload(prediction.source)} to ${to} on ${port}`,
    failure: outcome === 'different' ? failure : undefined,
    skipped: outcome === 'not-probed' ? problem : undefined,
  };
}

function probedText(verification: Verification): string {
  const { prediction, answers, counts, problem, drops } = verification;
  if (answers.length === 0) {
    return problem ?? '';
  }
  const isSilent = answers.some(each => each.kind === 'silent');
  const hubble = [...drops]
    .filter(([cluster, packets]) => packets.length > 0 || (isSilent && droppingClusters(prediction).includes(cluster)))
    .map(([cluster, packets]) => `Hubble in ${cluster}: ${dropTexts(packets).join(', ') || 'no drop'}`);
  const answered = `${answersText(verification)}${counts?.byHubble ? ' (seen by Hubble)' : ''}`;
  return [answered, ...hubble, ...(problem === undefined ? [] : [problem])].join('; ');
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
          byHubble: counts.byHubble,
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

/** How many answers there are of each kind. */
function tally(answers: readonly Answer[]): { [kind: string]: number } {
  const numbers: { [kind: string]: number } = {};
  answers.forEach(answer => {
    const kind = isDeniedByProxy(answer) ? 'denied-by-proxy' : answer.kind;
    numbers[kind] = (numbers[kind] ?? 0) + 1;
  });
  return numbers;
}

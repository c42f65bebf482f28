import { columns, Io } from './io';
import { JunitCase } from './junit';
import { shownWorkload } from '../evaluator/read/workload';
import { shownService } from '../evaluator/services/backends';
import { Counts, DIFFERENT, DOUBTED, range } from '../live/verification/bound';
import { arrives, Counted, isDeniedByProxy, Outcome } from '../live/verification/comparison';
import { Drop } from '../live/verification/drops';
import { NOWHERE, Prediction, stoppingClusters } from '../live/verification/prediction';
import { Answer } from '../live/verification/probe';
import { percent } from '../reports/words';
import { workloadJson } from '../reports/workload-json';

/** One prediction, what was seen, and whether the two agree. */
export interface Verified {
  readonly prediction: Prediction;
  readonly outcome: Outcome;
  readonly requests: number;
  /** Of requests to a service. */
  readonly counted?: Counted;
  readonly answers: readonly Answer[];
  readonly problem?: string;
  /** More requests were asked, because the first ones were doubted. */
  readonly again: boolean;
  /** Packets that Hubble saw dropped, by cluster; only clusters with Hubble Relay. */
  readonly drops: ReadonlyMap<string, readonly Drop[]>;
}

/** The table, both columns beside each other. */
export function verifiedText(verified: readonly Verified[], io: Io): string {
  const shown = { 'as-predicted': io.colors.green('as predicted'), 'different': io.colors.red('DIFFERENT'), 'not-probed': io.colors.yellow('not probed') };
  const number = (outcome: Outcome) => verified.filter(each => each.outcome === outcome).length;
  return columns([
    ['FROM', 'TO', 'PORT', 'PREDICTED', 'PROBED', ''],
    ...verified.map(each => [
      shownWorkload(each.prediction.source), destinationText(each.prediction), portText(each.prediction), predictedText(each), probedText(each), shown[each.outcome],
    ]),
  ]) + `${number('as-predicted')} as predicted, ${number('different')} different, ${number('not-probed')} not probed\n`;
}

/** A case of a JUnit report. */
export function junitCase(verified: Verified): JunitCase {
  const { prediction, outcome, problem } = verified;
  return {
    name: `${shownWorkload(prediction.source)} to ${destinationText(prediction)} on ${portText(prediction)}`,
    failure: outcome === 'different' ? `predicted: ${predictedText(verified)}; probed: ${probedText(verified)}` : undefined,
    skipped: outcome === 'not-probed' ? problem : undefined,
  };
}

function destinationText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? shownWorkload(prediction.destination) : shownService(prediction.service);
}

function portText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`;
}

/** With the numbers that a fair choice stays in. */
function predictedText({ prediction, requests, again }: Verified): string {
  if (prediction.kind === 'flow') {
    return prediction.flow.verdict === 'allowed' ? 'allowed' : `denied (${prediction.why})`;
  }
  const { [NOWHERE]: nowhere, ...clusters } = prediction.expected;
  const shown = (what: string, share: number) => {
    const { from, to } = range(share, requests, again ? DIFFERENT : DOUBTED);
    return `${what} ${percent(share)}${requests === 0 || from === to ? '' : ` (${from} to ${to} of ${requests})`}`;
  };
  return [
    ...Object.entries(clusters).sort().map(([cluster, share]) => shown(cluster, share)),
    ...nowhere === undefined ? [] : prediction.decided.backends.length === 0 ? ['no backends'] : [shown(`stopped in ${prediction.stoppedIn.join(' and ')}`, nowhere)],
  ].join(', ');
}

function probedText({ prediction, counted: seen, answers, problem, drops, requests }: Verified): string {
  if (problem !== undefined) {
    return problem;
  }
  const of = (kind: Answer['kind']) => answers.filter(each => each.kind === kind).length;
  const proxy = answers.filter(isDeniedByProxy).length;
  const parts: Array<readonly [number, string]> = [
    ...prediction.kind === 'flow' ? [[answers.filter(each => each.kind === 'answered' && arrives(each)).length, 'answered'] as const]
      : [...Object.entries(seen!.clusters).sort().map(([cluster, number]) => [number, cluster] as const), [seen!.unknown, 'answered, by whom is unknown'] as const],
    [of('refused'), 'refused'], [proxy, 'denied by the proxy'], [of('silent'), 'silent'], [of('unresolved'), 'without an address (DNS)'], [of('unreachable'), 'unreachable'],
  ];
  const text = parts.filter(([number]) => number > 0).map(([number, what]) => `${number === requests && parts.length === 1 ? '' : `${number} `}${what}`).join(', ');
  const dropped = [...drops].filter(([cluster, packets]) => packets.length > 0 || (of('silent') > 0 && stoppingClusters(prediction).includes(cluster)))
    .map(([cluster, packets]) => `Hubble in ${cluster}: ${[...new Set(packets.map(dropText))].sort().join(', ') || 'no drop'}`);
  return [text, ...dropped].join('; ');
}

function dropText({ reason, policies }: Drop): string {
  return `${reason}${policies.length > 0 ? ` by ${policies.join(', ')}` : ''}`;
}

/** What was verified, in JSON. */
export function verifiedJson({ prediction, outcome, requests, counted: seen, answers, problem, drops }: Verified): unknown {
  const tally: { [kind: string]: number } = {};
  answers.forEach(answer => {
    const kind = isDeniedByProxy(answer) ? 'denied-by-proxy' : answer.kind;
    tally[kind] = (tally[kind] ?? 0) + 1;
  });
  const shares = ({ [NOWHERE]: _, ...clusters }: Counts) => Object.entries(clusters).sort().map(([cluster, share]) => ({ cluster, share }));
  return {
    source: workloadJson(prediction.source),
    ...prediction.kind === 'flow' ? {
      destination: workloadJson(prediction.destination), protocol: prediction.protocol, port: prediction.port,
      predicted: { verdict: prediction.flow.verdict, egress: prediction.flow.egress, ingress: prediction.flow.ingress, stoppedIn: stoppingClusters(prediction) },
    } : {
      service: { namespace: prediction.service.namespace, name: prediction.service.name, ...prediction.service.clusterset ? { clusterset: true } : {} },
      protocol: 'TCP', port: prediction.port.port,
      predicted: { clusters: shares(prediction.expected), unanswered: prediction.expected[NOWHERE] ?? 0, stoppedIn: prediction.stoppedIn },
    },
    probed: {
      requests, answers: tally,
      ...seen ? { clusters: Object.entries(seen.clusters).sort().map(([cluster, number]) => ({ cluster, answers: number })), unknown: seen.unknown } : {},
      ...problem === undefined ? {} : { problem },
      drops: [...drops].sort(([one], [other]) => one < other ? -1 : 1)
        .map(([cluster, packets]) => ({ cluster, packets: packets.length, reasons: [...new Set(packets.map(dropText))].sort() })),
    },
    outcome,
  };
}

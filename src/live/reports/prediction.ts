import { formatPlaces } from '../../evaluator/flows/places';
import { formatWorkload } from '../../evaluator/read/workload';
import { formatService } from '../../evaluator/services/service-name';
import { placesJson } from '../../reports/place';
import { Column, Report } from '../../reports/report';
import { percent } from '../../reports/words';
import { workloadJson } from '../../reports/workload-json';
import { outcomeLevel, range, roundLevel } from '../verification/bound';
import { isTested, sharesOf } from '../verification/comparison';
import { droppingClusters, ExpectedShares, PredictedService, Prediction } from '../verification/prediction';
import { ProbeSettings, requestsOf } from '../verification/probing';

/** The columns of predictions. */
export const PREDICTION_COLUMNS: readonly Column[] = [
  { title: 'from', type: 'endpoint' },
  { title: 'to', type: 'endpoint' },
  { title: 'port', type: 'port' },
  { title: 'predicted', type: 'text' },
];

/** How many requests are sent in a round, and how unlikely their counts must be to differ (see `roundLevel`). */
export interface Sample {
  readonly requests: number;
  readonly level: number;
}

/** `cilium-mesh verify --tour --predict`: predictions without requests, with the counts that would fit them. */
export function predictionReport(predictions: readonly Prediction[], settings: ProbeSettings): Report {
  const level = roundLevel(predictions.filter(isTested).length);
  const sampleOf = (prediction: Prediction) => ({ ...requestsOf(prediction, settings, level), level });
  return {
    title: 'verify --predict',
    parts: () => [
      { kind: 'table', columns: PREDICTION_COLUMNS, rows: predictions.map(each => predictionCells(each, sampleOf(each))) },
    ],
    document: { field: 'predicted', items: () => predictions.map(predictionJson) },
  };
}

/** The cells of a prediction: from, to, port, predicted. */
export function predictionCells(prediction: Prediction, sample: Sample): string[] {
  const from = formatWorkload(prediction.source);
  if (prediction.kind === 'service') {
    const { service, port } = prediction;
    return [from, formatService(service), `TCP/${port.port}`, sharesText(prediction, sample)];
  }
  const { protocol, port, flow, reason } = prediction;
  const to = formatWorkload(prediction.destination);
  const predicted = flow.verdict === 'allowed' ? 'allowed' : `denied (${reason})`;
  return [from, `${to}${formatPlaces(prediction, from, to)}`, `${protocol}/${port}`, predicted];
}

/** The expected shares, with the counts that fit them. */
function sharesText(prediction: PredictedService, { requests, level }: Sample): string {
  const { expected, flow, stoppedIn } = prediction;
  const { unanswered } = expected;
  const least = outcomeLevel(sharesOf(prediction), level);
  const shareText = (what: string, share: number) => {
    const { from, to } = range(share, requests, least);
    const counts = isTested(prediction) && requests > 0 && from !== to ? ` (${from} to ${to} of ${requests})` : '';
    return `${what} ${percent(share)}${counts}`;
  };
  const drops =
    flow.backends.length === 0 ? 'no backends' : shareText(`dropped in ${stoppedIn.join(' and ')}`, unanswered);
  return [
    ...sortedShares(expected).map(([cluster, share]) => shareText(cluster, share)),
    ...(unanswered === 0 ? [] : [drops]),
    ...(prediction.sessionAffinity ? ['always the same for a client (session affinity)'] : []),
  ].join(', ');
}

/** A prediction in JSON. */
export function predictionJson(prediction: Prediction): object {
  const source = workloadJson(prediction.source);
  if (prediction.kind === 'flow') {
    const {
      destination,
      protocol,
      port,
      flow: { verdict, egress, ingress },
    } = prediction;
    return {
      source,
      destination: workloadJson(destination),
      ...placesJson(prediction),
      protocol,
      port,
      predicted: { verdict, egress, ingress, stoppedIn: droppingClusters(prediction) },
    };
  }
  const {
    service: { namespace, name, clusterset },
    port: { port },
    expected,
    sessionAffinity,
    stoppedIn,
  } = prediction;
  return {
    source,
    service: { namespace, name, ...(clusterset ? { clusterset: true } : {}) },
    protocol: 'TCP',
    port,
    predicted: {
      clusters: sortedShares(expected).map(([cluster, share]) => ({ cluster, share })),
      unanswered: expected.unanswered,
      ...(sessionAffinity ? { sessionAffinity } : {}),
      stoppedIn,
    },
  };
}

function sortedShares({ clusters }: ExpectedShares): Array<[cluster: string, share: number]> {
  return Object.entries(clusters).sort();
}


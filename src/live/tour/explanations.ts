import { isAllowed } from '../../evaluator/flows/flow';
import { Workload } from '../../evaluator/read/workload';
import { ServiceName } from '../../evaluator/services/service-name';
import { destinations, droppingClusters, Prediction } from '../verification/prediction';

/** A flow, or requests to a service, to explain after a step. */
export interface ToExplain {
  readonly source: Workload;
  readonly to: { readonly workload: Workload } | { readonly service: ServiceName };
  readonly protocol: string;
  readonly port: number;
}

/** What to explain after a step: the predictions that are wrong, and the first flow that policies stop. */
export function predictionsToExplain(
  predictions: readonly Prediction[],
  different: readonly Prediction[] = [],
): ToExplain[] {
  const first = firstUnanswered(predictions);
  const stopped = first && !different.includes(first) ? [firstStoppedFlow(first)] : [];
  return [...different.map(wholePrediction), ...stopped];
}

/** The first prediction without answers; if possible one of a service, which is what clients use. */
function firstUnanswered(predictions: readonly Prediction[]): Prediction | undefined {
  const unanswered = predictions.filter(isUnanswered);
  return unanswered.find(({ kind }) => kind === 'service') ?? unanswered[0];
}

/** Whether requests stay unanswered, of clients that are not the destination. */
function isUnanswered(prediction: Prediction): boolean {
  const { source } = prediction;
  const hasUnanswered = prediction.kind === 'service' && prediction.expected.unanswered > 0;
  return (
    (hasUnanswered || droppingClusters(prediction).length > 0) &&
    !destinations(prediction).some(({ name, namespace }) => name === source.name && namespace === source.namespace)
  );
}

/** Of requests to a service, the flow to the first backend that policies stop. */
function firstStoppedFlow(prediction: Prediction): ToExplain {
  if (prediction.kind === 'service') {
    const { source, flow } = prediction;
    for (const { backend, port, decision } of flow.backends) {
      const isStopped = [decision.egress, decision.ingress].some(({ verdict }) => !isAllowed(verdict));
      if (isStopped && backend.workload) {
        return { source, to: { workload: backend.workload }, protocol: flow.port.protocol, port };
      }
    }
  }
  return wholePrediction(prediction);
}

function wholePrediction(prediction: Prediction): ToExplain {
  const { source } = prediction;
  return prediction.kind === 'flow'
    ? { source, to: { workload: prediction.destination }, protocol: prediction.protocol, port: prediction.port }
    : { source, to: { service: prediction.service }, protocol: 'TCP', port: prediction.port.port };
}

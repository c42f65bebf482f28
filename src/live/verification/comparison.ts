import { DIFFERENCE_LEVEL, DOUBT_LEVEL, fits } from './bound';
import { PredictedFlow, PredictedService, Prediction } from './prediction';
import { Answer } from './probe';

/** The answers to the probe of a prediction. */
export interface ProbeResult {
  readonly prediction: Prediction;
  readonly answers: readonly Answer[];
  /** Why no request was sent. */
  readonly problem?: string;
}

/** Finds the cluster that sent an answer; undefined where that is unknown. */
export type Recognize = (answer: Answer) => string | undefined;

/** Answers by cluster. */
export interface AnswerCounts {
  readonly clusters: { readonly [cluster: string]: number };
  /** Answers of unknown clusters. */
  readonly unknown: number;
  /** Requests without an answer. */
  readonly unanswered: number;
}

/** How a prediction compares with the answers. */
export type Outcome = 'as-predicted' | 'different' | 'not-probed';

/**
 * Recognizes a cluster by its name in the answer, or by the same answer of its pods; in both cases only if no other
 * cluster fits.
 */
export function recognizer(clusters: readonly string[], results: readonly ProbeResult[]): Recognize {
  const byBody = new Map<string, Set<string>>();
  for (const { prediction, answers } of results) {
    if (prediction.kind === 'flow') {
      answers.filter(arrives).forEach(answer => {
        const body = bodyOf(answer);
        byBody.set(body, new Set([...(byBody.get(body) ?? []), prediction.destination.cluster]));
      });
    }
  }
  return answer => {
    const body = bodyOf(answer);
    const names = clusters.filter(name => new RegExp(`(^|[^a-z0-9-])${name}([^a-z0-9-]|$)`, 'i').test(body));
    const senders = byBody.get(body);
    return names.length === 1 ? names[0] : body !== '' && senders?.size === 1 ? [...senders][0] : undefined;
  };
}

/** Whether the packets of a request arrive: the destination answered, or refused the connection. */
export function arrives(answer: Answer): boolean {
  return answer.kind === 'answered' ? !isDeniedByProxy(answer) : answer.kind === 'refused';
}

/** The answer of Envoy to a request that no layer 7 rule allows (pkg/envoy, v1.20.2: status 403, "Access denied"). */
export function isDeniedByProxy(answer: Answer): boolean {
  return answer.kind === 'answered' && answer.http === 403 && /^\s*access denied\s*$/i.test(answer.body);
}

function bodyOf(answer: Answer): string {
  return answer.kind === 'answered' ? answer.body.trim() : '';
}

/** Counts the answers to requests to a service. A refused connection has no answer: the service has no backends. */
export function countAnswers({ answers }: Pick<ProbeResult, 'answers'>, recognize: Recognize): AnswerCounts {
  const clusters: { [cluster: string]: number } = {};
  let [unknown, unanswered] = [0, 0];
  for (const answer of answers) {
    const cluster = answer.kind === 'answered' && arrives(answer) ? recognize(answer) : undefined;
    if (cluster !== undefined) {
      clusters[cluster] = (clusters[cluster] ?? 0) + 1;
    } else if (answer.kind === 'answered' && arrives(answer)) {
      unknown++;
    } else {
      unanswered++;
    }
  }
  return { clusters, unknown, unanswered };
}

/** Whether the answers are doubtful: they are not as predicted, or unlikely. */
export function isDoubtful(result: ProbeResult, recognize: Recognize): boolean {
  return isProbed(result) && !resultFits(result, recognize, DOUBT_LEVEL);
}

/** Compares all answers with the prediction. */
export function compareAnswers(result: ProbeResult, recognize: Recognize): Outcome {
  return !isProbed(result)
    ? 'not-probed'
    : resultFits(result, recognize, DIFFERENCE_LEVEL)
      ? 'as-predicted'
      : 'different';
}

function isProbed({ problem, answers }: ProbeResult): boolean {
  return problem === undefined && answers.length > 0;
}

function resultFits(result: ProbeResult, recognize: Recognize, least: number): boolean {
  const { prediction, answers } = result;
  return prediction.kind === 'flow' ? flowFits(prediction, answers) : serviceFits(prediction, result, recognize, least);
}

function flowFits({ flow }: PredictedFlow, answers: readonly Answer[]): boolean {
  return flow.request === 'denied'
    ? answers.every(isDeniedByProxy)
    : flow.verdict === 'allowed'
      ? answers.every(arrives)
      : !answers.some(arrives);
}

/** With answers of unknown clusters, all clusters count together. */
function serviceFits(
  { expected }: PredictedService,
  result: ProbeResult,
  recognize: Recognize,
  least: number,
): boolean {
  const { clusters, unknown, unanswered } = countAnswers(result, recognize);
  const without = { share: expected.unanswered, count: unanswered };
  if (unknown === 0) {
    const names = [...new Set([...Object.keys(expected.clusters), ...Object.keys(clusters)])];
    const outcomes = names.map(name => ({ share: expected.clusters[name] ?? 0, count: clusters[name] ?? 0 }));
    return fits([...outcomes, without], least);
  }
  const answered = Object.values(clusters).reduce((sum, each) => sum + each, unknown);
  const isPossible = Object.keys(clusters).every(cluster => (expected.clusters[cluster] ?? 0) > 0);
  return isPossible && fits([{ share: 1 - expected.unanswered, count: answered }, without], least);
}

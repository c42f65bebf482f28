import { Counts, DIFFERENT, DOUBTED, fits } from './bound';
import { NOWHERE, PredictedFlow, PredictedService, Prediction } from './prediction';
import { Answer } from './probe';

/** What probing a prediction showed. */
export interface Probed {
  readonly prediction: Prediction;
  readonly answers: readonly Answer[];
  /** Why nothing was asked. */
  readonly problem?: string;
}

/** Which cluster an answer is from; undefined when it cannot be told. */
export type Recognize = (answer: Answer) => string | undefined;

/** What was counted, as the prediction counts; `unknown` are answers whose cluster cannot be told. */
export interface Counted {
  readonly clusters: Counts;
  readonly unknown: number;
  readonly nowhere: number;
}

/** Whether the world is as predicted. */
export type Outcome = 'as-predicted' | 'different' | 'not-probed';

/** The cluster that an answer names: the only one of the mesh whose name is in it, or the only one whose pods were heard to answer so. */
export function recognizer(clusters: readonly string[], probed: readonly Probed[]): Recognize {
  const heard = new Map<string, Set<string>>();
  for (const { prediction, answers } of probed) {
    if (prediction.kind === 'flow') {
      answers.filter(arrives).forEach(answer => {
        const text = bodyOf(answer);
        heard.set(text, new Set([...heard.get(text) ?? [], prediction.destination.cluster]));
      });
    }
  }
  return answer => {
    const text = bodyOf(answer);
    const named = clusters.filter(name => new RegExp(`(^|[^a-z0-9-])${name}([^a-z0-9-]|$)`, 'i').test(text));
    const pods = heard.get(text);
    return named.length === 1 ? named[0] : text !== '' && pods?.size === 1 ? [...pods][0] : undefined;
  };
}

/** Whether a request was answered, or refused by the host that it was sent to: packets arrive. */
export function arrives(answer: Answer): boolean {
  return answer.kind === 'answered' ? !isDeniedByProxy(answer) : answer.kind === 'refused';
}

/** What Envoy answers to requests that layer 7 rules do not allow (pkg/envoy, v1.20.2: status 403, "Access denied"). */
export function isDeniedByProxy(answer: Answer): boolean {
  return answer.kind === 'answered' && answer.http === 403 && /^\s*access denied\s*$/i.test(answer.body);
}

function bodyOf(answer: Answer): string {
  return answer.kind === 'answered' ? answer.body.trim() : '';
}

/** Counts the answers to requests to a service. A connection that is refused there was sent to nobody: the service has no backends. */
export function count({ answers }: Pick<Probed, 'answers'>, recognize: Recognize): Counted {
  const clusters: { [cluster: string]: number } = {};
  let [unknown, nowhere] = [0, 0];
  for (const answer of answers) {
    const cluster = answer.kind === 'answered' && arrives(answer) ? recognize(answer) : undefined;
    if (cluster !== undefined) {
      clusters[cluster] = (clusters[cluster] ?? 0) + 1;
    } else if (answer.kind === 'answered' && arrives(answer)) {
      unknown++;
    } else {
      nowhere++;
    }
  }
  return { clusters, unknown, nowhere };
}

/** Whether what was counted so far fits; `last` when nothing more is asked. */
export function judge(probed: Probed, recognize: Recognize, last: boolean): Outcome | 'doubtful' {
  if (probed.problem !== undefined || probed.answers.length === 0) {
    return 'not-probed';
  }
  const asPredicted = probed.prediction.kind === 'flow' ? flowFits(probed.prediction, probed.answers) : serviceFits(probed.prediction, probed, recognize, last ? DIFFERENT : DOUBTED);
  return asPredicted ? 'as-predicted' : last ? 'different' : 'doubtful';
}

function flowFits({ flow }: PredictedFlow, answers: readonly Answer[]): boolean {
  return flow.request === 'denied' ? answers.every(isDeniedByProxy)
    : flow.verdict === 'allowed' ? answers.every(arrives) : !answers.some(arrives);
}

/** Answers whose cluster cannot be told count for the clusters together. */
function serviceFits({ expected }: PredictedService, probed: Probed, recognize: Recognize, least: number): boolean {
  const { clusters, unknown, nowhere } = count(probed, recognize);
  if (unknown === 0) {
    return fits(expected, { ...clusters, [NOWHERE]: nowhere }, least);
  }
  const somewhere = Object.values(clusters).reduce((sum, each) => sum + each, unknown);
  const possible = Object.keys(clusters).every(cluster => (expected[cluster] ?? 0) > 0);
  return possible && fits({ somewhere: 1 - (expected[NOWHERE] ?? 0), [NOWHERE]: expected[NOWHERE] ?? 0 }, { somewhere, [NOWHERE]: nowhere }, least);
}

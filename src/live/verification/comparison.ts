import { fits, isRandom } from './bound';
import { Connections } from './connections';
import { RunningPod } from './pods';
import { PredictedFlow, PredictedService, Prediction } from './prediction';
import { Answer } from './probe';

/** The answers to the requests of one pod. */
export interface ClientAnswers {
  readonly pod: RunningPod;
  readonly answers: readonly Answer[];
}

/** The answers to the probe of a prediction. */
export interface ProbeResult {
  readonly prediction: Prediction;
  readonly clients: readonly ClientAnswers[];
  /** Why no request was sent, by all pods or by some. */
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
  /** Hubble's records tell who answered; otherwise the answers do. */
  readonly byHubble: boolean;
}

/** How a prediction compares with the answers. `unclear`: there are none, as many programs on UDP send none. */
export type Comparison = 'as-predicted' | 'different' | 'unclear' | 'not-probed';

/** All answers to a probe. */
export function answersOf({ clients }: Pick<ProbeResult, 'clients'>): readonly Answer[] {
  return clients.flatMap(each => each.answers);
}

/**
 * Recognizes a cluster by its name in the answer, or by the same answer of its pods; in both cases only if no other
 * cluster fits. A name that is in the answers of another cluster's pods is only a word, such as `test`.
 */
export function recognizer(clusters: readonly string[], results: readonly ProbeResult[]): Recognize {
  const namedIn = (body: string) => {
    const names = clusters.filter(name => new RegExp(`(^|[^a-z0-9-])${name}([^a-z0-9-]|$)`, 'i').test(body));
    return names.length === 1 ? names[0] : undefined;
  };
  const byBody = new Map<string, Set<string>>();
  const words = new Set<string>();
  for (const { prediction, clients } of results) {
    if (prediction.kind === 'flow') {
      const { cluster } = prediction.destination;
      for (const body of answersOf({ clients }).filter(arrives).map(bodyOf)) {
        byBody.set(body, new Set([...(byBody.get(body) ?? []), cluster]));
        const name = namedIn(body);
        if (name !== undefined && name !== cluster) {
          words.add(name);
        }
      }
    }
  }
  return answer => {
    const body = bodyOf(answer);
    const senders = [...(byBody.get(body) ?? [])];
    if (body === '' || senders.length > 1) {
      return undefined;
    }
    const name = namedIn(body);
    return name !== undefined && !words.has(name) ? name : senders[0];
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

function isAnswer(answer: Answer): boolean {
  return answer.kind === 'answered' && arrives(answer);
}

function bodyOf(answer: Answer): string {
  return answer.kind === 'answered' ? answer.body.trim() : '';
}

/**
 * Counts the answers to requests to a service. A refused connection has no answer: the service has no backends.
 *
 * Hubble's records count where they hold the connection of each answer: by the client's port, or, where the tool does
 * not tell it, if each request was answered and there are as many connections.
 */
export function countAnswers(
  { clients }: Pick<ProbeResult, 'clients'>,
  recognize: Recognize,
  connections?: Connections,
): AnswerCounts {
  const answered = clients.flatMap(({ pod, answers }) => answers.filter(isAnswer).map(answer => ({ pod, answer })));
  const unanswered = answersOf({ clients }).length - answered.length;
  const byPort = answered.map(({ pod, answer }) => connections?.clusterOf(pod.address, portOf(answer)));
  if (answered.length > 0 && byPort.every(each => each !== undefined)) {
    return { ...tally(byPort), unanswered, byHubble: true };
  }
  const all = connections?.clusters(clients.map(({ pod }) => pod.address)) ?? [];
  if (answered.length > 0 && unanswered === 0 && all.length === answered.length) {
    return { ...tally(all), unanswered, byHubble: true };
  }
  return { ...tally(answered.map(({ answer }) => recognize(answer))), unanswered, byHubble: false };
}

function portOf(answer: Answer): number | undefined {
  return answer.kind === 'answered' ? answer.localPort : undefined;
}

function tally(answered: ReadonlyArray<string | undefined>): Pick<AnswerCounts, 'clusters' | 'unknown'> {
  const clusters: { [cluster: string]: number } = {};
  for (const cluster of answered) {
    if (cluster !== undefined) {
      clusters[cluster] = (clusters[cluster] ?? 0) + 1;
    }
  }
  return { clusters, unknown: answered.filter(each => each === undefined).length };
}

/** Compares the answers of one round with the prediction. */
export function compareAnswers(
  result: ProbeResult,
  recognize: Recognize,
  level: number,
  connections?: Connections,
): Comparison {
  const { prediction, clients, problem } = result;
  const answers = answersOf(result);
  if (answers.length === 0) {
    return 'not-probed';
  }
  const comparison =
    prediction.kind === 'flow'
      ? compareFlow(prediction, answers)
      : serviceFits(prediction, clients, recognize, level, connections)
        ? 'as-predicted'
        : 'different';
  // what some pods could not ask may be otherwise
  return comparison === 'as-predicted' && problem !== undefined ? 'not-probed' : comparison;
}

function compareFlow({ flow, protocol }: PredictedFlow, answers: readonly Answer[]): Comparison {
  const isExpected = flow.verdict === 'allowed' && flow.request !== 'denied';
  if (protocol === 'UDP') {
    return !answers.some(arrives) ? 'unclear' : isExpected ? 'as-predicted' : 'different';
  }
  const fit =
    flow.request === 'denied'
      ? answers.every(isDeniedByProxy)
      : isExpected
        ? answers.every(arrives)
        : !answers.some(arrives);
  return fit ? 'as-predicted' : 'different';
}

function serviceFits(
  { expected, sessionAffinity }: PredictedService,
  clients: readonly ClientAnswers[],
  recognize: Recognize,
  level: number,
  connections: Connections | undefined,
): boolean {
  const fit = (counts: AnswerCounts) => countsFit(expected, counts, level);
  return sessionAffinity
    ? clients.every(each => countsArePossible(expected, countAnswers({ clients: [each] }, recognize, connections)))
    : fit(countAnswers({ clients }, recognize, connections));
}

/** With answers of unknown clusters, all clusters count together. */
function countsFit(expected: PredictedService['expected'], counts: AnswerCounts, level: number): boolean {
  const { clusters, unknown, unanswered } = counts;
  const without = { share: expected.unanswered, count: unanswered };
  if (unknown === 0) {
    const names = [...new Set([...Object.keys(expected.clusters), ...Object.keys(clusters)])];
    const outcomes = names.map(name => ({ share: expected.clusters[name] ?? 0, count: clusters[name] ?? 0 }));
    return fits([...outcomes, without], level);
  }
  const answered = Object.values(clusters).reduce((sum, each) => sum + each, unknown);
  const isPossible = Object.keys(clusters).every(cluster => (expected.clusters[cluster] ?? 0) > 0);
  return isPossible && fits([{ share: 1 - expected.unanswered, count: answered }, without], level);
}

/**
 * With session affinity all connections of a client go to one backend, so shares say which clusters may answer, not how
 * often: all answers come from one of them, or there is no answer at all.
 */
function countsArePossible(expected: PredictedService['expected'], counts: AnswerCounts): boolean {
  const { clusters, unknown, unanswered } = counts;
  const outcomes = Object.keys(clusters).length + Number(unknown > 0) + Number(unanswered > 0);
  return (
    outcomes <= 1 &&
    Object.keys(clusters).every(cluster => (expected.clusters[cluster] ?? 0) > 0) &&
    (unanswered === 0 || expected.unanswered > 0) &&
    (unknown === 0 || expected.unanswered < 1)
  );
}

/** The shares of all outcomes of requests to a service. */
export function sharesOf({ expected }: PredictedService): readonly number[] {
  return [...Object.values(expected.clusters), expected.unanswered];
}

/** Whether the answers to a prediction are chance, so their counts are tested. */
export function isTested(prediction: Prediction): boolean {
  return prediction.kind === 'service' && !prediction.sessionAffinity && sharesOf(prediction).some(isRandom);
}

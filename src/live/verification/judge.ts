import { answersOf, compareAnswers, Comparison, countAnswers, ProbeResult, Recognize } from './comparison';
import { Connections } from './connections';
import { Records } from './hubble';
import { droppingClusters, PredictedFlow, Prediction } from './prediction';
import { Outcome, Verification } from './verification';

/** What tells whether the answers of a round are as predicted. */
export interface Evidence {
  readonly recognize: Recognize;
  readonly level: number;
  /** Hubble's records of the packets of this prediction, by cluster. */
  readonly records: ReadonlyMap<string, Records>;
  readonly connections?: Connections;
  readonly repeated: boolean;
}

/** Compares the answers of a round, and what Hubble saw, with the prediction. */
export function judge(result: ProbeResult, evidence: Evidence): Verification {
  const { prediction, problem } = result;
  const { recognize, level, records, connections, repeated } = evidence;
  const answers = answersOf(result);
  const outcome = outcomeOf(prediction, compareAnswers(result, recognize, level, connections), records);
  const text = problem ?? (outcome === 'not-probed' && answers.length > 0 ? unclearText(records) : undefined);
  return {
    prediction,
    outcome,
    requests: answers.length,
    level,
    ...(prediction.kind === 'service' ? { counts: countAnswers(result, recognize, connections) } : {}),
    answers,
    ...(text === undefined ? {} : { problem: text }),
    repeated,
    drops: new Map([...records].flatMap(([cluster, { drops }]) => (drops ? [[cluster, drops] as const] : []))),
  };
}

function unclearText(records: Evidence['records']): string {
  const seen =
    records.size === 0
      ? 'only Hubble Relay (hubble.relay.enabled) could tell more'
      : 'Hubble saw no packet arrive, and none dropped';
  return `a missing answer tells nothing with UDP; ${seen}`;
}

function outcomeOf(
  prediction: Prediction,
  comparison: Comparison,
  records: ReadonlyMap<string, Records>,
): Outcome {
  switch (comparison) {
    case 'as-predicted':
      return isDroppedElsewhere(prediction, records) ? 'different' : 'as-predicted';
    case 'unclear':
      return outcomeBySight(prediction as PredictedFlow, records);
    default:
      return comparison;
  }
}

/** Whether a policy dropped packets in a cluster for which no drop was predicted. */
function isDroppedElsewhere(prediction: Prediction, records: ReadonlyMap<string, Records>): boolean {
  const predicted = droppingClusters(prediction);
  return [...records].some(([cluster, { drops }]) => !predicted.includes(cluster) && hasDrop(drops));
}

function hasDrop(drops: Records['drops']): boolean {
  return drops?.some(each => each.byPolicy) ?? false;
}

/** Without answers, only what Hubble saw tells whether a packet arrived. */
function outcomeBySight(prediction: PredictedFlow, records: ReadonlyMap<string, Records>): Outcome {
  const isDropped = [...records.values()].some(({ drops }) => hasDrop(drops));
  const hasArrived = records.get(prediction.destination.cluster)?.forwarded?.some(each => each.arrived) ?? false;
  const isAllowed = prediction.flow.verdict === 'allowed';
  if (isDropped) {
    return isAllowed || isDroppedElsewhere(prediction, records) ? 'different' : 'as-predicted';
  }
  return hasArrived ? (isAllowed ? 'as-predicted' : 'different') : 'not-probed';
}

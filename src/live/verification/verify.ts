import { REPEAT_FACTOR } from './bound';
import { compareAnswers, countAnswers, isDoubtful, ProbeResult, Recognize, recognizer } from './comparison';
import { Drop, dropsQuery, readDrops } from './drops';
import { destinations, droppingClusters, Prediction } from './prediction';
import { Addresses, contextOf, PlannedProbe, planProbe, ProbeSettings, readAddresses, sendProbes } from './probing';
import { Verification } from './verification';
import { isProblem } from '../../diagnostics/problem';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { LiveMesh } from '../plans/live-mesh';
import { Clock } from '../runner/clock';
import { askAll, CommandResult, Shell } from '../runner/shell';

/** How predictions are verified. */
export interface VerifySettings extends ProbeSettings {
  /** Seconds between the first requests and those of doubtful probes. */
  readonly settle: number;
}

/** What happens during a verification. */
export type VerifyEvent =
  | { readonly kind: 'probing'; readonly probes: number; readonly requests: number }
  /** The answers of some probes are not as predicted, or unlikely: these probes send more requests. */
  | { readonly kind: 'repeating'; readonly probes: number }
  /** Hubble did not answer in a cluster. */
  | { readonly kind: 'no-drops'; readonly cluster: string; readonly result: CommandResult };

/** What a verification works with. */
export interface VerifyContext {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly report: (event: VerifyEvent) => void;
}

/** Seconds before the first request from which Hubble's drops are read. */
const DROP_MARGIN = 5;

/** Compares predictions with real requests from the pods of the mesh. */
export async function verify(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  predictions: readonly Prediction[],
  settings: VerifySettings,
  context: VerifyContext,
): Promise<Verification[]> {
  const { shell, clock, report } = context;
  const since = clock.now();
  const addresses = await readAddresses(live, mesh, predictions, shell);
  const probes = predictions.map(prediction => planProbe(prediction, live, addresses, settings));
  report({ kind: 'probing', probes: probes.length, requests: settings.requests });
  const first = await sendProbes(predictions, probes, shell);
  const clusters = mesh.clusters.map(each => each.name);
  const { results, doubtful } = await repeatDoubtful(first, probes, clusters, settings, context);
  const recognize = recognizer(clusters, results);
  const seconds = (clock.now() - since) / 1000 + DROP_MARGIN;
  const drops = await readClusterDrops(live, mesh, results, seconds, context);
  return results.map((result, index) =>
    verificationOf(result, recognize, doubtful.has(index), dropsOf(result, drops, addresses)),
  );
}

/** Sends more requests of the doubtful probes; returns all results, with the indices of these probes. */
async function repeatDoubtful(
  first: readonly ProbeResult[],
  probes: readonly PlannedProbe[],
  clusters: readonly string[],
  { settle }: VerifySettings,
  { shell, clock, report }: VerifyContext,
): Promise<{ results: readonly ProbeResult[]; doubtful: ReadonlySet<number> }> {
  const recognizeFirst = recognizer(clusters, first);
  const doubtful = [...first.keys()].filter(index => isDoubtful(first[index], recognizeFirst));
  if (doubtful.length === 0) {
    return { results: first, doubtful: new Set() };
  }
  report({ kind: 'repeating', probes: doubtful.length });
  await clock.sleep(settle * 1000, shell.interruption);
  const repeated = doubtful.map(index => withMoreRequests(probes[index]));
  const second = await sendProbes(
    doubtful.map(index => first[index].prediction),
    repeated,
    shell,
  );
  const recognize = recognizer(clusters, [...first, ...second]);
  const secondOf = new Map(doubtful.map((index, position) => [index, second[position]]));
  const results = first.map((result, index) => {
    const more = secondOf.get(index);
    return more ? joinResults(result, more, recognize) : result;
  });
  return { results, doubtful: new Set(doubtful) };
}

function withMoreRequests(planned: PlannedProbe): PlannedProbe {
  return isProblem(planned)
    ? planned
    : { probe: { ...planned.probe, requests: planned.probe.requests * REPEAT_FACTOR } };
}

/**
 * Unlikely answers count together with those of the second round. Impossible answers do not count: the first round may
 * have met a mesh that was not ready, where a policy was applied and not enforced yet.
 */
function joinResults(first: ProbeResult, second: ProbeResult, recognize: Recognize): ProbeResult {
  if (second.problem !== undefined) {
    return first;
  }
  return compareAnswers(first, recognize) === 'different'
    ? second
    : { ...first, answers: [...first.answers, ...second.answers] };
}

function verificationOf(
  result: ProbeResult,
  recognize: Recognize,
  repeated: boolean,
  drops: Verification['drops'],
): Verification {
  const { prediction, answers, problem } = result;
  const outcome = compareAnswers(result, recognize);
  return {
    prediction,
    outcome: outcome === 'as-predicted' && isDroppedElsewhere(prediction, drops) ? 'different' : outcome,
    requests: answers.length,
    ...(prediction.kind === 'service' ? { counts: countAnswers(result, recognize) } : {}),
    answers,
    ...(problem === undefined ? {} : { problem }),
    repeated,
    drops,
  };
}

/** Whether a policy dropped packets in a cluster for which no drop was predicted. */
function isDroppedElsewhere(prediction: Prediction, drops: Verification['drops']): boolean {
  const predicted = droppingClusters(prediction);
  return [...drops].some(([cluster, seen]) => !predicted.includes(cluster) && seen.some(each => each.byPolicy));
}

/** The drops that Hubble saw, in clusters with Hubble Relay where requests may have been dropped. */
async function readClusterDrops(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  results: readonly ProbeResult[],
  seconds: number,
  { shell, report }: VerifyContext,
): Promise<Map<string, readonly Drop[]>> {
  const silent = results.filter(({ answers }) => answers.some(each => each.kind === 'silent'));
  const suspects = new Set(
    silent.flatMap(({ prediction }) => [
      prediction.source.cluster,
      ...(prediction.kind === 'flow' ? [prediction.destination.cluster] : prediction.stoppedIn),
    ]),
  );
  const clusters = mesh.clusters
    .filter(({ name, input }) => suspects.has(name) && input.values?.values.hubble?.relay?.enabled === true)
    .map(each => each.name);
  const answers = await askAll(
    shell,
    clusters.map(name => dropsQuery(contextOf(live, name), seconds)),
  );
  return new Map(
    clusters.flatMap((cluster, index) => {
      const result = answers[index];
      if (result.status !== 0) {
        report({ kind: 'no-drops', cluster, result });
        return [];
      }
      return [[cluster, readDrops(result.output)] as const];
    }),
  );
}

/** The drops between the pods of a prediction. */
function dropsOf(
  { prediction }: ProbeResult,
  drops: ReadonlyMap<string, readonly Drop[]>,
  addresses: Addresses,
): Verification['drops'] {
  const sources = addresses.get(prediction.source)!;
  const targets = destinations(prediction).flatMap(each => addresses.get(each)!);
  const isOwn = ({ source, destination }: Drop) => sources.includes(source) && targets.includes(destination);
  return new Map([...drops].map(([cluster, seen]) => [cluster, seen.filter(isOwn)]));
}

import { roundLevel } from './bound';
import { isTested, ProbeResult, recognizer } from './comparison';
import { judge } from './judge';
import { RunningPods } from './pods';
import { destinations, PredictedService, Prediction, predictServices } from './prediction';
import { placedPredictions, planProbe, PlannedProbe, ProbeSettings, readPods, requestsOf, sendProbes } from './probing';
import { Unrealized, waitForPolicies } from './realized';
import { connectionsOf, NoRecords, readRecords, recordsOf } from './records';
import { Verification } from './verification';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { Workload } from '../../evaluator/read/workload';
import { LiveMesh } from '../plans/live-mesh';
import { Clock } from '../runner/clock';
import { Shell } from '../runner/shell';

/** How predictions are verified. */
export interface VerifySettings extends ProbeSettings {
  /** Seconds between the first round and the second. */
  readonly settle: number;
}

/** A workload with another number of pods than its manifest says. */
export interface OtherReplicas {
  readonly workload: Workload;
  readonly ready: number;
}

/** What happens during a verification. */
export type VerifyEvent =
  /** Shares are predicted for the pods that are ready. */
  | { readonly kind: 'replicas'; readonly others: readonly OtherReplicas[] }
  /** Some agents may not enforce yet what was applied. */
  | { readonly kind: 'unrealized'; readonly agents: readonly Unrealized[] }
  /** The least and the most requests of a probe. */
  | { readonly kind: 'probing'; readonly probes: number; readonly least: number; readonly most: number }
  /** The share of a cluster is so small that its absence may go unnoticed. */
  | { readonly kind: 'small-share'; readonly prediction: PredictedService; readonly share: number }
  /** The answers of some probes differ: these probes send their requests again. */
  | { readonly kind: 'repeating'; readonly probes: number }
  /** Hubble did not answer in a cluster. */
  | ({ readonly kind: 'no-records' } & NoRecords);

/** What a verification works with. */
export interface VerifyContext {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly report: (event: VerifyEvent) => void;
}

/** A mesh, and the same mesh with other numbers of pods, by `cluster/namespace/name`. */
export interface VerifiedMesh {
  readonly mesh: EvaluatedMesh;
  withReplicas(replicas: ReadonlyMap<string, number>): EvaluatedMesh;
}

/** Compares predictions with real requests from the pods of the mesh. */
export async function verify(
  live: LiveMesh,
  verified: VerifiedMesh,
  predicted: readonly Prediction[],
  settings: VerifySettings,
  context: VerifyContext,
): Promise<Verification[]> {
  const { shell, report } = context;
  const pods = await readPods(live, verified.mesh, predicted, shell);
  const predictions = predictForReadyPods(verified, placedPredictions(predicted, pods), pods, settings, report);
  const level = roundLevel(predictions.filter(isTested).length);
  const clusters = predictions.flatMap(each => [each.source, ...destinations(each)]).map(({ cluster }) => cluster);
  const unrealized = await waitForPolicies(live, [...new Set(clusters)].sort(), shell);
  if (unrealized.length > 0) {
    report({ kind: 'unrealized', agents: unrealized });
  }
  reportSizes(predictions, settings, level, report);
  const probes = predictions.map(each => planProbe(each, live, pods, settings, level));
  const round = new Round(live, verified.mesh, pods, level, context);
  const first = await round.run(predictions, probes, false);
  const different = [...first.keys()].filter(index => first[index].outcome === 'different');
  if (different.length === 0) {
    return first;
  }
  report({ kind: 'repeating', probes: different.length });
  await context.clock.sleep(settings.settle * 1000, shell.interruption);
  const second = await round.run(
    different.map(index => predictions[index]),
    different.map(index => probes[index]),
    true,
  );
  // a first round may have met a policy that was not enforced yet: a difference must be seen in both
  return first.map((each, index) => (different.includes(index) ? second[different.indexOf(index)] : each));
}

/** Sends probes, and compares their answers and Hubble's records with the predictions. */
class Round {
  /** Answers of all rounds tell what the pods of a cluster answer. */
  private readonly known: ProbeResult[] = [];
  /** The clusters whose Hubble did not answer. */
  private readonly missing = new Set<string>();

  constructor(
    private readonly live: LiveMesh,
    private readonly mesh: EvaluatedMesh,
    private readonly pods: RunningPods,
    private readonly level: number,
    private readonly context: VerifyContext,
  ) {}

  public async run(
    predictions: readonly Prediction[],
    probes: readonly PlannedProbe[],
    repeated: boolean,
  ): Promise<Verification[]> {
    const { live, mesh, pods, level } = this;
    const { shell, clock, report } = this.context;
    const from = clock.now();
    const results = await sendProbes(predictions, probes, shell);
    const { records, missing } = await readRecords(live, mesh, results, pods, { from, until: clock.now() }, shell);
    missing.filter(({ cluster }) => !this.missing.has(cluster)).forEach(each => report({ kind: 'no-records', ...each }));
    missing.forEach(({ cluster }) => this.missing.add(cluster));
    this.known.push(...results);
    const recognize = recognizer(
      mesh.clusters.map(each => each.name),
      this.known,
    );
    return results.map(result =>
      judge(result, {
        recognize,
        level,
        records: recordsOf(result.prediction, records, pods),
        connections: connectionsOf(result.prediction, records, pods),
        repeated,
      }),
    );
  }
}

/** Predicts the shares of services again, for the pods that are ready instead of those that manifests declare. */
function predictForReadyPods(
  { mesh, withReplicas }: VerifiedMesh,
  predictions: readonly Prediction[],
  pods: RunningPods,
  { request }: VerifySettings,
  report: VerifyContext['report'],
): readonly Prediction[] {
  const services = predictions.filter(each => each.kind === 'service');
  const backends = new Set(services.flatMap(destinations));
  const others = [...backends]
    .map(workload => ({ workload, ready: pods.of(workload).filter(each => each.ready).length }))
    .filter(({ workload, ready }) => ready !== workload.replicas);
  if (others.length === 0) {
    return predictions;
  }
  report({ kind: 'replicas', others });
  const actual = withReplicas(
    new Map(
      mesh.workloads.map(each => [
        keyOf(each),
        others.find(({ workload }) => keyOf(workload) === keyOf(each))?.ready ?? each.replicas,
      ]),
    ),
  );
  return predictions.map(prediction =>
    prediction.kind === 'flow' ? prediction : (predictAgain(actual, prediction, request) ?? prediction),
  );
}

function predictAgain(
  actual: EvaluatedMesh,
  { source, service, port }: PredictedService,
  request: VerifySettings['request'],
): PredictedService | undefined {
  const clients = actual.workloads.filter(each => each.kind === source.kind && keyOf(each) === keyOf(source));
  return predictServices(actual, clients, service, request).find(each => each.port.port === port.port);
}

function keyOf({ cluster, namespace, name }: Workload): string {
  return `${cluster}/${namespace}/${name}`;
}

function reportSizes(
  predictions: readonly Prediction[],
  settings: VerifySettings,
  level: number,
  report: VerifyContext['report'],
): void {
  const sizes = predictions.map(prediction => ({ prediction, ...requestsOf(prediction, settings, level) }));
  const numbers = sizes.map(each => each.requests);
  report({ kind: 'probing', probes: sizes.length, least: Math.min(...numbers), most: Math.max(...numbers) });
  for (const { prediction, unnoticed } of sizes) {
    if (unnoticed !== undefined && prediction.kind === 'service') {
      report({ kind: 'small-share', prediction, share: unnoticed });
    }
  }
}

import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ApplySettings, ClusterObjects } from '../plans/apply';
import { LiveMesh } from '../plans/live-mesh';
import { Plan } from '../plans/plan';
import { deliveryPlan } from '../plans/up';
import { destinations, droppingClusters, Prediction, UNANSWERED } from '../verification/prediction';
import { Verification } from '../verification/verification';

/** A step of a tour: its mesh, read once. */
export interface TourStep {
  readonly live: LiveMesh;
  readonly mesh: EvaluatedMesh;
  readonly settings: ApplySettings;
}

/** The work of a step that the caller does. */
export interface TourEffects {
  compare(live: LiveMesh, mesh: EvaluatedMesh, settings: ApplySettings): Promise<readonly ClusterObjects[]>;
  /** Applies a plan; returns whether all of it is done. */
  apply(clusters: readonly ClusterObjects[], plan: Plan, settings: ApplySettings): Promise<boolean>;
  verify(live: LiveMesh, mesh: EvaluatedMesh): Promise<readonly Verification[]>;
}

/** Applies a step and verifies its predictions. Undefined where it could not be applied. */
export async function takeTourStep(
  { live, mesh, settings }: TourStep,
  effects: TourEffects,
): Promise<readonly Verification[] | undefined> {
  const clusters = await effects.compare(live, mesh, settings);
  const isApplied = await effects.apply(clusters, deliveryPlan(live, clusters, settings), settings);
  return isApplied ? effects.verify(live, mesh) : undefined;
}

/** The predictions to explain after a step: those that are wrong, and the first that stays unanswered. */
export function predictionsToExplain(verifications: readonly Verification[]): Prediction[] {
  const first = firstStopped(verifications.map(each => each.prediction));
  return verifications
    .filter(({ outcome, prediction }) => outcome === 'different' || prediction === first)
    .map(each => each.prediction);
}

/** The first prediction without answers; if possible one of a service, whose explanation covers all of its backends. */
export function firstStopped(predictions: readonly Prediction[]): Prediction | undefined {
  const stopped = predictions.filter(isStopped);
  return stopped.find(({ kind }) => kind === 'service') ?? stopped[0];
}

/** Whether requests stay unanswered, of clients that are not the destination. */
function isStopped(prediction: Prediction): boolean {
  const { source } = prediction;
  const isUnanswered = prediction.kind === 'service' && (prediction.expected[UNANSWERED] ?? 0) > 0;
  return (
    (isUnanswered || droppingClusters(prediction).length > 0) &&
    !destinations(prediction).some(({ name, namespace }) => name === source.name && namespace === source.namespace)
  );
}

import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ApplyPart } from '../plans/apply';
import { ApplySettings, ClusterObjects } from '../plans/apply-objects';
import { LiveMesh } from '../plans/live-mesh';
import { Plan } from '../plans/plan';
import { deliveryPlan } from '../plans/up';
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
  apply(
    clusters: readonly ClusterObjects[],
    planOf: (part: ApplyPart) => Plan,
    settings: ApplySettings,
  ): Promise<boolean>;
  verify(live: LiveMesh, mesh: EvaluatedMesh): Promise<readonly Verification[]>;
}

/** Applies a step and verifies its predictions. Undefined where it could not be applied. */
export async function takeTourStep(
  { live, mesh, settings }: TourStep,
  effects: TourEffects,
): Promise<readonly Verification[] | undefined> {
  const clusters = await effects.compare(live, mesh, settings);
  const isApplied = await effects.apply(
    clusters,
    part => deliveryPlan(live, clusters, settings, part),
    settings,
  );
  return isApplied ? effects.verify(live, mesh) : undefined;
}

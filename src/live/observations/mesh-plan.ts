import { compareWithClusters, manifestObjects } from './applied-objects';
import { askForChanges } from './object-changes';
import { openSteps } from './open-steps';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { MeshInput } from '../../manifests/input';
import { ApplySettings, ClusterObjects } from '../plans/apply-objects';
import { applyOrder } from '../plans/apply-order';
import { LiveMesh } from '../plans/live-mesh';
import { meshChange, meshDuring } from '../plans/mesh-change';
import { MeshPlan, meshPlan, PlannedObjects, ReleaseFacts } from '../plans/mesh-plan';
import { changesOfNewCluster } from '../plans/object-changes';
import { Plan } from '../plans/plan';
import { FailedCommand, Shell } from '../runner/shell';

/** API servers refuse objects of the manifests, or do not answer. */
export class RefusedObjectsError extends Error {
  constructor(public readonly failures: readonly FailedCommand[]) {
    super('an API server refuses objects');
  }
}

/** A plan to show, and the objects that it was made for. */
export interface ReadPlan {
  readonly plan: MeshPlan;
  readonly objects: readonly ClusterObjects[];
}

/** The plan of `apply` for objects that were compared with the clusters. Throws a RefusedObjectsError. */
export async function planObjects(
  mesh: EvaluatedMesh,
  objects: readonly ClusterObjects[],
  settings: ApplySettings,
  shell: Shell,
  { clusters, canary }: PlanScope = {},
): Promise<PlannedChange> {
  const isChosen = ({ name }: ClusterObjects) => clusters?.includes(name) ?? true;
  const planned = await changesOf(objects.filter(isChosen), settings, shell);
  // what a cluster that is not changed would refuse does not matter now
  const others = await askForChanges(
    objects.filter(each => !isChosen(each)),
    settings,
    shell,
  );
  const merged = [
    ...planned,
    ...others.map(each => ('merged' in each ? each : { cluster: each.cluster, merged: new Map<string, any>() })),
  ];
  const input = inputOf(mesh);
  const scope = { clusters, first: canary === undefined ? [] : [canary] };
  return {
    plan: {
      ...meshPlan(planned, applyOrder(meshChange(input, merged), scope)),
      ...(canary === undefined ? {} : { canary }),
    },
    during: names => meshDuring(input, merged, names),
  };
}

/** Which clusters a plan changes. */
export interface PlanScope {
  /** By default all. */
  readonly clusters?: readonly string[];
  /** The cluster that is changed first. */
  readonly canary?: string;
}

/** A plan to show. */
export interface PlannedChange {
  readonly plan: MeshPlan;
  /** The mesh in which only these clusters are changed. */
  readonly during: (names: readonly string[]) => MeshInput;
}

/** What a mesh was read from. */
function inputOf({ clusters }: EvaluatedMesh): MeshInput {
  return { source: '', clusters: clusters.map(({ input }) => input) };
}

/** What the plan of `up` is made of, beside the mesh and its objects. */
export interface UpFacts {
  /** The names of the clusters that exist. */
  readonly existing: readonly string[];
  /** What `up` does before it applies the manifests. */
  readonly steps: Pick<Plan, 'steps'>;
  readonly releases: ReleaseFacts;
}

/**
 * The plan of `up`, for the clusters that exist and those that it creates. Throws a RefusedObjectsError, and an
 * UnansweredError with all questions that fail.
 */
export async function planMesh(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  { existing, steps, releases }: UpFacts,
  settings: ApplySettings,
  shell: Shell,
): Promise<ReadPlan> {
  const isNew = (name: string) => !existing.includes(name);
  const [open, compared] = await Promise.all([
    openSteps(steps, new Set(existing), shell),
    compareWithClusters({ clusters: live.clusters.filter(each => !isNew(each.name)) }, mesh, settings.applySet, shell),
  ]);
  const changes = await changesOf(compared, settings, shell);
  const planned = manifestObjects(live, mesh).map(
    cluster =>
      changes.find(each => each.cluster.name === cluster.name) ?? {
        cluster,
        changes: changesOfNewCluster(cluster),
        merged: new Map<string, any>(),
        isNew: true,
      },
  );
  const order = applyOrder(meshChange(inputOf(mesh), planned));
  return { plan: meshPlan(planned, order, open, releases), objects: planned.map(({ cluster }) => cluster) };
}

async function changesOf(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  shell: Shell,
): Promise<PlannedObjects[]> {
  const answers = await askForChanges(clusters, settings, shell);
  const failures = answers.flatMap(each => ('failures' in each ? each.failures : []));
  if (failures.length > 0) {
    throw new RefusedObjectsError(failures);
  }
  return answers.flatMap(each =>
    'changes' in each ? [{ ...each, isNew: false }] : [],
  );
}

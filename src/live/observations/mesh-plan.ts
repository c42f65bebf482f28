import { compareWithClusters, manifestObjects } from './applied-objects';
import { askForChanges } from './object-changes';
import { openSteps } from './open-steps';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { MeshInput } from '../../manifests/input';
import { ApplySettings, ClusterObjects } from '../plans/apply-objects';
import { applyOrder } from '../plans/apply-order';
import { clustersOf, LiveMesh } from '../plans/live-mesh';
import { meshChange, meshDuring } from '../plans/mesh-change';
import { MeshPlan, meshPlan, PlannedObjects, ReleaseFacts } from '../plans/mesh-plan';
import { changesOfNewCluster } from '../plans/object-changes';
import { Plan, Step } from '../plans/plan';
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
  { clusters, canary, created = [], absent = [], open, releases }: PlanScope = {},
): Promise<PlannedChange> {
  const isChosen = ({ name }: ClusterObjects) => clusters?.includes(name) ?? true;
  const changed = await changesOf(objects.filter(isChosen), settings, shell);
  const planned = [
    ...changed,
    ...created.map(cluster => ({
      cluster,
      changes: changesOfNewCluster(cluster),
      merged: new Map<string, any>(),
      isNew: true,
    })),
  ].sort(byPlaceIn(mesh));
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
  const input = inputOf(mesh, absent);
  const scope = { clusters, first: canary === undefined ? [] : [canary] };
  return {
    plan: {
      ...meshPlan(planned, applyOrder(meshChange(input, merged), scope), open, releases),
      ...(canary === undefined ? {} : { canary: { name: canary, unconnected: [] } }),
    },
    during: names => meshDuring(input, merged, names),
  };
}

/** Which clusters a plan changes, and what it does beside applying objects. */
export interface PlanScope {
  /** By default all. */
  readonly clusters?: readonly string[];
  /** The cluster that is changed first. */
  readonly canary?: string;
  /** The objects of clusters that the plan creates. */
  readonly created?: readonly ClusterObjects[];
  /** Clusters that do not exist, and that the plan does not create: they have no flows. */
  readonly absent?: readonly string[];
  /** Steps beside those that apply objects. */
  readonly open?: readonly Step[];
  readonly releases?: ReleaseFacts;
}

/** A plan to show. */
export interface PlannedChange {
  readonly plan: MeshPlan;
  /** The mesh in which only these clusters are changed. */
  readonly during: (names: readonly string[]) => MeshInput;
}

function byPlaceIn({ clusters }: EvaluatedMesh): (one: PlannedObjects, other: PlannedObjects) => number {
  const place = ({ cluster }: PlannedObjects) => clusters.findIndex(({ name }) => name === cluster.name);
  return (one, other) => place(one) - place(other);
}

/** What a mesh was read from, without some clusters. */
function inputOf({ clusters }: EvaluatedMesh, absent: readonly string[]): MeshInput {
  return { source: '', clusters: clusters.flatMap(({ name, input }) => (absent.includes(name) ? [] : [input])) };
}

/** What the plan of `up` is made of, beside the mesh and its objects. */
export interface UpFacts {
  /** The names of the clusters that answer. */
  readonly existing: readonly string[];
  /** The names of the clusters that do not exist. */
  readonly absent: readonly string[];
  /** The clusters that `up` changes. */
  readonly chosen: readonly string[];
  readonly canary?: string;
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
  { existing, absent, chosen, canary, steps, releases }: UpFacts,
  settings: ApplySettings,
  shell: Shell,
): Promise<ReadPlan & Pick<PlannedChange, 'during'>> {
  const isNew = (name: string) => !existing.includes(name);
  const [open, compared] = await Promise.all([
    openSteps(steps, new Set(existing), shell),
    compareWithClusters({ clusters: clustersOf(live, existing) }, mesh, settings.applySet, shell, chosen),
  ]);
  const created = manifestObjects(live, mesh).filter(({ name }) => chosen.includes(name) && isNew(name));
  const { plan, during } = await planObjects(mesh, compared, settings, shell, {
    clusters: chosen,
    canary,
    created,
    absent: absent.filter(name => !chosen.includes(name)),
    open,
    releases,
  });
  const all = [...compared, ...created];
  const objects = clustersOf(live, chosen).map(({ name }) => all.find(each => each.name === name)!);
  return { plan, objects, during };
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

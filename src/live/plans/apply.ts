import { ApplySettings, ClusterObjects } from './apply-objects';
import { ApplyOrder } from './apply-order';
import { applyStages, clusterSteps, Phase } from './apply-steps';
import { Plan, Step } from './plan';
import { tool } from './tools';

/** The steps that must be done before the first step of a cluster. */
export type Needs = (cluster: string) => readonly string[];

/** Which part of a plan that applies. */
export interface ApplyPart {
  /** By default, the first steps need no others. */
  readonly needs?: Needs;
  /** By default all. */
  readonly phases?: readonly Phase[];
  /** The order of what flows depend on. Without one, it is that of the phases. */
  readonly order?: ApplyOrder;
  /** The clusters that are changed; the others only validate, and record the clusters. By default all. */
  readonly only?: readonly string[];
  /** The mesh has further clusters, which the records in these clusters may know. */
  readonly isPartial?: boolean;
}

/** The plan that makes the clusters match the manifests. */
export function applyPlan(clusters: readonly ClusterObjects[], settings: ApplySettings, part: ApplyPart = {}): Plan {
  return {
    title: `apply: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kubectl', 'applies the manifests')],
    steps: applySteps(clusters, settings, part),
  };
}

/** The phases of clusters that are not changed. */
const OF_OTHERS: readonly string[] = ['validated', 'recorded'] satisfies readonly Phase[];

/**
 * The steps of `applyPlan`. A stage starts when all stages before it are done in all clusters:
 *
 * 1. Every API server validates the objects and the removals (dry runs). Then the plan creates namespaces and
 *    definitions that do not exist, and asks again about the objects that need them. Before all have accepted
 *    everything, nothing that exists is changed.
 * 2. What flows depend on follows in the order that the evaluator found (`applyOrder`), if there is one.
 * 3. Otherwise what allows comes before what denies: policies that allow something are in every cluster before one that
 *    only denies is created in any. Inside of one call, kubectl applies in the order of its input.
 * 4. Workloads come after the policies of all clusters, so new pods start under them.
 * 5. The plan removes what left the mesh when everything else is applied: first workloads, then policies that only
 *    deny, then the other policies in the order of `removals`, then what they and the workloads used.
 */
function applySteps(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  { needs = () => [], phases, order, only, isPartial = false }: ApplyPart,
): Step[] {
  const identified = clusters.flatMap(({ name, context, current: { identity } }) =>
    identity ? [{ name, id: 0, context, identity }] : [],
  );
  const stages = applyStages(order, phases);
  const scope = { settings, identified, isPartial };
  const stagesOf = (name: string) =>
    only?.includes(name) ?? true ? stages : stages.filter(({ id }) => OF_OTHERS.includes(id));
  const steps = clusters.flatMap(cluster =>
    clusterSteps(cluster, scope, needs(cluster.name), stagesOf(cluster.name)),
  );
  return steps.map(({ stage, ...step }) => {
    // the last stage before this one that any cluster has; the stages of a cluster follow each other
    const earlier = steps.filter(each => each.stage < stage);
    const last = clusters.flatMap(({ name }) => earlier.filter(each => each.cluster === name).slice(-1));
    return { ...step, needs: [...new Set([...step.needs, ...last.map(each => each.id)])] };
  });
}

import { ApplySettings, ClusterObjects } from './apply-objects';
import { clusterSteps, Phase } from './apply-steps';
import { Plan, Step } from './plan';
import { tool } from './tools';

/** The steps that must be done before the first step of a cluster. */
export type Needs = (cluster: string) => readonly string[];

/** The plan that makes the clusters match the manifests; after the steps that `needs` names for each cluster. */
export function applyPlan(clusters: readonly ClusterObjects[], settings: ApplySettings, needs?: Needs): Plan {
  return {
    title: `apply: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kubectl', 'applies the manifests')],
    steps: applySteps(clusters, settings, needs),
  };
}

/** Phases that must be done in all clusters before a phase starts in any. */
const BARRIERS: { readonly [phase in Phase]?: readonly Phase[] } = {
  objects: ['validated'],
  denies: ['objects'],
  backends: ['denies'],
  freed: ['objects', 'denies', 'backends'],
  pruned: ['freed'],
};

/**
 * The steps of `applyPlan`, after those that `needs` names for each cluster.
 *
 * 1. Every API server validates the objects (`--dry-run=server`); before all have accepted them, the plan creates only
 *    namespaces and definitions.
 * 2. What allows comes before what denies: policies that allow something are in every cluster before one that only
 *    denies is created in any. Inside of one call, kubectl applies in the order of its input.
 * 3. Workloads come after the policies, so new pods start under them.
 * 4. The plan removes policies that left the mesh when everything else is applied. It removes those that only deny
 *    first, then the others in the order of `removals`.
 */
function applySteps(clusters: readonly ClusterObjects[], settings: ApplySettings, needs: Needs = () => []): Step[] {
  const steps = clusters.flatMap(cluster => clusterSteps(cluster, settings, needs(cluster.name)));
  return steps.map(({ phase, ...step }) => {
    const earlier = steps.filter(each => BARRIERS[phase]?.includes(each.phase)).map(each => each.id);
    return { ...step, needs: [...new Set([...step.needs, ...earlier])] };
  });
}

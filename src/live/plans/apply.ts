import { ApplySettings, ClusterObjects } from './apply-objects';
import { clusterSteps, Phase, PHASES } from './apply-steps';
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
}

/** The plan that makes the clusters match the manifests. */
export function applyPlan(clusters: readonly ClusterObjects[], settings: ApplySettings, part: ApplyPart = {}): Plan {
  return {
    title: `apply: ${clusters.map(each => each.name).join(', ')}`,
    tools: [tool('kubectl', 'applies the manifests')],
    steps: applySteps(clusters, settings, part),
  };
}

/**
 * The steps of `applyPlan`. A phase starts when all phases before it
 * are done in all clusters:
 *
 * 1. Every API server validates the objects (`--dry-run=server`). Then the plan creates namespaces and definitions that
 *    do not exist, and asks again about the objects that need them. Before all have accepted everything, nothing that
 *    exists is changed.
 * 2. What allows comes before what denies: policies that allow something are in every cluster before one that only
 *    denies is created in any. Inside of one call, kubectl applies in the order of its input.
 * 3. Workloads come after the policies of all clusters, so new pods start under them.
 * 4. The plan removes what left the mesh when everything else is applied: first policies that only deny, then the other
 *    policies in the order of `removals`, then what they and the workloads used.
 */
function applySteps(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  { needs = () => [], phases }: ApplyPart,
): Step[] {
  const identified = clusters.flatMap(({ name, context, current: { identity } }) =>
    identity ? [{ name, id: 0, context, identity }] : [],
  );
  const scope = { settings, identified };
  const steps = clusters.flatMap(cluster => clusterSteps(cluster, scope, needs(cluster.name), phases));
  const position = (phase: Phase) => PHASES.indexOf(phase);
  return steps.map(({ phase, ...step }) => {
    // the last phase before this one that any cluster has; the phases of a cluster follow each other
    const earlier = steps.filter(each => position(each.phase) < position(phase));
    const last = clusters.flatMap(({ name }) => earlier.filter(each => each.cluster === name).slice(-1));
    return { ...step, needs: [...new Set([...step.needs, ...last.map(each => each.id)])] };
  });
}

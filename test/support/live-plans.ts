import { folderOf, meshFileIn } from './program';
import { readMesh } from '../../src/evaluator/read/mesh';
import { manifestObjects } from '../../src/live/observations/applied-objects';
import { ClusterObjects } from '../../src/live/plans/apply-objects';
import { command } from '../../src/live/plans/command';
import { Plan } from '../../src/live/plans/plan';
import { UpSettings, wholePlan } from '../../src/live/plans/up';
import { readLiveMesh } from '../../src/live/read/live-mesh';
import { readMeshFile } from '../../src/manifests/mesh-input';

/** The plan of `up` for an example, with the objects that it applies. */
export interface ExamplePlan {
  readonly plan: Plan;
  readonly objects: readonly ClusterObjects[];
}

/** Plans `up` for an example; nothing is executed. */
export function planOf(example: string, variant: readonly string[] = [], settings: UpSettings = {}): ExamplePlan {
  const file = meshFileIn(folderOf(example, ...variant));
  const live = readLiveMesh(file);
  if ('problems' in live) {
    throw new Error(JSON.stringify(live.problems));
  }
  const objects = manifestObjects(live, readMesh(readMeshFile(file).input));
  const printer = (cluster: string, step: string) => command('printer', cluster, step);
  const verifier = (canary: string) => command('verifier', canary);
  return { plan: wholePlan(live, objects, settings, { applySet: 'cilium-mesh', printer, verifier }), objects };
}

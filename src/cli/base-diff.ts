import { Io } from './io';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { Layers, MeshInput } from '../manifests/input';
import { counted } from '../reports/words';

/**
 * What runs, and the same after the manifests of the mesh are applied to it; undefined for a mesh without any base.
 * A cluster without a base does not change.
 */
export function readBaseAndChange(input: MeshInput, io: Io): [EvaluatedMesh, EvaluatedMesh] | undefined {
  if (input.clusters.every(({ layers }) => layers === undefined)) {
    return undefined;
  }
  for (const { name, layers } of input.clusters) {
    io.err(
      layers
        ? `${name}: ${counted(layers.base.length, 'object')} in the base; the manifests replace ${layers.replaced} and ` +
            `add ${layers.added}; ${deletion(layers)}${oldPods(layers)}\n`
        : `${name}: no base, so no change\n`,
    );
  }
  const clusters = input.clusters.map(cluster => ({ ...cluster, ...cluster.layers?.before }));
  return [readMesh({ ...input, clusters }), readMesh(input)];
}

/** Pods that run, and that the change replaces with their workloads. */
function oldPods({ outdated }: Layers): string {
  const count = outdated.filter(({ object }) => object.kind === 'Pod').length;
  return count === 0 ? '' : `; ${counted(count, 'pod')} of replaced workloads ${count === 1 ? 'goes' : 'go'} with them`;
}

function deletion({ prune, deleted }: Layers): string {
  return prune === undefined ? 'no prune rule, so nothing is deleted' : `${prune} deletes ${deleted.length}`;
}

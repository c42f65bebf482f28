import { Io } from './io';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { Layers, MeshInput } from '../manifests/input';
import { counted } from '../reports/words';

/**
 * What runs, and the same after the manifests of the mesh are applied to it; undefined for a mesh without any base.
 * A cluster without a base does not change.
 */
export function readBaseAndChange(input: MeshInput, io: Io): [EvaluatedMesh, EvaluatedMesh] | undefined {
  const base = baseOf(input);
  if (!base) {
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
  return [readMesh(base), readMesh(input)];
}

/** What runs, as the bases of a mesh have it; undefined for a mesh without any base. */
export function baseOf(input: MeshInput): MeshInput | undefined {
  return input.clusters.every(({ layers }) => layers === undefined)
    ? undefined
    : { ...input, clusters: input.clusters.map(cluster => ({ ...cluster, ...cluster.layers?.before })) };
}

/** Pods that run, and that the change replaces with their workloads. */
function oldPods({ outdated }: Layers): string {
  const count = outdated.filter(({ object }) => object.kind === 'Pod').length;
  return count === 0 ? '' : `; ${counted(count, 'pod')} of replaced workloads ${count === 1 ? 'goes' : 'go'} with them`;
}

function deletion({ prune, deleted }: Layers): string {
  return prune === undefined ? 'no prune rule, so nothing is deleted' : `${prune} deletes ${deleted.length}`;
}

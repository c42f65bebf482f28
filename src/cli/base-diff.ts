import { Io } from './io';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { MeshInput } from '../manifests/input';
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
            `add ${layers.added}; ${deletion(layers)}\n`
        : `${name}: no base, so no change\n`,
    );
  }
  const clusters = input.clusters.map(cluster => ({ ...cluster, ...cluster.layers?.before }));
  return [readMesh({ ...input, clusters }), readMesh(input)];
}

function deletion({ prune, deleted }: NonNullable<MeshInput['clusters'][number]['layers']>): string {
  return prune === undefined ? 'no prune rule, so nothing is deleted' : `${prune} deletes ${deleted.length}`;
}

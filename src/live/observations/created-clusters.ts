import { refuseMissingPrograms, UnansweredError } from './answers';
import { kindClusters } from '../plans/kube';
import { LiveCluster, LiveMesh } from '../plans/live-mesh';
import { markQuery } from '../plans/mark';
import { askAll, CommandResult, Shell } from '../runner/shell';

/** A cluster that `down` does not delete. */
export interface KeptCluster {
  readonly cluster: LiveCluster;
  readonly reason:
    /** The mesh file names its context, so it existed before. */
    | { readonly kind: 'context' }
    /** It has no mark of `up`. */
    | { readonly kind: 'unmarked' }
    /** It does not answer. */
    | { readonly kind: 'unanswered'; readonly result: CommandResult };
}

/** The clusters of a mesh, for `down`. */
export interface CreatedClusters {
  /** Existing kind clusters with the mark of `up`. */
  readonly created: readonly LiveCluster[];
  readonly kept: readonly KeptCluster[];
}

/** Finds the clusters that `up` created, and why the others are kept. */
export async function findCreatedClusters({ clusters }: LiveMesh, shell: Shell): Promise<CreatedClusters> {
  const kindOnes = clusters.filter(each => each.kind);
  const kept: KeptCluster[] = clusters
    .filter(each => !each.kind)
    .map(cluster => ({ cluster, reason: { kind: 'context' } }));
  if (kindOnes.length === 0) {
    return { created: [], kept };
  }
  const command = kindClusters();
  const [result] = await askAll(shell, [command]);
  refuseMissingPrograms([result]);
  if (result.status !== 0) {
    throw new UnansweredError([{ command, result }]);
  }
  const names = result.output.split('\n').map(line => line.trim());
  const existing = kindOnes.filter(each => names.includes(each.name));
  const marks = await askAll(
    shell,
    existing.map(({ context }) => markQuery(context)),
  );
  refuseMissingPrograms(marks);
  const isCreated = ({ status, output }: CommandResult) => status === 0 && output.trim() !== '';
  existing.forEach((cluster, index) => {
    const mark = marks[index];
    if (!isCreated(mark)) {
      kept.push({ cluster, reason: mark.status === 0 ? { kind: 'unmarked' } : { kind: 'unanswered', result: mark } });
    }
  });
  return { created: existing.filter((_, index) => isCreated(marks[index])), kept };
}

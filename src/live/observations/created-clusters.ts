import { refuseMissingPrograms, UnansweredError } from './answers';
import { Command } from '../plans/command';
import { kindClusters } from '../plans/kube';
import { LiveCluster, LiveMesh } from '../plans/live-mesh';
import { markQuery } from '../plans/mark';
import { isOwn } from '../runner/run-plan';
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

/** A kind cluster that `up` created. */
export interface CreatedCluster {
  readonly cluster: LiveCluster;
  /** The IDs of its containers, where a run that ended early recorded them, and set no mark. */
  readonly containers?: readonly string[];
}

/** The clusters of a mesh, for `down`. */
export interface CreatedClusters {
  /** Existing kind clusters that `up` created. */
  readonly created: readonly CreatedCluster[];
  readonly kept: readonly KeptCluster[];
}

/** The containers that an unfinished run recorded for a kind cluster, and the command that prints those it has. */
export interface RecordedContainers {
  ids(cluster: string): readonly string[];
  query(cluster: string): Command;
}

/** Finds the clusters that `up` created, and why the others are kept. */
export async function findCreatedClusters(
  { clusters }: LiveMesh,
  shell: Shell,
  recorded: RecordedContainers,
): Promise<CreatedClusters> {
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
  const created: CreatedCluster[] = [];
  for (const [index, cluster] of existing.entries()) {
    const mark = marks[index];
    if (mark.status === 0 && mark.output.trim() !== '') {
      created.push({ cluster });
      continue;
    }
    const containers = await ownContainers(cluster, shell, recorded);
    if (containers.length > 0) {
      created.push({ cluster, containers });
    } else {
      kept.push({ cluster, reason: mark.status === 0 ? { kind: 'unmarked' } : { kind: 'unanswered', result: mark } });
    }
  }
  return { created, kept };
}

/** The containers of a cluster, if an unfinished run of `up` recorded all of them. */
async function ownContainers({ name }: LiveCluster, shell: Shell, recorded: RecordedContainers): Promise<string[]> {
  const ids = recorded.ids(name);
  if (ids.length === 0) {
    return [];
  }
  const [{ status, output }] = await askAll(shell, [recorded.query(name)]);
  const existing = output.split('\n').flatMap(line => line.trim() || []);
  return status === 0 && isOwn(existing, ids) ? existing : [];
}

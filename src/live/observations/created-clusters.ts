import { refuseMissingPrograms } from './answers';
import { askKindClusters } from './existing-clusters';
import { Command } from '../plans/command';
import { LiveCluster, LiveMesh } from '../plans/live-mesh';
import { markQuery } from '../plans/mark';
import { isOwn } from '../runner/run-plan';
import { askAll, check, CommandResult, InterruptedError, Shell } from '../runner/shell';

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
  const names = await askKindClusters(shell);
  const existing = kindOnes.filter(each => names.includes(each.name));
  const marks = await Promise.all(
    existing.map(({ context }) => check(shell, { kind: 'names-objects', command: markQuery(context) })),
  );
  if (shell.interruption.aborted) {
    throw new InterruptedError();
  }
  refuseMissingPrograms(marks.flatMap(each => ('question' in each && each.question ? each.question.result : [])));
  const created: CreatedCluster[] = [];
  for (const [index, cluster] of existing.entries()) {
    const mark = marks[index];
    if (mark.kind === 'holds') {
      created.push({ cluster });
      continue;
    }
    const containers = await ownContainers(cluster, shell, recorded);
    if (containers.length > 0) {
      created.push({ cluster, containers });
    } else {
      const reason: KeptCluster['reason'] =
        mark.kind === 'fails' ? { kind: 'unmarked' } : { kind: 'unanswered', result: mark.question.result };
      kept.push({ cluster, reason });
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

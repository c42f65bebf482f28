import { itemsOf, refuseMissingPrograms } from './answers';
import { ApplySettings, ClusterObjects, labelObjects } from '../plans/apply-objects';
import { APPLY_SETS, applySetId } from '../plans/apply-set';
import { objectKey } from '../plans/live-object';
import { MergedObjects } from '../plans/mesh-change';
import { allObjects, byKey, ObjectChanges, objectChanges, Unvalidated, unvalidatedReason } from '../plans/object-changes';
import { inParts, mergedQuery } from '../plans/object-queries';
import { askAll, FailedCommand, Shell } from '../runner/shell';

/** What apply would change in a cluster, or the comparisons that failed. */
export type ChangesAnswer =
  | (MergedObjects & { readonly changes: ObjectChanges })
  | { readonly cluster: ClusterObjects; readonly failures: readonly FailedCommand[] };

/** Asks the API servers what the manifests would change. They validate every object, and change nothing. */
export async function askForChanges(
  clusters: readonly ClusterObjects[],
  settings: ApplySettings,
  shell: Shell,
): Promise<ChangesAnswer[]> {
  return Promise.all(clusters.map(cluster => changesOf(cluster, settings, shell)));
}

async function changesOf(cluster: ClusterObjects, settings: ApplySettings, shell: Shell): Promise<ChangesAnswer> {
  const { context, current } = cluster;
  const objects = allObjects(cluster);
  const unvalidated = objects.flatMap(({ object: _, ...name }): Unvalidated[] => {
    const reason = unvalidatedReason(name, cluster, current.served);
    return reason === undefined ? [] : [{ ...name, reason }];
  });
  const waiting = new Set(unvalidated.map(objectKey));
  const labelled = APPLY_SETS.flatMap(set => labelObjects(cluster.sets[set], applySetId(settings.applySet, set)));
  const asked = [...cluster.definitions, ...labelled].filter(each => !waiting.has(objectKey(each)));
  const commands = inParts(asked).map(part => mergedQuery(context, part, settings));
  const results = await askAll(shell, commands);
  refuseMissingPrograms(results);
  const failures = commands.flatMap((command, index) =>
    results[index].status === 0 ? [] : [{ command, result: results[index] }],
  );
  if (failures.length > 0) {
    return { cluster, failures };
  }
  const merged = byKey(results.flatMap(({ output }) => itemsOf(output)));
  return { cluster, merged, changes: objectChanges(objects, current.live, merged, unvalidated) };
}

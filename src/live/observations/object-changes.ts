import { KubernetesObject, parseObjects, refuseMissingPrograms } from './answers';
import { ApplySettings, ClusterObjects, labelObjects } from '../plans/apply-objects';
import { APPLY_SETS, applySetId } from '../plans/apply-set';
import { formatObject, LiveObject, objectKey } from '../plans/live-object';
import { MergedObjects } from '../plans/mesh-change';
import { allObjects, byKey, ObjectChanges, objectChanges, Unvalidated, unvalidatedReason } from '../plans/object-changes';
import { inParts, mergedQuery } from '../plans/object-queries';
import { AnsweredCommand, askAll, FailedCommand, invalidAnswer, Shell } from '../runner/shell';

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
  const parts = inParts(asked);
  const commands = parts.map(part => mergedQuery(context, part, settings));
  const results = await askAll(shell, commands);
  refuseMissingPrograms(results);
  const answers = parts.map((part, index) => mergedObjects(part, { command: commands[index], result: results[index] }));
  const failures = answers.flatMap(each => ('command' in each ? [each] : []));
  if (failures.length > 0) {
    return { cluster, failures };
  }
  const merged = byKey(answers.flatMap(each => ('command' in each ? [] : each)));
  return { cluster, merged, changes: objectChanges(objects, current.live, merged, unvalidated) };
}

/** What objects would become, or the failure: without one of them, it is not known whether it changes. */
function mergedObjects(asked: readonly LiveObject[], answer: AnsweredCommand): KubernetesObject[] | FailedCommand {
  if (answer.result.status !== 0) {
    return answer;
  }
  const objects = parseObjects(answer.result.output);
  const keys = byKey(objects ?? []);
  const missing = asked.find(each => !keys.has(objectKey(each)));
  return !objects || missing
    ? invalidAnswer(answer, `the objects of the manifests as JSON${missing ? `, with ${formatObject(missing)}` : ''}`)
    : objects;
}

import { failureText } from '../../cli/answer';
import { clusterObjects, leavingObjects } from '../plans/cluster-objects';
import { CommandError, Io, Status } from '../../cli/io';
import { ask } from '../../cli/run-plan';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ClusterObjects } from '../plans/apply';
import { definitionQuery, kindsOf, membersQuery, parentsQuery } from '../plans/apply-set';
import { Command } from '../plans/command';
import { LiveMesh } from '../plans/live-mesh';

/** What is to be in the clusters, without a look at them: nothing leaves. */
export function objectsOf(live: LiveMesh, mesh: EvaluatedMesh): ClusterObjects[] {
  return live.clusters.map(({ name, context }) => ({ name, context, ...clusterObjects(mesh.cluster(name)!), leaving: [], moving: false, kept: 0 }));
}

/** What is to be in the clusters, and what of that which was applied to them under the name of the apply set is not. */
export async function compareWithClusters(live: LiveMesh, mesh: EvaluatedMesh, applySet: string, io: Io): Promise<ClusterObjects[]> {
  const clusters = objectsOf(live, mesh);
  const definitions = await answers(clusters.map(({ context }) => definitionQuery(context)), io);
  const applied = clusters.filter((_, index) => definitions[index].trim() !== '');
  const kinds = (await answers(applied.map(({ context }) => parentsQuery(context, applySet)), io)).map(text => kindsOf(json(text)));
  const filled = applied.map((cluster, index) => ({ cluster, kinds: kinds[index] })).filter(each => each.kinds.length > 0);
  const members = await answers(filled.map(each => membersQuery(each.cluster.context, applySet, each.kinds)), io);
  const items = new Map(filled.map(({ cluster }, index) => [cluster.name, json(members[index]).items as any[]]));
  return clusters.map(cluster => ({ ...cluster, ...leavingObjects(mesh.cluster(cluster.name)!, cluster, items.get(cluster.name) ?? [], applySet) }));
}

/** The JSON that kubectl printed. */
export function json(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`kubectl printed no JSON: ${JSON.stringify(text.slice(0, 200))}\nNothing was changed. Is the program that is called kubectl in the path a kubectl?`, Status.FOUND);
  }
}

/** The output of commands that must succeed; all that fail are reported at once. */
export async function answers(commands: readonly Command[], io: Io): Promise<string[]> {
  const results = await ask(commands, io);
  const failures = results.flatMap((result, index) => result.status === 0 ? [] : [failureText(commands[index], result)]);
  if (failures.length > 0) {
    throw new CommandError(`${failures.join('\n')}\nNothing was changed. Check that the clusters are up and that the contexts are right (kubectl config get-contexts).`, Status.FOUND);
  }
  return results.map(({ output }) => output);
}

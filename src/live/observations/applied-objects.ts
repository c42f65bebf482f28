import { answerAll, jsonAnswer } from './answers';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ClusterObjects } from '../plans/apply-objects';
import { definitionQuery, membersQuery, parentsQuery, readMemberKinds } from '../plans/apply-set';
import { clusterObjects, compareMembers } from '../plans/cluster-objects';
import { LiveMesh } from '../plans/live-mesh';
import { Shell } from '../runner/shell';

/** The objects of the manifests, without a comparison with the clusters: no removals. */
export function manifestObjects(live: LiveMesh, mesh: EvaluatedMesh): ClusterObjects[] {
  return live.clusters.map(({ name, context }) => ({
    name,
    context,
    ...clusterObjects(mesh.cluster(name)!),
    removals: [],
    hasMoves: false,
    keptMembers: 0,
  }));
}

/** The objects of the manifests, compared with the members of the apply sets in the clusters. */
export async function compareWithClusters(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  applySet: string,
  shell: Shell,
): Promise<ClusterObjects[]> {
  const clusters = manifestObjects(live, mesh);
  const definitions = await answerAll(
    shell,
    clusters.map(({ context }) => definitionQuery(context)),
  );
  const applied = clusters.filter((_, index) => definitions[index].trim() !== '');
  const kinds = (
    await answerAll(
      shell,
      applied.map(({ context }) => parentsQuery(context, applySet)),
    )
  ).map(text => readMemberKinds(jsonAnswer(text)));
  const filled = applied
    .map((cluster, index) => ({ cluster, kinds: kinds[index] }))
    .filter(each => each.kinds.length > 0);
  const members = await answerAll(
    shell,
    filled.map(each => membersQuery(each.cluster.context, applySet, each.kinds)),
  );
  const items = new Map(filled.map(({ cluster }, index) => [cluster.name, jsonAnswer(members[index]).items as any[]]));
  return clusters.map(cluster => ({
    ...cluster,
    ...compareMembers(mesh.cluster(cluster.name)!, cluster, items.get(cluster.name) ?? [], applySet),
  }));
}

/**
 * The clusters whose apply sets contain nothing of this mesh. Another program seems to use the same name: apply would
 * remove all of its objects.
 */
export function foreignSets(clusters: readonly ClusterObjects[]): ClusterObjects[] {
  return clusters.filter(
    ({ removals, keptMembers, sets }) =>
      removals.length > 0 && keptMembers === 0 && Object.values(sets).some(each => each.length > 0),
  );
}

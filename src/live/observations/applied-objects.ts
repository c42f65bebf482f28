import {
  answerAll,
  existingObjectsIn,
  KubernetesObject,
  objectsIn,
  refuseMissingPrograms,
  UnansweredError,
} from './answers';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ApiResource, apiResourcesQuery, readApiResources } from '../plans/api-resources';
import { ClusterObjects, NOTHING } from '../plans/apply-objects';
import { APPLY_SETS, hasSets, membersQuery, readSets, RecordedSet, setsQuery } from '../plans/apply-set';
import { ClusterIdentity, identityQueries, readClusterIdentity } from '../plans/cluster-identity';
import { clusterObjects, compareMembers, withServedNamespaces } from '../plans/cluster-objects';
import { Command } from '../plans/command';
import { LiveMesh } from '../plans/live-mesh';
import { groupKind, groupOf, LiveObject, objectKey, objectName } from '../plans/live-object';
import { existingQuery, inParts } from '../plans/object-queries';
import { AnsweredCommand, ask, InterruptedError, invalidAnswer, Shell } from '../runner/shell';

/** The objects of the manifests, without a comparison with the clusters: no removals. */
export function manifestObjects(live: LiveMesh, mesh: EvaluatedMesh): ClusterObjects[] {
  return live.clusters.map(({ name, context }) => ({
    name,
    context,
    ...clusterObjects(mesh.cluster(name)!),
    current: NOTHING,
  }));
}

/**
 * The objects of the manifests, compared with what is in the clusters. Throws an UnansweredError with all questions
 * that fail in clusters whose answers are required. Others that do not answer are left out.
 */
export async function compareWithClusters(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  applySet: string,
  shell: Shell,
  required: readonly string[] = live.clusters.map(({ name }) => name),
): Promise<ClusterObjects[]> {
  const clusters = manifestObjects(live, mesh);
  const results = await Promise.allSettled(
    clusters.map(cluster => readCluster(cluster, mesh, applySet, shell)),
  );
  const failures = results.flatMap((each, index) =>
    each.status === 'rejected' ? [{ name: clusters[index].name, error: each.reason }] : [],
  );
  const needed = failures.filter(({ name }) => required.includes(name));
  const other =
    needed.find(({ error }) => !(error instanceof UnansweredError)) ??
    failures.find(({ error }) => !(error instanceof UnansweredError));
  if (other) {
    throw other.error;
  }
  if (needed.length > 0) {
    const answered = required.filter(name => !failures.some(each => each.name === name));
    throw new UnansweredError(
      needed.flatMap(({ error }) => error.questions),
      answered,
    );
  }
  return results.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
}

async function readCluster(
  { name, context, definitions, sets: manifests }: ClusterObjects,
  mesh: EvaluatedMesh,
  applySet: string,
  shell: Shell,
): Promise<ClusterObjects> {
  const [identity, resources, existing] = await Promise.all([
    askIdentity(context, shell),
    askResources(context, shell),
    askForObjects(context, definitions, shell),
  ]);
  const sets = hasSets(resources.served) ? readSets(objectsIn((await answerAll(shell, [setsQuery(context)]))[0])) : [];
  const cluster = { name, context, definitions, sets: withServedNamespaces(manifests, resources.served) };
  const kinds = memberKinds(cluster, sets, resources);
  const members = kinds.length === 0 ? [] : await askForMembers(membersQuery(context, kinds), shell);
  const others = await askForOthers(cluster, members, resources, shell);
  const answers = { resources: resources.served, sets, members, definitions: existing, others };
  return { ...cluster, current: { ...compareMembers(mesh.cluster(name)!, cluster, answers, applySet), identity } };
}

/** Reads which cluster a context leads to. */
export async function askIdentity(context: string, shell: Shell): Promise<ClusterIdentity> {
  const [namespace, configMaps] = await answerAll(shell, identityQueries(context));
  const identity = readClusterIdentity(objectsIn(namespace)[0], existingObjectsIn(configMaps));
  if (!identity) {
    throw new UnansweredError([invalidAnswer(namespace, 'the namespace kube-system with its UID')]);
  }
  return identity;
}

/** The members of sets; each has the UID without which it is not removed. */
async function askForMembers(query: Command, shell: Shell): Promise<KubernetesObject[]> {
  const [answer] = await answerAll(shell, [query]);
  const members = objectsIn(answer);
  if (members.some(({ metadata: { uid } }) => uid === undefined)) {
    throw new UnansweredError([invalidAnswer(answer, 'objects with their UIDs')]);
  }
  return members;
}

/** The kinds that an API server serves, and the question. */
interface Resources extends AnsweredCommand {
  readonly served: readonly ApiResource[];
}

/** kubectl prints the kinds that it could read, and fails if an aggregated API does not answer. */
async function askResources(context: string, shell: Shell): Promise<Resources> {
  const command = apiResourcesQuery(context);
  const result = await ask(shell, command);
  if (shell.interruption.aborted) {
    throw new InterruptedError();
  }
  refuseMissingPrograms([result]);
  const served = readApiResources(result.output);
  if (served.length === 0) {
    const answer = { command, result };
    throw new UnansweredError([result.status === 0 ? invalidAnswer(answer, 'the kinds that are served') : answer]);
  }
  return { served, command, result };
}

/**
 * The kinds to look for members in: those that the sets record, and those of the manifests. A kind that is not served
 * any more has no objects; where kubectl could not read all kinds, it may have some.
 */
function memberKinds(
  { sets: manifests }: Pick<ClusterObjects, 'sets'>,
  sets: readonly RecordedSet[],
  { served, command, result }: Resources,
): string[] {
  const recorded = sets.flatMap(each => each.kinds);
  const wanted = new Set([...recorded, ...APPLY_SETS.flatMap(set => manifests[set].map(groupKind))]);
  const servedKinds = served.map(each => groupKind({ ...each, group: groupOf(each.apiVersion) }));
  const isServed = (kind: string) => servedKinds.includes(kind);
  if (result.status !== 0 && recorded.some(kind => !isServed(kind))) {
    throw new UnansweredError([{ command, result }]);
  }
  return [...wanted].filter(isServed).sort();
}

/** The objects of the manifests that exist, beside definitions and members of sets. */
function askForOthers(
  { context, sets }: Pick<ClusterObjects, 'context' | 'sets'>,
  members: readonly KubernetesObject[],
  { served }: Resources,
  shell: Shell,
): Promise<KubernetesObject[]> {
  const known = new Set(members.map(each => objectKey(objectName(each))));
  const servedKinds = new Set(served.map(each => groupKind({ ...each, group: groupOf(each.apiVersion) })));
  const wanted = APPLY_SETS.flatMap(set => sets[set]).filter(
    each => servedKinds.has(groupKind(each)) && !known.has(objectKey(each)),
  );
  return askForObjects(context, wanted, shell);
}

/** Of some objects, those that exist. */
async function askForObjects(
  context: string,
  objects: readonly LiveObject[],
  shell: Shell,
): Promise<KubernetesObject[]> {
  const answers = await answerAll(
    shell,
    inParts(objects).map(part => existingQuery(context, part)),
  );
  return answers.flatMap(existingObjectsIn);
}

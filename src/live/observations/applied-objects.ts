import { answerAll, isNoAnswer, itemsOf, jsonAnswer, refuseMissingPrograms, UnansweredError } from './answers';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ApiResource, apiResourcesQuery, readApiResources } from '../plans/api-resources';
import { ClusterObjects, CurrentObjects, NOTHING } from '../plans/apply-objects';
import { APPLY_SETS, hasSets, membersQuery, readSets, RecordedSet, setsQuery } from '../plans/apply-set';
import { ClusterIdentity, identityQueries, readClusterIdentity } from '../plans/cluster-identity';
import { clusterObjects, compareMembers } from '../plans/cluster-objects';
import { Command } from '../plans/command';
import { LiveMesh } from '../plans/live-mesh';
import { groupKind, groupOf, LiveObject, objectKey, objectName } from '../plans/live-object';
import { existingQuery, inParts } from '../plans/object-queries';
import { ask, CommandResult, InterruptedError, Shell } from '../runner/shell';

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
    clusters.map(async (cluster): Promise<ClusterObjects> => ({
      ...cluster,
      current: await readCurrent(cluster, mesh, applySet, shell),
    })),
  );
  const failures = results.flatMap((each, index) =>
    each.status === 'rejected' ? [{ name: clusters[index].name, error: each.reason }] : [],
  );
  const needed = failures.filter(({ name }) => required.includes(name));
  const other =
    needed.find(({ error }) => !(error instanceof UnansweredError)) ??
    failures.find(({ error }) => !isNoAnswer(error));
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

async function readCurrent(
  cluster: ClusterObjects,
  mesh: EvaluatedMesh,
  applySet: string,
  shell: Shell,
): Promise<CurrentObjects> {
  const { name, context, definitions } = cluster;
  const [identity, resources, existing] = await Promise.all([
    askIdentity(context, shell),
    askResources(context, shell),
    askForObjects(context, definitions, shell),
  ]);
  const sets = hasSets(resources.served) ? readSets(jsonAnswer((await answerAll(shell, [setsQuery(context)]))[0])) : [];
  const kinds = memberKinds(cluster, sets, resources);
  const members = kinds.length === 0 ? [] : itemsOf((await answerAll(shell, [membersQuery(context, kinds)]))[0]);
  const others = await askForOthers(cluster, members, resources, shell);
  const answers = { resources: resources.served, sets, members, definitions: existing, others };
  return { ...compareMembers(mesh.cluster(name)!, cluster, answers, applySet), identity };
}

/** Reads which cluster a context leads to. */
export async function askIdentity(context: string, shell: Shell): Promise<ClusterIdentity> {
  const queries = identityQueries(context);
  const [namespace, configMaps] = await answerAll(shell, queries);
  const identity = readClusterIdentity(
    jsonAnswer(namespace),
    configMaps.trim() === '' ? undefined : jsonAnswer(configMaps),
  );
  if (!identity) {
    const tail = 'the namespace kube-system has no UID';
    throw new UnansweredError([{ command: queries[0], result: { status: 1, output: '', tail, bySignal: false } }]);
  }
  return identity;
}

/** The kinds that an API server serves, and the question. */
interface Resources {
  readonly served: readonly ApiResource[];
  readonly command: Command;
  readonly result: CommandResult;
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
    throw new UnansweredError([{ command, result }]);
  }
  return { served, command, result };
}

/**
 * The kinds to look for members in: those that the sets record, and those of the manifests. A kind that is not served
 * any more has no objects; where kubectl could not read all kinds, it may have some.
 */
function memberKinds(
  { sets: manifests }: ClusterObjects,
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
  { context, sets }: ClusterObjects,
  members: readonly any[],
  { served }: Resources,
  shell: Shell,
): Promise<any[]> {
  const known = new Set(members.map(each => objectKey(objectName(each))));
  const servedKinds = new Set(served.map(each => groupKind({ ...each, group: groupOf(each.apiVersion) })));
  const wanted = APPLY_SETS.flatMap(set => sets[set]).filter(
    each => servedKinds.has(groupKind(each)) && !known.has(objectKey(each)),
  );
  return askForObjects(context, wanted, shell);
}

/** Of some objects, those that exist. */
async function askForObjects(context: string, objects: readonly LiveObject[], shell: Shell): Promise<any[]> {
  const answers = await answerAll(
    shell,
    inParts(objects).map(part => existingQuery(context, part)),
  );
  return answers.flatMap(itemsOf);
}

import { Answer, lastLine } from './answer';
import { applySettings } from './apply';
import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson } from './json';
import { loadLiveMesh } from './live-mesh';
import { compareWithClusters } from './live-objects';
import { loadMesh } from './mesh-options';
import { checkFormat } from './print';
import { ask } from './run-plan';
import { Traits } from '../cilium/traits';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { serviceOf } from '../evaluator/read/service';
import { compareTexts } from '../evaluator/read/workload';
import { ApplySettings, ClusterObjects } from '../live/plans/apply';
import { changedObjects, differenceQueries } from '../live/plans/difference';
import { LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { shownObject } from '../live/plans/live-object';
import { connections, identityOf, Ready, readyAgents, readyNodes, statusQueries } from '../live/plans/live-status';

export interface StatusOptions {
  readonly mesh?: string;
  readonly applySet?: string;
  readonly format: string;
}

/** One cluster as it is; what could not be asked is left out, and among the problems. */
interface ClusterStatus {
  readonly cluster: LiveCluster;
  readonly nodes?: Ready;
  readonly agents?: Ready & { readonly version?: string };
  readonly connections?: ReadonlyMap<string, Ready>;
  /** Names of the global services that are there, with what their annotations say. */
  readonly globalServices?: readonly string[];
  readonly drift?: Drift;
  readonly problems: readonly string[];
}

/** What differs from the manifests. */
interface Drift {
  readonly missing: readonly string[];
  readonly changed: readonly string[];
  /** Applied once, and not in the manifests. */
  readonly left: readonly string[];
}

/** `cilium-mesh status`: the clusters, their connections, and what differs from the manifests. */
export async function statusCommand(options: StatusOptions, io: Io): Promise<Status> {
  checkFormat(options.format, ['text', 'json']);
  const live = loadLiveMesh(options.mesh);
  const { mesh } = loadMesh({ mesh: options.mesh });
  const clusters = await clusterStatuses(live, mesh, applySettings(options), io);
  if (options.format === 'json') {
    await documentJson('clusters', clusters.map(statusJson), io.out);
  } else {
    await io.out(statusText(clusters, io));
  }
  return clusters.some(({ problems }) => problems.length > 0) ? Status.FOUND : Status.OK;
}

async function clusterStatuses(live: LiveMesh, mesh: EvaluatedMesh, settings: ApplySettings, io: Io): Promise<ClusterStatus[]> {
  const queries = live.clusters.map(({ context }) => statusQueries(context));
  const names = Object.keys(queries[0]) as Array<keyof typeof queries[0]>;
  const results = await ask(queries.flatMap(each => names.map(name => each[name])), io);
  const answersOf = (index: number): { [query: string]: Answer } => Object.fromEntries(names.map((name, position) => [name, results[index * names.length + position]]));
  // who does not answer is not asked for more
  const reached = live.clusters.filter((_, index) => answersOf(index).nodes.status === 0);
  const drifts = await driftOf({ clusters: reached }, mesh, settings, io);
  return live.clusters.map((cluster, index) => clusterStatus(cluster, live, mesh, answersOf(index), drifts.get(cluster.name)));
}

function clusterStatus(
  cluster: LiveCluster, live: LiveMesh, mesh: EvaluatedMesh, answers: { readonly [query: string]: Answer }, drift: Drift | string | undefined,
): ClusterStatus {
  if (answers.nodes.status !== 0) {
    return { cluster, problems: [`the API server does not answer: ${lastLine(answers.nodes)}`] };
  }
  const problems: string[] = [];
  const read = <T>(what: string, answer: Answer, reader: (value: any) => T): T | undefined => {
    const value = answer.status === 0 ? parsed(answer.output) : undefined;
    if (value === undefined) {
      problems.push(`${what} could not be asked: ${lastLine(answer)}`);
      return undefined;
    }
    return reader(value);
  };
  const nodes = read('the nodes', answers.nodes, readyNodes);
  const agents = read('the agents', answers.agents, readyAgents);
  const identity = read('the name and ID of the cluster', answers.settings, identityOf);
  const connected = live.clusters.length > 1 && !cluster.etcd ? read('the connections', answers.connections, connections) : undefined;
  const { traits } = mesh.cluster(cluster.name)!.settings.policy;
  const globalServices = read('the Services', answers.services, list => globalServiceTexts(list, cluster.name, traits));
  const lacking = (what: string, { ready, desired }: Ready) => ready < desired ? [`${desired - ready} of ${counted(desired, what)} not ready`] : [];
  problems.push(
    ...nodes ? lacking('node', nodes) : [],
    ...agents ? lacking('agent', agents) : [],
    ...agents?.version !== undefined && plain(agents.version) !== plain(cluster.version) ? [`runs Cilium ${plain(agents.version)}, and ${plain(cluster.version)} is meant`] : [],
    ...identity?.name !== undefined && identity.name !== cluster.name ? [`its agents call the cluster ${JSON.stringify(identity.name)}: is ${cluster.context} the right context?`] : [],
    ...identity?.id !== undefined && identity.id !== cluster.id ? [`its agents have the ID ${identity.id}, and ${cluster.id} is meant`] : [],
    ...connected ? connectionProblems(cluster, live, connected) : [],
    ...typeof drift === 'string' ? [drift] : drift ? driftProblems(drift) : [],
  );
  return { cluster, nodes, agents, connections: connected, globalServices, ...typeof drift === 'object' ? { drift } : {}, problems };
}

function connectionProblems(cluster: LiveCluster, live: LiveMesh, connected: ReadonlyMap<string, Ready>): string[] {
  return live.clusters.filter(each => each !== cluster).flatMap(({ name }) => {
    const ready = connected.get(name);
    return !ready || ready.desired === 0 ? [`not connected to ${name}`]
      : ready.ready < ready.desired ? [`${ready.desired - ready.ready} of ${counted(ready.desired, 'agent')} not connected to ${name}`] : [];
  });
}

function driftProblems({ missing, changed, left }: Drift): string[] {
  return [
    ...missing.map(each => `missing: ${each}`),
    ...changed.map(each => `differs from its manifest: ${each}`),
    ...left.map(each => `left the mesh, and is still there: ${each}`),
  ];
}

/** What differs in each cluster, or why that is not known. */
async function driftOf(live: LiveMesh, mesh: EvaluatedMesh, settings: ApplySettings, io: Io): Promise<Map<string, Drift | string>> {
  const clusters = await compared(live, mesh, settings, io);
  if (typeof clusters === 'string') {
    return new Map(live.clusters.map(({ name }) => [name, clusters]));
  }
  // what somebody else set is a difference, too: without force the API server would refuse the question
  const queries = clusters.flatMap(cluster => differenceQueries(cluster, { ...settings, forceConflicts: true }).map(query => ({ cluster, query })));
  const results = await ask(queries.map(each => each.query), io);
  return new Map(clusters.map((cluster): readonly [string, Drift | string] => {
    const own = results.filter((_, index) => queries[index].cluster === cluster);
    const failed = own.find(({ status }) => status > 1);
    if (failed) {
      return [cluster.name, `the objects could not be compared: ${lastLine(failed)}`];
    }
    const changes = own.flatMap(({ output }) => changedObjects(output));
    return [cluster.name, {
      missing: changes.filter(({ missing }) => missing).map(shownObject),
      changed: changes.filter(({ missing }) => !missing).map(shownObject),
      left: cluster.leaving.map(shownObject),
    }];
  }));
}

/** What is applied, or why that is not known. */
async function compared(live: LiveMesh, mesh: EvaluatedMesh, settings: ApplySettings, io: Io): Promise<ClusterObjects[] | string> {
  try {
    return await compareWithClusters(live, mesh, settings.applySet, io);
  } catch (error) {
    if (error instanceof CommandError && error.status === Status.FOUND) {
      return `what was applied could not be asked: ${error.message.split('\n').slice(0, -1).join(' ')}`;
    }
    throw error;
  }
}

function globalServiceTexts(list: any, cluster: string, traits: Traits): string[] {
  const services = (list.items ?? []).map((object: any) => serviceOf({ file: cluster, object, line: () => 1 }, cluster, [], traits));
  return services.filter((each: { global: boolean }) => each.global).sort((one: any, other: any) => compareTexts([one.namespace, one.name], [other.namespace, other.name]))
    .map(({ namespace, name, shared, affinity }: any) => `${namespace}/${name}${shared ? '' : ' (not shared)'}${affinity === 'none' ? '' : ` (affinity ${affinity})`}`);
}

function statusText(clusters: readonly ClusterStatus[], { colors }: Io): string {
  const ratio = (each: Ready | undefined) => each ? `${each.ready}/${each.desired}` : '?';
  const table = columns([
    ['CLUSTER', 'ID', 'CONTEXT', 'NODES', 'AGENTS', 'CILIUM', 'CONNECTED TO', 'GLOBAL SERVICES', 'MANIFESTS'],
    ...clusters.map(({ cluster, nodes, agents, connections: connected, globalServices, drift }) => [
      cluster.name, String(cluster.id), cluster.context, ratio(nodes), ratio(agents), agents?.version ?? '?',
      connected ? [...connected].map(([name, ready]) => `${name} ${ratio(ready)}`).join(', ') || 'nobody' : cluster.etcd || clusters.length === 1 ? '-' : '?',
      globalServices ? globalServices.join(', ') || 'none' : '?',
      drift ? driftText(drift) : '?',
    ]),
  ]);
  const problems = clusters.flatMap(({ cluster, problems: own }) => own.map(text => `${colors.red('problem')} ${cluster.name}: ${text}\n`));
  return `${table}${problems.join('')}${problems.length === 0 ? 'No problems.\n' : `${counted(problems.length, 'problem')}\n`}`;
}

function driftText({ missing, changed, left }: Drift): string {
  const parts = [[missing, 'missing'], [changed, 'different'], [left, 'left over']] as const;
  return parts.filter(([list]) => list.length > 0).map(([list, what]) => `${list.length} ${what}`).join(', ') || 'as applied';
}

function statusJson({ cluster, nodes, agents, connections: connected, globalServices, drift, problems }: ClusterStatus): unknown {
  return {
    name: cluster.name, id: cluster.id, context: cluster.context, nodes, agents,
    ...connected ? { connections: [...connected].map(([name, ready]) => ({ cluster: name, ...ready })) } : {},
    globalServices, drift, problems,
  };
}

function parsed(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function plain(version: string): string {
  return version.replace(/^v/, '');
}

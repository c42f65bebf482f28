import { NotJsonError, refuseMissingPrograms, UnansweredError } from './answers';
import { compareWithClusters } from './applied-objects';
import { askForChanges } from './object-changes';
import { Traits } from '../../cilium/traits';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { EvaluatedService, serviceOf } from '../../evaluator/read/service';
import { compareTexts } from '../../evaluator/read/text-order';
import { ClusterAgreement } from '../../observed/judging/cluster-agreement';
import { ReplayedFlow } from '../../observed/judging/replay';
import { ApplySettings } from '../plans/apply-objects';
import { ConnectionMode, peersOf } from '../plans/connect';
import { LiveCluster, LiveMesh } from '../plans/live-mesh';
import { ObjectName } from '../plans/live-object';
import {
  Agents,
  readAgents,
  readConnections,
  readIdentity,
  Readiness,
  readNodes,
  StatusQueries,
  statusQueries,
} from '../plans/live-status';
import { askAll, CommandResult, Shell } from '../runner/shell';

/** The status of one cluster; a part that could not be read is absent, and a problem. */
export interface ClusterStatus {
  readonly cluster: LiveCluster;
  readonly nodes?: Readiness;
  readonly agents?: Agents;
  /** Agents that are connected, by cluster. */
  readonly connections?: ReadonlyMap<string, Readiness>;
  readonly globalServices?: readonly EvaluatedService[];
  readonly drift?: Drift;
  /** How recorded flows agree with the manifests; undefined without a recording. */
  readonly flows?: ClusterAgreement;
  readonly problems: readonly StatusProblem[];
}

/** What differs from the manifests. */
export interface Drift {
  readonly missing: readonly ObjectName[];
  readonly changed: readonly ObjectName[];
  /** Members of the apply sets that are not in the manifests any more. */
  readonly left: readonly ObjectName[];
}

/** Something about a cluster that is not as it must be. */
export type StatusProblem =
  | { readonly kind: 'unreachable'; readonly result: CommandResult }
  /** The cluster answers, and this part of its status cannot be read. */
  | { readonly kind: 'unreadable'; readonly part: StatusPart; readonly result: CommandResult }
  | { readonly kind: 'not-ready'; readonly what: 'node' | 'agent'; readonly readiness: Readiness }
  | { readonly kind: 'version'; readonly got: string; readonly required: string }
  | { readonly kind: 'name'; readonly got: string }
  | { readonly kind: 'id'; readonly got: number }
  | { readonly kind: 'not-connected'; readonly to: string; readonly readiness?: Readiness }
  | { readonly kind: 'missing' | 'changed' | 'left'; readonly object: ObjectName }
  /** The apply sets cannot be read. */
  | { readonly kind: 'apply-sets'; readonly error: UnansweredError | NotJsonError }
  /** Hubble recorded other verdicts than the manifests', because of other labels or policies. */
  | { readonly kind: 'flows-drifted'; readonly flows: readonly ReplayedFlow[] }
  /** Nothing explains why Hubble recorded other verdicts. */
  | { readonly kind: 'flows-unexplained'; readonly flows: readonly ReplayedFlow[] }
  /** The comparison with the manifests failed. */
  | { readonly kind: 'comparison'; readonly result: CommandResult };

/** The problem is a difference from the manifests. */
export function isDrift({ kind }: StatusProblem): boolean {
  return kind === 'missing' || kind === 'changed' || kind === 'left' || kind === 'flows-drifted';
}

/** The status of clusters, with how recorded flows agree with the manifests. */
export function withFlows(
  clusters: readonly ClusterStatus[],
  agreements: readonly ClusterAgreement[],
): ClusterStatus[] {
  return clusters.map(status => {
    const flows = agreements.find(({ cluster }) => cluster === status.cluster.name);
    return flows
      ? {
        ...status,
        flows,
        problems: [
          ...status.problems,
          ...(flows.unexplained.length > 0 ? [{ kind: 'flows-unexplained', flows: flows.unexplained } as const] : []),
          ...(flows.drifted.length > 0 ? [{ kind: 'flows-drifted', flows: flows.drifted } as const] : []),
        ],
      }
      : status;
  });
}

export type StatusPart = keyof StatusQueries;

type Answers = { readonly [part in StatusPart]: CommandResult };

/** The drift of a cluster, or why it is unknown. */
type DriftResult = Drift | StatusProblem;

/** How the status is judged. */
export interface StatusSettings extends ApplySettings {
  /** Which clusters must be connected. By default, every pair. */
  readonly connectionMode?: ConnectionMode;
}

/** Reads the status of every cluster, and changes nothing. */
export async function readStatus(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  settings: StatusSettings,
  shell: Shell,
): Promise<ClusterStatus[]> {
  const answers = await askForStatus(live, shell);
  refuseMissingPrograms(answers.map(each => each.nodes));
  // a cluster that does not answer gets no more questions
  const reachable = live.clusters.filter((_, index) => answers[index].nodes.status === 0);
  const drifts = await readDrifts({ clusters: reachable }, mesh, settings, shell);
  return live.clusters.map((cluster, index) => {
    const { traits } = mesh.cluster(cluster.name)!.settings.policy;
    const peers = peersOf(live.clusters, cluster, settings.connectionMode);
    return clusterStatus(cluster, live, peers, traits, answers[index], drifts.get(cluster.name));
  });
}

async function askForStatus({ clusters }: LiveMesh, shell: Shell): Promise<Answers[]> {
  const queries = clusters.map(({ context }) => Object.entries(statusQueries(context)));
  const results = await askAll(
    shell,
    queries.flatMap(each => each.map(([, command]) => command)),
  );
  let next = 0;
  return queries.map(each => Object.fromEntries(each.map(([part]) => [part, results[next++]])) as unknown as Answers);
}

function clusterStatus(
  cluster: LiveCluster,
  live: LiveMesh,
  peers: readonly LiveCluster[],
  traits: Traits,
  answers: Answers,
  drift: DriftResult | undefined,
): ClusterStatus {
  if (answers.nodes.status !== 0) {
    return { cluster, problems: [{ kind: 'unreachable', result: answers.nodes }] };
  }
  const unreadable: StatusProblem[] = [];
  const read = <T>(part: StatusPart, reader: (value: any) => T): T | undefined => {
    const result = answers[part];
    const value = result.status === 0 ? parseJson(result.output) : undefined;
    if (value === undefined) {
      unreadable.push({ kind: 'unreadable', part, result });
      return undefined;
    }
    return reader(value);
  };
  const nodes = read('nodes', readNodes);
  const agents = read('agents', readAgents);
  const identity = read('settings', readIdentity);
  const isConnected = live.clusters.length > 1 && !cluster.etcd;
  const connections = isConnected ? read('connections', readConnections) : undefined;
  const globalServices = read('services', list => readGlobalServices(list, cluster.name, traits));
  const problems = [
    ...unreadable,
    ...readinessProblems('node', nodes),
    ...readinessProblems('agent', agents),
    ...identityProblems(cluster, agents?.version, identity),
    ...(connections ? connectionProblems(peers, connections) : []),
    ...(drift === undefined ? [] : 'kind' in drift ? [drift] : driftProblems(drift)),
  ];
  const known = drift !== undefined && !('kind' in drift) ? { drift } : {};
  return { cluster, nodes, agents, connections, globalServices, ...known, problems };
}

function readinessProblems(what: 'node' | 'agent', readiness: Readiness | undefined): StatusProblem[] {
  return readiness && readiness.ready < readiness.desired ? [{ kind: 'not-ready', what, readiness }] : [];
}

function identityProblems(
  { name, id, version }: LiveCluster,
  got: string | undefined,
  identity: ReturnType<typeof readIdentity> | undefined,
): StatusProblem[] {
  const [one, other] = [got, version].map(text => text?.replace(/^v/, ''));
  return [
    ...(one !== undefined && one !== other ? [{ kind: 'version' as const, got: one, required: other! }] : []),
    ...(identity?.name !== undefined && identity.name !== name ? [{ kind: 'name' as const, got: identity.name }] : []),
    ...(identity?.id !== undefined && identity.id !== id ? [{ kind: 'id' as const, got: identity.id }] : []),
  ];
}

function connectionProblems(
  peers: readonly LiveCluster[],
  connections: ReadonlyMap<string, Readiness>,
): StatusProblem[] {
  return peers.flatMap(({ name }): StatusProblem[] => {
    const readiness = connections.get(name);
    if (!readiness || readiness.desired === 0) {
      return [{ kind: 'not-connected', to: name }];
    }
    return readiness.ready < readiness.desired ? [{ kind: 'not-connected', to: name, readiness }] : [];
  });
}

function driftProblems(drift: Drift): StatusProblem[] {
  return (['missing', 'changed', 'left'] as const).flatMap(kind => drift[kind].map(object => ({ kind, object })));
}

/** What differs from the manifests in each cluster. */
async function readDrifts(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  settings: ApplySettings,
  shell: Shell,
): Promise<Map<string, DriftResult>> {
  const drifts = live.clusters.map(async cluster => {
    const drift = await readDrift({ clusters: [cluster] }, mesh, settings, shell);
    return [cluster.name, drift] as const;
  });
  return new Map(await Promise.all(drifts));
}

/** What differs from the manifests in the one cluster of a mesh. */
async function readDrift(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  settings: ApplySettings,
  shell: Shell,
): Promise<DriftResult> {
  try {
    const clusters = await compareWithClusters(live, mesh, settings.applySet, shell);
    // without force, the API server would refuse to compare fields of other field managers
    const [answer] = await askForChanges(clusters, { ...settings, forceConflicts: true }, shell);
    return 'failures' in answer
      ? { kind: 'comparison', result: answer.failures[0].result }
      : { missing: answer.changes.added, changed: answer.changes.changed, left: answer.cluster.current.removals };
  } catch (error) {
    if (error instanceof UnansweredError || error instanceof NotJsonError) {
      return { kind: 'apply-sets', error };
    }
    throw error;
  }
}

/** The global services of a cluster, by namespace and name. */
function readGlobalServices(list: any, cluster: string, traits: Traits): EvaluatedService[] {
  const services: EvaluatedService[] = (list.items ?? []).map((object: any) =>
    serviceOf({ file: cluster, object, line: () => 1 }, cluster, [], { traits, ipv4: true, ipv6: false }),
  );
  return services
    .filter(each => each.global)
    .sort((one, other) => compareTexts([one.namespace, one.name], [other.namespace, other.name]));
}

function parseJson(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

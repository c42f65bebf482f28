import { parseJson, parseObjects, refuseMissingPrograms, UnansweredError } from './answers';
import { compareWithClusters } from './applied-objects';
import { askForChanges } from './object-changes';
import { Traits } from '../../cilium/traits';
import { isMap } from '../../diagnostics/is-map';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { EvaluatedService, serviceOf } from '../../evaluator/read/service';
import { compareTexts } from '../../evaluator/read/text-order';
import { ClusterAgreement } from '../../observed/judging/cluster-agreement';
import { ReplayedFlow } from '../../observed/judging/replay';
import { ApplySettings } from '../plans/apply-objects';
import { IdentityRecord } from '../plans/cluster-identity';
import { ConnectionMode, peersOf } from '../plans/connection-mode';
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
import { askAll, CommandResult, FailedCommand, invalidAnswer, Shell } from '../runner/shell';

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
  | { readonly kind: 'apply-sets'; readonly questions: readonly FailedCommand[] }
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

/** What the answer to a question about a part must be. */
const PART = 'JSON as kubectl and the cilium CLI print it';

/** The drift of a cluster, or why it is unknown. */
type DriftResult = Drift | StatusProblem;

/** The drift of a cluster, and the record of earlier runs in it. */
interface Comparison {
  readonly drift: DriftResult;
  readonly record?: IdentityRecord;
}

/** How the status is judged. */
export interface StatusSettings extends ApplySettings {
  /** Which clusters must be connected. By default, those that the last `up` connected, else every pair. */
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
  const comparisons = await readComparisons({ clusters: reachable }, mesh, settings, shell);
  const mode = settings.connectionMode ?? recordedMode([...comparisons.values()], settings.applySet);
  return live.clusters.map((cluster, index) => {
    const { traits } = mesh.cluster(cluster.name)!.settings.policy;
    const peers = peersOf(live.clusters, cluster, mode);
    return clusterStatus(cluster, live, peers, traits, answers[index], comparisons.get(cluster.name)?.drift);
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
  const queries = statusQueries(cluster.context);
  const read = <T>(part: StatusPart, reader: (output: string) => T | undefined): T | undefined => {
    const answer = { command: queries[part], result: answers[part] };
    const { status, output } = answer.result;
    const value = status === 0 ? reader(output) : undefined;
    if (value === undefined) {
      const isOther = status === 0 && parseJson(output) !== undefined;
      unreadable.push({ kind: 'unreadable', part, result: isOther ? invalidAnswer(answer, PART).result : answer.result });
    }
    return value;
  };
  const fromJson = <T>(reader: (answer: unknown) => T) => (output: string) => {
    const answer = parseJson(output);
    return isMap(answer) ? reader(answer) : undefined;
  };
  const nodes = read('nodes', fromJson(readNodes));
  const agents = read('agents', fromJson(readAgents));
  const identity = read('settings', fromJson(readIdentity));
  const isConnected = live.clusters.length > 1 && !cluster.etcd;
  const connections = isConnected ? read('connections', fromJson(readConnections)) : undefined;
  const globalServices = read('services', output => {
    const services = parseObjects(output);
    return services && readGlobalServices(services, cluster.name, traits);
  });
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

/** How the last `up` connected the clusters; undefined without a record of it. */
function recordedMode(comparisons: readonly Comparison[], applySet: string): ConnectionMode | undefined {
  return comparisons.find(({ record }) => record?.connected[applySet])?.record?.modes[applySet];
}

/** What differs from the manifests in each cluster. */
async function readComparisons(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  settings: ApplySettings,
  shell: Shell,
): Promise<Map<string, Comparison>> {
  const comparisons = live.clusters.map(async cluster => {
    const comparison = await readComparison({ clusters: [cluster] }, mesh, settings, shell);
    return [cluster.name, comparison] as const;
  });
  return new Map(await Promise.all(comparisons));
}

/** What differs from the manifests in the one cluster of a mesh. */
async function readComparison(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  settings: ApplySettings,
  shell: Shell,
): Promise<Comparison> {
  try {
    const clusters = await compareWithClusters(live, mesh, settings.applySet, shell);
    // without force, the API server would refuse to compare fields of other field managers
    const [answer] = await askForChanges(clusters, { ...settings, forceConflicts: true }, shell);
    const { identity, removals } = answer.cluster.current;
    return {
      record: identity?.record,
      drift:
        'failures' in answer
          ? { kind: 'comparison', result: answer.failures[0].result }
          : { missing: answer.changes.added, changed: answer.changes.changed, left: removals },
    };
  } catch (error) {
    if (error instanceof UnansweredError) {
      return { drift: { kind: 'apply-sets', questions: error.questions } };
    }
    throw error;
  }
}

/** The global services of a cluster, by namespace and name. */
function readGlobalServices(objects: readonly any[], cluster: string, traits: Traits): EvaluatedService[] {
  const services: EvaluatedService[] = objects.map(object =>
    serviceOf({ file: cluster, object, line: () => 1 }, cluster, [], { traits, ipv4: true, ipv6: false }),
  );
  return services
    .filter(each => each.global)
    .sort((one, other) => compareTexts([one.namespace, one.name], [other.namespace, other.name]));
}

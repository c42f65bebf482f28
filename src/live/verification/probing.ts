import { isTested, ProbeResult, sharesOf } from './comparison';
import { PodPair, RunningPod, RunningPods } from './pods';
import { destinations, httpOf, Prediction } from './prediction';
import { Probe, probeCommand, readAnswers } from './probe';
import { SampleSize, sampleSize } from './sample-size';
import { isProblem } from '../../diagnostics/problem';
import { dependsOnPlaces } from '../../evaluator/flows/places';
import { Request } from '../../evaluator/flows/request';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { formatWorkload, Workload } from '../../evaluator/read/workload';
import { answerAll, objectsIn } from '../observations/answers';
import { lastLine } from '../observations/last-line';
import { kubectl } from '../plans/kube';
import { LiveMesh } from '../plans/live-mesh';
import { askAll, CommandResult, Shell } from '../runner/shell';

/** How probes send their requests. */
export interface ProbeSettings {
  /** Requests of each probe and round; by default as many as tell a wrong share from chance. */
  readonly requests?: number;
  /** How many pods of each workload send and receive requests; by default all. */
  readonly pods?: number;
  /** Seconds that one request may take. */
  readonly maxTime: number;
  readonly request?: Request;
}

/** The requests of one pod. */
export interface PlannedRequests {
  readonly pod: RunningPod;
  readonly probe: Probe;
}

/** The probe of a prediction, or the reason why it cannot be probed. */
export type PlannedProbe = { readonly requests: readonly PlannedRequests[] } | { readonly problem: string };

/** The least number of requests to a pod, unless a number is asked for. Their outcome is no chance. */
const FLOW_REQUESTS = 10;

/** How many requests a round sends to tell whether a prediction is true. */
export function requestsOf(prediction: Prediction, { requests }: ProbeSettings, level: number): SampleSize {
  if (requests !== undefined) {
    return { requests };
  }
  if (prediction.kind === 'flow') {
    return { requests: FLOW_REQUESTS };
  }
  return sampleSize(isTested(prediction) ? sharesOf(prediction) : [], level);
}

/** Reads the pods in the namespaces of the predictions. */
export async function readPods(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  predictions: readonly Prediction[],
  shell: Shell,
): Promise<RunningPods> {
  const workloads = new Set(predictions.flatMap(each => [each.source, ...destinations(each)]));
  const places = namespacesOf(workloads);
  const answers = await answerAll(
    shell,
    places.map(({ cluster, namespace }) =>
      kubectl(contextOf(live, cluster)).get('pods', '--namespace', namespace, '-o', 'json'),
    ),
  );
  const pods = new RunningPods();
  places.forEach(({ cluster, namespace }, index) => {
    const own = mesh.workloads.filter(each => each.cluster === cluster && each.namespace === namespace);
    pods.add(own, objectsIn(answers[index]));
  });
  return pods;
}

/** The probe of a prediction. Every pod of the client sends requests; every destination pod of a flow gets some. */
export function planProbe(
  prediction: Prediction,
  live: LiveMesh,
  pods: RunningPods,
  settings: ProbeSettings,
  level: number,
): PlannedProbe {
  const { source } = prediction;
  const most = (all: readonly RunningPod[]) => all.slice(0, settings.pods ?? all.length);
  const clients = most(pods.of(source));
  if (clients.length === 0) {
    return { problem: `${formatWorkload(source)} has no running pod` };
  }
  const { requests } = requestsOf(prediction, settings, level);
  const plan = (pod: RunningPod, to: Pick<Probe, 'protocol' | 'hosts' | 'port' | 'requests' | 'http'>) => ({
    pod,
    probe: {
      context: contextOf(live, source.cluster),
      client: { namespace: source.namespace, pod: pod.name },
      maxTime: settings.maxTime,
      ...to,
    },
  });
  const http = httpOf(settings.request);
  if (prediction.kind === 'service') {
    const { service, port } = prediction;
    const host = `${service.name}.${service.namespace}.svc${service.clusterset ? '.clusterset.local' : ''}`;
    const each = Math.ceil(requests / clients.length);
    return {
      requests: clients.map(pod =>
        plan(pod, { protocol: 'TCP', hosts: [host], port: port.port, requests: each, http }),
      ),
    };
  }
  const { destination, protocol, port } = prediction;
  const servers = most(pods.of(destination));
  if (servers.length === 0) {
    return { problem: `${formatWorkload(destination)} has no running pod` };
  }
  if (!isProbed(protocol, port)) {
    return { problem: `cannot probe ${protocol}/${port}: only echo requests have an answer` };
  }
  const pairs = dependsOnPlaces(prediction)
    ? placedPairs(pods.pairs(source, destination, prediction), settings.pods)
    : clients.flatMap((client, index) =>
      partnersOf(index, clients.length, servers).map((server): PodPair => ({ client, server })),
    );
  if (pairs.length === 0) {
    return { problem: `the nodes of ${formatWorkload(source)} or ${formatWorkload(destination)} are unknown` };
  }
  const each = Math.ceil(requests / pairs.length);
  return {
    requests: pairs.map(({ client, server: { address } }) =>
      plan(client, { protocol, hosts: [address], port, requests: each, ...(protocol === 'TCP' ? { http } : {}) }),
    ),
  };
}

/**
 * The predictions that fit the nodes of the running pods: without those about other places, if the places of pods are
 * known.
 */
export function placedPredictions(predictions: readonly Prediction[], pods: RunningPods): readonly Prediction[] {
  return predictions.filter(each => {
    if (each.kind === 'service' || !dependsOnPlaces(each)) {
      return true;
    }
    const { source, destination, placement } = each;
    return (
      pods.pairs(source, destination, each).length > 0 ||
      (placement !== 'same-node' && pods.pairs(source, destination, {}).length === 0)
    );
  });
}

/** Of all pairs, some in which each client has a server, and each server a client; of at most as many of each. */
function placedPairs(all: readonly PodPair[], most: number = Infinity): readonly PodPair[] {
  const [clients, servers] = [new Set<RunningPod>(), new Set<RunningPod>()];
  return all.filter(({ client, server }) => {
    const isNew = !clients.has(client) || !servers.has(server);
    const fits = (clients.has(client) || clients.size < most) && (servers.has(server) || servers.size < most);
    if (isNew && fits) {
      clients.add(client);
      servers.add(server);
    }
    return isNew && fits;
  });
}

/** The servers of one of the clients: together, all clients have all servers, and every client has one. */
function partnersOf(index: number, clients: number, servers: readonly RunningPod[]): readonly RunningPod[] {
  return clients >= servers.length
    ? [servers[index % servers.length]]
    : servers.filter((_, position) => position % clients === index);
}

function isProbed(protocol: string, port: number): protocol is Probe['protocol'] {
  return ['TCP', 'UDP', 'SCTP'].includes(protocol) || ['ICMP/8', 'ICMPv6/128'].includes(`${protocol}/${port}`);
}

/** Sends the probes of predictions, side by side. */
export async function sendProbes(
  predictions: readonly Prediction[],
  planned: readonly PlannedProbe[],
  shell: Shell,
): Promise<ProbeResult[]> {
  const all = planned.flatMap(each => (isProblem(each) ? [] : each.requests));
  const answers = await askAll(
    shell,
    all.map(({ probe }) => probeCommand(probe)),
  );
  const resultOf = new Map(all.map((each, index) => [each, answers[index]]));
  return predictions.map((prediction, index): ProbeResult => {
    const plan = planned[index];
    if (isProblem(plan)) {
      return { prediction, clients: [], problem: plan.problem };
    }
    const read = plan.requests.map(each => ({ pod: each.pod, ...answersIn(each.probe, resultOf.get(each)!) }));
    const clients = read.flatMap(({ pod, ...each }) => ('answers' in each ? [{ pod, answers: each.answers }] : []));
    return { prediction, clients, ...problemOf(read) };
  });
}

/** Without some of the answers, the others say nothing: what is missing may be what did not answer. */
function answersIn({ requests, hosts }: Probe, result: CommandResult): ReturnType<typeof readAnswers> {
  const read = readAnswers(result.output);
  if (isProblem(read)) {
    return result.status === 0 ? read : { problem: `kubectl exec: ${lastLine(result)}` };
  }
  const [got, all] = [read.answers.length, requests * hosts.length];
  const reason = result.status === 0 ? '' : `: ${lastLine(result)}`;
  return got === all ? read : { problem: `kubectl exec printed ${got} of ${all} answers${reason}` };
}

/** One problem for all pods with it; with the names of the pods, where others have none. */
function problemOf(
  read: ReadonlyArray<{ readonly pod: RunningPod; readonly problem?: string }>,
): { readonly problem?: string } {
  const failed = read.filter(({ problem }) => problem !== undefined);
  if (failed.length === 0) {
    return {};
  }
  const problems = [...new Set(failed.map(each => each.problem!))].sort();
  const names = failed.map(({ pod }) => pod.name).join(', ');
  const text = problems.join('; ');
  return { problem: failed.length === read.length ? text : `${names}: ${text}` };
}

/** The kubectl context of a cluster. */
export function contextOf(live: LiveMesh, cluster: string): string {
  return live.clusters.find(({ name }) => name === cluster)!.context;
}

function namespacesOf(workloads: ReadonlySet<Workload>): ReadonlyArray<Pick<Workload, 'cluster' | 'namespace'>> {
  const places = new Map(
    [...workloads].map(({ cluster, namespace }) => [`${cluster}/${namespace}`, { cluster, namespace }]),
  );
  return [...places.keys()].sort().map(key => places.get(key)!);
}

import { lastLine } from './answer';
import { CommandError, counted, Io, Status } from './io';
import { documentJson } from './json';
import { junit } from './junit';
import { loadLiveMesh } from './live-mesh';
import { answers as answersOf, json } from './live-objects';
import { loadMesh, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat } from './print';
import { ask } from './run-plan';
import { junitCase, Verified, verifiedJson, verifiedText } from './verified';
import { Request } from '../evaluator/flows/request';
import { sortedPorts } from '../evaluator/queries/matrix';
import { findService, selectWorkloads } from '../evaluator/queries/reference';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { shownWorkload, Workload } from '../evaluator/read/workload';
import { kubectl } from '../live/plans/kube';
import { LiveMesh } from '../live/plans/live-mesh';
import { AGAIN } from '../live/verification/bound';
import { count, judge, Outcome, Probed, Recognize, recognizer } from '../live/verification/comparison';
import { Drop, dropsQuery, readDrops } from '../live/verification/drops';
import { addressesOf } from '../live/verification/pods';
import { destinations, httpOf, predictedFlows, predictedServices, Prediction, stoppingClusters } from '../live/verification/prediction';
import { Probe, probeCommand, readAnswers } from '../live/verification/probe';

export interface VerifyOptions extends Omit<RequestOptions, 'dns'> {
  readonly mesh?: string;
  readonly from?: string;
  readonly to?: string;
  readonly port?: readonly string[];
  readonly only?: string;
  readonly requests?: string;
  readonly maxTime?: string;
  readonly settle?: string;
  /** A folder, or true for the one that is written by default. */
  readonly tour?: string | boolean;
  readonly yes?: boolean;
  readonly applySet?: string;
  readonly forceConflicts?: boolean;
  readonly ignoreFindings?: boolean;
  readonly format: string;
}

/** `cilium-mesh verify`: what is predicted, against requests from the pods of the mesh. */
export async function verifyCommand(options: VerifyOptions, io: Io): Promise<Status> {
  checkFormat(options.format, ['text', 'json', 'junit']);
  const live = loadLiveMesh(options.mesh);
  const { mesh } = loadMesh({ mesh: options.mesh });
  const verified = await verify(live, mesh, options, io);
  if (options.format === 'json') {
    await documentJson('verified', verified.map(verifiedJson), io.out);
  } else if (options.format === 'junit') {
    await io.out(junit('cilium-mesh verify', verified.map(junitCase)));
  } else {
    await io.out(verifiedText(verified, io));
  }
  return statusOf(verified);
}

/** Nothing is verified where nothing could be asked. */
export function statusOf(verified: readonly Verified[]): Status {
  return verified.some(each => each.outcome === 'different') || verified.every(each => each.outcome === 'not-probed') ? Status.FOUND : Status.OK;
}

/** Sends the requests, and compares. */
export async function verify(live: LiveMesh, mesh: EvaluatedMesh, options: Omit<VerifyOptions, 'format' | 'mesh'>, io: Io): Promise<Verified[]> {
  const requests = numberOf('--requests', options.requests ?? '10', 1, 1000);
  const maxTime = numberOf('--max-time', options.maxTime ?? '2', 1, 60);
  const settle = numberOf('--settle', options.settle ?? '2', 0, 600);
  const request = requestOf(options);
  const predictions = chosenPredictions(mesh, options, request);
  const start = Date.now();
  const addresses = await podAddresses(live, mesh, predictions, io);
  const probes = predictions.map(prediction => probeOf(prediction, live, addresses, { requests, maxTime, request }));
  io.err(`${counted(probes.length, 'probe')} of ${counted(requests, 'request')} each\n`);
  let probed = await send(predictions, probes, io);
  const clusters = mesh.clusters.map(each => each.name);
  const first = recognizer(clusters, probed);
  const doubtful = probed.flatMap((each, index) => judge(each, first, false) === 'doubtful' ? [index] : []);
  if (doubtful.length > 0) {
    io.err(`${counted(doubtful.length, 'probe')} again, with ${AGAIN} times as many requests more: the answers are not what was predicted, or unlikely\n`);
    await new Promise(resolve => setTimeout(resolve, settle * 1000));
    const again = await send(doubtful.map(index => predictions[index]), doubtful.map(index => more(probes[index])), io);
    const recognize = recognizer(clusters, [...probed, ...again]);
    probed = probed.map((each, index) => doubtful.includes(index) ? joined(each, again[doubtful.indexOf(index)], recognize) : each);
  }
  const recognize = recognizer(clusters, probed);
  const drops = await observedDrops(live, mesh, probed, (Date.now() - start) / 1000 + 5, io);
  return probed.map((each, index) => {
    const own = new Map([...drops].map(([cluster, seen]) => [cluster, seen.filter(drop => isOf(drop, each.prediction, addresses))]));
    const outcome = judge(each, recognize, true) as Outcome;
    return {
      prediction: each.prediction,
      outcome: outcome === 'as-predicted' && stoppedElsewhere(each.prediction, own) ? 'different' : outcome,
      requests: each.answers.length,
      ...each.prediction.kind === 'service' ? { counted: count(each, recognize) } : {},
      answers: each.answers,
      ...each.problem === undefined ? {} : { problem: each.problem },
      again: doubtful.includes(index),
      drops: own,
    };
  });
}

/** Whether a policy stopped packets in a cluster where none was predicted to do so. */
function stoppedElsewhere(prediction: Prediction, drops: Verified['drops']): boolean {
  const predicted = stoppingClusters(prediction);
  return [...drops].some(([cluster, seen]) => !predicted.includes(cluster) && seen.some(({ reason }) => /^POLICY_DEN/.test(reason)));
}

function more(probe: Probe | string): Probe | string {
  return typeof probe === 'string' ? probe : { ...probe, requests: probe.requests * AGAIN };
}

/**
 * What was only unlikely counts together with what was asked again. What cannot be is judged by the second time alone: the first one may have met a
 * mesh that was not ready, where a policy was applied and not enforced yet.
 */
function joined(first: Probed, second: Probed, recognize: Recognize): Probed {
  if (second.problem !== undefined) {
    return first;
  }
  return judge(first, recognize, true) === 'different' ? second : { ...first, answers: [...first.answers, ...second.answers] };
}

function chosenPredictions(mesh: EvaluatedMesh, { from, to, port, only }: Omit<VerifyOptions, 'format'>, request: Request | undefined): Prediction[] {
  if (only !== undefined && !['flows', 'services'].includes(only)) {
    throw new CommandError(`--only takes flows or services, not ${JSON.stringify(only)}`);
  }
  const chosen = (text: string | undefined): readonly Workload[] => {
    const found = text === undefined ? mesh.workloads : selectWorkloads(mesh, text);
    if ('problem' in found) {
      throw new CommandError(`${found.problem}; ${found.fix}`);
    }
    return found;
  };
  const clients = chosen(from).filter(each => each.kind !== 'CronJob');
  const service = to?.startsWith('svc/') ? findService(mesh, to) : undefined;
  if (service && 'problem' in service) {
    throw new CommandError(`${service.problem}; ${service.fix}`);
  }
  const predictions: Prediction[] = [
    ...only === 'services' || service ? []
      : predictedFlows(mesh, { ports: port && sortedPorts(port.map(portOf)), from: clients, to: chosen(to), all: false, request }),
    ...only === 'flows' || (to !== undefined && !service) ? [] : predictedServices(mesh, clients, service, request),
  ];
  if (predictions.length === 0) {
    throw new CommandError('There is nothing to verify: no workload that runs has a flow to another one, or a service to ask, among those that were chosen.');
  }
  return predictions;
}

/** IP addresses of the pods that run, by workload. */
type Addresses = ReadonlyMap<Workload, readonly string[]>;

async function podAddresses(live: LiveMesh, mesh: EvaluatedMesh, predictions: readonly Prediction[], io: Io): Promise<Addresses> {
  const workloads = predictions.flatMap(each => [each.source, ...destinations(each)]);
  const places = [...new Set(workloads.map(({ cluster, namespace }) => `${cluster}/${namespace}`))].sort().map(text => text.split('/'));
  const texts = await answersOf(places.map(([cluster, namespace]) => kubectl(contextOf(live, cluster), 'get', 'pods', '--namespace', namespace, '-o', 'json')), io);
  return new Map(places.flatMap(([cluster, namespace], index) => (
    [...addressesOf(mesh.workloads.filter(each => each.cluster === cluster && each.namespace === namespace), json(texts[index]).items)])));
}

/** The probe of a prediction, or why there is none. */
function probeOf(
  prediction: Prediction, live: LiveMesh, addresses: Addresses, { requests, maxTime, request }: { requests: number; maxTime: number; request?: Request },
): Probe | string {
  const { source } = prediction;
  const client = { context: contextOf(live, source.cluster), client: { kind: source.kind, namespace: source.namespace, name: source.name }, requests, maxTime };
  if (addresses.get(source)!.length === 0) {
    return `${shownWorkload(source)} has no pod that runs`;
  }
  const http = httpOf(request);
  if (prediction.kind === 'service') {
    const { namespace, name, clusterset } = prediction.service;
    return { ...client, protocol: 'TCP', host: `${name}.${namespace}.svc${clusterset ? '.clusterset.local' : ''}`, port: prediction.port.port, http };
  }
  const { destination, protocol, port } = prediction;
  const [address] = addresses.get(destination)!;
  if (address === undefined) {
    return `${shownWorkload(destination)} has no pod that runs`;
  }
  return protocol === 'TCP' ? { ...client, protocol, host: address, port, http }
    : (protocol === 'ICMP' && port === 8) || (protocol === 'ICMPv6' && port === 128) ? { ...client, protocol: protocol as 'ICMP', host: address, port }
      : `${protocol}/${port} is not probed: of silence nobody knows what it means`;
}

async function send(predictions: readonly Prediction[], probes: ReadonlyArray<Probe | string>, io: Io): Promise<Probed[]> {
  const asked = probes.flatMap(probe => typeof probe === 'string' ? [] : [probe]);
  const results = await ask(asked.map(probeCommand), io);
  return predictions.map((prediction, index): Probed => {
    const probe = probes[index];
    if (typeof probe === 'string') {
      return { prediction, answers: [], problem: probe };
    }
    const result = results[asked.indexOf(probe)];
    const read = readAnswers(result.output);
    return 'answers' in read ? { prediction, answers: read.answers } : { prediction, answers: [], problem: result.status === 0 ? read.problem : `kubectl exec: ${lastLine(result)}` };
  });
}

/** What Hubble saw dropped, in the clusters that have its relay and stop something. */
async function observedDrops(live: LiveMesh, mesh: EvaluatedMesh, probed: readonly Probed[], seconds: number, io: Io): Promise<Map<string, readonly Drop[]>> {
  const stopping = new Set(probed.filter(({ answers }) => answers.some(each => each.kind === 'silent')).flatMap(({ prediction }) => (
    prediction.kind === 'flow' ? [prediction.source.cluster, prediction.destination.cluster] : [prediction.source.cluster, ...prediction.stoppedIn])));
  const clusters = mesh.clusters.filter(({ name, input }) => stopping.has(name) && input.values?.values.hubble?.relay?.enabled === true).map(each => each.name);
  const results = await ask(clusters.map(name => dropsQuery(contextOf(live, name), seconds)), io);
  clusters.forEach((name, index) => {
    if (results[index].status !== 0) {
      io.err(`${name}: Hubble was not asked: ${lastLine(results[index])}\n`);
    }
  });
  return new Map(clusters.flatMap((name, index) => results[index].status === 0 ? [[name, readDrops(results[index].output)] as const] : []));
}

function isOf(drop: Drop, prediction: Prediction, addresses: Addresses): boolean {
  return addresses.get(prediction.source)!.includes(drop.source) && destinations(prediction).some(each => addresses.get(each)!.includes(drop.destination));
}

function contextOf(live: LiveMesh, cluster: string): string {
  return live.clusters.find(({ name }) => name === cluster)!.context;
}

function numberOf(option: string, text: string, least: number, most: number): number {
  if (!/^\d{1,4}$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new CommandError(`${option} takes a number from ${least} to ${most}, not ${JSON.stringify(text)}`);
  }
  return Number(text);
}

import { percent } from './explain';
import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson, workloadJson } from './json';
import { junit } from './junit';
import { loadLiveMesh } from './live-mesh';
import { answers as answersOf } from './live-objects';
import { checkFormat, loadMesh, portOf, RequestOptions, requestOf } from './mesh-options';
import { ask } from './run-plan';
import { shownService } from '../evaluator/backends';
import { Request } from '../evaluator/layer7';
import { sortedPorts } from '../evaluator/matrix';
import { EvaluatedMesh } from '../evaluator/mesh/mesh';
import { shownWorkload, Workload } from '../evaluator/mesh/workload';
import { findService, selectWorkloads } from '../evaluator/reference';
import { kubectl } from '../orchestrator/kube';
import { LiveMesh } from '../orchestrator/live-mesh';
import { AGAIN, range, DIFFERENT } from '../verification/bound';
import { arrives, count, Counted, isDeniedByProxy, judge, Outcome, Probed, recognizer } from '../verification/comparison';
import { Drop, dropsQuery, readDrops } from '../verification/drops';
import { httpOf, NOWHERE, predictedFlows, predictedServices, Prediction } from '../verification/prediction';
import { Answer, Probe, probeCommand, readAnswers } from '../verification/probe';

export interface VerifyOptions extends RequestOptions {
  readonly mesh?: string;
  readonly from?: string;
  readonly to?: string;
  readonly port?: readonly string[];
  readonly only?: string;
  readonly requests?: string;
  readonly maxTime?: string;
  readonly format: string;
}

/** One prediction, what was seen, and whether the two agree. */
export interface Verified {
  readonly prediction: Prediction;
  readonly outcome: Outcome;
  readonly requests: number;
  /** Of requests to a service. */
  readonly counted?: Counted;
  readonly answers: readonly Answer[];
  readonly problem?: string;
  /** Packets that Hubble saw dropped, by cluster; only clusters with Hubble Relay. */
  readonly drops: ReadonlyMap<string, readonly Drop[]>;
}

/** `cilium-mesh verify`: what is predicted, against requests from the pods of the mesh. */
export async function verifyCommand(options: VerifyOptions, io: Io): Promise<Status> {
  checkFormat(options.format, ['text', 'json', 'junit']);
  const live = loadLiveMesh(options.mesh);
  const { mesh } = loadMesh({ mesh: options.mesh, format: 'text' });
  const verified = await verify(live, mesh, options, io);
  if (options.format === 'json') {
    await documentJson('verified', verified.map(verifiedJson), io.out);
  } else if (options.format === 'junit') {
    await io.out(junit('cilium-mesh verify', verified.map(each => ({
      name: shownPrediction(each), failure: each.outcome === 'different' ? `predicted: ${predictedText(each)}; probed: ${probedText(each)}` : undefined, skipped: each.outcome === 'not-probed' ? each.problem : undefined,
    }))));
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
  const request = requestOf(options);
  const predictions = chosenPredictions(mesh, options, request);
  const start = Date.now();
  const addresses = await podAddresses(live, mesh, predictions, io);
  const probes = predictions.map(prediction => probeOf(prediction, live, addresses, { requests, maxTime, request }));
  io.err(`${counted(probes.length, 'probe')} of ${counted(requests, 'request')} each\n`);
  let probed = await send(predictions, probes, io);
  const clusters = mesh.clusters.map(each => each.name);
  const doubtful = probed.flatMap((each, index) => judge(each, recognizer(clusters, probed), false) === 'doubtful' ? [index] : []);
  if (doubtful.length > 0) {
    io.err(`${counted(doubtful.length, 'probe')} again, with ${AGAIN} times as many requests more: the answers are not what was predicted, or unlikely\n`);
    const again = await send(doubtful.map(index => predictions[index]), doubtful.map(index => more(probes[index])), io);
    probed = probed.map((each, index) => doubtful.includes(index) ? joined(each, again[doubtful.indexOf(index)]) : each);
  }
  const recognize = recognizer(clusters, probed);
  const drops = await observedDrops(live, mesh, probed, (Date.now() - start) / 1000 + 5, io);
  return probed.map(each => ({
    prediction: each.prediction,
    outcome: judge(each, recognize, true) as Outcome,
    requests: each.answers.length,
    ...each.prediction.kind === 'service' ? { counted: count(each, recognize) } : {},
    answers: each.answers,
    ...each.problem === undefined ? {} : { problem: each.problem },
    drops: new Map([...drops].map(([cluster, seen]) => [cluster, seen.filter(drop => isOf(drop, each.prediction, addresses))])),
  }));
}

function more(probe: Probe | string): Probe | string {
  return typeof probe === 'string' ? probe : { ...probe, requests: probe.requests * AGAIN };
}

/** A flow that was not as predicted is judged by what was seen the second time: the first may have met a mesh that was not ready. */
function joined(first: Probed, second: Probed): Probed {
  return second.problem !== undefined ? first : first.prediction.kind === 'flow' && first.prediction.flow.verdict === 'allowed' ? second : { ...first, answers: [...first.answers, ...second.answers] };
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
    ...only === 'services' || service ? [] : predictedFlows(mesh, { ports: port && sortedPorts(port.map(portOf)), from: clients, to: chosen(to), all: false, request }),
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
  const workloads = [...new Set(predictions.flatMap(each => [each.source, ...each.kind === 'flow' ? [each.destination] : each.decided.backends.flatMap(({ backend }) => backend.workload ?? [])]))];
  const places = [...new Set(workloads.map(({ cluster, namespace }) => `${cluster}/${namespace}`))].sort().map(text => text.split('/'));
  const texts = await answersOf(places.map(([cluster, namespace]) => kubectl(contextOf(live, cluster), 'get', 'pods', '--namespace', namespace, '-o', 'json')), io);
  const pods = new Map(places.map((place, index) => [place.join('/'), JSON.parse(texts[index]).items as any[]]));
  return new Map(workloads.map(workload => [workload, pods.get(`${workload.cluster}/${workload.namespace}`)!
    .filter(({ metadata, status }) => status?.phase === 'Running' && status.podIP && metadata.deletionTimestamp === undefined
      && (workload.kind === 'Pod' ? metadata.name === workload.name : Object.entries(workload.podLabels).every(([key, value]) => metadata.labels?.[key] === value)))
    .map(({ status }) => status.podIP as string).sort()]));
}

/** The probe of a prediction, or why there is none. */
function probeOf(prediction: Prediction, live: LiveMesh, addresses: Addresses, { requests, maxTime, request }: { requests: number; maxTime: number; request?: Request }): Probe | string {
  const { source } = prediction;
  const client = { context: contextOf(live, source.cluster), client: { kind: source.kind, namespace: source.namespace, name: source.name }, requests, maxTime };
  if (addresses.get(source)!.length === 0) {
    return `${shownWorkload(source)} has no pod that runs`;
  }
  if (request?.kind === 'dns') {
    return 'names that are asked for are not probed';
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
    const { status, output, last } = results[asked.indexOf(probe)];
    const read = readAnswers(output);
    return 'answers' in read ? { prediction, answers: read.answers } : { prediction, answers: [], problem: status === 0 ? read.problem : `kubectl exec: ${last.split('\n').pop()}` };
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
      io.err(`${name}: Hubble was not asked: ${results[index].last.split('\n').pop()}\n`);
    }
  });
  return new Map(clusters.flatMap((name, index) => results[index].status === 0 ? [[name, readDrops(results[index].output)] as const] : []));
}

function isOf(drop: Drop, prediction: Prediction, addresses: Addresses): boolean {
  const destinations = prediction.kind === 'flow' ? [prediction.destination] : prediction.decided.backends.flatMap(({ backend }) => backend.workload ?? []);
  return addresses.get(prediction.source)!.includes(drop.source) && destinations.some(each => addresses.get(each)!.includes(drop.destination));
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

/** The table, both columns beside each other. */
export function verifiedText(verified: readonly Verified[], io: Io): string {
  const shown = { 'as-predicted': io.colors.green('as predicted'), 'different': io.colors.red('DIFFERENT'), 'not-probed': io.colors.yellow('not probed') };
  const number = (outcome: Outcome) => verified.filter(each => each.outcome === outcome).length;
  return columns([
    ['FROM', 'TO', 'PORT', 'PREDICTED', 'PROBED', ''],
    ...verified.map(each => [shownWorkload(each.prediction.source), destinationText(each.prediction), portText(each.prediction), predictedText(each), probedText(each), shown[each.outcome]]),
  ]) + `${number('as-predicted')} as predicted, ${number('different')} different, ${number('not-probed')} not probed\n`;
}

function shownPrediction({ prediction }: Verified): string {
  return `${shownWorkload(prediction.source)} to ${destinationText(prediction)} on ${portText(prediction)}`;
}

function destinationText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? shownWorkload(prediction.destination) : shownService(prediction.service);
}

function portText(prediction: Prediction): string {
  return prediction.kind === 'flow' ? `${prediction.protocol}/${prediction.port}` : `TCP/${prediction.port.port}`;
}

/** With the numbers that a fair choice stays in. */
function predictedText({ prediction, requests }: Verified): string {
  if (prediction.kind === 'flow') {
    return prediction.flow.verdict === 'allowed' ? 'allowed' : `denied (${prediction.why})`;
  }
  return Object.entries(prediction.expected).sort().reverse().map(([cluster, share]) => {
    const { from, to } = range(share, requests, DIFFERENT);
    const bound = requests === 0 || from === to ? '' : ` (${from} to ${to} of ${requests})`;
    return `${cluster === NOWHERE ? prediction.decided.backends.length === 0 ? 'no backends' : `stopped in ${prediction.stoppedIn.join(' and ')}` : cluster} ${percent(share)}${bound}`;
  }).join(', ');
}

function probedText({ prediction, counted: seen, answers, problem, drops, requests }: Verified): string {
  if (problem !== undefined) {
    return problem;
  }
  const of = (kind: Answer['kind']) => answers.filter(each => each.kind === kind).length;
  const proxy = answers.filter(isDeniedByProxy).length;
  const parts: Array<readonly [number, string]> = [
    ...prediction.kind === 'flow' ? [[answers.filter(each => each.kind === 'answered' && arrives(each)).length, 'answered'] as const]
      : [...Object.entries(seen!.clusters).sort().map(([cluster, number]) => [number, cluster] as const), [seen!.unknown, 'answered, by whom is unknown'] as const],
    [of('refused'), 'refused'], [proxy, 'denied by the proxy'], [of('silent'), 'silent'], [of('unresolved'), 'without an address (DNS)'], [of('unreachable'), 'unreachable'],
  ];
  const text = parts.filter(([number]) => number > 0).map(([number, what]) => `${number === requests && parts.length === 1 ? '' : `${number} `}${what}`).join(', ');
  const dropped = [...drops].filter(([, seenDrops]) => seenDrops.length > 0).map(([cluster, seenDrops]) => `Hubble in ${cluster}: ${[...new Set(seenDrops.map(dropText))].sort().join(', ')}`);
  return [text, ...dropped].join('; ');
}

function dropText({ reason, policies }: Drop): string {
  return `${reason}${policies.length > 0 ? ` by ${policies.join(', ')}` : ''}`;
}

function verifiedJson({ prediction, outcome, requests, counted: seen, answers, problem, drops }: Verified): unknown {
  const tally: { [kind: string]: number } = {};
  answers.forEach(answer => {
    const kind = isDeniedByProxy(answer) ? 'denied-by-proxy' : answer.kind;
    tally[kind] = (tally[kind] ?? 0) + 1;
  });
  const shares = (counts: { readonly [cluster: string]: number }) => Object.entries(counts).filter(([cluster]) => cluster !== NOWHERE).sort().map(([cluster, value]) => ({ cluster, share: value }));
  return {
    source: workloadJson(prediction.source),
    ...prediction.kind === 'flow' ? {
      destination: workloadJson(prediction.destination), protocol: prediction.protocol, port: prediction.port,
      predicted: { verdict: prediction.flow.verdict, egress: prediction.flow.egress, ingress: prediction.flow.ingress, ...prediction.stoppedIn === undefined ? {} : { stoppedIn: prediction.stoppedIn } },
    } : {
      service: { namespace: prediction.service.namespace, name: prediction.service.name, ...prediction.service.clusterset ? { clusterset: true } : {} }, protocol: 'TCP', port: prediction.port.port,
      predicted: { clusters: shares(prediction.expected), unanswered: prediction.expected[NOWHERE] ?? 0, stoppedIn: prediction.stoppedIn },
    },
    probed: {
      requests, answers: tally,
      ...seen ? { clusters: Object.entries(seen.clusters).sort().map(([cluster, number]) => ({ cluster, answers: number })), ...seen.unknown > 0 ? { unknown: seen.unknown } : {} } : {},
      ...problem === undefined ? {} : { problem },
      drops: [...drops].sort(([one], [other]) => one < other ? -1 : 1).map(([cluster, list]) => ({ cluster, packets: list.length, reasons: [...new Set(list.map(dropText))].sort() })),
    },
    outcome,
  };
}

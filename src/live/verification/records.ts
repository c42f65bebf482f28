import { answersOf, ProbeResult } from './comparison';
import { Connections } from './connections';
import { Drop, Forwarded, readDrops, readForwarded, Records, recordsQuery } from './hubble';
import { RunningPods } from './pods';
import { destinations, PredictedService, Prediction } from './prediction';
import { contextOf } from './probing';
import { dependsOnPlaces } from '../../evaluator/flows/places';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { LiveMesh } from '../plans/live-mesh';
import { askAll, CommandResult, Shell } from '../runner/shell';

/** The time of a round, in milliseconds since 1970. */
export interface Period {
  readonly from: number;
  readonly until: number;
}

/** Hubble did not answer in a cluster. */
export interface NoRecords {
  readonly cluster: string;
  readonly result: CommandResult;
}

/** Seconds that the clocks of nodes may differ from the clock of this program. */
const MARGIN = 5;

/** What Hubble recorded in each cluster with Hubble Relay, as far as the answers leave something open. */
export async function readRecords(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  results: readonly ProbeResult[],
  pods: RunningPods,
  { from, until }: Period,
  shell: Shell,
): Promise<{ readonly records: ReadonlyMap<string, Records>; readonly missing: readonly NoRecords[] }> {
  const relays = mesh.clusters
    .filter(({ input }) => input.values?.values.hubble?.relay?.enabled === true)
    .map(each => each.name);
  const queries = relays.flatMap(cluster =>
    (['DROPPED', 'FORWARDED'] as const).flatMap(verdict => {
      const asked = results.filter(each => clustersToAsk(each, verdict).includes(cluster));
      const clients = asked.flatMap(({ prediction }) => pods.addressesOf(prediction.source));
      return asked.length === 0 ? [] : [{ cluster, verdict, clients: [...new Set(clients)].sort() }];
    }),
  );
  const seconds = (until - from) / 1000 + MARGIN;
  const answers = await askAll(
    shell,
    queries.map(({ cluster, verdict, clients }) => recordsQuery(contextOf(live, cluster), verdict, clients, seconds)),
  );
  const isInTime = ({ time }: { readonly time?: number }) =>
    time === undefined || time >= from - MARGIN * 1000;
  const read = queries.map(({ cluster, verdict }, index) => ({ cluster, verdict, result: answers[index] }));
  const outputOf = (cluster: string, verdict: string) =>
    read.find(each => each.cluster === cluster && each.verdict === verdict && each.result.status === 0)?.result.output;
  const recordsIn = (cluster: string): Records => ({
    drops: readIf(outputOf(cluster, 'DROPPED'), readDrops)?.filter(isInTime),
    forwarded: readIf(outputOf(cluster, 'FORWARDED'), readForwarded)?.filter(isInTime),
  });
  const answering = relays.filter(cluster => read.some(each => each.cluster === cluster && each.result.status === 0));
  return {
    records: new Map(answering.map(cluster => [cluster, recordsIn(cluster)])),
    missing: relays.flatMap(cluster => {
      const failed = read.find(each => each.cluster === cluster && each.result.status !== 0);
      return failed ? [{ cluster, result: failed.result }] : [];
    }),
  };
}

function readIf<T>(output: string | undefined, reader: (output: string) => T): T | undefined {
  return output === undefined ? undefined : reader(output);
}

/**
 * Drops are asked for where requests had no answer, in each cluster that can have dropped them. Forwarded packets tell
 * who answered, in the cluster of the client, and that a packet without an answer arrived, in that of the destination.
 */
function clustersToAsk(result: ProbeResult, verdict: 'DROPPED' | 'FORWARDED'): readonly string[] {
  const { prediction } = result;
  const answers = answersOf(result);
  const isSilent = answers.some(each => each.kind === 'silent');
  if (answers.length === 0) {
    return [];
  }
  if (verdict === 'DROPPED') {
    const destination = prediction.kind === 'flow' ? [prediction.destination.cluster] : prediction.stoppedIn;
    return isSilent ? [prediction.source.cluster, ...destination] : [];
  }
  return prediction.kind === 'service'
    ? [prediction.source.cluster]
    : isSilent && prediction.protocol === 'UDP'
      ? [prediction.destination.cluster]
      : [];
}

/** The records of the packets between the pods of a prediction, on its port. */
export function recordsOf(
  prediction: Prediction,
  records: ReadonlyMap<string, Records>,
  pods: RunningPods,
): ReadonlyMap<string, Records> {
  const sources = pods.addressesOf(prediction.source);
  const targets = destinations(prediction).flatMap(each => pods.addressesOf(each));
  const protocol = prediction.kind === 'flow' ? prediction.protocol : 'TCP';
  const ports = portsOf(prediction);
  const pairs =
    prediction.kind === 'flow' && dependsOnPlaces(prediction)
      ? pods.pairs(prediction.source, prediction.destination, prediction)
      : undefined;
  const isOwn = (packet: Drop | Forwarded) =>
    (pairs === undefined ||
      pairs.some(
        ({ client, server }) => client.address === packet.source && server.address === packet.destination,
      )) &&
    sources.includes(packet.source) &&
    targets.includes(packet.destination) &&
    (packet.protocol === undefined || packet.protocol === recordedProtocol(protocol)) &&
    (packet.port === undefined || ports.includes(packet.port));
  return new Map(
    [...records].map(([cluster, { drops, forwarded }]) => [
      cluster,
      { drops: drops?.filter(isOwn), forwarded: forwarded?.filter(isOwn) },
    ]),
  );
}

/** Hubble's names of protocols (api/v1/flow/flow.proto, `Layer4`, v1.20.2). */
function recordedProtocol(protocol: string): string {
  return protocol === 'ICMP' ? 'ICMPv4' : protocol;
}

function portsOf(prediction: Prediction): readonly number[] {
  return prediction.kind === 'flow' ? [prediction.port] : targetPorts(prediction);
}

function targetPorts({ flow }: PredictedService): readonly number[] {
  return [...new Set(flow.backends.map(({ port }) => port))];
}

/** The connections of the clients of a service; undefined without records of their cluster. */
export function connectionsOf(
  prediction: Prediction,
  records: ReadonlyMap<string, Records>,
  pods: RunningPods,
): Connections | undefined {
  const own = records.get(prediction.source.cluster);
  if (prediction.kind !== 'service' || !own?.forwarded) {
    return undefined;
  }
  // also to workloads that are no predicted backends
  return new Connections(own.forwarded, targetPorts(prediction), address => pods.ownerOf(address)?.cluster);
}

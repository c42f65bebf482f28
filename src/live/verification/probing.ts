import { ProbeResult } from './comparison';
import { addressesOf } from './pods';
import { destinations, httpOf, Prediction } from './prediction';
import { Probe, probeCommand, readAnswers } from './probe';
import { isProblem } from '../../diagnostics/problem';
import { Request } from '../../evaluator/flows/request';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { formatWorkload, Workload } from '../../evaluator/read/workload';
import { answerAll, jsonAnswer } from '../observations/answers';
import { lastLine } from '../observations/last-line';
import { kubectl } from '../plans/kube';
import { LiveMesh } from '../plans/live-mesh';
import { askAll, Shell } from '../runner/shell';

/** How probes send their requests. */
export interface ProbeSettings {
  /** Requests of each probe. */
  readonly requests: number;
  /** Seconds that one request may take. */
  readonly maxTime: number;
  readonly request?: Request;
}

/** IP addresses of the running pods, by workload. */
export type Addresses = ReadonlyMap<Workload, readonly string[]>;

/** A probe of a prediction, or the reason why it cannot be probed. */
export type PlannedProbe = { readonly probe: Probe } | { readonly problem: string };

/** Reads the addresses of the pods in the namespaces of the predictions. */
export async function readAddresses(
  live: LiveMesh,
  mesh: EvaluatedMesh,
  predictions: readonly Prediction[],
  shell: Shell,
): Promise<Addresses> {
  const workloads = new Set(predictions.flatMap(each => [each.source, ...destinations(each)]));
  const places = namespacesOf(workloads);
  const texts = await answerAll(
    shell,
    places.map(({ cluster, namespace }) =>
      kubectl(contextOf(live, cluster)).get('pods', '--namespace', namespace, '-o', 'json'),
    ),
  );
  return new Map(
    places.flatMap(({ cluster, namespace }, index) => {
      const own = mesh.workloads.filter(each => each.cluster === cluster && each.namespace === namespace);
      return [...addressesOf(own, jsonAnswer(texts[index]).items)];
    }),
  );
}

/** The probe of a prediction. */
export function planProbe(
  prediction: Prediction,
  live: LiveMesh,
  addresses: Addresses,
  { requests, maxTime, request }: ProbeSettings,
): PlannedProbe {
  const {
    source: { cluster, kind, namespace, name },
  } = prediction;
  const client = { context: contextOf(live, cluster), client: { kind, namespace, name }, requests, maxTime };
  if (addresses.get(prediction.source)!.length === 0) {
    return { problem: `${formatWorkload(prediction.source)} has no running pod` };
  }
  const http = httpOf(request);
  if (prediction.kind === 'service') {
    const {
      service,
      port: { port },
    } = prediction;
    const host = `${service.name}.${service.namespace}.svc${service.clusterset ? '.clusterset.local' : ''}`;
    return { probe: { ...client, protocol: 'TCP', host, port, http } };
  }
  const { destination, protocol, port } = prediction;
  const [host] = addresses.get(destination)!;
  if (host === undefined) {
    return { problem: `${formatWorkload(destination)} has no running pod` };
  }
  switch (`${protocol}/${port}`) {
    case 'ICMP/8':
      return { probe: { ...client, protocol: 'ICMP', host, port } };
    case 'ICMPv6/128':
      return { probe: { ...client, protocol: 'ICMPv6', host, port } };
    default:
      return protocol === 'TCP'
        ? { probe: { ...client, protocol, host, port, http } }
        : { problem: `cannot probe ${protocol}/${port}: no answer does not mean that the packets were dropped` };
  }
}

/** Sends the probes of predictions, side by side. */
export async function sendProbes(
  predictions: readonly Prediction[],
  planned: readonly PlannedProbe[],
  shell: Shell,
): Promise<ProbeResult[]> {
  const probes = planned.flatMap(each => ('probe' in each ? [each.probe] : []));
  const results = await askAll(shell, probes.map(probeCommand));
  return predictions.map((prediction, index): ProbeResult => {
    const each = planned[index];
    if (isProblem(each)) {
      return { prediction, answers: [], problem: each.problem };
    }
    const result = results[probes.indexOf(each.probe)];
    const read = readAnswers(result.output);
    if ('answers' in read) {
      return { prediction, answers: read.answers };
    }
    const problem = result.status === 0 ? read.problem : `kubectl exec: ${lastLine(result)}`;
    return { prediction, answers: [], problem };
  });
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

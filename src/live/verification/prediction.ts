import { ProbeRequest } from './probe';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { formatPort, isAllowed } from '../../evaluator/flows/flow';
import { CommonPlaces } from '../../evaluator/flows/places';
import { Request } from '../../evaluator/flows/request';
import { matrix, MatrixFlow, MatrixScope } from '../../evaluator/queries/matrix';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ServicePort } from '../../evaluator/read/service';
import { formatWorkload, Workload } from '../../evaluator/read/workload';
import { BackendFlow, ServiceFlow, serviceFlows } from '../../evaluator/services/service-flow';
import { formatService, ServiceName, serviceNames } from '../../evaluator/services/service-name';
import { isDeclaredWorkload } from '../../manifests/layers/declared-workloads';

/** Fractions of requests by their outcome; they add up to 1. */
export interface ExpectedShares {
  /** By the cluster that answers; a cluster that is left out answers none. */
  readonly clusters: { readonly [cluster: string]: number };
  /** Requests without an answer. */
  readonly unanswered: number;
}

/** A flow between two workloads, with its predicted verdict. It is about the pods at the places that it names. */
export interface PredictedFlow extends CommonPlaces {
  readonly kind: 'flow';
  readonly source: Workload;
  readonly destination: Workload;
  readonly flow: MatrixFlow;
  readonly protocol: string;
  readonly port: number;
  /** The cluster whose policies drop the flow. */
  readonly stoppedIn?: string;
  /** Why the flow is not allowed; empty where it is. */
  readonly reason: string;
}

/** Requests of a workload to a service, with the predicted share of each cluster. */
export interface PredictedService {
  readonly kind: 'service';
  readonly source: Workload;
  readonly service: ServiceName;
  readonly port: ServicePort;
  readonly flow: ServiceFlow;
  readonly expected: ExpectedShares;
  /** All connections of a client go to one backend: the shares are those of many clients. */
  readonly sessionAffinity: boolean;
  /** Clusters whose policies drop some of them. */
  readonly stoppedIn: readonly string[];
}

export type Prediction = PredictedFlow | PredictedService;

/** The clusters whose policies drop packets, as predicted. */
export function droppingClusters(prediction: Prediction): readonly string[] {
  if (prediction.kind === 'service') {
    return prediction.stoppedIn;
  }
  return prediction.stoppedIn === undefined ? [] : [prediction.stoppedIn];
}

/** The workloads that requests can reach. */
export function destinations(prediction: Prediction): readonly Workload[] {
  return prediction.kind === 'flow'
    ? [prediction.destination]
    : prediction.flow.backends.flatMap(({ backend }) => backend.workload ?? []);
}

/** Predicts the flows between running workloads, but for those that the order of Cilium's computations decides. */
export function predictFlows(mesh: EvaluatedMesh, scope: MatrixScope): PredictedFlow[] {
  const running = [...matrix(mesh, scope)].filter(
    ({ source, destination, verdict }) => isRunning(source) && isRunning(destination) && verdict !== 'unknown',
  );
  return running.map(flow => {
    const {
      source,
      destination,
      port: { protocol, port },
      egress,
      ingress,
    } = flow;
    const stoppedIn = !isAllowed(egress) ? source.cluster : !isAllowed(ingress) ? destination.cluster : undefined;
    return {
      kind: 'flow',
      source,
      destination,
      flow,
      ...(flow.placement ? { placement: flow.placement } : {}),
      ...(flow.nodes ? { nodes: flow.nodes } : {}),
      protocol,
      port,
      reason: reasonOf(flow),
      ...(stoppedIn === undefined ? {} : { stoppedIn }),
    };
  });
}

function reasonOf({ source, destination, egress, ingress, verdict, request }: MatrixFlow): string {
  if (verdict === 'allowed') {
    return '';
  }
  return !isAllowed(egress)
    ? `egress in ${source.cluster}: ${egress}`
    : !isAllowed(ingress)
      ? `ingress in ${destination.cluster}: ${ingress}`
      : `the request: ${request}`;
}

/** Predicts the requests of workloads to the services of their clusters, or to one service. */
export function predictServices(
  mesh: EvaluatedMesh,
  clients: readonly Workload[],
  only?: ServiceName,
  request?: Request,
): PredictedService[] {
  return serviceRequests(mesh, clients, only, request)
    .filter(({ flow }) => unpredictableReason(flow) === undefined)
    .map(({ source, service, flow }): PredictedService => ({
      kind: 'service',
      source,
      service,
      port: flow.port,
      flow,
      expected: expectedShares(flow),
      sessionAffinity: flow.view.service?.sessionAffinity ?? false,
      stoppedIn: clustersThatDrop(flow),
    }));
}

/** The services whose answers cannot be predicted for the clients of a cluster, and why: one sentence each, sorted. */
export function unpredictedServices(
  mesh: EvaluatedMesh,
  clients: readonly Workload[],
  only?: ServiceName,
  request?: Request,
): string[] {
  const sentences = serviceRequests(mesh, clients, only, request).flatMap(({ source, service, flow }) => {
    const reason = unpredictableReason(flow);
    return reason === undefined
      ? []
      : [`${formatService(service)} ${formatPort(flow.port)} for clients in ${source.cluster}: ${reason}`];
  });
  return [...new Set(sentences)].sort();
}

/** The flows that the order of Cilium's computations decides, and why: one sentence each, sorted. */
export function unpredictedFlows(mesh: EvaluatedMesh, scope: MatrixScope): string[] {
  const sentences = [...matrix(mesh, scope)].flatMap(({ source, destination, port, verdict }) =>
    verdict === 'unknown' && isRunning(source) && isRunning(destination)
      ? [`${formatWorkload(source)} to ${formatWorkload(destination)} ${formatPort(port)}: ${ORDER_DECIDES}`]
      : [],
  );
  return [...new Set(sentences)].sort();
}

const ORDER_DECIDES = 'the order in which Cilium computes rules with authentication decides';

/** A client's TCP connections to a port of a service. */
interface ServiceRequests {
  readonly source: Workload;
  readonly service: ServiceName;
  readonly flow: ServiceFlow;
}

function serviceRequests(
  mesh: EvaluatedMesh,
  clients: readonly Workload[],
  only: ServiceName | undefined,
  request: Request | undefined,
): ServiceRequests[] {
  const names = serviceNames(mesh).filter(each => only === undefined || isSameService(each, only));
  return clients.filter(isRunning).flatMap(source =>
    names.flatMap(service => {
      const client: Endpoint = { kind: 'workload', workload: source };
      return serviceFlows(mesh, client, service, source.cluster, { request })
        .filter(({ port }) => port.protocol === 'TCP')
        .map(flow => ({ source, service, flow }));
    }),
  );
}

/** Why the clusters that answer cannot be predicted; undefined if they can. */
function unpredictableReason({ family, verdict, reachable, backends }: ServiceFlow): string | undefined {
  if (backends.some(each => each.verdict === 'unknown')) {
    return ORDER_DECIDES;
  }
  return family !== undefined
    ? 'the backends depend on the IP family that the client chooses'
    : verdict === 'unknown' || reachable === undefined || backends.some(({ backend }) => backend.share === undefined)
      ? 'the shares of the backends depend on the nodes or the number of their pods, which manifests do not say'
      : undefined;
}

/** Whether manifests say that a workload has pods; the name and number of declared ones are unknown. */
function isRunning({ replicas, manifest }: Workload): boolean {
  return replicas > 0 && !isDeclaredWorkload(manifest.object);
}

function isSameService(one: ServiceName, other: ServiceName): boolean {
  return one.namespace === other.namespace && one.name === other.name && one.clusterset === other.clusterset;
}

function expectedShares({ backends }: ServiceFlow): ExpectedShares {
  const clusters: { [cluster: string]: number } = {};
  let unanswered = backends.length === 0 ? 1 : 0;
  for (const { backend, verdict } of backends) {
    const { cluster, share = 0 } = backend;
    if (verdict === 'allowed') {
      clusters[cluster] = (clusters[cluster] ?? 0) + share;
    } else {
      unanswered += share;
    }
  }
  return { clusters, unanswered };
}

function clustersThatDrop({ backends }: ServiceFlow): string[] {
  // a packet that egress drops never reaches ingress
  const first = ({ decision: { egress, ingress } }: BackendFlow) =>
    [egress, ingress].find(end => !isAllowed(end.verdict))?.cluster;
  return [...new Set(backends.flatMap(each => first(each) ?? []))].sort();
}

/** The HTTP request that a probe sends; absent for other requests. */
export function httpOf(request: Request | undefined): ProbeRequest | undefined {
  if (request?.kind !== 'http') {
    return undefined;
  }
  const { method = 'GET', path = '/', host, headers = {} } = request.http;
  return { method, path, headers: { ...(host === undefined ? {} : { Host: host }), ...headers } };
}

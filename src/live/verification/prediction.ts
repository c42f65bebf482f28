import { Counts } from './bound';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { isAllowed } from '../../evaluator/flows/flow';
import { decideRequest, Request } from '../../evaluator/flows/request';
import { matrix, MatrixFlow, MatrixScope } from '../../evaluator/queries/matrix';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { ServicePort } from '../../evaluator/read/service';
import { Workload } from '../../evaluator/read/workload';
import { ServiceName, serviceNames, serviceView, formatService } from '../../evaluator/services/backends';
import { BackendFlow, decideServiceFlow, ServiceFlow } from '../../evaluator/services/service-flow';

/** Requests that arrive nowhere, among the outcomes that are otherwise names of clusters. */
export const NOWHERE = '';

/** A flow between two workloads, with what is expected of it. */
export interface PredictedFlow {
  readonly kind: 'flow';
  readonly source: Workload;
  readonly destination: Workload;
  readonly flow: MatrixFlow;
  readonly protocol: string;
  readonly port: number;
  /** Where the flow is stopped: the cluster whose policies do it. */
  readonly stoppedIn?: string;
  readonly why: string;
}

/** Requests of a workload to a service, with what is expected of them. */
export interface PredictedService {
  readonly kind: 'service';
  readonly source: Workload;
  readonly service: ServiceName;
  readonly port: ServicePort;
  readonly decided: ServiceFlow;
  /** Fractions of the requests by the cluster that answers. */
  readonly expected: Counts;
  /** Clusters whose policies stop some of them. */
  readonly stoppedIn: readonly string[];
}

export type Prediction = PredictedFlow | PredictedService;

/** The clusters whose policies are predicted to stop something. */
export function stoppingClusters(prediction: Prediction): readonly string[] {
  return prediction.kind === 'service' ? prediction.stoppedIn : prediction.stoppedIn === undefined ? [] : [prediction.stoppedIn];
}

/** The workloads that are to be reached. */
export function destinations(prediction: Prediction): readonly Workload[] {
  return prediction.kind === 'flow' ? [prediction.destination] : prediction.decided.backends.flatMap(({ backend }) => backend.workload ?? []);
}

/** What is predicted of flows between workloads that run. */
export function predictedFlows(mesh: EvaluatedMesh, scope: MatrixScope): PredictedFlow[] {
  return [...matrix(mesh, scope)].filter(({ source, destination }) => source.replicas > 0 && destination.replicas > 0).map(flow => {
    const { source, destination, port, egress, ingress, verdict, request } = flow;
    const stoppedIn = !isAllowed(egress) ? source.cluster : !isAllowed(ingress) ? destination.cluster : undefined;
    return {
      kind: 'flow', source, destination, flow, protocol: port.protocol, port: port.port, ...stoppedIn === undefined ? {} : { stoppedIn },
      why: verdict === 'allowed' ? '' : !isAllowed(egress) ? `egress in ${source.cluster}: ${egress}` : !isAllowed(ingress) ? `ingress in ${destination.cluster}: ${ingress}` : `the request: ${request}`,
    };
  });
}

/** What is predicted of the requests of workloads to the services of their clusters. */
export function predictedServices(mesh: EvaluatedMesh, clients: readonly Workload[], chosen?: ServiceName, request?: Request): PredictedService[] {
  const names = serviceNames(mesh).filter(each => chosen === undefined || formatService(each) === formatService(chosen));
  return clients.filter(({ replicas }) => replicas > 0).flatMap(source => names.flatMap(service => {
    const end: Endpoint = { kind: 'workload', workload: source };
    return (serviceView(mesh, service, source.cluster).service?.ports ?? []).filter(({ protocol }) => protocol === 'TCP').map((port): PredictedService => {
      const decided = decideServiceFlow(mesh, end, service, source.cluster, port);
      return { kind: 'service', source, service, port, decided, expected: expectedOf(decided, request), stoppedIn: clustersThatStop(decided) };
    });
  }));
}

function expectedOf({ backends }: ServiceFlow, request: Request | undefined): Counts {
  const expected: { [cluster: string]: number } = {};
  for (const { backend, decision } of backends) {
    const refused = request !== undefined && [decision.egress, decision.ingress].some(end => decideRequest(end, request) === 'denied');
    const outcome = decision.verdict === 'allowed' && !refused ? backend.cluster : NOWHERE;
    expected[outcome] = (expected[outcome] ?? 0) + backend.share;
  }
  return backends.length === 0 ? { [NOWHERE]: 1 } : expected;
}

function clustersThatStop({ backends }: ServiceFlow): string[] {
  // what is stopped on its way out never comes to the other end
  const first = ({ decision: { egress, ingress } }: BackendFlow) => [egress, ingress].find(end => !isAllowed(end.verdict))?.cluster;
  return [...new Set(backends.flatMap(each => first(each) ?? []))].sort();
}

/** What of a request a probe can send. */
export function httpOf(request: Request | undefined): { readonly method: string; readonly path: string; readonly headers: { readonly [name: string]: string } } | undefined {
  if (request?.kind !== 'http') {
    return undefined;
  }
  const { method = 'GET', path = '/', host, headers = {} } = request.http;
  return { method, path, headers: { ...host === undefined ? {} : { Host: host }, ...headers } };
}

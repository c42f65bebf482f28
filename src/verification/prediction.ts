import { ServiceName, serviceNames, serviceView, shownService } from '../evaluator/backends';
import { lets } from '../evaluator/flow';
import { FlowEnd } from '../evaluator/flow-end';
import { decideRequest, Request } from '../evaluator/layer7';
import { matrix, MatrixFlow, MatrixScope } from '../evaluator/matrix';
import { EvaluatedMesh } from '../evaluator/mesh/mesh';
import { ServicePort } from '../evaluator/mesh/service';
import { Workload } from '../evaluator/mesh/workload';
import { decideServiceFlow, ServiceFlow } from '../evaluator/service-flow';
import { Counts } from './bound';

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

/** What is predicted of flows between workloads that run. */
export function predictedFlows(mesh: EvaluatedMesh, scope: MatrixScope): PredictedFlow[] {
  return [...matrix(mesh, scope)].filter(({ source, destination }) => source.replicas > 0 && destination.replicas > 0).map(flow => {
    const { source, destination, port, egress, ingress, verdict, request } = flow;
    const stoppedIn = !lets(egress) ? source.cluster : !lets(ingress) ? destination.cluster : undefined;
    return {
      kind: 'flow', source, destination, flow, protocol: port.protocol, port: port.port, ...stoppedIn === undefined ? {} : { stoppedIn },
      why: verdict === 'allowed' ? '' : !lets(egress) ? `egress in ${source.cluster}: ${egress}` : !lets(ingress) ? `ingress in ${destination.cluster}: ${ingress}` : `the request: ${request}`,
    };
  });
}

/** What is predicted of the requests of workloads to the services of their clusters. */
export function predictedServices(mesh: EvaluatedMesh, clients: readonly Workload[], chosen?: ServiceName, request?: Request): PredictedService[] {
  const names = serviceNames(mesh).filter(each => chosen === undefined || shownService(each) === shownService(chosen));
  return clients.filter(({ replicas }) => replicas > 0).flatMap(source => names.flatMap(service => {
    const end: FlowEnd = { kind: 'workload', workload: source };
    return (serviceView(mesh, service, source.cluster).service?.ports ?? []).filter(({ protocol }) => protocol === 'TCP').map((port): PredictedService => {
      const decided = decideServiceFlow(mesh, end, service, source.cluster, port);
      return { kind: 'service', source, service, port, decided, expected: expectedOf(decided, request), stoppedIn: stoppingClusters(decided) };
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

function stoppingClusters({ backends }: ServiceFlow): string[] {
  return [...new Set(backends.flatMap(({ decision: { egress, ingress } }) => [egress, ingress].flatMap(end => !lets(end.verdict) && end.cluster !== undefined ? [end.cluster] : []).slice(0, 1)))].sort();
}

/** What of a request a probe can send. */
export function httpOf(request: Request | undefined): { method: string; path: string; headers: { [name: string]: string } } | undefined {
  return request?.kind !== 'http' ? undefined : { method: request.http.method, path: request.http.path, headers: { ...request.http.host ? { Host: request.http.host } : {}, ...request.http.headers } };
}

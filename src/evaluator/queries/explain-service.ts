import { explainFlow, FlowExplanation } from './explain';
import { ReferenceProblem } from './reference-problem';
import { Endpoint } from '../flows/endpoint';
import { FlowPort } from '../flows/flow';
import { Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { serviceView } from '../services/backends';
import { BackendFlow, decideServiceFlow, ServiceFlow } from '../services/service-flow';
import { formatService, ServiceName } from '../services/service-name';
import { ServiceView } from '../services/service-view';

/** A service, and the cluster of its clients; by default that of the client. */
export interface ServiceReferent {
  readonly service: ServiceName;
  readonly cluster?: string;
}

/** Which connections to a service to explain. */
export interface ServiceScope {
  /** By default all ports of the Service. */
  readonly ports?: readonly FlowPort[];
  /** A request to decide at layer 7. */
  readonly request?: Request;
}

/** The connections to a backend. */
export interface ExplainedBackend extends BackendFlow {
  /** The rules that decide the flow. Only for pods of the mesh. */
  readonly flow?: FlowExplanation;
}

/** The connections to one port of a service. */
export interface ExplainedServiceFlow extends ServiceFlow {
  readonly backends: readonly ExplainedBackend[];
}

/** The connections of a client to a service, as the Service of one cluster balances them. */
export interface ServiceExplanation {
  readonly source: Endpoint;
  readonly service: ServiceName;
  readonly view: ServiceView;
  /** The request that the verdicts are about. */
  readonly request?: Request;
  /** One for each port; none if the cluster of the client lacks the Service, or the Service lacks the ports. */
  readonly flows: readonly ExplainedServiceFlow[];
}

/** Explains the connections of a client to a service: for each port the backends, and the rules for each of them. */
export function explainService(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { service, cluster }: ServiceReferent,
  { ports, request }: ServiceScope = {},
): ServiceExplanation | ReferenceProblem {
  const client = cluster ?? (source.kind === 'workload' ? source.workload.cluster : undefined);
  if (client === undefined) {
    return {
      problem: `the cluster of the client is unknown, and each cluster has its own view of ${formatService(service)}`,
      fix: `write ${formatService(service)}@CLUSTER`,
    };
  }
  const view = serviceView(mesh, service, client);
  const asked = (view.service?.ports ?? []).filter(
    ({ protocol, port }) => ports === undefined || ports.some(each => each.protocol === protocol && each.port === port),
  );
  const flows = asked.map((port): ExplainedServiceFlow => {
    const flow = decideServiceFlow(mesh, source, service, client, port, request);
    return { ...flow, backends: flow.backends.map(each => explainBackend(mesh, source, flow, each, request)) };
  });
  return { source, service, view, ...(request ? { request } : {}), flows };
}

function explainBackend(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { port: { protocol } }: ServiceFlow,
  backend: BackendFlow,
  request: Request | undefined,
): ExplainedBackend {
  const {
    port,
    backend: { workload },
  } = backend;
  return workload
    ? {
      ...backend,
      flow: explainFlow(mesh, source, { kind: 'workload', workload }, { protocol, port }, request),
    }
    : backend;
}

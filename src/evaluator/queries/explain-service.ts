import { explainFlows, FlowExplanation } from './explain';
import { ReferenceProblem } from './reference-problem';
import { clusterOf, Endpoint, formatEndpoint } from '../flows/endpoint';
import { Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { serviceView } from '../services/backends';
import { clientKind } from '../services/client';
import { BackendFlow, DecidedWay, ServiceFlow, serviceFlows, ServiceScope } from '../services/service-flow';
import { formatService, ServiceName } from '../services/service-name';
import { ServiceView } from '../services/service-view';

/** A service, and the cluster of its clients; by default that of the client. */
export interface ServiceReferent {
  readonly service: ServiceName;
  readonly cluster?: string;
}

/** The connections to a backend on one way. */
export interface ExplainedWay extends DecidedWay {
  /** The rules that decide the flow. Only for pods of the mesh. */
  readonly flow?: FlowExplanation;
}

/** The connections to a backend. */
export interface ExplainedBackend extends BackendFlow {
  readonly ways: readonly ExplainedWay[];
  /** That of the first way that policies deny, else of the first. */
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
  /**
   * One for each port, and for each IP family whose backends differ.
   * None if the cluster of the client lacks the Service, or the Service lacks the ports.
   */
  readonly flows: readonly ExplainedServiceFlow[];
}

/** Explains the connections of a client to a service: for each port the backends, and the rules for each of them. */
export function explainService(
  mesh: EvaluatedMesh,
  source: Endpoint,
  { service, cluster }: ServiceReferent,
  scope: ServiceScope = {},
): ServiceExplanation | ReferenceProblem {
  const client = cluster ?? clusterOf(source);
  if (client === undefined) {
    return {
      problem: `${formatEndpoint(source)} is in no cluster, and each cluster has its own view of ${formatService(service)}`,
      fix: `write ${formatService(service)}@CLUSTER`,
    };
  }
  const view = serviceView(mesh, service, client, { client: clientKind(source) });
  const flows = serviceFlows(mesh, source, service, client, scope);
  const explained = explainWays(mesh, flows, scope.request);
  return {
    source,
    service,
    view,
    ...(scope.request ? { request: scope.request } : {}),
    flows: flows.map(flow => ({ ...flow, backends: flow.backends.map(each => explainBackend(each, explained)) })),
  };
}

type ExplainedWays = ReadonlyMap<DecidedWay, FlowExplanation>;

/** Explains the flows to all backends that are pods of the mesh, on all their ways. */
function explainWays(
  mesh: EvaluatedMesh,
  flows: readonly ServiceFlow[],
  request: Request | undefined,
): ExplainedWays {
  const asked = flows.flatMap(({ port: { protocol }, backends }) =>
    backends.flatMap(({ backend: { workload }, port, ways }) =>
      (workload ? ways : []).map(way => ({
        way,
        source: way.source,
        destination: way.destination,
        port: { protocol, port },
        ...(way.source.kind === 'workload' ? { placement: way.placement, nodes: way.nodes } : {}),
      })),
    ),
  );
  const explained = explainFlows(mesh, asked, request);
  return new Map(asked.map(({ way }, index) => [way, explained[index]]));
}

function explainBackend(flow: BackendFlow, explained: ExplainedWays): ExplainedBackend {
  if (!flow.backend.workload) {
    return flow;
  }
  const ways = flow.ways.map(way => ({ ...way, flow: explained.get(way)! }));
  return { ...flow, ways, flow: (ways.find(({ verdict }) => verdict === 'denied') ?? ways[0]).flow };
}

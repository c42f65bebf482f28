import { backendPorts, serviceView } from './backends';
import { ServiceName } from './service-name';
import { Backend, ServiceView } from './service-view';
import { Cidr } from '../../cilium/cidr';
import { ProxyVerdict } from '../engine/http';
import { Endpoint } from '../flows/endpoint';
import { decideFlow, FlowDecision } from '../flows/flow';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';

/** A backend of a service, and the decision on connections that Cilium balances to it. */
export interface BackendFlow {
  /** Its share is that of the connections to this port. */
  readonly backend: Backend;
  /** The port of the pods. */
  readonly port: number;
  readonly decision: FlowDecision;
  /** The verdict on the request, if any, and if Cilium redirects the flow. */
  readonly request?: ProxyVerdict;
  /** The verdict on the request, if any. An unknown one counts as allowed if layers 3 and 4 allow it. */
  readonly verdict: 'allowed' | 'denied';
}

/** A client's connections to one port of a service. */
export interface ServiceFlow {
  readonly view: ServiceView;
  readonly port: ServicePort;
  /** The backends that have the port. */
  readonly backends: readonly BackendFlow[];
  /** The fraction of new connections, or of requests, that policies allow. */
  readonly reachable: number;
  /** `partial`: policies allow the flows to some backends and drop the others, so connections fail intermittently. */
  readonly verdict: 'allowed' | 'partial' | 'denied' | 'no-backends';
}

/**
 * Decides the connections of a client to a service, or one request in them. Cilium chooses a backend, then policies
 * decide the flow to it, and proxies the request.
 */
export function decideServiceFlow(
  mesh: EvaluatedMesh,
  client: Endpoint,
  name: ServiceName,
  cluster: string,
  port: ServicePort,
  request?: Request,
): ServiceFlow {
  const isHost =
    client.kind === 'workload' ? client.workload.hostNetwork : client.kind === 'entity' && client.entity === 'host';
  const view = serviceView(mesh, name, cluster, { port, forHosts: isHost });
  const targets = view.backends.flatMap(backend =>
    backendPorts(mesh, view, port, backend).map(target => ({ backend, target })),
  );
  const pods = targets.reduce((sum, { backend }) => sum + backend.replicas, 0);
  const backends = targets.map(({ backend, target }): BackendFlow => {
    const decision = decideFlow(mesh, client, endpointOf(backend), { protocol: port.protocol, port: target });
    const decided = request && decideFlowRequest(decision, request);
    return {
      backend: { ...backend, share: backend.replicas / pods },
      port: target,
      decision,
      ...(decided === undefined ? {} : { request: decided }),
      verdict: decided === 'denied' ? 'denied' : decision.verdict,
    };
  });
  const allowed = backends.filter(each => each.verdict === 'allowed');
  return {
    view,
    port,
    backends,
    reachable:
      allowed.length === backends.length && backends.length > 0
        ? 1
        : allowed.reduce((sum, each) => sum + each.backend.share, 0),
    verdict:
      backends.length === 0
        ? 'no-backends'
        : allowed.length === backends.length
          ? 'allowed'
          : allowed.length === 0
            ? 'denied'
            : 'partial',
  };
}

function endpointOf({ workload, address }: Backend): Endpoint {
  return workload
    ? { kind: 'workload', workload }
    : { kind: 'address', address: Cidr.masked(`${address}/${address!.includes(':') ? 128 : 32}`)!, names: [] };
}

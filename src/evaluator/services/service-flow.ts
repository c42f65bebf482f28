import { Backend, backendPorts, ServiceName, serviceView, ServiceView } from './backends';
import { Cidr } from '../../cilium/cidr';
import { Endpoint } from '../flows/endpoint';
import { decideFlow, FlowDecision } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';

/** One backend of a service, and what becomes of a connection that is balanced to it. */
export interface BackendFlow {
  /** Its share is that of the connections to this port. */
  readonly backend: Backend;
  /** Port of the pods. */
  readonly port: number;
  readonly decision: FlowDecision;
}

/** A client's connections to one port of a service. */
export interface ServiceFlow {
  readonly view: ServiceView;
  readonly port: ServicePort;
  /** Those that have the port. */
  readonly backends: readonly BackendFlow[];
  /** Fraction of new connections that arrive. */
  readonly reachable: number;
  /** `partial`: some connections arrive, others time out, by chance. */
  readonly verdict: 'allowed' | 'partial' | 'denied' | 'no-backends';
}

/** Decides the connections of a client to a service: a backend is chosen, and then policies decide over the flow to it. */
export function decideServiceFlow(mesh: EvaluatedMesh, client: Endpoint, name: ServiceName, cluster: string, port: ServicePort): ServiceFlow {
  const isHost = client.kind === 'workload' ? client.workload.hostNetwork : client.kind === 'entity' && client.entity === 'host';
  const view = serviceView(mesh, name, cluster, { port, forHosts: isHost });
  const targets = view.backends.flatMap(backend => backendPorts(mesh, view, port, backend).map(target => ({ backend, target })));
  const all = targets.reduce((sum, { backend }) => sum + backend.replicas, 0);
  const backends = targets.map(({ backend, target }) => ({
    backend: { ...backend, share: backend.replicas / all }, port: target, decision: decideFlow(mesh, client, endOf(backend), { protocol: port.protocol, port: target }),
  }));
  const arriving = backends.filter(each => each.decision.verdict === 'allowed');
  return {
    view, port, backends,
    reachable: arriving.length === backends.length && backends.length > 0 ? 1 : arriving.reduce((sum, each) => sum + each.backend.share, 0),
    verdict: backends.length === 0 ? 'no-backends' : arriving.length === backends.length ? 'allowed' : arriving.length === 0 ? 'denied' : 'partial',
  };
}

function endOf({ workload, address }: Backend): Endpoint {
  return workload ? { kind: 'workload', workload }
    : { kind: 'address', address: Cidr.masked(`${address}/${address!.includes(':') ? 128 : 32}`)!, names: [] };
}

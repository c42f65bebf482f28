import { Backend, backendPort, ServiceName, serviceView, ServiceView } from './backends';
import { decideFlow, FlowDecision } from './flow';
import { FlowEnd } from './flow-end';
import { EvaluatedMesh } from './mesh/mesh';
import { ServicePort } from './mesh/service';
import { Cidr } from '../model/cidr';

/** One backend of a service, and what becomes of a connection that is balanced to it. */
export interface BackendFlow {
  readonly backend: Backend;
  /** Port of the pods; undefined when they have none of that name. */
  readonly port?: number;
  /** Undefined when there is no port to connect to. */
  readonly decision?: FlowDecision;
}

/** A client's connections to one port of a service. */
export interface ServiceFlow {
  readonly view: ServiceView;
  readonly port: ServicePort;
  readonly backends: readonly BackendFlow[];
  /** Fraction of new connections that arrive. */
  readonly reachable: number;
  /** `partial`: some connections arrive, others time out, by chance. */
  readonly verdict: 'allowed' | 'partial' | 'denied' | 'no-backends';
}

/** Decides the connections of a client to a service: a backend is chosen, and then policies decide over the flow to it. */
export function decideServiceFlow(mesh: EvaluatedMesh, client: FlowEnd, name: ServiceName, cluster: string, port: ServicePort): ServiceFlow {
  const view = serviceView(mesh, name, cluster);
  const backends = view.backends.map(backend => {
    const target = backendPort(port, backend);
    return target === undefined ? { backend } : { backend, port: target, decision: decideFlow(mesh, client, endOf(backend), { protocol: port.protocol, port: target }) };
  });
  const reachable = backends.filter(each => each.decision?.verdict === 'allowed').reduce((sum, each) => sum + each.backend.share, 0);
  const denied = backends.filter(each => each.decision?.verdict !== 'allowed').length;
  return {
    view, port, backends, reachable: denied === 0 && backends.length > 0 ? 1 : reachable,
    verdict: backends.length === 0 ? 'no-backends' : denied === 0 ? 'allowed' : denied === backends.length ? 'denied' : 'partial',
  };
}

function endOf({ workload, address }: Backend): FlowEnd {
  return workload ? { kind: 'workload', workload }
    : { kind: 'address', address: Cidr.masked(`${address}/${address!.includes(':') ? 128 : 32}`)!, names: [] };
}

import { isUncertain } from './balance';
import { serviceView } from './backends';
import { clientKind, Way, waysTo } from './client';
import { ServiceName } from './service-name';
import { Backend, Frontend, ServiceView, Target, UnsharedBackend } from './service-view';
import { Cidr, Family } from '../../cilium/cidr';
import { Endpoint } from '../flows/endpoint';
import { decideFlow, FlowDecision, FlowPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';

/** The decision on connections to a backend on one way. */
export interface DecidedWay extends Way {
  readonly decision: FlowDecision;
}

/** A backend of a service, and the decision on connections that Cilium balances to it. */
export interface BackendFlow {
  /** Its share is that of the connections to this port. */
  readonly backend: Backend;
  /** The port of the pods. */
  readonly port: number;
  /** The ways of the connections. Their decisions differ where the nodes of pods matter, which manifests do not say. */
  readonly ways: readonly DecidedWay[];
  /** The decision on the first way that policies deny, else on the first. */
  readonly decision: FlowDecision;
}

/**
 * - `partial`: policies allow some connections and drop others, by backend or by the node that a connection enters on.
 * - `unknown`: policies allow all, but the node of the client may have no backend, see `UnsharedBackend.onlySameNode`.
 */
export type ServiceVerdict = 'allowed' | 'partial' | 'denied' | 'no-backends' | 'unknown';

/** A client's connections to one port of a service. */
export interface ServiceFlow {
  readonly view: ServiceView;
  readonly port: ServicePort;
  /** Undefined if the flow is the same in all families of the Service. */
  readonly family?: Family;
  /** The backends that have the port. */
  readonly backends: readonly BackendFlow[];
  /** The fraction of new connections that policies allow; undefined if it depends on the nodes of pods. */
  readonly reachable?: number;
  readonly verdict: ServiceVerdict;
}

/**
 * Decides the connections of a client to the ports of a service, as the Service of a cluster balances them. Cilium
 * chooses a backend, then policies decide the flow to it.
 *
 * A port without backends has a flow too. A cluster without the Service has none.
 */
export function serviceFlows(
  mesh: EvaluatedMesh,
  client: Endpoint,
  name: ServiceName,
  cluster: string,
  ports?: readonly FlowPort[],
): ServiceFlow[] {
  const kind = clientKind(client);
  const open = serviceView(mesh, name, cluster, { client: kind }).service?.ports ?? [];
  return open
    .filter(port => ports === undefined || ports.some(each => isPort(port, each)))
    .flatMap(port => {
      const view = serviceView(mesh, name, cluster, { port, client: kind });
      const frontends = view.frontends.filter(({ family }) => family === undefined || canSend(client, family));
      return (frontends.length > 0 ? frontends : [{ targets: [] }]).map(frontend =>
        flowTo(mesh, client, view, port, frontend),
      );
    });
}

/** Whether a port is meant: by its number, or by that of the nodes. */
export function isPort({ protocol, port, nodePort }: ServicePort, asked: FlowPort): boolean {
  return asked.protocol === protocol && (asked.port === port || asked.port === nodePort);
}

function canSend(client: Endpoint, family: Family): boolean {
  return client.kind !== 'address' || client.address.family === family;
}

function flowTo(
  mesh: EvaluatedMesh,
  client: Endpoint,
  view: ServiceView,
  port: ServicePort,
  { family, targets }: Frontend,
): ServiceFlow {
  const backends = targets.map(target => backendFlow(mesh, client, view, port, target));
  return {
    view,
    port,
    ...(family === undefined ? {} : { family }),
    backends,
    reachable: reachableOf(backends),
    verdict: verdictOf(backends),
  };
}

function backendFlow(
  mesh: EvaluatedMesh,
  client: Endpoint,
  { cluster, service }: ServiceView,
  port: ServicePort,
  { backend, port: target = port.port, share }: Target,
): BackendFlow {
  const ways = waysTo(mesh, cluster, service!, port.protocol, client, backend).map(way => ({
    ...way,
    decision: decideFlow(mesh, way.source, endpointOf(backend), { protocol: port.protocol, port: target }),
  }));
  const stopped = ways.find(({ decision }) => decision.verdict === 'denied') ?? ways[0];
  return { backend: { ...backend, share }, port: target, ways, decision: stopped.decision };
}

/** The fraction of new connections that arrive, if no placement changes it. */
function reachableOf(backends: readonly BackendFlow[]): number | undefined {
  const verdicts = new Set(verdictsOf(backends));
  return backends.length === 0 || !verdicts.has('allowed')
    ? 0
    : verdicts.size === 1
      ? backends.every(({ backend }) => isUncertain(backend))
        ? undefined
        : 1
      : backends.reduce<number | undefined>((sum, { backend: { share }, ways }) => {
        const isAllowed = ways[0].decision.verdict === 'allowed';
        const differs = ways.some(({ decision }) => (decision.verdict === 'allowed') !== isAllowed);
        return sum === undefined || share === undefined || differs ? undefined : sum + (isAllowed ? share : 0);
      }, 0);
}

function verdictOf(backends: readonly BackendFlow[]): ServiceVerdict {
  const verdicts = new Set(verdictsOf(backends));
  return backends.length === 0
    ? 'no-backends'
    : verdicts.size > 1
      ? 'partial'
      : verdicts.has('denied')
        ? 'denied'
        : backends.every(({ backend }) => isUncertain(backend))
          ? 'unknown'
          : 'allowed';
}

function verdictsOf(backends: readonly BackendFlow[]): Array<FlowDecision['verdict']> {
  return backends.flatMap(({ ways }) => ways.map(({ decision }) => decision.verdict));
}

function endpointOf({ workload, address }: UnsharedBackend): Endpoint {
  return workload
    ? { kind: 'workload', workload }
    : { kind: 'address', address: Cidr.masked(`${address}/${address!.includes(':') ? 128 : 32}`)!, names: [] };
}

import { serviceView } from './backends';
import { clientKind, onSameNode, Way, waysTo } from './client';
import { LocalRedirect, redirectsOf } from './local-redirects';
import { redirectTargets } from './redirect-targets';
import { isRouteTo, routesOf, ServiceRoute } from './routes';
import { ServiceName } from './service-name';
import { Backend, ClientKind, emptyView, Frontend, ServiceView, Target } from './service-view';
import { DroppedConnections, droppedBySourceRanges } from './source-ranges';
import { Family } from '../../cilium/ip-address';
import { grouped } from '../../diagnostics/grouped';
import { FlowProtocol } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { Endpoint } from '../flows/endpoint';
import { decideFlow, FlowDecision, FlowPort, FlowVerdict, formatPort } from '../flows/flow';
import { byPlace, CommonPlaces } from '../flows/places';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';
import { formatWorkload } from '../read/workload';

/** The decision on connections to a backend on one way, at the places that it depends on. */
export interface DecidedWay extends Way, CommonPlaces {
  readonly decision: FlowDecision;
  /** The verdict on the request, if any, and if Cilium redirects the flow. */
  readonly request?: ProxyVerdict;
  /** The verdict on the request, if any. An unknown one counts as allowed if layers 3 and 4 allow it. */
  readonly verdict: FlowVerdict;
}

/** A backend of a service, and the decision on connections that Cilium balances to it. */
export interface BackendFlow {
  /** Its share is that of the connections to this port. */
  readonly backend: Backend;
  /** The port of the pods. */
  readonly port: number;
  /** The ways of the connections. Their verdicts differ where the nodes of pods matter, which manifests do not say. */
  readonly ways: readonly DecidedWay[];
  /** The decision on the first way that policies deny, else on the first. */
  readonly decision: FlowDecision;
  /** The verdict on the request on that way. */
  readonly request?: ProxyVerdict;
  /** `partial`: the verdicts on the ways differ. */
  readonly verdict: FlowVerdict | 'partial';
}

/**
 * - `partial`: some connections arrive and others are dropped, by the backend, by the node that they enter on, or by
 *   the source ranges of the Service.
 * - `unknown`: policies allow all, but the node that a connection enters on may have no backend, the order of
 *   Cilium's computations decides, or a CiliumLocalRedirectPolicy may send connections to pods with another verdict.
 */
export type ServiceVerdict = 'allowed' | 'partial' | 'denied' | 'no-backends' | 'unknown';

/** A client's connections to one port of a service. */
export interface ServiceFlow {
  readonly view: ServiceView;
  readonly port: ServicePort;
  /** Undefined if all families of the Service have the same backends. */
  readonly family?: Family;
  /** The backends that have the port. */
  readonly backends: readonly BackendFlow[];
  /** The fraction of new connections, or of requests, that arrive; undefined if it depends on the nodes of pods. */
  readonly reachable?: number;
  readonly verdict: ServiceVerdict;
  /** The Ingress or route whose requests these are; undefined for connections to the Service itself. */
  readonly route?: ServiceRoute;
}

/** Which connections to a service to decide. */
export interface ServiceScope {
  /** The ports of the Service, or those of the nodes; by default all. */
  readonly ports?: readonly FlowPort[];
  /** A request to decide at layer 7. */
  readonly request?: Request;
}

/**
 * Decides the connections of a client to the ports of a service, or one request in them, as the Service of a cluster
 * balances them. Cilium chooses a backend, then policies decide the flow to it, and proxies the request.
 *
 * Requests of clients outside also come through Cilium's Ingresses and Gateways, as the entity `ingress`. A port
 * without backends has a flow too. A cluster without the Service has none.
 */
export function serviceFlows(
  mesh: EvaluatedMesh,
  client: Endpoint,
  name: ServiceName,
  cluster: string,
  { ports, request }: ServiceScope = {},
): ServiceFlow[] {
  const kind = clientKind(client);
  const routed = kind === 'outside' ? routedFlows(mesh, name, cluster, { ports, request }) : [];
  const direct = directFlows(mesh, client, name, cluster, kind, { ports, request });
  return routed.length > 0 ? [...direct.filter(({ verdict }) => verdict !== 'no-backends'), ...routed] : direct;
}

/** The requests of clients outside that Cilium's Envoy sends to the Service, for Ingresses and Gateways. */
function routedFlows(mesh: EvaluatedMesh, name: ServiceName, cluster: string, scope: ServiceScope): ServiceFlow[] {
  const envoy: Endpoint = { kind: 'entity', entity: 'ingress', cluster };
  const routes = routesOf(mesh.cluster(cluster)!);
  return directFlows(mesh, envoy, name, cluster, 'pod', scope).flatMap(flow => {
    const route = routes.find(each => isRouteTo(each, name, flow.port));
    return route ? [{ ...flow, route }] : [];
  });
}

function directFlows(
  mesh: EvaluatedMesh,
  client: Endpoint,
  name: ServiceName,
  cluster: string,
  kind: ClientKind,
  { ports, request }: ServiceScope,
): ServiceFlow[] {
  const open = serviceView(mesh, name, cluster, { client: kind }).service?.ports ?? [];
  return open
    .filter(port => ports === undefined || ports.some(each => isPort(port, each)))
    .flatMap(port => {
      const view = serviceView(mesh, name, cluster, { port, client: kind });
      const frontends = view.frontends.filter(({ family }) => family === undefined || canSend(client, family));
      const toNodePort = ports?.some(each => each.protocol === port.protocol && each.port === port.nodePort) === true;
      const dropped =
        kind === 'outside' && view.service
          ? droppedBySourceRanges(view.service, mesh.cluster(cluster)!.settings, client, toNodePort)
          : undefined;
      const redirects = kind === 'outside' || name.clusterset ? [] : redirectsOf(mesh.cluster(cluster)!, name, port);
      return (frontends.length > 0 ? frontends : [{ targets: [] }]).map(frontend => {
        const flow = without(dropped, flowTo(mesh, client, view, port, frontend, request));
        return redirects.length > 0 ? redirected(mesh, client, flow, redirects, request) : flow;
      });
    });
}

/**
 * A flow that a pod of a CiliumLocalRedirectPolicy on the client's node may take instead of the backends. Manifests do
 * not say where these pods run, so the verdict is known only where both have the same.
 */
function redirected(
  mesh: EvaluatedMesh,
  client: Endpoint,
  flow: ServiceFlow,
  redirects: readonly LocalRedirect[],
  request: Request | undefined,
): ServiceFlow {
  const { view, port } = flow;
  const cluster = mesh.cluster(view.cluster)!;
  const decided = redirects.map(redirect =>
    redirectTargets(cluster, redirect, port)?.map(({ workload, port: number }) => {
      const flowPort: FlowPort = { protocol: port.protocol as FlowProtocol, port: number };
      const local: Endpoint = { kind: 'workload', workload };
      const decision = decideFlow(mesh, onSameNode(client), onSameNode(local), flowPort);
      const verdict: FlowVerdict =
        request && decideFlowRequest(decision, request) === 'denied' ? 'denied' : decision.verdict;
      const name = `CiliumLocalRedirectPolicy ${redirect.manifest.object.metadata.name}`;
      return { verdict, text: `${verdict}: connections that ${name} sends to ${formatWorkload(workload)} ${formatPort(flowPort)}` };
    }),
  );
  const known = decided.flatMap(each => each ?? []);
  const verdicts = new Set(known.map(({ verdict }) => verdict));
  const reasons = [...view.reasons, ...known.map(({ text }) => text)];
  if (decided.includes(undefined)) {
    return { ...flow, view: { ...view, reasons }, reachable: undefined, verdict: 'unknown' };
  }
  if (known.length === 0) {
    return flow;
  }
  const isDenied = flow.verdict === 'denied' || flow.verdict === 'no-backends';
  const verdict =
    verdicts.size === 1 && verdicts.has(isDenied ? 'denied' : 'allowed') && (isDenied || flow.verdict === 'allowed')
      ? isDenied
        ? 'denied'
        : 'allowed'
      : 'unknown';
  const reachable = { allowed: 1, denied: 0, unknown: undefined }[verdict];
  return { ...flow, view: { ...view, reasons }, reachable, verdict };
}

/** A flow without the connections that source ranges drop. */
function without(dropped: DroppedConnections | undefined, flow: ServiceFlow): ServiceFlow {
  const { view, verdict } = flow;
  if (dropped === undefined || verdict === 'no-backends') {
    return flow;
  }
  if (dropped.part === 'all') {
    const closed = emptyView(view.cluster, [dropped.reason], view.service);
    return { ...flow, view: closed, backends: [], reachable: 0, verdict: 'no-backends' };
  }
  const isDenied = verdict === 'denied';
  return {
    ...flow,
    view: { ...view, reasons: [...view.reasons, dropped.reason] },
    reachable: isDenied ? 0 : undefined,
    verdict: isDenied ? 'denied' : 'partial',
  };
}

/** Whether a port is meant: by its number, or by that of the nodes. */
function isPort({ protocol, port, nodePort }: ServicePort, asked: FlowPort): boolean {
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
  request: Request | undefined,
): ServiceFlow {
  const backends = targets.map(target => backendFlow(mesh, client, view, port, target, request));
  const verdicts = new Set(backends.flatMap(({ ways }) => ways.map(({ verdict }) => verdict)));
  return {
    view,
    port,
    ...(family === undefined ? {} : { family }),
    backends,
    reachable: reachableOf(backends, verdicts),
    verdict: serviceVerdictOf(
      backends.map(({ backend }) => backend),
      verdicts,
    ),
  };
}

function backendFlow(
  mesh: EvaluatedMesh,
  client: Endpoint,
  { cluster, service }: ServiceView,
  port: ServicePort,
  { backend, port: target = port.port, share }: Target,
  request: Request | undefined,
): BackendFlow {
  const { protocol } = port;
  const decided = waysTo(mesh, cluster, service!, protocol, client, backend).map((way): DecidedWay => {
    const decision = decideFlow(mesh, way.source, way.destination, { protocol, port: target });
    const ofRequest = request && decideFlowRequest(decision, request);
    return {
      ...way,
      decision,
      ...(ofRequest === undefined ? {} : { request: ofRequest }),
      verdict: ofRequest === 'denied' ? 'denied' : decision.verdict,
    };
  });
  const ways = byPlaces(decided, clientKind(client) === 'outside');
  const decisive =
    ways.find(({ verdict }) => verdict === 'denied') ?? ways.find(({ verdict }) => verdict === 'unknown') ?? ways[0];
  return {
    backend: { ...backend, ...(share === undefined ? {} : { share }) },
    port: target,
    ways,
    decision: decisive.decision,
    ...(decisive.request === undefined ? {} : { request: decisive.request }),
    verdict: ways.every(({ verdict }) => verdict === decisive.verdict) ? decisive.verdict : 'partial',
  };
}

/** Ways with the same verdicts as one. Of a client outside, backends see another one on each node. */
function byPlaces(ways: readonly DecidedWay[], isOutside: boolean): readonly DecidedWay[] {
  const keyOf = ({ decision: { egress, ingress }, request }: DecidedWay) =>
    JSON.stringify([egress.verdict, ingress.verdict, request]);
  if (!isOutside) {
    return ways.length === 1
      ? ways.map(way => ({ ...way, placement: way.place.placement }))
      : byPlace(ways, keyOf).map(({ common, ...way }) => ({ ...way, ...common }));
  }
  return [...grouped(ways, ({ place }) => place.placement!)].flatMap(([, ofNode]) =>
    byPlace(ofNode, keyOf).map(({ common, ...way }) => ({ ...way, placement: way.place.placement, ...common })),
  );
}

/** The verdict on connections that Cilium balances to backends, by the verdicts on the ways to them. */
export function serviceVerdictOf(
  backends: ReadonlyArray<Pick<Backend, 'mayBeElsewhere'>>,
  verdicts: ReadonlySet<string>,
): ServiceVerdict {
  return backends.length === 0
    ? 'no-backends'
    : verdicts.has('unknown')
      ? 'unknown'
      : verdicts.size > 1
        ? 'partial'
        : verdicts.has('denied')
          ? 'denied'
          : backends.every(({ mayBeElsewhere }) => mayBeElsewhere)
            ? 'unknown'
            : 'allowed';
}

function reachableOf(
  backends: readonly BackendFlow[],
  verdicts: ReadonlySet<string>,
): number | undefined {
  if (verdicts.has('unknown')) {
    return undefined;
  }
  if (backends.length === 0 || !verdicts.has('allowed')) {
    return 0;
  }
  if (verdicts.size === 1) {
    return backends.every(({ backend }) => backend.mayBeElsewhere) ? undefined : 1;
  }
  return backends.some(({ backend, verdict }) => verdict === 'partial' || backend.share === undefined)
    ? undefined
    : backends.reduce((sum, { backend, verdict }) => sum + (verdict === 'allowed' ? backend.share! : 0), 0);
}

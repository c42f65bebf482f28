/**
 * What the clients of a cluster find at the ports of a Service, whatever policies allow: two meshes in which this is
 * equal balance the same connections alike.
 */
import { serviceView } from './backends';
import { clientKind, waysTo } from './client';
import { localRedirects } from './local-redirects';
import { formatRoute, isRouteTo, routesOf } from './routes';
import { aliasOf, formatAlias } from './service-alias';
import { ServiceName } from './service-name';
import { ClientKind, formatBackend, Frontend, ServiceView } from './service-view';
import { limitOf } from './source-ranges';
import { Cidr } from '../../cilium/cidr';
import { Endpoint, formatEndpoint } from '../flows/endpoint';
import { EvaluatedMesh } from '../read/mesh';
import { ServicePort } from '../read/service';

/** A port of a Service for one kind of clients. */
export interface ServedPort {
  /**
   * `TCP/80`, with the family if only one is meant, or the Ingress or route that requests come through; empty for an
   * alias, and for a headless Service without ports.
   */
  readonly name: string;
  readonly port?: ServicePort;
  /** Whether the Service is an alias in DNS: its only backend is what it stands for. */
  readonly isAlias?: boolean;
  /** Sorted. */
  readonly backends: readonly BackendShare[];
  /** What decides about connections besides the backends: which clients may connect, and what backends see. Sorted. */
  readonly conditions: readonly string[];
  /** Why backends are missing. The same backends may be missing for other reasons, so reasons are no difference. */
  readonly reasons?: readonly string[];
}

/** A backend and its expected fraction of new connections. */
export interface BackendShare {
  readonly backend: string;
  readonly port?: number;
  readonly share?: number;
}

export const CLIENT_KINDS: readonly ClientKind[] = ['pod', 'host', 'outside'];

/** The ports of a Service for the clients of a cluster; none if they have no such Service. */
export function servedPorts(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
): readonly ServedPort[] {
  const alias = aliasOf(mesh, service, cluster);
  if (alias) {
    const backends = [{ backend: formatAlias(alias) }];
    return client === 'outside' ? [] : [{ name: '', isAlias: true, backends, conditions: [] }];
  }
  const view = serviceView(mesh, service, cluster, { client });
  const direct = view.frontends.map((frontend): ServedPort => ({
    name: portName(frontend),
    ...(frontend.port ? { port: frontend.port } : {}),
    backends: shares(frontend),
    conditions: conditionsOf(mesh, service, view, client, frontend),
    ...(view.reasons.length > 0 ? { reasons: view.reasons } : {}),
  }));
  return client === 'outside' ? [...direct, ...routedPorts(mesh, service, cluster)] : direct;
}

/** The requests of clients outside that Cilium's Envoy sends to the Service, for each Ingress and route. */
function routedPorts(mesh: EvaluatedMesh, service: ServiceName, cluster: string): ServedPort[] {
  const routes = routesOf(mesh.cluster(cluster)!).filter(
    each => each.service.namespace === service.namespace && each.service.name === service.name,
  );
  if (routes.length === 0) {
    return [];
  }
  const envoy: Endpoint = { kind: 'entity', entity: 'ingress', cluster };
  return serviceView(mesh, service, cluster, { client: clientKind(envoy) }).frontends.flatMap(frontend => {
    const through = frontend.port ? routes.filter(each => isRouteTo(each, service, frontend.port!)) : [];
    return [...new Set(through.map(formatRoute))].map((route): ServedPort => ({
      name: `${portName(frontend)} through ${route}`,
      ...(frontend.port ? { port: frontend.port } : {}),
      backends: shares(frontend),
      conditions: [],
    }));
  });
}

function portName({ port, family }: Frontend): string {
  const text = port ? `${port.protocol}/${port.port}` : '';
  return family ? `${text} ${family}` : text;
}

/** Backends by their names; the pods of one workload together. */
function shares({ targets }: Frontend): BackendShare[] {
  const all = targets
    .filter(({ backend }) => backend.replicas > 0)
    .map(({ backend, port, share }) => ({
      backend: formatBackend(backend),
      ...(port === undefined ? {} : { port }),
      ...(share === undefined ? {} : { share: Math.round(share * 1e6) / 1e6 }),
    }));
  return all.sort((one, other) =>
    one.backend < other.backend ? -1 : one.backend > other.backend ? 1 : (one.port ?? 0) - (other.port ?? 0),
  );
}

function conditionsOf(
  mesh: EvaluatedMesh,
  name: ServiceName,
  { service, cluster }: ServiceView,
  client: ClientKind,
  frontend: Frontend,
): string[] {
  const conditions = new Set<string>();
  if (client === 'outside') {
    const limit = service && limitOf(service, mesh.cluster(cluster)!.settings);
    if (limit !== undefined) {
      conditions.add(limit);
    }
    if (frontend.port?.nodePort !== undefined) {
      conditions.add(`nodes have the port ${frontend.port.nodePort}`);
    }
    forwardedAs(mesh, cluster, service, frontend).forEach(text => conditions.add(text));
  } else {
    localRedirects(mesh.cluster(cluster)!)
      .filter(each => each.namespace === name.namespace && each.name === name.name && !name.clusterset)
      .forEach(({ manifest }) =>
        conditions.add(`CiliumLocalRedirectPolicy ${manifest.object.metadata.name} takes connections on nodes with its pods`),
      );
  }
  if (frontend.targets.some(({ backend }) => backend.onlySameNode)) {
    conditions.add('only on nodes with backends');
  }
  return [...conditions].sort();
}

/** An address that stands for all clients outside: a way that keeps the client's identity returns the client itself. */
const CLIENT: Endpoint = { kind: 'address', address: Cidr.masked('192.0.2.1/32')!, names: [] };

/** What backends see instead of a client outside, by the node that connections enter on. */
function forwardedAs(
  mesh: EvaluatedMesh,
  cluster: string,
  service: ServiceView['service'],
  { port, targets }: Frontend,
): string[] {
  return targets.flatMap(({ backend }) =>
    service && port
      ? waysTo(mesh, cluster, service, port.protocol, CLIENT, backend)
        .filter(({ source }) => source !== CLIENT)
        .map(
          ({ place, source }) =>
            `backends see ${formatEndpoint(source)} if connections enter on ` +
              `${place.placement === 'same-node' ? 'their' : 'another'} node`,
        )
      : [],
  );
}

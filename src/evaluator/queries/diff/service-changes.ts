import { ServiceCause, serviceCauses } from './service-causes';
import { EvaluatedCluster } from '../../read/cluster';
import { EvaluatedMesh } from '../../read/mesh';
import { formatRoute, routesOf } from '../../services/routes';
import { CLIENT_KINDS, ServedPort, servedPorts } from '../../services/served-ports';
import { formatService, ServiceName, serviceNames } from '../../services/service-name';
import { ClientKind } from '../../services/service-view';

/** Where connections to a port of a service arrive, for the clients of one cluster. */
export interface ServiceChange {
  readonly service: ServiceName;
  /** The cluster of the clients. */
  readonly cluster: string;
  readonly clients: readonly ClientKind[];
  /** See `ServedPort.name`. */
  readonly port: string;
  /** Undefined if the clients have no such Service or port. */
  readonly before?: ServedSide;
  readonly after?: ServedSide;
  /** The objects that change, among those that the connections depend on. */
  readonly causes: readonly ServiceCause[];
}

export type ServedSide = Omit<ServedPort, 'name' | 'port'>;

type Change = Omit<ServiceChange, 'causes'>;

/** The ports of services whose backends or shares change, sorted by service and cluster. */
export function serviceChanges(before: EvaluatedMesh, after: EvaluatedMesh): ServiceChange[] {
  const names = new Map([...serviceNames(before), ...serviceNames(after)].map(name => [formatService(name), name]));
  const clusters = [...new Set([...before.clusters, ...after.clusters].map(({ name }) => name))].sort();
  return [...names.keys()].sort().flatMap(key =>
    clusters.flatMap(cluster => {
      const byChange = new Map<string, { change: Change; clients: ClientKind[] }>();
      for (const client of CLIENT_KINDS) {
        for (const change of changesFor(before, after, names.get(key)!, cluster, client)) {
          const text = [change.port, ...[change.before, change.after].map(textOf)].join('\n');
          const known = byChange.get(text) ?? { change, clients: [] };
          byChange.set(text, known);
          known.clients.push(client);
        }
      }
      if (byChange.size === 0) {
        return [];
      }
      const causes = serviceCauses(before, after, names.get(key)!, cluster);
      return [...byChange.values()].map(({ change, clients }) => ({ ...change, clients, causes }));
    }),
  );
}

/** Whether nothing that backends depend on was read again: policies do not matter for them. */
export function sameServices(before: EvaluatedMesh, after: EvaluatedMesh): boolean {
  return (
    before.clusters.length === after.clusters.length &&
    before.clusters.every((cluster, index) => {
      const other = after.clusters[index];
      return (
        SERVICE_FACTS.every(fact => cluster[fact] === other[fact]) &&
        equalSharing(cluster, other) &&
        equalRoutes(cluster, other)
      );
    })
  );
}

const SERVICE_FACTS = [
  'name',
  'version',
  'settings',
  'workloads',
  'services',
  'nodes',
  'serviceExports',
  'serviceImports',
  'localRedirects',
] as const;

function changesFor(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
): Change[] {
  const [was, is] = [before, after].map(mesh => sidesByPort(mesh, service, cluster, client));
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((port): Change[] => {
    const [one, other] = [was.get(port), is.get(port)];
    return textOf(one) === textOf(other)
      ? []
      : [{ service, cluster, clients: [client], port, before: one, after: other }];
  });
}

/** Equal for sides with the same backends. */
function textOf(side: ServedSide | undefined): string {
  return JSON.stringify({ ...side, reasons: undefined, isMissing: side === undefined });
}

function sidesByPort(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
): Map<string, ServedSide> {
  return mesh.cluster(cluster)
    ? new Map(
      servedPorts(mesh, service, cluster, client).map(({ name, port: _, ...side }) => [name, side]),
    )
    : new Map();
}

function equalRoutes(one: EvaluatedCluster, other: EvaluatedCluster): boolean {
  const texts = (cluster: EvaluatedCluster) =>
    routesOf(cluster).map(route => JSON.stringify([formatRoute(route), route.service, route.port]));
  return one.input.manifests === other.input.manifests || texts(one).join('\n') === texts(other).join('\n');
}

/** Whether namespaces share the same Services with other clusters. */
function equalSharing(one: EvaluatedCluster, other: EvaluatedCluster): boolean {
  return [...new Set([...one.namespaces.keys(), ...other.namespaces.keys()])].every(
    name =>
      (one.namespaces.get(name)?.exportsServices ?? true) === (other.namespaces.get(name)?.exportsServices ?? true),
  );
}

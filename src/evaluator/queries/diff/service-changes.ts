import { EvaluatedMesh } from '../../read/mesh';
import { serviceView } from '../../services/backends';
import { formatService, ServiceName, serviceNames } from '../../services/service-name';
import { ClientKind, formatBackend, Frontend } from '../../services/service-view';

/** Where connections to a port of a service arrive, for the clients of one cluster. */
export interface ServiceChange {
  readonly service: ServiceName;
  /** The cluster of the clients. */
  readonly cluster: string;
  readonly clients: readonly ClientKind[];
  /** `TCP/80`, with the family if only one changes; empty for a headless Service without ports. */
  readonly port: string;
  /** Undefined if the clients have no such Service or port. */
  readonly before?: readonly BackendShare[];
  readonly after?: readonly BackendShare[];
}

/** A backend and its expected fraction of new connections. */
export interface BackendShare {
  readonly backend: string;
  readonly port?: number;
  readonly share?: number;
}

const CLIENTS: readonly ClientKind[] = ['pod', 'host', 'outside'];

/** The ports of services whose backends or shares change, sorted by service and cluster. */
export function serviceChanges(before: EvaluatedMesh, after: EvaluatedMesh): ServiceChange[] {
  const names = new Map([...serviceNames(before), ...serviceNames(after)].map(name => [formatService(name), name]));
  const clusters = [...new Set([...before.clusters, ...after.clusters].map(({ name }) => name))].sort();
  return [...names.keys()].sort().flatMap(key =>
    clusters.flatMap(cluster => {
      const byChange = new Map<string, { change: ServiceChange; clients: ClientKind[] }>();
      for (const client of CLIENTS) {
        for (const change of changesFor(before, after, names.get(key)!, cluster, client)) {
          const text = JSON.stringify([change.port, change.before, change.after]);
          const known = byChange.get(text) ?? { change, clients: [] };
          byChange.set(text, known);
          known.clients.push(client);
        }
      }
      return [...byChange.values()].map(({ change, clients }) => ({ ...change, clients }));
    }),
  );
}

/** Whether nothing that backends depend on was read again: policies do not matter for them. */
export function sameServices(before: EvaluatedMesh, after: EvaluatedMesh): boolean {
  return (
    before.clusters.length === after.clusters.length &&
    before.clusters.every((cluster, index) =>
      SERVICE_FACTS.every(fact => cluster[fact] === after.clusters[index][fact]),
    )
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
): ServiceChange[] {
  const [was, is] = [before, after].map(mesh => sharesByPort(mesh, service, cluster, client));
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((port): ServiceChange[] => {
    const [one, other] = [was.get(port), is.get(port)];
    return JSON.stringify(one) === JSON.stringify(other)
      ? []
      : [{ service, cluster, clients: [client], port, before: one, after: other }];
  });
}

function sharesByPort(
  mesh: EvaluatedMesh,
  service: ServiceName,
  cluster: string,
  client: ClientKind,
): Map<string, readonly BackendShare[]> {
  return mesh.cluster(cluster)
    ? new Map(
      serviceView(mesh, service, cluster, { client }).frontends.map(frontend => [
        portText(frontend),
        shares(frontend),
      ]),
    )
    : new Map();
}

function portText({ port, family }: Frontend): string {
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

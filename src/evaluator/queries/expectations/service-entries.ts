import { backendTexts } from './service-backends';
import { PortOutcome, ServiceVerdicts } from './service-verdicts';
import { WorkloadNames } from './workload-names';
import { single, WrittenEntry } from './written-entry';
import { FlowSpace } from '../../flows/flow-space';
import { Workload } from '../../read/workload';
import { clientKind } from '../../services/client';
import { CLIENT_KINDS } from '../../services/served-ports';
import { aliasOf } from '../../services/service-alias';
import { formatService, ServiceName, serviceNames } from '../../services/service-name';
import { ClientKind } from '../../services/service-view';

/**
 * The backends of all Services, and the verdicts of their ports for the workloads of each cluster. The general entries
 * come first: there are no other Services.
 */
export function serviceEntries(space: FlowSpace, names: WorkloadNames): WrittenEntry[] {
  const services = serviceNames(space.mesh);
  const verdicts = new ServiceVerdicts(space);
  return [
    ...space.mesh.clusters.map(({ name }) => ({
      from: CLIENT_KINDS.map(kind => anyClient(kind, name)),
      to: `svc/*/*@${name}`,
      backends: [],
    })),
    ...services.flatMap(service =>
      space.mesh.clusters.flatMap(({ name: cluster, workloads }) => [
        ...backendEntries(space, names, service, cluster, workloads),
        ...(aliasOf(space.mesh, service, cluster)
          ? []
          : verdictEntries(space, names, verdicts, service, cluster, workloads)),
      ]),
    ),
  ];
}

/** Stands for all clients of a kind: they have the same backends, whichever workloads there are. */
function anyClient(kind: ClientKind, cluster: string): string {
  return { pod: `entity:ingress@${cluster}`, host: `entity:host@${cluster}`, outside: 'world' }[kind];
}

/** Clients with the same backends have one entry. */
function backendEntries(
  { mesh }: FlowSpace,
  names: WorkloadNames,
  service: ServiceName,
  cluster: string,
  workloads: readonly Workload[],
): WrittenEntry[] {
  const groups = new Map<string, { backends: readonly string[]; kinds: ClientKind[] }>();
  for (const kind of CLIENT_KINDS) {
    const backends = backendTexts(mesh, service, cluster, kind);
    const key = backends.join('\n');
    const group = groups.get(key) ?? { backends, kinds: [] };
    groups.set(key, group);
    group.kinds.push(kind);
  }
  return [...groups.values()]
    .filter(({ backends }) => backends.length > 0)
    .map(({ backends, kinds }) => {
      const clients = workloads.filter(workload => clientKind({ kind: 'workload', workload }) === 'pod');
      const from = [
        ...(kinds.includes('pod') && clients.length > 0 ? names.of(clients) : []),
        // counts also once the workloads get the network of their nodes
        ...kinds.map(kind => anyClient(kind, cluster)),
      ];
      return { from: single(from), to: `${referenceOf(service)}@${cluster}`, backends: [...backends] };
    });
}

function referenceOf(service: ServiceName): string {
  return service.clusterset ? `svc/${formatService(service)}` : formatService(service);
}

function verdictEntries(
  space: FlowSpace,
  names: WorkloadNames,
  verdicts: ServiceVerdicts,
  service: ServiceName,
  cluster: string,
  workloads: readonly Workload[],
): WrittenEntry[] {
  const groups = new Map<string, { port: string; verdict: WrittenEntry['verdict']; clients: Workload[] }>();
  const known = new Map<string, ReadonlyArray<readonly [string, WrittenEntry['verdict']]>>();
  for (const workload of workloads) {
    const number = space.index.classOf(workload);
    const key = workload.hostNetwork ? `${workload.namespace}/${workload.kind}/${workload.name}` : `${number}`;
    const ofPorts =
      known.get(key) ?? portVerdicts(verdicts.of({ kind: 'workload', workload }, number, service, cluster));
    known.set(key, ofPorts);
    for (const [port, verdict] of ofPorts) {
      const group = groups.get(`${port} ${verdict}`) ?? { port, verdict, clients: [] };
      groups.set(`${port} ${verdict}`, group);
      group.clients.push(workload);
    }
  }
  return [...groups.values()].map(({ port, verdict, clients }) => ({
    from: single(names.of(clients)),
    to: `${referenceOf(service)}@${cluster}`,
    ports: port,
    verdict,
  }));
}

/** The verdict of each port. Ports whose IP families have different verdicts are left out. */
function portVerdicts(outcomes: readonly PortOutcome[]): ReadonlyArray<readonly [string, WrittenEntry['verdict']]> {
  const verdicts = new Map<string, Set<WrittenEntry['verdict']>>();
  for (const {
    port: { protocol, port },
    verdict,
  } of outcomes) {
    const key = `${protocol}/${port}`;
    verdicts.set(key, (verdicts.get(key) ?? new Set()).add(verdict));
  }
  return [...verdicts].flatMap(([port, set]) => (set.size === 1 ? [[port, [...set][0]] as const] : []));
}

import { WorkloadNames } from './workload-names';
import { single, WrittenEntry } from './written-entry';
import { classKey } from '../../flows/endpoint-classes';
import { EvaluatedMesh } from '../../read/mesh';
import { Workload } from '../../read/workload';
import { serviceFlows } from '../../services/service-flow';
import { formatService, serviceNames } from '../../services/service-name';

/** The verdicts of the ports of all Services, for the workloads of each cluster. */
export function serviceEntries(mesh: EvaluatedMesh, names: WorkloadNames): WrittenEntry[] {
  const services = serviceNames(mesh).filter(({ clusterset }) => !clusterset);
  return services.flatMap(service =>
    mesh.clusters.flatMap(({ name: cluster }) => {
      const groups = new Map<string, { port: string; verdict: WrittenEntry['verdict']; clients: Workload[] }>();
      const known = new Map<string, ReadonlyArray<readonly [string, WrittenEntry['verdict']]>>();
      for (const workload of mesh.workloads.filter(each => each.cluster === cluster)) {
        const key = workload.hostNetwork
          ? `${workload.namespace}/${workload.kind}/${workload.name}`
          : classKey(workload);
        const verdicts =
          known.get(key) ?? portVerdicts(serviceFlows(mesh, { kind: 'workload', workload }, service, cluster));
        known.set(key, verdicts);
        for (const [port, verdict] of verdicts) {
          const group = groups.get(`${port} ${verdict}`) ?? { port, verdict, clients: [] };
          groups.set(`${port} ${verdict}`, group);
          group.clients.push(workload);
        }
      }
      return [...groups.values()].map(({ port, verdict, clients }) => ({
        from: single(names.of(clients)),
        to: `${formatService(service)}@${cluster}`,
        ports: port,
        verdict,
      }));
    }),
  );
}

/** The verdict of each port. Ports whose IP families have different verdicts are left out. */
function portVerdicts(
  flows: ReturnType<typeof serviceFlows>,
): ReadonlyArray<readonly [string, WrittenEntry['verdict']]> {
  const verdicts = new Map<string, Set<WrittenEntry['verdict']>>();
  for (const {
    port: { protocol, port },
    verdict,
  } of flows) {
    const key = `${protocol}/${port}`;
    verdicts.set(key, (verdicts.get(key) ?? new Set()).add(verdict));
  }
  return [...verdicts].flatMap(([port, set]) => (set.size === 1 ? [[port, [...set][0]] as const] : []));
}

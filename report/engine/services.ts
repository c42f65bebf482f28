import { commandLine, commandOf } from './commands';
import { LoadedMesh } from './loaded-mesh';
import { Sides } from './sides';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { serviceView } from '../../src/evaluator/services/backends';
import { formatService, ServiceName, serviceNames } from '../../src/evaluator/services/service-name';
import { serviceIn } from '../../src/evaluator/services/service-view';
import { clientView, serviceJson } from '../../src/reports/backends';
import { Protocol, Refused, ServiceAnswer, ServiceRow, Side } from '../protocol';

/** All services of a side. */
export function serviceRows(sides: Sides, side: Side): ServiceRow[] {
  const { mesh } = sides.at(side);
  return serviceNames(mesh).map(service => ({
    id: formatService(service),
    namespace: service.namespace,
    name: service.name,
    clusterset: service.clusterset,
    clusters: mesh.clusters.flatMap(({ name: cluster }) => {
      const own = serviceIn(mesh, service.namespace, service.name, cluster);
      return own
        ? [
          {
            cluster,
            global: own.global,
            shared: own.shared,
            affinity: own.affinity,
            ports: own.ports.map(({ protocol, port }) => ({ protocol, port })),
            file: own.manifest.file,
            line: own.manifest.line(),
          },
        ]
        : [];
    }),
  }));
}

/** One service as the clients in each cluster see it, also without the pods of each cluster. */
export function serviceAnswer(sides: Sides, { side, id }: Protocol['service']['ask']): ServiceAnswer | Refused {
  const loaded = sides.at(side);
  const service = serviceNames(loaded.mesh).find(each => formatService(each) === id);
  if (!service) {
    return { problem: `unknown service ${id}`, fix: 'choose one of the list' };
  }
  const clusters = loaded.mesh.clusters.map(({ name }) => name).sort();
  const reached = new Set(
    clusters.flatMap(cluster =>
      serviceView(loaded.mesh, service, cluster).backends.flatMap(each => (each.workload ? each.cluster : [])),
    ),
  );
  return {
    service: viewsOf(loaded.mesh, service),
    without:
      clusters.length < 2
        ? []
        : clusters
          .filter(cluster => reached.has(cluster))
          .map(cluster => ({ cluster, service: viewsOf(meshWithout(loaded, cluster), service) })),
    command: commandOf(sides, side, commandLine('backends', id), { pods: 'in options' }),
  };
}

function viewsOf(mesh: EvaluatedMesh, service: ServiceName): ServiceAnswer['service'] {
  const clusters = mesh.clusters.map(({ name }) => name).sort();
  return serviceJson({
    service,
    clients: clusters.map(cluster => clientView(mesh, service, cluster)),
  });
}

/** The mesh without the pods of one cluster. */
function meshWithout({ input, mesh, version }: LoadedMesh, gone: string): EvaluatedMesh {
  return readMesh(input, {
    version,
    replicas: new Map(
      mesh.workloads.map(each => [
        `${each.cluster}/${each.namespace}/${each.name}`,
        each.cluster === gone ? 0 : each.replicas,
      ]),
    ),
  });
}

import { CommandError, found, Io, Status } from './io';
import { loadConfiguredMesh, MeshOptions, versionOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatValue } from '../diagnostics/texts';
import { nearestText } from '../evaluator/queries/nearest-text';
import { findService } from '../evaluator/queries/service-reference';
import { readMesh } from '../evaluator/read/mesh';
import { serviceView } from '../evaluator/services/backends';
import { ServiceName, serviceNames } from '../evaluator/services/service-name';
import { ServiceView } from '../evaluator/services/service-view';
import { backendsReport, ClientView, clientView } from '../reports/backends';

export interface BackendsOptions extends MeshOptions {
  readonly format: string;
  readonly fromCluster?: string;
}

/** `cilium-mesh backends [SERVICE]`: the backends that the clients in each cluster reach. */
export async function backendsCommand(name: string | undefined, options: BackendsOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('backends'));
  const { input, mesh } = await loadConfiguredMesh(options, io);
  const clusters = mesh.clusters.map(each => each.name).sort();
  const { fromCluster } = options;
  if (fromCluster !== undefined && !clusters.includes(fromCluster)) {
    throw new CommandError(
      `--from-cluster: unknown cluster ${formatValue(fromCluster)}${didYouMean(fromCluster, clusters)}; ` +
        nearestText('clusters', fromCluster, clusters),
    );
  }
  /** The mesh without the pods of one cluster. */
  const meshWithout = (gone: string) =>
    readMesh(input, {
      version: versionOf(options.cilium),
      replicas: new Map(
        mesh.workloads.map(each => [
          `${each.cluster}/${each.namespace}/${each.name}`,
          each.cluster === gone ? 0 : each.replicas,
        ]),
      ),
    });
  const client = (service: ServiceName, cluster: string): ClientView => {
    const own = clientView(mesh, service, cluster);
    return {
      ...own,
      without: () =>
        losses(clusters, own.view).map(gone => ({
          cluster: gone,
          view: serviceView(meshWithout(gone), service, cluster),
        })),
    };
  };
  const services = name === undefined ? serviceNames(mesh) : [found(findService(mesh, name))];
  const asked = fromCluster === undefined ? clusters : [fromCluster];
  await print(
    backendsReport(services.map(service => ({ service, clients: asked.map(cluster => client(service, cluster)) }))),
    options.format,
    io,
    { meshes: [mesh], quiet: options.quiet },
  );
  return Status.OK;
}

/** The clusters whose pods the clients would lose. Empty for a mesh of one cluster, where no backend would be left. */
function losses(clusters: readonly string[], { backends }: ServiceView): string[] {
  return clusters.length < 2
    ? []
    : clusters.filter(each => backends.some(backend => backend.cluster === each && backend.workload));
}

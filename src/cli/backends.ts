import { percent } from './explain';
import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson } from './json';
import { loadMesh, MeshOptions, versionOf } from './mesh-options';
import { didYouMean } from '../diagnostics/did-you-mean';
import { findService } from '../evaluator/queries/reference';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { Backend, ServiceName, serviceNames, serviceView, ServiceView, shownService } from '../evaluator/services/backends';
import { MeshInput } from '../manifests/input';

export interface BackendsOptions extends MeshOptions {
  readonly fromCluster?: string;
}

/** `cilium-mesh backends [SERVICE]`: what each cluster's clients of a service reach. */
export async function backendsCommand(name: string | undefined, options: BackendsOptions, io: Io): Promise<Status> {
  const { input, mesh } = loadMesh(options);
  const clusters = mesh.clusters.map(each => each.name).sort();
  if (options.fromCluster !== undefined && !clusters.includes(options.fromCluster)) {
    throw new CommandError(`--from-cluster: there is no cluster ${JSON.stringify(options.fromCluster)}${didYouMean(options.fromCluster, clusters)}; the clusters are ${clusters.join(', ')}`);
  }
  const asked = options.fromCluster === undefined ? clusters : [options.fromCluster];
  const services = name === undefined ? serviceNames(mesh) : [service(mesh, name)];
  if (options.format === 'json') {
    await documentJson('services', services.map(each => serviceJson(mesh, each, asked)), io.out);
    return Status.OK;
  }
  if (services.length === 0) {
    await io.out('The manifests have no Service.\n');
  }
  await io.out(services.map(each => serviceText(mesh, input, options, each, asked, io)).join('\n'));
  return Status.OK;
}

function service(mesh: EvaluatedMesh, name: string): ServiceName {
  const found = findService(mesh, name);
  if ('problem' in found) {
    throw new CommandError(`${found.problem}; ${found.fix}`);
  }
  return found;
}

function serviceJson(mesh: EvaluatedMesh, name: ServiceName, clusters: readonly string[]): unknown {
  return {
    namespace: name.namespace, name: name.name, ...name.clusterset ? { clusterset: true } : {},
    clients: clusters.map(cluster => {
      const { backends, reasons } = serviceView(mesh, name, cluster);
      return { cluster, backends: backends.map(backendJson), ...reasons.length > 0 ? { reasons } : {} };
    }),
  };
}

function backendJson({ cluster, workload, address, replicas, share }: Backend): unknown {
  return { cluster, ...workload ? { workload: { kind: workload.kind, name: workload.name } } : { address }, replicas, share };
}

function serviceText(mesh: EvaluatedMesh, input: MeshInput, options: BackendsOptions, name: ServiceName, clusters: readonly string[], io: Io): string {
  const lines = [`${io.colors.bold(shownService(name))}\n`];
  for (const cluster of clusters) {
    const view = serviceView(mesh, name, cluster);
    lines.push(`  clients in ${cluster}${view.service ? annotationText(view) : ''}\n`);
    lines.push(columns(view.backends.map(backend => [
      backend.workload ? `${backend.workload.kind} ${backend.workload.name}@${backend.cluster}` : `${backend.address} (${backend.cluster})`, counted(backend.replicas, 'pod'), percent(backend.share),
    ]), '    '));
    lines.push(...view.reasons.map(reason => `    ${io.colors.dim(reason)}\n`));
    lines.push(...withoutEach(mesh, input, options, name, cluster, view).map(text => `    ${text}\n`));
  }
  return lines.join('');
}

/** What the client's own Service says, where it matters here. */
function annotationText({ service: own }: ServiceView): string {
  const said = [
    ...own!.imported ? ['imported'] : own!.global ? ['global'] : ['not global'],
    ...own!.global && !own!.shared ? ['not shared'] : [],
    ...own!.affinity === 'none' ? [] : [`affinity ${own!.affinity}`],
    ...own!.headless ? ['headless'] : [],
  ];
  return ` (${said.join(', ')})`;
}

/** What happens when one cluster's backends are gone. */
function withoutEach(mesh: EvaluatedMesh, input: MeshInput, options: BackendsOptions, name: ServiceName, cluster: string, view: ServiceView): string[] {
  if (mesh.clusters.length < 2) {
    return [];
  }
  const shape = (of: ServiceView) => of.backends.map(each => `${each.workload?.name ?? each.address}@${each.cluster} ${percent(each.share)}`).join(', ');
  return mesh.clusters.map(each => each.name).sort().filter(gone => view.backends.some(backend => backend.cluster === gone && backend.workload)).map(gone => {
    const scaled = new Map(mesh.workloads.map(each => [`${each.cluster}/${each.namespace}/${each.name}`, each.cluster === gone ? 0 : each.replicas]));
    const after = serviceView(readMesh(input, { version: versionOf(options.cilium), replicas: scaled }), name, cluster);
    return `without ${gone}'s pods: ${shape(after) || 'nothing is left'}`;
  });
}

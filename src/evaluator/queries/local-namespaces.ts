import { shorten } from '../../diagnostics/texts';
import { isKnownElsewhere } from '../flows/endpoint';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/**
 * Why Cilium promises no connections between two workloads; undefined if it does.
 *
 * Both namespaces must be global (values.yaml, clustermesh.defaultGlobalNamespace, v1.20.2). Otherwise other clusters
 * lack the addresses of the pods, so policies alone do not tell what arrives.
 */
export function unsupportedReason(mesh: EvaluatedMesh, source: Workload, destination: Workload): string | undefined {
  const local =
    source.cluster === destination.cluster
      ? []
      : [source, destination].filter(each => !each.hostNetwork && !isKnownElsewhere(each, mesh));
  const names = [...new Set(local.map(({ namespace, cluster }) => `${namespace} in ${cluster}`))];
  return names.length === 0
    ? undefined
    : `${names.map(name => shorten(name)).join(' and ')} ${names.length === 1 ? 'is not a global namespace' : 'are not global namespaces'}: ` +
        'Cilium supports no connections with other clusters, and this verdict is that of policies alone';
}

/** The same about all connections of a mesh, one sentence for each namespace with pods, sorted. */
export function localNamespaces(mesh: EvaluatedMesh): string[] {
  const local = mesh.workloads.filter(each => !each.hostNetwork && !isKnownElsewhere(each, mesh));
  const names = mesh.clusters.length > 1 ? local.map(({ namespace, cluster }) => `${namespace} in ${cluster}`) : [];
  return [...new Set(names)]
    .sort()
    .map(
      name =>
        `whether connections between other clusters and pods of ${shorten(name)} arrive: the namespace is not global, ` +
        'so Cilium supports none, and verdicts are those of policies alone',
    );
}

import { balancedView } from './balance';
import { localRedirects } from './local-redirects';
import { importedView } from './multi-cluster-service';
import { selectedWorkloads } from './redirect-targets';
import { ServiceName } from './service-name';
import {
  backendsOf,
  emptyView,
  exportsServices,
  headlessReason,
  serviceIn,
  ServiceQuery,
  ServiceView,
  UnsharedBackend,
} from './service-view';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedService } from '../read/service';

/**
 * The backends that the clients in a cluster reach, on one port of a service or on any. Policies do not matter here.
 *
 * - Clients connect to the Service of their own cluster. Without it they have no address.
 * - Backends of other clusters count only if that Service is global. The other cluster's Service must be global and
 *   shared, in a namespace that is global there. The client's namespace does not matter.
 * - Ports match by name. Each cluster's own Service maps the name to a port of its pods. Since 1.18 a port without a
 *   name matches all ports.
 * - A connection stays in its IP family: the addresses of a dual-stack Service are balanced apart.
 * - A traffic policy `Local` excludes the pods of the own cluster on other nodes, and no pods of other clusters.
 * - `affinity` is that of the client's cluster. `local` uses remote backends only if local ones are missing, and
 *   `remote` the reverse.
 * - DNS answers for a headless Service with the pods of its own cluster. It adds those of other clusters if
 *   EndpointSlices are synchronized.
 * - If Cilium does not balance for hosts, or for clients outside of the cluster, kube-proxy does. It uses the
 *   EndpointSlices of the cluster and ignores affinity.
 *
 * Source: operator/watchers/service_sync.go, pkg/clustermesh/service_merger.go and selectbackends.go,
 * pkg/loadbalancer/writer/writer.go (matchesFrontend, DefaultSelectBackends), v1.20.2;
 * pkg/k8s/watchers/watcher.go (genCartesianProduct), v1.15.19.
 */
export function serviceView(
  mesh: EvaluatedMesh,
  { namespace, name, clusterset }: ServiceName,
  cluster: string,
  query: ServiceQuery = {},
): ServiceView {
  return clusterset
    ? importedView(mesh, namespace, name, cluster, query)
    : localView(mesh, namespace, name, cluster, query);
}

function localView(
  mesh: EvaluatedMesh,
  namespace: string,
  name: string,
  clusterName: string,
  query: ServiceQuery,
): ServiceView {
  const service = serviceIn(mesh, namespace, name, clusterName);
  if (!service) {
    return emptyView(clusterName, [
      `${clusterName} has no Service ${namespace}/${name}, so its clients have no address to connect to`,
    ]);
  }
  if (service.externalName) {
    return emptyView(
      clusterName,
      ['the Service is a DNS name (type ExternalName), so Cilium balances nothing'],
      service,
    );
  }
  const reasons: string[] = localRedirects(mesh.cluster(clusterName)!)
    .filter(each => each.namespace === namespace && each.name === name)
    .map(
      redirect =>
        `CiliumLocalRedirectPolicy ${redirect.manifest.object.metadata.name} sends connections to its pods on the ` +
        (selectedWorkloads(mesh.cluster(clusterName)!, redirect).length > 0
          ? 'node of the client, if there are any: these backends count on other nodes only'
          : 'node of the client; it selects no pods of the manifests, so these backends count'),
    );
  const remote: UnsharedBackend[] = [];
  for (const other of mesh.clusters.filter(each => each.name !== clusterName)) {
    const theirs = serviceIn(mesh, namespace, name, other.name);
    if (!theirs || theirs.externalName || (!service.global && !theirs.global)) {
      continue;
    }
    const reason = exclusionReason(mesh, service, theirs);
    if (reason === undefined) {
      remote.push(...backendsOf(mesh, theirs));
    } else {
      reasons.push(reason);
    }
  }
  return balancedView(mesh, clusterName, service, backendsOf(mesh, service), remote, reasons, query);
}

/** Why Cilium does not use the backends of another cluster's Service; undefined if it does. */
function exclusionReason(mesh: EvaluatedMesh, service: EvaluatedService, theirs: EvaluatedService): string | undefined {
  if (!service.global) {
    return (
      `the Service in ${service.cluster} is not global, ` +
      `so its clients do not get the backends of ${theirs.cluster}`
    );
  }
  if (!theirs.global) {
    return `the Service in ${theirs.cluster} is not global`;
  }
  if (!theirs.shared) {
    return `${theirs.cluster} does not share its backends (shared: "false")`;
  }
  if (!exportsServices(mesh, theirs.namespace, theirs.cluster)) {
    return `the namespace ${theirs.namespace} is not global in ${theirs.cluster}`;
  }
  if (service.headless && !(service.endpointSliceSync && mesh.cluster(service.cluster)!.settings.endpointSliceSync)) {
    return headlessReason(service.cluster);
  }
  return undefined;
}

import { EvaluatedMesh } from './mesh/mesh';
import { EvaluatedService, isExported, selectedWorkloads, ServicePort, targetPort } from './mesh/service';
import { compareTexts, compareWorkloads, Workload } from './mesh/workload';

/** A backend of a service: the pods of a workload, or an address that somebody else wrote. */
export interface Backend {
  readonly cluster: string;
  readonly workload?: Workload;
  readonly address?: string;
  /** Pods. */
  readonly replicas: number;
  /** Expected fraction of new connections, equal for each pod. */
  readonly share: number;
}

/** What the clients of a service in one cluster get. */
export interface ServiceView {
  readonly cluster: string;
  /** The Service that the clients ask; without one there is nothing to ask. */
  readonly service?: EvaluatedService;
  /** Backends that connections are balanced to, sorted; those without pods are left out. */
  readonly backends: readonly Backend[];
  /** Why there are none, or why those of other clusters are not among them. */
  readonly reasons: readonly string[];
}

/** A service of the mesh: all Services of one name and namespace. */
export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
  /** Asked for as `<name>.<namespace>.svc.clusterset.local`: the Multi-Cluster Services API. */
  readonly clusterset: boolean;
}

/** All services of the mesh, sorted; those of the Multi-Cluster Services API after the Service of their name. */
export function serviceNames(mesh: EvaluatedMesh): ServiceName[] {
  const names = new Map<string, ServiceName>();
  const add = (namespace: string, name: string, clusterset: boolean) => names.set(`${namespace}/${name}/${clusterset}`, { namespace, name, clusterset });
  for (const cluster of mesh.clusters) {
    cluster.services.forEach(({ namespace, name }) => add(namespace, name, false));
    if (cluster.settings.mcsApi) {
      cluster.serviceExports.forEach(({ object }) => add(object.metadata.namespace ?? 'default', object.metadata.name, true));
    }
  }
  return [...names.values()].sort((one, other) => compareTexts([one.namespace, one.name, String(one.clusterset)], [other.namespace, other.name, String(other.clusterset)]));
}

/** How a person names a service. */
export function shownService({ namespace, name, clusterset }: ServiceName): string {
  return clusterset ? `${name}.${namespace}.svc.clusterset.local` : `svc/${namespace}/${name}`;
}

/**
 * What the clients of a service in a cluster reach, whatever policies say.
 *
 * - Clients ask the Service of their own cluster; where there is none, there is no address to ask.
 * - Backends of other clusters count only where that Service is global; those of a cluster whose Service of the same namespace and name is
 *   global and shared, in a namespace that is global there.
 * - `affinity` is that of the client's cluster: `local` uses remote backends only without local ones, `remote` local ones only without remote.
 * - A headless Service is answered by DNS with the pods of its own cluster; with those of others where EndpointSlices are synchronized.
 *
 * Source: operator/watchers/service_sync.go, pkg/clustermesh/service_merger.go and selectbackends.go, v1.20.2.
 */
export function serviceView(mesh: EvaluatedMesh, { namespace, name, clusterset }: ServiceName, cluster: string): ServiceView {
  return clusterset ? importedView(mesh, namespace, name, cluster) : localView(mesh, namespace, name, cluster);
}

/** The flow that a connection to a port of a service becomes at a backend. */
export function backendPort(port: ServicePort, backend: Backend): number | undefined {
  return backend.workload ? targetPort(port, backend.workload) : typeof port.targetPort === 'number' ? port.targetPort : port.port;
}

function localView(mesh: EvaluatedMesh, namespace: string, name: string, clusterName: string): ServiceView {
  const service = serviceIn(mesh, namespace, name, clusterName);
  if (!service) {
    return { cluster: clusterName, backends: [], reasons: [`${clusterName} has no Service ${namespace}/${name}: its clients have nothing to ask, whatever other clusters have`] };
  }
  if (service.externalName) {
    return { cluster: clusterName, service, backends: [], reasons: ['the Service is a name of DNS (type ExternalName), Cilium balances nothing'] };
  }
  const reasons: string[] = [];
  const local = podsOf(mesh, service);
  const others = mesh.clusters.filter(each => each.name !== clusterName);
  const remote: Unshared[] = [];
  for (const other of others) {
    const theirs = serviceIn(mesh, namespace, name, other.name);
    const why = !theirs || theirs.externalName ? undefined : notUsed(mesh, service, theirs);
    if (why !== undefined) {
      reasons.push(why);
    } else if (theirs && !theirs.externalName) {
      remote.push(...podsOf(mesh, theirs));
    }
  }
  const chosen = service.headless || service.affinity === 'none' ? [...local, ...remote]
    : service.affinity === 'local' ? (local.length > 0 ? local : remote)
      : remote.length > 0 ? remote : local;
  if (!service.headless && service.affinity === 'local' && local.length > 0 && remote.length > 0) {
    reasons.push(`affinity is local, and ${clusterName} has backends of its own: those of other clusters wait until none is left`);
  }
  if (!service.headless && service.affinity === 'remote' && remote.length > 0 && local.length > 0) {
    reasons.push(`affinity is remote, and other clusters have backends: ${clusterName}'s own wait until none is left`);
  }
  if (chosen.length === 0) {
    reasons.push('no pod is behind it');
  }
  return { cluster: clusterName, service, backends: shared(chosen), reasons };
}

/** Why the backends of another cluster's Service are not used; undefined when they are. */
function notUsed(mesh: EvaluatedMesh, service: EvaluatedService, theirs: EvaluatedService): string | undefined {
  const cluster = mesh.cluster(theirs.cluster)!;
  if (!service.global) {
    return theirs.global ? `the Service in ${service.cluster} is not global, so that its clients do not get the backends of ${theirs.cluster}` : undefined;
  }
  if (!theirs.global) {
    return `the Service in ${theirs.cluster} is not global`;
  }
  if (!theirs.shared) {
    return `${theirs.cluster} does not share its backends (shared: "false")`;
  }
  if (!isExported(theirs, cluster.namespaces.get(theirs.namespace), cluster.settings.defaultGlobalNamespace)) {
    return `the namespace ${theirs.namespace} is not global in ${theirs.cluster}`;
  }
  if (service.headless && !(service.endpointSliceSync && mesh.cluster(service.cluster)!.settings.endpointSliceSync)) {
    return `the Service is headless, and ${service.cluster} does not synchronize EndpointSlices: DNS answers with the pods of ${service.cluster} alone`;
  }
  return undefined;
}

/**
 * A service of the Multi-Cluster Services API: the backends of every cluster that exports it, in every cluster that has its namespace and
 * reads ServiceImports (Documentation/network/clustermesh/mcsapi, v1.20.2).
 */
function importedView(mesh: EvaluatedMesh, namespace: string, name: string, clusterName: string): ServiceView {
  const cluster = mesh.cluster(clusterName)!;
  if (!cluster.settings.mcsApi) {
    return { cluster: clusterName, backends: [], reasons: [`${clusterName} does not read ServiceImports (clustermesh.mcsapi.enabled)`] };
  }
  if (!cluster.namespaces.has(namespace)) {
    return { cluster: clusterName, backends: [], reasons: [`${clusterName} has no namespace ${namespace}`] };
  }
  const reasons: string[] = [];
  const exporting = mesh.clusters.filter(each => each.settings.mcsApi && each.serviceExports.some(({ object }) => object.metadata.name === name && (object.metadata.namespace ?? 'default') === namespace));
  const services = exporting.flatMap(each => {
    const service = serviceIn(mesh, namespace, name, each.name);
    if (!service) {
      reasons.push(`${each.name} exports ${namespace}/${name}, but has no such Service`);
    } else if (each.name !== clusterName && !(each.namespaces.get(namespace)?.global ?? each.settings.defaultGlobalNamespace)) {
      reasons.push(`the namespace ${namespace} is not global in ${each.name}`);
      return [];
    }
    return service ? [service] : [];
  });
  const chosen = services.flatMap(service => podsOf(mesh, service));
  const frontend = services.find(each => each.cluster === clusterName) ?? services[0];
  return { cluster: clusterName, service: frontend && { ...frontend, imported: true }, backends: shared(chosen), reasons: chosen.length === 0 ? [...reasons, 'no pod is behind it'] : reasons };
}

function serviceIn(mesh: EvaluatedMesh, namespace: string, name: string, cluster: string): EvaluatedService | undefined {
  return mesh.cluster(cluster)?.services.find(each => each.namespace === namespace && each.name === name);
}

type Unshared = Omit<Backend, 'share'>;

/** The pods and addresses behind a Service in its own cluster. */
function podsOf(mesh: EvaluatedMesh, service: EvaluatedService): Unshared[] {
  const workloads = selectedWorkloads(service, mesh.cluster(service.cluster)!.workloads).filter(workload => workload.replicas > 0)
    .filter(workload => service.headless || service.ports.length === 0 || service.ports.some(port => targetPort(port, workload) !== undefined));
  return [
    ...workloads.map(workload => ({ cluster: service.cluster, workload, replicas: workload.replicas })),
    ...service.selector ? [] : service.addresses.map(address => ({ cluster: service.cluster, address, replicas: 1 })),
  ];
}

function shared(backends: readonly Unshared[]): Backend[] {
  const pods = backends.reduce((sum, each) => sum + each.replicas, 0);
  return backends.map(each => ({ ...each, share: each.replicas / pods })).sort((one, other) => one.workload && other.workload
    ? compareWorkloads(one.workload, other.workload)
    : compareTexts([one.cluster, one.address ?? ''], [other.cluster, other.address ?? '']));
}

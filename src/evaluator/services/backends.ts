import { annotationValue, isTrue, SERVICE_KEYS } from '../../cilium/service-annotations';
import { Traits } from '../../cilium/traits';
import { EvaluatedMesh } from '../read/mesh';
import { texts } from '../read/namespace';
import { affinityOf, EndpointPort, endpointPorts, EvaluatedService, selectedWorkloads, ServicePort } from '../read/service';
import { compareTexts, compareWorkloads, Workload } from '../read/workload';

/** A backend of a service: the pods of a workload, or an address that somebody else wrote. */
export interface Backend {
  readonly cluster: string;
  readonly workload?: Workload;
  readonly address?: string;
  /** Pods. */
  readonly replicas: number;
  /** What it is reached on: ports with the names that its own cluster's Service gives them. */
  readonly ports: readonly EndpointPort[];
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
export function formatService({ namespace, name, clusterset }: ServiceName): string {
  return clusterset ? `${name}.${namespace}.svc.clusterset.local` : `svc/${namespace}/${name}`;
}

/**
 * What the clients of a service in a cluster reach, whatever policies say: on one of its ports, or on any.
 *
 * - Clients ask the Service of their own cluster; where there is none, there is no address to ask.
 * - Backends of other clusters count only where that Service is global; those of a cluster whose Service of the same namespace and name is
 *   global and shared, in a namespace that is global there. Whether the client's namespace is does not matter.
 * - Ports meet by their names, and every cluster's own Service says which port of its pods that is. Since 1.18 a port without name meets all.
 * - `affinity` is that of the client's cluster: `local` uses remote backends only without local ones, `remote` local ones only without remote.
 * - A headless Service is answered by DNS with the pods of its own cluster; with those of others where EndpointSlices are synchronized.
 * - Where Cilium does not balance for hosts, kube-proxy does: over the EndpointSlices of the cluster, and without affinity.
 *
 * Source: operator/watchers/service_sync.go, pkg/clustermesh/service_merger.go and selectbackends.go, pkg/loadbalancer/writer/writer.go
 * (matchesFrontend), v1.20.2; pkg/k8s/watchers/watcher.go (genCartesianProduct), v1.15.19.
 */
export function serviceView(mesh: EvaluatedMesh, { namespace, name, clusterset }: ServiceName, cluster: string, asked: Asked = {}): ServiceView {
  return clusterset ? importedView(mesh, namespace, name, cluster, asked) : localView(mesh, namespace, name, cluster, asked);
}

/** What is asked of a service: one of its ports, or any; by pods, or by nodes and pods with host network. */
export interface Asked {
  readonly port?: ServicePort;
  readonly forHosts?: boolean;
}

/** The ports of a backend that connections to a port of a service are balanced to. Those to headless Services keep their port. */
export function backendPorts(mesh: EvaluatedMesh, { cluster, service }: ServiceView, port: ServicePort, backend: Pick<Backend, 'ports'>): number[] {
  const { traits } = mesh.cluster(cluster)!.settings.policy;
  return service?.headless ? [port.port] : [...new Set(backend.ports.filter(each => meets(port, each, traits)).map(each => each.port))];
}

type Unshared = Omit<Backend, 'share'>;

function localView(mesh: EvaluatedMesh, namespace: string, name: string, clusterName: string, asked: Asked): ServiceView {
  const service = serviceIn(mesh, namespace, name, clusterName);
  if (!service) {
    return { cluster: clusterName, backends: [], reasons: [`${clusterName} has no Service ${namespace}/${name}: its clients have nothing to ask, whatever other clusters have`] };
  }
  if (service.externalName) {
    return { cluster: clusterName, service, backends: [], reasons: ['the Service is a name of DNS (type ExternalName), Cilium balances nothing'] };
  }
  const reasons: string[] = [];
  const remote: Unshared[] = [];
  for (const other of mesh.clusters.filter(each => each.name !== clusterName)) {
    const theirs = serviceIn(mesh, namespace, name, other.name);
    if (!theirs || theirs.externalName || (!service.global && !theirs.global)) {
      continue;
    }
    const why = notUsed(mesh, service, theirs);
    if (why === undefined) {
      remote.push(...endpoints(mesh, theirs));
    } else {
      reasons.push(why);
    }
  }
  return chosenView(mesh, clusterName, service, endpoints(mesh, service), remote, reasons, asked);
}

/** Chooses among the backends that a Service could have: by ports, and by affinity. */
function chosenView(
  mesh: EvaluatedMesh, cluster: string, service: EvaluatedService, local: readonly Unshared[], remote: readonly Unshared[], reasons: readonly string[],
  { port, forHosts = false }: Asked,
): ServiceView {
  const { settings } = mesh.cluster(cluster)!;
  const { traits } = settings.policy;
  const said = new Set(reasons);
  if (service.headless) {
    return viewOf(cluster, service, [...local, ...remote], said);
  }
  if (forHosts && !settings.balancesForHosts) {
    const known = service.endpointSliceSync && settings.endpointSliceSync ? [...local, ...remote] : local;
    if (known.length < local.length + remote.length) {
      said.add(`clients on the network of their node are served by kube-proxy, to the backends of ${cluster} alone: kubeProxyReplacement and socketLB are off there`);
    }
    return viewOf(cluster, service, port ? known.filter(({ ports }) => ports.some(each => meets(port, each, traits))) : known, said);
  }
  const asked = port ? [port] : service.ports;
  const chosen = new Set<Unshared>();
  for (const each of asked) {
    const having = (backends: readonly Unshared[]) => backends.filter(({ ports }) => ports.some(theirs => meets(each, theirs, traits)));
    const near = having(local);
    const far = having(remote);
    const nameless = remote.filter(backend => !far.includes(backend) && backend.ports.some(({ protocol }) => protocol === each.protocol));
    [...new Set(nameless.map(backend => backend.cluster))].forEach(other => said.add(
      `the port ${each.protocol}/${each.port} is named ${JSON.stringify(each.name ?? '')} in ${cluster}, and ${other} has none of that name: its backends are not used for it`));
    choose(service.affinity, near, far).forEach(backend => chosen.add(backend));
    if (service.affinity === 'local' && near.length > 0 && far.length > 0) {
      said.add(`affinity is local, and ${cluster} has backends of its own: those of other clusters wait until none is left`);
    }
    if (service.affinity === 'remote' && far.length > 0 && near.length > 0) {
      said.add(`affinity is remote, and other clusters have backends: ${cluster}'s own wait until none is left`);
    }
    if (service.affinity === 'unknown' && far.length > 0) {
      said.add('the affinity is neither local nor remote: Cilium 1.18 and 1.19 drop the backends of other clusters for it, even for none; leave the annotation out');
    }
  }
  return viewOf(cluster, service, [...chosen], said);
}

function choose(affinity: EvaluatedService['affinity'], local: readonly Unshared[], remote: readonly Unshared[]): readonly Unshared[] {
  switch (affinity) {
    case 'local': return local.length > 0 ? local : remote;
    case 'remote': return remote.length > 0 ? remote : local;
    case 'unknown': return local;
    case 'none': return [...local, ...remote];
  }
}

/** Whether a port of a client's Service is balanced to a port of a backend. */
function meets(port: ServicePort, { name, protocol }: EndpointPort, traits: Traits): boolean {
  const asked = port.name ?? '';
  return protocol === port.protocol && (asked === name || (traits.namelessPortsMeetAll && (asked === '' || name === '')));
}

/** Why the backends of another cluster's Service are not used; undefined when they are. */
function notUsed(mesh: EvaluatedMesh, service: EvaluatedService, theirs: EvaluatedService): string | undefined {
  if (!service.global) {
    return `the Service in ${service.cluster} is not global, so that its clients do not get the backends of ${theirs.cluster}`;
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
    return `the Service is headless, and ${service.cluster} does not synchronize EndpointSlices: DNS answers with the pods of ${service.cluster} alone`;
  }
  return undefined;
}

/** A Service that a cluster exports through the Multi-Cluster Services API. */
interface Export {
  readonly service: EvaluatedService;
  /** When the ServiceExport was made, as far as its manifest says. */
  readonly created: string;
  readonly annotations: { readonly [key: string]: string };
}

/**
 * A service of the Multi-Cluster Services API: the backends of every cluster that exports it, in every cluster that has its namespace and
 * reads ServiceImports. Clients ask a Service that Cilium derives from all exports: it is headless, has the affinity, and synchronizes
 * EndpointSlices as the oldest says; its ports are those of all, and where two disagree the older wins.
 *
 * Source: pkg/clustermesh/mcsapi/serviceimport_controller.go, service_controller.go and endpointslice_mirror_controller.go, v1.20.2.
 */
function importedView(mesh: EvaluatedMesh, namespace: string, name: string, clusterName: string, asked: Asked): ServiceView {
  const cluster = mesh.cluster(clusterName)!;
  const without = (reason: string): ServiceView => ({ cluster: clusterName, backends: [], reasons: [reason] });
  if (!cluster.settings.mcsApi) {
    return without(`${clusterName} does not read ServiceImports (clustermesh.mcsapi.enabled)`);
  }
  if (!cluster.namespaces.has(namespace)) {
    return without(`${clusterName} has no namespace ${namespace}`);
  }
  if (!exportsServices(mesh, namespace, clusterName)) {
    return without(`the namespace ${namespace} is not global in ${clusterName}, which so imports nothing into it`);
  }
  const reasons: string[] = [];
  const exported: Export[] = [];
  for (const each of mesh.clusters) {
    const found = each.settings.mcsApi ? each.serviceExports.find(({ object }) => object.metadata.name === name && (object.metadata.namespace ?? 'default') === namespace) : undefined;
    const service = serviceIn(mesh, namespace, name, each.name);
    if (found && (!service || service.externalName)) {
      const what = service ? `${each.name} exports ${namespace}/${name}, which is of type ExternalName` : `${each.name} exports ${namespace}/${name}, but has no such Service`;
      if (each === cluster) {
        return without(`${what}: as long as its own export is not valid, ${each.name} imports nothing either`);
      }
      reasons.push(what);
    } else if (found && !exportsServices(mesh, namespace, each.name)) {
      reasons.push(`the namespace ${namespace} is not global in ${each.name}`);
    } else if (found && service) {
      const annotations = each.settings.policy.traits.exportedAnnotations ? texts(found.object.spec?.exportedAnnotations) : {};
      const { creationTimestamp } = found.object.metadata;
      exported.push({ service, annotations, created: typeof creationTimestamp === 'string' ? creationTimestamp : '~' });
    }
  }
  if (exported.length === 0) {
    return { cluster: clusterName, backends: [], reasons: [...reasons, 'no cluster exports it'] };
  }
  const ordered = exported.sort((one, other) => compareTexts([one.created, one.service.cluster], [other.created, other.service.cluster]));
  const derived = derivedService(ordered, clusterName, cluster.settings.policy.traits);
  const local: Unshared[] = [];
  const remote: Unshared[] = [];
  for (const { service } of ordered) {
    const known = endpoints(mesh, service).map(backend => ({ ...backend, ports: agreed(backend.ports, service, derived, cluster.settings.policy.traits) }));
    if (service.cluster === clusterName) {
      local.push(...known);
    } else if (derived.shared && (!derived.headless || (derived.endpointSliceSync && cluster.settings.endpointSliceSync))) {
      remote.push(...known);
    } else {
      reasons.push(derived.shared ? `the service is headless, and ${clusterName} does not synchronize EndpointSlices: DNS answers with the pods of ${clusterName} alone`
        : `${service.cluster} does not share its backends (exportedAnnotations has shared: "false")`);
    }
  }
  return chosenView(mesh, clusterName, derived, local, remote, reasons, asked);
}

/** The Service that Cilium makes out of exports, the oldest first. */
function derivedService(exported: readonly Export[], cluster: string, traits: Traits): EvaluatedService {
  const [{ service: oldest, annotations }] = exported;
  const ports: ServicePort[] = [];
  for (const port of exported.flatMap(({ service }) => service.ports)) {
    const alike = (each: ServicePort) => each.port === port.port && each.protocol === port.protocol;
    if (!ports.some(each => alike(each) || (each.name ?? '') === (port.name ?? ''))) {
      ports.push({ ...port, targetPort: port.port });
    }
  }
  const sync = annotations[SERVICE_KEYS.endpointSliceSync];
  return {
    ...oldest,
    cluster,
    selector: undefined,
    ports,
    global: true,
    shared: isTrue(annotationValue(annotations, SERVICE_KEYS.shared) ?? 'true'),
    affinity: affinityOf(annotations, traits),
    endpointSliceSync: sync === undefined ? oldest.headless : isTrue(sync),
    endpoints: [],
    addresses: [],
    imported: true,
  };
}

/** Of a backend's ports those whose Service agrees with the derived one about name, number and protocol; checked since 1.19. */
function agreed(ports: readonly EndpointPort[], service: EvaluatedService, derived: EvaluatedService, traits: Traits): readonly EndpointPort[] {
  const named = (of: EvaluatedService, name: string) => of.ports.find(each => (each.name ?? '') === name);
  return !traits.exportedPortsCompared ? ports : ports.filter(({ name }) => {
    const [own, theirs] = [named(service, name), named(derived, name)];
    return theirs !== undefined && own?.port === theirs.port && own.protocol === theirs.protocol;
  });
}

/** Whether other clusters get the backends of a namespace's Services. */
function exportsServices(mesh: EvaluatedMesh, namespace: string, cluster: string): boolean {
  return mesh.cluster(cluster)!.namespaces.get(namespace)?.exportsServices ?? true;
}

function serviceIn(mesh: EvaluatedMesh, namespace: string, name: string, cluster: string): EvaluatedService | undefined {
  return mesh.cluster(cluster)?.services.find(each => each.namespace === namespace && each.name === name);
}

/** The pods and addresses behind a Service in its own cluster. */
function endpoints(mesh: EvaluatedMesh, service: EvaluatedService): Unshared[] {
  const { cluster } = service;
  return service.selector
    ? selectedWorkloads(service, mesh.cluster(cluster)!.workloads).filter(({ replicas }) => replicas > 0)
      .map(workload => ({ cluster, workload, replicas: workload.replicas, ports: endpointPorts(service, workload) }))
    : service.endpoints.map(({ address, ports }) => ({ cluster, address, replicas: 1, ports }));
}

function viewOf(cluster: string, service: EvaluatedService, chosen: readonly Unshared[], reasons: Iterable<string>): ServiceView {
  const pods = chosen.reduce((sum, each) => sum + each.replicas, 0);
  const backends = chosen.map(each => ({ ...each, share: each.replicas / pods })).sort((one, other) => one.workload && other.workload
    ? compareWorkloads(one.workload, other.workload)
    : compareTexts([one.cluster, one.address ?? ''], [other.cluster, other.address ?? '']));
  return { cluster, service, backends, reasons: chosen.length === 0 ? [...reasons, 'no pod is behind it'] : [...reasons] };
}

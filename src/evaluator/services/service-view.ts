import { Traits } from '../../cilium/traits';
import { formatValue } from '../../diagnostics/texts';
import { formatPort } from '../flows/flow';
import { EvaluatedMesh } from '../read/mesh';
import { EndpointPort, endpointPorts, EvaluatedService, selectedWorkloads, ServicePort } from '../read/service';
import { compareTexts } from '../read/text-order';
import { compareWorkloads, Workload } from '../read/workload';

/** A backend of a service: the pods of a workload, or an address from a manifest. */
export interface Backend {
  readonly cluster: string;
  readonly workload?: Workload;
  readonly address?: string;
  /** The number of pods. */
  readonly replicas: number;
  /** The ports of the backend, with the names that its own cluster's Service gives them. */
  readonly ports: readonly EndpointPort[];
  /** The expected fraction of new connections. All pods have an equal share. */
  readonly share: number;
}

/** The backends of a service for the clients in one cluster. */
export interface ServiceView {
  readonly cluster: string;
  /** The Service that the clients connect to; undefined if their cluster has none. */
  readonly service?: EvaluatedService;
  /** The backends that Cilium balances connections to, sorted, without those that have no pods. */
  readonly backends: readonly Backend[];
  /** Why there are no backends, or why those of other clusters are missing. */
  readonly reasons: readonly string[];
}

/** A question about a service: one of its ports or any, and for pods or for nodes and pods with host network. */
export interface ServiceQuery {
  readonly port?: ServicePort;
  readonly forHosts?: boolean;
}

export type UnsharedBackend = Omit<Backend, 'share'>;

/** Chooses the backends of a Service by port and affinity. */
export function balancedView(
  mesh: EvaluatedMesh,
  cluster: string,
  service: EvaluatedService,
  local: readonly UnsharedBackend[],
  remote: readonly UnsharedBackend[],
  reasons: readonly string[],
  { port, forHosts = false }: ServiceQuery,
): ServiceView {
  const { settings } = mesh.cluster(cluster)!;
  const { traits } = settings.policy;
  const allReasons = new Set(reasons);
  if (service.headless) {
    return viewOf(cluster, service, [...local, ...remote], allReasons);
  }
  if (forHosts && !settings.balancesForHosts) {
    const slices = service.endpointSliceSync && settings.endpointSliceSync ? [...local, ...remote] : local;
    if (slices.length < local.length + remote.length) {
      allReasons.add(
        `kube-proxy balances for clients with host network, and knows only the backends of ${cluster}: ` +
          'kubeProxyReplacement and socketLB are off there',
      );
    }
    return viewOf(cluster, service, port ? withPort(slices, port, traits) : slices, allReasons);
  }
  const frontends = port ? [port] : service.ports;
  const chosen = new Set<UnsharedBackend>();
  for (const frontend of frontends) {
    const near = withPort(local, frontend, traits);
    const far = withPort(remote, frontend, traits);
    const mismatched = remote.filter(
      backend => !far.includes(backend) && backend.ports.some(({ protocol }) => protocol === frontend.protocol),
    );
    [...new Set(mismatched.map(backend => backend.cluster))].forEach(other =>
      allReasons.add(
        `the port ${formatPort(frontend)} has the name ${formatValue(frontend.name ?? '')} in ${cluster}, ` +
          `and ${other} has no port of that name, so Cilium does not use its backends for it`,
      ),
    );
    byAffinity(service.affinity, near, far).forEach(backend => chosen.add(backend));
    if (service.affinity === 'local' && near.length > 0 && far.length > 0) {
      allReasons.add(
        `affinity is local, and ${cluster} has backends, ` +
          `so Cilium uses those of other clusters only if ${cluster} loses all of its own`,
      );
    }
    if (service.affinity === 'remote' && far.length > 0 && near.length > 0) {
      allReasons.add(
        'affinity is remote, and other clusters have backends, ' +
          `so Cilium uses those of ${cluster} only if the others lose all of theirs`,
      );
    }
    if (service.affinity === 'unknown' && far.length > 0) {
      allReasons.add(
        'the affinity is neither local nor remote, so Cilium 1.18 and 1.19 drop the backends of other clusters, ' +
          'even for none. Remove the annotation',
      );
    }
  }
  return viewOf(cluster, service, [...chosen], allReasons);
}

/** Whether Cilium balances a port of a client's Service to a port of a backend. */
export function matchesPort(port: ServicePort, { name, protocol }: EndpointPort, traits: Traits): boolean {
  const own = port.name ?? '';
  return protocol === port.protocol && (own === name || (traits.namelessPortsMeetAll && (own === '' || name === '')));
}

/** The pods and addresses behind a Service in its own cluster. */
export function backendsOf(mesh: EvaluatedMesh, service: EvaluatedService): UnsharedBackend[] {
  const { cluster } = service;
  return service.selector
    ? selectedWorkloads(service, mesh.cluster(cluster)!.workloads)
      .filter(({ replicas }) => replicas > 0)
      .map(workload => ({ cluster, workload, replicas: workload.replicas, ports: endpointPorts(service, workload) }))
    : service.endpoints.map(({ address, ports }) => ({ cluster, address, replicas: 1, ports }));
}

export function serviceIn(
  mesh: EvaluatedMesh,
  namespace: string,
  name: string,
  cluster: string,
): EvaluatedService | undefined {
  return mesh.cluster(cluster)?.services.find(each => each.namespace === namespace && each.name === name);
}

/** Why the backends of other clusters are missing from a headless Service. */
export function headlessReason(cluster: string): string {
  return (
    `the Service is headless, and ${cluster} does not synchronize EndpointSlices, ` +
    `so DNS answers with the pods of ${cluster} only`
  );
}

/** Whether other clusters get the backends of a namespace's Services. */
export function exportsServices(mesh: EvaluatedMesh, namespace: string, cluster: string): boolean {
  return mesh.cluster(cluster)!.namespaces.get(namespace)?.exportsServices ?? true;
}

function withPort(backends: readonly UnsharedBackend[], port: ServicePort, traits: Traits): UnsharedBackend[] {
  return backends.filter(({ ports }) => ports.some(each => matchesPort(port, each, traits)));
}

function byAffinity(
  affinity: EvaluatedService['affinity'],
  local: readonly UnsharedBackend[],
  remote: readonly UnsharedBackend[],
): readonly UnsharedBackend[] {
  switch (affinity) {
    case 'local':
      return local.length > 0 ? local : remote;
    case 'remote':
      return remote.length > 0 ? remote : local;
    case 'unknown':
      return local;
    case 'none':
      return [...local, ...remote];
  }
}

function viewOf(
  cluster: string,
  service: EvaluatedService,
  chosen: readonly UnsharedBackend[],
  reasons: Iterable<string>,
): ServiceView {
  const pods = chosen.reduce((sum, each) => sum + each.replicas, 0);
  const backends = chosen
    .map(each => ({ ...each, share: each.replicas / pods }))
    .sort((one, other) =>
      one.workload && other.workload
        ? compareWorkloads(one.workload, other.workload)
        : compareTexts([one.cluster, one.address ?? ''], [other.cluster, other.address ?? '']),
    );
  return {
    cluster,
    service,
    backends,
    reasons: chosen.length === 0 ? [...reasons, 'no backend is available'] : [...reasons],
  };
}

import { Family } from '../../cilium/ip-address';
import { formatList, shorten } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';
import { endpointPorts, selectedPods } from '../read/selected-pods';
import { EndpointPort, EvaluatedService, ServicePort } from '../read/service';
import { compareTexts } from '../read/text-order';
import { compareWorkloads, formatWorkload, Workload } from '../read/workload';

/** A backend of a service: the pods of a workload, or an address from a manifest. */
export interface Backend {
  readonly cluster: string;
  readonly workload?: Workload;
  /** The ordinals of a StatefulSet's pods, if only some of them are backends. */
  readonly ordinals?: readonly number[];
  readonly address?: string;
  /** The number of pods. */
  readonly replicas: number;
  /** The ports of the backend, with the names that its own cluster's Service gives them. */
  readonly ports: readonly EndpointPort[];
  /** The IP families of its addresses. */
  readonly families: readonly Family[];
  /** Only connections that enter on the node of one of its pods reach that pod: the traffic policy is `Local`. */
  readonly onlySameNode: boolean;
  /** The node that a connection enters on may have no pod of it. */
  readonly mayBeElsewhere: boolean;
  /**
   * The expected fraction of new connections. All pods have an equal share. Undefined if it depends on the nodes that
   * pods run on, or on the number of pods that only mesh.yaml declares: manifests say neither.
   */
  readonly share?: number;
}

export type UnsharedBackend = Omit<Backend, 'share'>;

/** A backend of one frontend, and the port of its pods. */
export interface Target {
  readonly backend: UnsharedBackend;
  /** Undefined for a headless Service without ports. */
  readonly port?: number;
  /** See `Backend.share`. */
  readonly share?: number;
}

/** An address and port of a Service. Cilium balances each apart. */
export interface Frontend {
  /** Undefined for a headless Service without ports. */
  readonly port?: ServicePort;
  /** Undefined if all families of the Service have the same backends. */
  readonly family?: Family;
  readonly targets: readonly Target[];
}

/** The backends of a service for the clients in one cluster. */
export interface ServiceView {
  readonly cluster: string;
  /** The Service that the clients connect to; undefined if their cluster has none. */
  readonly service?: EvaluatedService;
  readonly frontends: readonly Frontend[];
  /**
   * The backends of all frontends, sorted, without those that have no pods. Their shares are those at every frontend;
   * if frontends differ, all pods have an equal share.
   */
  readonly backends: readonly Backend[];
  /** Whether the shares at some frontends are not those of `backends`. */
  readonly differs: boolean;
  /** Why there are no backends, or why those of other clusters are missing. */
  readonly reasons: readonly string[];
}

/** Where clients of a service are: in a pod, on a node (or in a pod with host network), or outside of the cluster. */
export type ClientKind = 'pod' | 'host' | 'outside';

/** A question about a service: one of its ports or any, and the kind of the clients, by default pods. */
export interface ServiceQuery {
  readonly port?: ServicePort;
  readonly client?: ClientKind;
}

/** A view without backends, and why. */
export function emptyView(cluster: string, reasons: readonly string[], service?: EvaluatedService): ServiceView {
  return { cluster, service, frontends: [], backends: [], differs: false, reasons };
}

export function viewOf(
  cluster: string,
  service: EvaluatedService,
  frontends: readonly Frontend[],
  reasons: Iterable<string>,
): ServiceView {
  const served = frontends.filter(({ targets }) => targets.length > 0).map(sharesOf);
  const all = [...new Set(served.flatMap(shares => [...shares.keys()]))];
  const pods = all.reduce((sum, { replicas }) => sum + replicas, 0);
  const areEqual = served.every(shares => all.every(each => isSameShare(shares.get(each), served[0].get(each))));
  const backends = all
    .map(backend => {
      const share = areEqual ? served[0].get(backend) : all.some(hasNode) ? undefined : backend.replicas / pods;
      return { ...backend, ...(share === undefined ? {} : { share }) };
    })
    .sort(compareBackends);
  return {
    cluster,
    service,
    frontends,
    backends,
    differs: !areEqual || (served.length > 0 && served.length < frontends.length),
    reasons: backends.length === 0 ? [...reasons, 'no backend is available'] : [...reasons],
  };
}

/** Whether connections to all frontends of two views reach the same pods, at the same ports, with the same shares. */
export function isBalancedAlike(one: ServiceView, other: ServiceView): boolean {
  return JSON.stringify(one.frontends.map(frontendKey)) === JSON.stringify(other.frontends.map(frontendKey));
}

function frontendKey({ port, family, targets }: Frontend) {
  return [
    port?.protocol,
    port?.port,
    family,
    targets.map(target => [formatBackend(target.backend), target.port, target.share]),
  ];
}

/** The share of each backend in the connections to a frontend. */
function sharesOf({ targets }: Frontend): Map<UnsharedBackend, number | undefined> {
  const shares = new Map<UnsharedBackend, number | undefined>();
  for (const { backend, share } of targets) {
    const sum = shares.has(backend) ? shares.get(backend) : 0;
    shares.set(backend, sum === undefined || share === undefined ? undefined : sum + share);
  }
  return shares;
}

function isSameShare(one: number | undefined, other: number | undefined): boolean {
  return one === undefined || other === undefined ? one === other : Math.abs(one - other) < 1e-9;
}

function hasNode({ onlySameNode }: UnsharedBackend): boolean {
  return onlySameNode;
}

/** An order that depends only on the names. */
export function compareBackends(one: UnsharedBackend, other: UnsharedBackend): number {
  return one.workload && other.workload
    ? compareWorkloads(one.workload, other.workload)
    : compareTexts([one.cluster, one.address ?? ''], [other.cluster, other.address ?? '']);
}

/** `web@paris`, `db-0 of db@paris` for single pods of a StatefulSet, or `192.0.2.1 (paris)`. */
export function formatBackend({ workload, ordinals, address, cluster }: UnsharedBackend): string {
  const pods = ordinals?.map(ordinal => `${workload?.name}-${ordinal}`);
  return workload
    ? `${pods ? `${formatList(pods)} of ` : ''}${formatWorkload(workload)}`
    : `${shorten(address ?? '')} (${cluster})`;
}

/** The pods and addresses behind a Service in its own cluster. */
export function backendsOf(mesh: EvaluatedMesh, service: EvaluatedService): UnsharedBackend[] {
  const { cluster, families } = service;
  return service.selector
    ? selectedPods(service, mesh.cluster(cluster)!.workloads)
      .filter(({ replicas }) => replicas > 0)
      .map(({ workload, ordinals, replicas }) => ({
        cluster,
        workload,
        ...(ordinals ? { ordinals } : {}),
        replicas,
        ports: endpointPorts(service, workload),
        families,
        onlySameNode: false,
        mayBeElsewhere: false,
      }))
    : service.endpoints.map(({ address, ports }) => ({
      cluster,
      address,
      replicas: 1,
      ports,
      families: [address.includes(':') ? ('IPv6' as const) : ('IPv4' as const)],
      onlySameNode: false,
      mayBeElsewhere: false,
    }));
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

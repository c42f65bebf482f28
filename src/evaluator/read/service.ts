import { texts } from './namespace';
import { list } from './object-fields';
import { Workload } from './workload';
import { annotationValue, isTrue, SERVICE_KEYS, sharingOf } from '../../cilium/service-annotations';
import { Traits } from '../../cilium/traits';
import { Manifest } from '../../manifests/manifest';

/** A port of a Service. */
export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** The number or name of a containers' port; by default the port itself. */
  readonly targetPort: number | string;
}

/** A port of a backend, with the name of the Service's port (empty without a name). */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: ServicePort['protocol'];
  readonly port: number;
}

/** Addresses and ports from the manifests of Endpoints and EndpointSlices. */
export interface ServiceEndpoint {
  readonly address: string;
  readonly ports: readonly EndpointPort[];
}

/** Which backends Cilium prefers. */
export type ServiceAffinity = 'local' | 'remote' | 'none' | 'unknown';

/** A Service of one cluster. */
export interface EvaluatedService {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  /** Undefined for a Service whose backends come from Endpoints and EndpointSlices. */
  readonly selector?: { readonly [key: string]: string };
  readonly ports: readonly ServicePort[];
  readonly headless: boolean;
  /** It is an alias of a DNS name without backends (`type: ExternalName`). */
  readonly externalName: boolean;
  /** Whether its annotation makes it global. */
  readonly global: boolean;
  /** Whether its annotations share its backends with other clusters. */
  readonly shared: boolean;
  readonly affinity: ServiceAffinity;
  /** Whether it requests EndpointSlices of other clusters' backends in this cluster. */
  readonly endpointSliceSync: boolean;
  /** The content of its Endpoints and EndpointSlices. */
  readonly endpoints: readonly ServiceEndpoint[];
  /** The addresses of `endpoints`. */
  readonly addresses: readonly string[];
  /** Cilium derived it from a ServiceImport. Clients use `<name>.<namespace>.svc.clusterset.local`. */
  readonly imported: boolean;
  readonly manifest: Manifest;
}

/** The manager of the EndpointSlices that Cilium copies from other clusters (pkg/k8s/utils/utils.go, v1.20.2). */
const SYNCHRONIZED = 'endpointslice-mesh-controller.cilium.io';

/** Reads a Service (pkg/annotation/k8s.go and pkg/loadbalancer, v1.20.2). */
export function serviceOf(
  manifest: Manifest,
  cluster: string,
  endpoints: readonly ServiceEndpoint[],
  traits: Traits,
): EvaluatedService {
  const { metadata, spec } = manifest.object;
  const annotations = texts(metadata.annotations);
  const headless = spec?.clusterIP === 'None';
  const sync = annotations[SERVICE_KEYS.endpointSliceSync];
  const selector = texts(spec?.selector);
  return {
    cluster,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    labels: texts(metadata.labels),
    selector: Object.keys(selector).length > 0 ? selector : undefined,
    ports: (Array.isArray(spec?.ports) ? spec.ports : [])
      .filter((port: any) => Number.isInteger(port?.port))
      .map((port: any) => ({
        name: port.name,
        protocol: port.protocol ?? 'TCP',
        port: port.port,
        targetPort: port.targetPort ?? port.port,
      })),
    headless,
    externalName: spec?.type === 'ExternalName',
    ...sharingOf(annotations),
    affinity: affinityOf(annotations, traits),
    // only the current key of `global` requests EndpointSlices (pkg/annotation, pkg/clustermesh/endpointslicesync,
    // v1.20.2)
    endpointSliceSync: isTrue(annotations[SERVICE_KEYS.global]) && (sync === undefined ? headless : isTrue(sync)),
    endpoints,
    addresses: endpoints.map(({ address }) => address),
    imported: false,
    manifest,
  };
}

/**
 * The affinity in annotations, case-insensitive. Values other than `local` and `remote` mean none.
 *
 * 1.18 and 1.19, up to the patches with cilium#46635, drop the backends of other clusters for every other value, even
 * for `none` (pkg/clustermesh/selectbackends.go, v1.18.8 and v1.19.3).
 */
export function affinityOf(
  annotations: { readonly [key: string]: string },
  traits: Traits,
): EvaluatedService['affinity'] {
  const value = annotationValue(annotations, SERVICE_KEYS.affinity)?.toLowerCase() ?? '';
  return value === 'local' || value === 'remote'
    ? value
    : value !== '' && traits.otherAffinityDropsRemotes
      ? 'unknown'
      : 'none';
}

/**
 * The ready endpoints of a Service: from its Endpoints, and from the EndpointSlices with its name as label.
 *
 * It excludes slices that Cilium copies from other clusters, because Cilium does not read them (pkg/k8s/utils/utils.go,
 * v1.20.2).
 */
export function endpointsOf(namespace: string, name: string, manifests: readonly Manifest[]): ServiceEndpoint[] {
  const portsByAddress = new Map<string, EndpointPort[]>();
  const add = (address: unknown, ports: readonly any[]) => {
    if (typeof address === 'string') {
      portsByAddress.set(address, [
        ...(portsByAddress.get(address) ?? []),
        ...ports
          .filter(each => Number.isInteger(each?.port))
          .map(each => ({ name: each.name ?? '', protocol: each.protocol ?? 'TCP', port: each.port })),
      ]);
    }
  };
  for (const { object } of manifests) {
    const labels = object.metadata.labels ?? {};
    if ((object.metadata.namespace ?? 'default') !== namespace) {
      continue;
    }
    if (
      object.kind === 'EndpointSlice' &&
      labels['kubernetes.io/service-name'] === name &&
      labels['endpointslice.kubernetes.io/managed-by'] !== SYNCHRONIZED
    ) {
      list(object.endpoints)
        .filter(each => each?.conditions?.ready !== false)
        .flatMap(each => list(each?.addresses))
        .forEach(each => add(each, list(object.ports)));
    }
    if (object.kind === 'Endpoints' && object.metadata.name === name) {
      list(object.subsets).forEach(subset =>
        list(subset?.addresses).forEach(each => add(each?.ip, list(subset.ports))),
      );
    }
  }
  return [...portsByAddress.keys()].sort().map(address => ({ address, ports: portsByAddress.get(address)! }));
}

/** The ports of a workload's pods behind the ports of a Service. */
export function endpointPorts(service: EvaluatedService, workload: Workload): EndpointPort[] {
  return service.ports.flatMap(port => {
    const number = targetPort(port, workload);
    return number === undefined ? [] : [{ name: port.name ?? '', protocol: port.protocol, port: number }];
  });
}

/** The workloads of its cluster that a Service selects. */
export function selectedWorkloads(service: EvaluatedService, workloads: readonly Workload[]): Workload[] {
  const { selector } = service;
  return selector === undefined
    ? []
    : workloads.filter(
      workload =>
        workload.cluster === service.cluster &&
          workload.namespace === service.namespace &&
          Object.entries(selector).every(([key, value]) => workload.podLabels[key] === value),
    );
}

/** The port of a workload's pods behind a port of a Service; undefined if no container has a port of that name. */
export function targetPort(port: ServicePort, workload: Workload): number | undefined {
  return typeof port.targetPort === 'number'
    ? port.targetPort
    : workload.ports.find(each => each.name === port.targetPort && each.protocol === port.protocol)?.port;
}

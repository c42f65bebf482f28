import { texts } from './namespace';
import { Workload } from './workload';
import { annotationValue, isTrue, SERVICE_KEYS, sharingOf } from '../../cilium/service-annotations';
import { Traits } from '../../cilium/traits';
import { Manifest } from '../../manifests/manifest';

/** A port of a Service. */
export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** Number, or name of a containers' port; the port itself where it is not given. */
  readonly targetPort: number | string;
}

/**
 * A port of a backend: of pods, or of an address that somebody wrote. Its name is that of the Service's port, empty
 * where it has none.
 */
export interface EndpointPort {
  readonly name: string;
  readonly protocol: ServicePort['protocol'];
  readonly port: number;
}

/** Addresses that somebody wrote into Endpoints or an EndpointSlice, and their ports. */
export interface WrittenEndpoint {
  readonly address: string;
  readonly ports: readonly EndpointPort[];
}

/** Where Cilium prefers backends. */
export type ServiceAffinity = 'local' | 'remote' | 'none' | 'unknown';

/** A Service of one cluster. */
export interface EvaluatedService {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  /** None: its backends are in Endpoints and EndpointSlices that somebody else writes. */
  readonly selector?: { readonly [key: string]: string };
  readonly ports: readonly ServicePort[];
  readonly headless: boolean;
  /** It stands for a DNS name, and has no backends (`type: ExternalName`). */
  readonly externalName: boolean;
  /** Whether it is global: its annotation says so. */
  readonly global: boolean;
  /** Whether other clusters get its backends, as its annotations say. */
  readonly shared: boolean;
  readonly affinity: ServiceAffinity;
  /** Whether this cluster is to get EndpointSlices of other clusters' backends. */
  readonly endpointSliceSync: boolean;
  /** What its Endpoints and EndpointSlices hold. */
  readonly endpoints: readonly WrittenEndpoint[];
  /** The addresses among it. */
  readonly addresses: readonly string[];
  /** Made by Cilium out of a ServiceImport: clients ask for `<name>.<namespace>.svc.clusterset.local`. */
  readonly imported: boolean;
  readonly manifest: Manifest;
}

/** Who manages the EndpointSlices that Cilium copies from other clusters (pkg/k8s/utils/utils.go, v1.20.2). */
const SYNCHRONIZED = 'endpointslice-mesh-controller.cilium.io';

/** Reads a Service (pkg/annotation/k8s.go and pkg/loadbalancer, v1.20.2). */
export function serviceOf(manifest: Manifest, cluster: string, endpoints: readonly WrittenEndpoint[], traits: Traits): EvaluatedService {
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
    ports: (Array.isArray(spec?.ports) ? spec.ports : []).filter((port: any) => Number.isInteger(port?.port)).map((port: any) => ({
      name: port.name, protocol: port.protocol ?? 'TCP', port: port.port, targetPort: port.targetPort ?? port.port,
    })),
    headless,
    externalName: spec?.type === 'ExternalName',
    ...sharingOf(annotations),
    affinity: affinityOf(annotations, traits),
    // only the current key of `global` makes EndpointSlices (pkg/annotation, pkg/clustermesh/endpointslicesync, v1.20.2)
    endpointSliceSync: isTrue(annotations[SERVICE_KEYS.global]) && (sync === undefined ? headless : isTrue(sync)),
    endpoints,
    addresses: endpoints.map(({ address }) => address),
    imported: false,
    manifest,
  };
}

/**
 * The affinity that annotations ask for, in any case. Others than `local` and `remote` are none; but 1.18 and 1.19, up
 * to the patches with cilium#46635, take every other value for a preference that nobody outside of the cluster meets,
 * even `none`: the backends of other clusters are dropped (pkg/clustermesh/selectbackends.go, v1.18.8 and v1.19.3).
 */
export function affinityOf(annotations: { readonly [key: string]: string }, traits: Traits): EvaluatedService['affinity'] {
  const said = annotationValue(annotations, SERVICE_KEYS.affinity)?.toLowerCase() ?? '';
  return said === 'local' || said === 'remote' ? said : said !== '' && traits.otherAffinityDropsRemotes ? 'unknown' : 'none';
}

/**
 * A Service's ready endpoints that somebody wrote: of its Endpoints, and of the EndpointSlices with its name as label.
 * Those that Cilium copies from other clusters are not among them: Cilium itself does not read them
 * (pkg/k8s/utils/utils.go, v1.20.2).
 */
export function endpointsOf(namespace: string, name: string, manifests: readonly Manifest[]): WrittenEndpoint[] {
  const found = new Map<string, EndpointPort[]>();
  const add = (address: unknown, ports: readonly any[]) => {
    if (typeof address === 'string') {
      found.set(address, [...found.get(address) ?? [], ...ports.filter(each => Number.isInteger(each?.port))
        .map(each => ({ name: each.name ?? '', protocol: each.protocol ?? 'TCP', port: each.port }))]);
    }
  };
  for (const { object } of manifests) {
    const labels = object.metadata.labels ?? {};
    if ((object.metadata.namespace ?? 'default') !== namespace) {
      continue;
    }
    if (object.kind === 'EndpointSlice' && labels['kubernetes.io/service-name'] === name && labels['endpointslice.kubernetes.io/managed-by'] !== SYNCHRONIZED) {
      list(object.endpoints).filter(each => each?.conditions?.ready !== false).flatMap(each => list(each?.addresses)).forEach(each => add(each, list(object.ports)));
    }
    if (object.kind === 'Endpoints' && object.metadata.name === name) {
      list(object.subsets).forEach(subset => list(subset?.addresses).forEach(each => add(each?.ip, list(subset.ports))));
    }
  }
  return [...found.keys()].sort().map(address => ({ address, ports: found.get(address)! }));
}

/** The ports of a Service that a workload's pods have. */
export function endpointPorts(service: EvaluatedService, workload: Workload): EndpointPort[] {
  return service.ports.flatMap(port => {
    const number = targetPort(port, workload);
    return number === undefined ? [] : [{ name: port.name ?? '', protocol: port.protocol, port: number }];
  });
}

/** The workloads whose pods a Service selects, in its cluster. */
export function selectedWorkloads(service: EvaluatedService, workloads: readonly Workload[]): Workload[] {
  const { selector } = service;
  return selector === undefined ? [] : workloads.filter(workload => workload.cluster === service.cluster && workload.namespace === service.namespace
    && Object.entries(selector).every(([key, value]) => workload.podLabels[key] === value));
}

/** The port of a workload's pods that a port of a Service leads to; none when it has no port of the name. */
export function targetPort(port: ServicePort, workload: Workload): number | undefined {
  return typeof port.targetPort === 'number' ? port.targetPort
    : workload.ports.find(each => each.name === port.targetPort && each.protocol === port.protocol)?.port;
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

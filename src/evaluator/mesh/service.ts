import { EvaluatedNamespace, texts } from './namespace';
import { Workload } from './workload';
import { Manifest } from '../../manifests/manifest';

/** A port of a Service. */
export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** Number, or name of a containers' port; the port itself where it is not given. */
  readonly targetPort: number | string;
}

/** Where Cilium prefers backends. */
export type ServiceAffinity = 'local' | 'remote' | 'none';

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
  /** Addresses in its Endpoints and EndpointSlices. */
  readonly addresses: readonly string[];
  /** Made by Cilium out of a ServiceImport: clients ask for `<name>.<namespace>.svc.clusterset.local`. */
  readonly imported: boolean;
  readonly manifest: Manifest;
}

/** Keys of annotations that have an alias of old; the current one wins (pkg/annotation/k8s.go, v1.20.2). */
export const ALIASES: { readonly [key: string]: string } = {
  'service.cilium.io/global': 'io.cilium/global-service',
  'service.cilium.io/shared': 'io.cilium/shared-service',
  'service.cilium.io/affinity': 'io.cilium/service-affinity',
};

/** What an annotation of a Service says, under its current key or its alias. */
export function annotation(annotations: { readonly [key: string]: string }, key: string): string | undefined {
  return annotations[key] ?? annotations[ALIASES[key]];
}

/** Reads a Service (pkg/annotation/k8s.go and pkg/loadbalancer, v1.20.2: `true` in any case is true, everything else false). */
export function serviceOf(manifest: Manifest, cluster: string, addresses: readonly string[]): EvaluatedService {
  const { metadata, spec } = manifest.object;
  const annotations = texts(metadata.annotations);
  const isTrue = (key: string) => annotation(annotations, key)?.toLowerCase() === 'true';
  const global = isTrue('service.cilium.io/global');
  const affinity = annotation(annotations, 'service.cilium.io/affinity')?.toLowerCase();
  const headless = spec?.clusterIP === 'None';
  const sync = annotations['service.cilium.io/global-sync-endpoint-slices'];
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
    global,
    shared: global && (annotation(annotations, 'service.cilium.io/shared') === undefined || isTrue('service.cilium.io/shared')),
    affinity: affinity === 'local' || affinity === 'remote' ? affinity : 'none',
    // only the current key of `global` makes EndpointSlices (pkg/annotation, operator/pkg/endpointslicesync, v1.20.2)
    endpointSliceSync: annotations['service.cilium.io/global']?.toLowerCase() === 'true' && (sync === undefined ? headless : sync.toLowerCase() === 'true'),
    addresses,
    imported: false,
    manifest,
  };
}

/** Addresses of a Service's ready endpoints that somebody wrote: of its Endpoints, and of the EndpointSlices with its name as label. */
export function addressesOf(namespace: string, name: string, manifests: readonly Manifest[]): string[] {
  const addresses = manifests.flatMap(({ object }) => {
    if ((object.metadata.namespace ?? 'default') !== namespace) {
      return [];
    }
    if (object.kind === 'EndpointSlice' && object.metadata.labels?.['kubernetes.io/service-name'] === name) {
      return list(object.endpoints).filter(each => each?.conditions?.ready !== false).flatMap(each => list(each?.addresses));
    }
    return object.kind === 'Endpoints' && object.metadata.name === name
      ? list(object.subsets).flatMap(subset => list(subset?.addresses).map(each => each?.ip))
      : [];
  });
  return [...new Set(addresses.filter(each => typeof each === 'string'))].sort();
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

/** Whether a Service's backends are known to other clusters: it is global and shared, and its namespace is global. */
export function isExported(service: EvaluatedService, namespace: EvaluatedNamespace | undefined, defaultGlobal: boolean): boolean {
  return service.global && service.shared && (namespace?.global ?? defaultGlobal);
}

function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

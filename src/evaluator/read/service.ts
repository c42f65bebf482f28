import { texts } from './namespace';
import { Cidr } from '../../cilium/cidr';
import { Family } from '../../cilium/ip-address';
import { annotationValue, isTrue, SERVICE_KEYS, sharingOf } from '../../cilium/service-annotations';
import { Traits } from '../../cilium/traits';
import { Manifest } from '../../manifests/manifest';
import { PolicySettings } from '../engine/settings';

/** A port of a Service. */
export interface ServicePort {
  readonly name?: string;
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly port: number;
  /** The number or name of a containers' port; by default the port itself. */
  readonly targetPort: number | string;
  /** The port of the nodes, if the manifest chooses it. */
  readonly nodePort?: number;
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

/** Where clients connect to a Service, other than its cluster IP. */
export type ServiceType = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalName';

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
  readonly type: ServiceType;
  readonly headless: boolean;
  /** It is an alias of a DNS name without backends (`type: ExternalName`). */
  readonly externalName: boolean;
  /** Clients outside of the cluster have an address to connect to: that of nodes, a load balancer or `externalIPs`. */
  readonly isExposed: boolean;
  /** `loadBalancerSourceRanges`, see source-ranges.ts. */
  readonly sourceRanges: readonly Cidr[];
  /** The ranges are those of clients that may not connect. */
  readonly deniesSourceRanges: boolean;
  /** Clients outside have ports to connect to that the ranges do not limit by default: those of nodes. */
  readonly hasUnlimitedPorts: boolean;
  /** `internalTrafficPolicy: Local`: of its own cluster's backends, clients reach those on their node only. */
  readonly internalLocal: boolean;
  /** `externalTrafficPolicy: Local`: the same for clients outside, on the node that they connect to. */
  readonly externalLocal: boolean;
  /** `sessionAffinity: ClientIP`: all connections of a client go to one backend, for hours by default. */
  readonly sessionAffinity: boolean;
  /** The IP families of its addresses, of which the first is that of its cluster IP. */
  readonly families: readonly Family[];
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

export const SERVICE_TYPES: readonly ServiceType[] = ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'];

/** Reads a Service (pkg/annotation/k8s.go and pkg/loadbalancer, v1.20.2). */
export function serviceOf(
  manifest: Manifest,
  cluster: string,
  endpoints: readonly ServiceEndpoint[],
  settings: Pick<PolicySettings, 'traits' | 'ipv4' | 'ipv6'>,
): EvaluatedService {
  const { metadata, spec } = manifest.object;
  const annotations = texts(metadata.annotations);
  const headless = spec?.clusterIP === 'None';
  const type: ServiceType = SERVICE_TYPES.find(each => each === spec?.type) ?? 'ClusterIP';
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
        ...(Number.isInteger(port.nodePort) ? { nodePort: port.nodePort } : {}),
      })),
    type,
    headless,
    externalName: type === 'ExternalName',
    isExposed: type !== 'ExternalName' && isExposed(spec, type, annotations, settings.traits),
    sourceRanges: type === 'LoadBalancer' ? rangesOf(spec) : [],
    deniesSourceRanges:
      settings.traits.exposedTypes && annotations[SERVICE_KEYS.sourceRangesPolicy]?.toLowerCase() === 'deny',
    hasUnlimitedPorts: hasNodePorts(spec, annotations, settings.traits) || hasUnlimitedAddresses(spec, settings.traits),
    internalLocal: spec?.internalTrafficPolicy === 'Local',
    externalLocal: spec?.externalTrafficPolicy === 'Local',
    sessionAffinity: spec?.sessionAffinity === 'ClientIP',
    families: familiesOf(spec, settings),
    ...sharingOf(annotations),
    affinity: affinityOf(annotations, settings.traits),
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

/** Cilium ignores what is no CIDR (pkg/loadbalancer/reflectors/conversions.go, v1.20.2). */
function rangesOf(spec: any): Cidr[] {
  return (Array.isArray(spec?.loadBalancerSourceRanges) ? spec.loadBalancerSourceRanges : []).flatMap(
    (text: unknown) => Cidr.masked(String(text).trim()) ?? [],
  );
}

function hasNodePorts(spec: any, annotations: { readonly [key: string]: string }, traits: Traits): boolean {
  const kept = traits.exposedTypes ? annotations[SERVICE_KEYS.exposedType] : undefined;
  const isKept = !SERVICE_TYPES.some(known => known === kept) || kept === 'NodePort';
  const isAllocated =
    spec?.allocateLoadBalancerNodePorts !== false ||
    (Array.isArray(spec.ports) && spec.ports.some((port: any) => Number.isInteger(port?.nodePort)));
  return isKept && isAllocated;
}

function hasUnlimitedAddresses(spec: any, traits: Traits): boolean {
  return !traits.externalIpsInSourceRanges && Array.isArray(spec?.externalIPs) && spec.externalIPs.length > 0;
}

/** The types of frontends that `service.cilium.io/type` keeps (pkg/loadbalancer/reflectors/conversions.go, v1.20.2). */
function isExposed(
  spec: any,
  type: ServiceType,
  annotations: { readonly [key: string]: string },
  traits: Traits,
): boolean {
  const kept = traits.exposedTypes ? annotations[SERVICE_KEYS.exposedType] : undefined;
  const isKept = (each: ServiceType) => !SERVICE_TYPES.some(known => known === kept) || kept === each;
  return (
    (type !== 'ClusterIP' && isKept('NodePort')) ||
    (type === 'LoadBalancer' && isKept('LoadBalancer')) ||
    (Array.isArray(spec?.externalIPs) && spec.externalIPs.length > 0)
  );
}

/**
 * The API server chooses the families that the manifest leaves open: the first of the cluster, and the other if
 * `ipFamilyPolicy` wants both (pkg/registry/core/service/storage/alloc.go of Kubernetes, v1.36.3).
 */
function familiesOf(spec: any, { ipv4, ipv6 }: Pick<PolicySettings, 'ipv4' | 'ipv6'>): Family[] {
  const enabled: Family[] = [...(ipv4 ? ['IPv4' as const] : []), ...(ipv6 ? ['IPv6' as const] : [])];
  const written = (Array.isArray(spec?.ipFamilies) ? spec.ipFamilies : []).filter(
    (each: unknown): each is Family => each === 'IPv4' || each === 'IPv6',
  );
  const wantsBoth = spec?.ipFamilyPolicy === 'RequireDualStack' || spec?.ipFamilyPolicy === 'PreferDualStack';
  const first = written.length > 0 ? written : enabled.slice(0, 1);
  return wantsBoth ? [...first, ...enabled.filter(each => !first.includes(each))] : first;
}

import { FindingContext } from './context';
import { Finding, found } from './finding';
import { isMap } from './raw-rules';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../read/cluster';
import { texts } from '../read/namespace';
import { ALIASES, EvaluatedService } from '../read/service';

/** Annotations of Services that mean nothing, or something else than they look like. */
export function serviceAnnotationFindings(context: FindingContext): Finding[] {
  const allCurrent = context.mesh.clusters.every(({ version }) => version.traits.currentAnnotationKeys);
  return context.mesh.clusters.flatMap(cluster => cluster.services.flatMap(service => [
    ...Object.entries(isMap(service.manifest.object.metadata.annotations) ? service.manifest.object.metadata.annotations : {})
      .flatMap(([key, value]) => annotation(cluster, service, key, value, allCurrent)),
    ...labels(cluster, service), ...withoutGlobal(cluster, service), ...withoutSync(cluster, service),
  ]));
}

/** What Cilium reads of an annotation. */
interface Known {
  /** The minor version that brought it. */
  readonly since: number;
  /** Where they are a closed set. */
  readonly values?: readonly string[];
  /** Whether values count as they are written; others may be written in any case. */
  readonly exact?: boolean;
  /** What becomes of other values. */
  readonly otherwise?: string;
}

const FLAG = { values: ['true', 'false'] };

/** pkg/annotation/k8s.go, pkg/loadbalancer and operator/pkg/ciliumenvoyconfig of v1.15.19 to v1.20.2; those of 1.13 are older than what is modelled. */
const KNOWN: { readonly [key: string]: Known } = {
  'service.cilium.io/global': { since: 13, ...FLAG, otherwise: 'everything but true is false, and the Service is not global' },
  'service.cilium.io/shared': { since: 13, ...FLAG, otherwise: 'everything but true is false, and other clusters get no backends' },
  'service.cilium.io/affinity': { since: 13, values: ['local', 'remote', 'none', ''], otherwise: 'it means none' },
  'service.cilium.io/global-sync-endpoint-slices': { since: 16, ...FLAG, otherwise: 'everything but true is false' },
  'service.cilium.io/lb-algorithm': { since: 17, values: ['random', 'maglev'], exact: true, otherwise: 'Cilium ignores it' },
  'service.cilium.io/forwarding-mode': { since: 17, values: ['dsr', 'snat'], otherwise: 'Cilium ignores it' },
  'service.cilium.io/type': { since: 17, values: ['ClusterIP', 'NodePort', 'LoadBalancer'], exact: true, otherwise: 'Cilium ignores it, and provisions every type' },
  'service.cilium.io/src-ranges-policy': { since: 17, values: ['allow', 'deny'], otherwise: 'it means allow' },
  'service.cilium.io/node': { since: 17 },
  'service.cilium.io/node-selector': { since: 18 },
  'service.cilium.io/proxy-delegation': { since: 18, values: ['none', 'delegate-if-local'], otherwise: 'it means none' },
  'service.cilium.io/lb-l7': { since: 13, values: ['enabled', 'disabled'], exact: true, otherwise: 'everything but enabled is disabled' },
  'service.cilium.io/lb-l7-algorithm': { since: 13, values: ['round_robin', 'least_request', 'random'], otherwise: 'it means round_robin' },
  'lbipam.cilium.io/ips': { since: 16 },
  'lbipam.cilium.io/sharing-key': { since: 16 },
  'lbipam.cilium.io/sharing-cross-namespace': { since: 16 },
  'io.cilium/lb-ipam-ips': { since: 13 },
  'io.cilium/lb-ipam-sharing-key': { since: 13 },
  'io.cilium/lb-ipam-sharing-cross-namespace': { since: 13 },
  // internal: written by the Multi-Cluster Services API
  'clustermesh.cilium.io/supported-ip-families': { since: 17 },
};

/** Prefixes under which every key of a Service is Cilium's. */
const PREFIXES = /^(service\.cilium\.io|lbipam\.cilium\.io|io\.cilium)\//;

/** Cilium's prefixes for other objects (pkg/annotation/k8s.go, v1.20.2), which some copy to Services. */
const OTHER_PREFIXES = /^(config|clustermesh|ingress|gateway|network|policy|ipam|cni|cec)\.cilium\.io\//;

const LEGACY: { readonly [alias: string]: string } = Object.fromEntries(Object.entries(ALIASES).map(([key, alias]) => [alias, key]));
const KEYS = [...Object.keys(KNOWN), ...Object.keys(LEGACY)];

type Report = (code: 'service-annotation-unknown' | 'service-annotation-value' | 'service-annotation-legacy' | 'service-affinity-none', message: string, fix: string) => Finding[];

function annotation(cluster: EvaluatedCluster, { manifest, namespace, name }: EvaluatedService, key: string, value: unknown, allCurrent: boolean): Finding[] {
  const current = LEGACY[key] ?? key;
  const known = Object.prototype.hasOwnProperty.call(KNOWN, current) ? KNOWN[current] : undefined;
  const finding: Report = (code, message, fix) =>
    [found(code, cluster.name, manifest, `metadata.annotations[${JSON.stringify(key)}]`, message, fix)];
  if (typeof value !== 'string') {
    return finding('service-annotation-value', `the annotation ${key} must be a text, not ${JSON.stringify(value)}: the API server refuses the Service ${namespace}/${name}`, `put it in quotes: "${String(value)}"`);
  }
  if (!known) {
    return isCiliums(key) ? finding('service-annotation-unknown', key === 'service.cilium.io/weight' ? `${key} is an annotation of EndpointSlices, not of Services` : `Cilium knows no annotation ${key} of Services${didYouMean(key, KEYS)}`,
      'correct the key, or remove it: Cilium ignores it as it is') : [];
  }
  if (LEGACY[key] === undefined && !cluster.version.atLeast(known.since)) {
    return finding('service-annotation-unknown', `Cilium ${cluster.version.text} does not know ${key} yet: it came with 1.${known.since}`, ALIASES[key] !== undefined ? `write ${ALIASES[key]}` : 'upgrade the cluster, or remove the annotation');
  }
  const old = LEGACY[key] === undefined ? [] : texts(manifest.object.metadata.annotations)[current] !== undefined
    ? finding('service-annotation-legacy', `${key} is an old name of ${current}, which is there too and wins`, `remove ${key}`)
    : !allCurrent ? [] : finding('service-annotation-legacy', `${key} is an old name of ${current}`, `write ${current}`);
  return [...old, ...known.values ? values(cluster, current, key, value, { ...known, values: known.values }, finding) : []];
}

function values(cluster: EvaluatedCluster, current: string, key: string, value: string, { values: all, exact, otherwise }: Known & { readonly values: readonly string[] },
  finding: Report): Finding[] {
  const isAffinity = current === 'service.cilium.io/affinity';
  const keepsAway = isAffinity && value !== '' && cluster.version.traits.otherAffinityDropsRemotes;
  if (!all.includes(exact ? value : value.toLowerCase())) {
    const meaning = keepsAway ? `it keeps Cilium ${cluster.version.text} from using backends of other clusters` : otherwise;
    return finding('service-annotation-value', `${key} does not take ${JSON.stringify(value)}: ${meaning}`, `write ${all.filter(each => each !== '').map(each => JSON.stringify(each)).join(' or ')}`);
  }
  return keepsAway && value.toLowerCase() === 'none' ? finding('service-affinity-none', `affinity none, written out, keeps Cilium ${cluster.version.text} from using backends of other clusters (cilium/cilium#46623)`,
    'remove the annotation: none is the default') : [];
}

/** Whether a key can only be meant for Cilium: it has one of its prefixes for Services, or one that looks like it. */
function isCiliums(key: string): boolean {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/')));
  return PREFIXES.test(key) || (!OTHER_PREFIXES.test(key) && /c[il]+um/i.test(prefix) && didYouMean(prefix, ['service.cilium.io', 'lbipam.cilium.io', 'io.cilium']) !== '');
}

/** Keys of annotations among the labels, where Cilium does not look for them. */
function labels(cluster: EvaluatedCluster, { manifest }: EvaluatedService): Finding[] {
  return Object.keys(texts(manifest.object.metadata.labels)).filter(key => key !== 'service.cilium.io/node' && KEYS.includes(key)).map(key => found('service-annotation-unknown', cluster.name, manifest,
    `metadata.labels[${JSON.stringify(key)}]`, `${key} is a label here, and Cilium reads annotations only`, 'move it to metadata.annotations'));
}

/** Annotations that mean nothing unless the Service is global. */
function withoutGlobal(cluster: EvaluatedCluster, { manifest, global }: EvaluatedService): Finding[] {
  const said = texts(manifest.object.metadata.annotations);
  return global ? [] : ['service.cilium.io/shared', 'service.cilium.io/affinity', 'service.cilium.io/global-sync-endpoint-slices']
    .flatMap(key => [key, ALIASES[key]].find(each => said[each] !== undefined) ?? [])
    .map(key => found('service-annotation-without-global', cluster.name, manifest, `metadata.annotations[${JSON.stringify(key)}]`,
      `${key} means nothing: the Service is not global`, 'add service.cilium.io/global: "true", or remove it'));
}

/** Global Services whose clients in this cluster need EndpointSlices of the others, and do not get them. */
function withoutSync(cluster: EvaluatedCluster, { manifest, global, headless }: EvaluatedService): Finding[] {
  const said = texts(manifest.object.metadata.annotations);
  const sync = said['service.cilium.io/global-sync-endpoint-slices'];
  if (!global || !cluster.version.traits.endpointSliceSync || !(sync === undefined ? headless : sync.toLowerCase() === 'true')) {
    return [];
  }
  const path = sync === undefined ? 'spec.clusterIP' : 'metadata.annotations["service.cilium.io/global-sync-endpoint-slices"]';
  const finding = (message: string, fix: string) => [found('service-headless-without-sync', cluster.name, manifest, path, message, fix)];
  const what = sync === undefined ? `the Service is headless: DNS answers with the pods of ${cluster.name} alone` : `${cluster.name} gets no EndpointSlices of other clusters`;
  if (!cluster.settings.endpointSliceSync) {
    return finding(`${what}, since ${cluster.name} does not synchronize EndpointSlices`, 'set clustermesh.enableEndpointSliceSynchronization: true in the Helm values of the cluster');
  }
  return said['service.cilium.io/global']?.toLowerCase() === 'true' ? []
    : finding(`${what}, since EndpointSlices are synchronized for service.cilium.io/global only, not for its old name`, 'write service.cilium.io/global: "true"');
}

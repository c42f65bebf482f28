/**
 * Which endpoint of a mesh an end of a record means.
 *
 * The labels of the identity decide, with the cluster among them: policies see nothing else. Where no workload has
 * exactly these labels, the names of the workload and of the pod tell which one the manifests mean, and the difference
 * is kept. An address alone never means a pod: Services, proxies and nodes have the addresses of others.
 */
import { AddressIndex } from './addresses';
import { areDnsLabels, assumedDns } from './assumed-dns';
import { PodOwners } from './pod-owners';
import { RecordedEnd } from './record';
import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../cilium/labels';
import { JOB_NAME_LABELS } from '../../cilium/workload-kinds';
import { shorten } from '../../diagnostics/texts';
import { Endpoint, formatEndpoint } from '../../evaluator/flows/endpoint';
import { classKey } from '../../evaluator/flows/endpoint-classes';
import { ApiServer } from '../../evaluator/read/api-server';
import { EvaluatedCluster } from '../../evaluator/read/cluster';
import { EvaluatedMesh } from '../../evaluator/read/mesh';
import { formatWorkload, Workload } from '../../evaluator/read/workload';

/** Why an end means no endpoint of a mesh. */
export type UnknownReason =
  /** The record does not tell its cluster. */
  | 'no-cluster'
  /** The mesh has no such cluster. */
  | 'other-cluster'
  /** The record has neither labels nor a name, for example by a field mask. */
  | 'no-labels'
  /** No workload of the manifests has these labels or this name. */
  | 'no-workload'
  /** Several workloads have these labels, and policies distinguish them by their ports. */
  | 'ambiguous'
  /** An identity that Cilium did not know either. */
  | 'no-identity';

/** Labels in which a recorded identity and the manifests differ. */
export interface LabelDifference {
  /** Labels that were recorded and are not in the manifests, sorted: `key=value`. */
  readonly added: readonly string[];
  /** Labels of the manifests that were not recorded. */
  readonly missing: readonly string[];
}

/** An end in a mesh. */
export type MatchedEnd =
  | {
    readonly endpoint: Endpoint;
    /** How it was found; `name` for workloads whose labels were not recorded. */
    readonly by: 'labels' | 'workload' | 'name' | 'reserved' | 'address';
    readonly difference?: LabelDifference;
    /** The end as it was recorded, if the manifests place it elsewhere: an API server on a node, or outside of them. */
    readonly elsewhere?: Endpoint;
  }
  | { readonly unknown: UnknownReason };

/** An end of observed flows: one for all records with its identity. */
export interface ObservedEnd {
  /** Equal for equal ends of all flows. */
  readonly key: string;
  /** As commands write it. */
  readonly text: string;
  /** The end in each mesh. */
  readonly matches: readonly MatchedEnd[];
  /** Addresses that were seen of it in all flows, if it is outside of the mesh; at most `MOST_ADDRESSES`. */
  readonly addresses?: Set<string>;
  /** Addresses that answers of DNS to it gave, with their names; undefined beyond `MOST_ANSWERS`. */
  answers?: Map<string, Set<string>> | 'many';
}

/** Adds a name of an address, from an answer of DNS to an end. */
export function addAnswer(end: ObservedEnd, name: string, address: string): void {
  if (end.answers === 'many') {
    return;
  }
  end.answers ??= new Map();
  const names = end.answers.get(address) ?? new Set();
  end.answers.set(address, names);
  if (names.size <= MOST_NAMES) {
    names.add(plainName(name));
  }
  if (end.answers.size > MOST_ANSWERS) {
    end.answers = 'many';
  }
}

/** The names of an address by the answers of DNS to an end, sorted; none if they are too many to be told apart. */
export function answeredNames({ answers }: ObservedEnd, address: string): readonly string[] {
  const names = answers === undefined || answers === 'many' ? undefined : answers.get(address);
  return names === undefined || names.size > MOST_NAMES ? [] : [...names].sort();
}

/** The most addresses that answers of DNS to an end gave, and the most names of one. */
const [MOST_ANSWERS, MOST_NAMES] = [1000, 16];

/** The most addresses that an end, or a flow of it, keeps. */
export const MOST_ADDRESSES = 100;

/**
 * Finds the ends of records in meshes. The first mesh names them. An end on the node that recorded is in its cluster.
 */
export class Ends {
  private readonly meshes: readonly MeshIndex[];
  private readonly addresses: AddressIndex;
  private readonly known = new Map<string, ObservedEnd>();
  private readonly ends = new Map<string, ObservedEnd>();
  private readonly names: ReadonlySet<string>;

  constructor(meshes: readonly EvaluatedMesh[]) {
    this.meshes = meshes.map(mesh => new MeshIndex(mesh));
    this.addresses = new AddressIndex(meshes);
    this.names = new Set(meshes.flatMap(mesh => mesh.clusters.map(({ name }) => name)));
  }

  /** The cluster, if all meshes have only one. */
  public get onlyCluster(): string | undefined {
    return this.names.size === 1 ? [...this.names][0] : undefined;
  }

  /** The end of a record; `cluster` is the one of the node that recorded. */
  public find(end: RecordedEnd, cluster: string | undefined): ObservedEnd {
    const { labels, workload, pod } = end;
    const key =
      `${labels.join('\n')}|${end.cluster ?? ''}|${cluster ?? ''}|${end.namespace ?? ''}|` +
      `${workload ? `${workload.kind}/${workload.name}` : ''}|${end.isLocal}|`;
    const known = this.known.get(key) ?? this.known.get(`${key}${pod ?? ''}|`);
    if (known) {
      return known;
    }
    const reserved = reservedNames(labels);
    if (isOutside(reserved)) {
      return this.outside(end);
    }
    if (reserved.some(isWorld)) {
      return this.apiServerOutside(end, labelOf(labels, CLUSTER_LABEL) ?? cluster);
    }
    const { needsPod, ...found } =
      reserved.length > 0 ? this.reserved(reserved, labels, cluster) : this.pods(end, cluster);
    const made = this.unique(found);
    this.known.set(needsPod ? `${key}${pod ?? ''}|` : key, made);
    return made;
  }

  private unique(end: ObservedEnd): ObservedEnd {
    const known = this.ends.get(end.key) ?? end;
    this.ends.set(end.key, known);
    return known;
  }

  /** Addresses outside of the mesh that policies do not distinguish are one end, and their names another. */
  private outside({ address: text = '', names }: RecordedEnd): ObservedEnd {
    const found = this.addresses.find(text);
    if (!found) {
      const endpoint: Endpoint = { kind: 'entity', entity: 'world' };
      const matches = this.everywhere(endpoint, 'reserved');
      return this.unique({ key: 'world', text: formatEndpoint(endpoint), matches });
    }
    const sorted = [...new Set(names.map(plainName))].sort();
    const key = `world ${found.class} ${sorted.join(' ')}`;
    const known = this.ends.get(key);
    if (known) {
      if (known.addresses!.size < MOST_ADDRESSES) {
        known.addresses!.add(text);
      }
      return known;
    }
    const endpoint: Endpoint = { kind: 'address', address: found.address, names: sorted };
    return this.unique({
      key,
      text: sorted.length > 0 ? `fqdn:${shorten(sorted[0])}` : formatEndpoint(endpoint),
      matches: this.everywhere(endpoint, 'address'),
      addresses: new Set([text]),
    });
  }

  /** An API server with the label of the world. Its address counts: policies may select it by CIDRs. */
  private apiServerOutside({ address: text = '' }: RecordedEnd, cluster: string | undefined): ObservedEnd {
    const found = this.addresses.find(text);
    const endpoint = apiServerOf(cluster);
    const shown = formatEndpoint(endpoint);
    const key = `${shown} outside ${found?.class ?? ''}`;
    return (
      this.ends.get(key) ??
      this.unique({
        key,
        text: shorten(shown),
        matches: this.meshes.map(({ mesh }) =>
          apiServerMatch(mesh, cluster, { outside: true, ...(found ? { address: found.address } : {}) }),
        ),
      })
    );
  }

  private everywhere(endpoint: Endpoint, by: 'address' | 'reserved'): MatchedEnd[] {
    return this.meshes.map(() => ({ endpoint, by }));
  }

  /** Nodes and other identities that Cilium reserves. Those of a node are in the cluster that recorded them. */
  private reserved(
    names: readonly string[],
    labels: readonly string[],
    recorder: string | undefined,
  ): ObservedEnd & { needsPod?: boolean } {
    const entity = ENTITIES.find(each => names.includes(each));
    if (!entity) {
      const text = `reserved:${shorten(names.join(','))}`;
      return { key: text, text, matches: this.meshes.map(() => ({ unknown: 'no-identity' })) };
    }
    const cluster = labelOf(labels, CLUSTER_LABEL) ?? (IN_CLUSTERS.includes(entity) ? recorder : undefined);
    const endpoint: Endpoint = { kind: 'entity', entity, ...(cluster === undefined ? {} : { cluster }) };
    const text = formatEndpoint(endpoint);
    return {
      key: text,
      text: shorten(text),
      matches: this.meshes.map(({ mesh }): MatchedEnd =>
        entity === 'kube-apiserver'
          ? apiServerMatch(mesh, cluster, { outside: false })
          : cluster === undefined
            ? IN_CLUSTERS.includes(entity)
              ? { unknown: 'no-cluster' }
              : { endpoint, by: 'reserved' }
            : mesh.cluster(cluster)
              ? { endpoint, by: 'reserved' }
              : { unknown: 'other-cluster' },
      ),
    };
  }

  /** The only cluster with a workload that an end may mean, if its record does not name the cluster. */
  private onlyPlace(end: RecordedEnd, namespace: string | undefined): string | undefined {
    const places = [...this.names].filter(name =>
      this.meshes.some(index => !('unknown' in index.find(end, name, namespace).match)),
    );
    return places.length === 1 ? places[0] : undefined;
  }

  private pods(end: RecordedEnd, recorder: string | undefined): ObservedEnd & { needsPod?: boolean } {
    const namespace = labelOf(end.labels, NAMESPACE_LABEL) ?? end.namespace;
    const own = labelOf(end.labels, CLUSTER_LABEL) ?? end.cluster ?? (end.isLocal ? recorder : undefined);
    const cluster = own ?? this.onlyCluster ?? this.onlyPlace(end, namespace);
    const found = this.meshes.map(index => index.find(end, cluster, namespace));
    const matches = found.map(({ match }) => match);
    const workload = matches.flatMap(match =>
      'endpoint' in match && match.endpoint.kind === 'workload' ? [match.endpoint.workload] : [],
    )[0];
    const needsPod = own === undefined || found.some(each => each.needsPod);
    const differs = matches.some(match => 'unknown' in match || match.difference !== undefined);
    const labels = differs ? podLabels(end.labels).join('\n') : '';
    const name = workload
      ? `${workload.cluster}/${workload.namespace}/${workload.kind}/${workload.name}`
      : `?${cluster ?? ''}/${namespace ?? ''}/${end.workload?.name ?? (needsPod ? end.pod : '') ?? ''}`;
    return {
      key: `pods ${name} ${labels}`,
      text: workload ? formatWorkload(workload) : unknownText(end, cluster, namespace),
      matches,
      needsPod,
    };
  }
}

/** A DNS name as policies have it. */
export function plainName(name: string): string {
  return name.replace(/\.$/, '').toLowerCase();
}

const ENTITIES = ['kube-apiserver', 'ingress', 'host', 'remote-node', 'health', 'init', 'unmanaged'] as const;

/** Entities of one cluster: that of the node which recorded them, unless a label names it. */
const IN_CLUSTERS: readonly string[] = ['kube-apiserver', 'ingress', 'host', 'health'];

/** An API server outside of the nodes has the label of the world too. */
function isOutside(reserved: readonly string[]): boolean {
  return reserved.some(isWorld) && !reserved.includes('kube-apiserver');
}

function isWorld(name: string): boolean {
  return /^world(-ipv[46])?$/.test(name);
}

function apiServerOf(cluster: string | undefined): Endpoint {
  return { kind: 'entity', entity: 'kube-apiserver', ...(cluster === undefined ? {} : { cluster }) };
}

/** An API server, as recorded where the manifests agree whether it runs on a node; else as they say, and elsewhere. */
function apiServerMatch(mesh: EvaluatedMesh, name: string | undefined, recorded: ApiServer): MatchedEnd {
  const cluster = name === undefined ? undefined : mesh.cluster(name);
  if (!cluster) {
    return { unknown: name === undefined ? 'no-cluster' : 'other-cluster' };
  }
  const endpoint = apiServerOf(name);
  const asRecorded: Endpoint = { ...endpoint, apiServer: recorded } as Endpoint;
  return recorded.outside === cluster.apiServer.outside
    ? { endpoint: recorded.outside ? asRecorded : endpoint, by: 'reserved' }
    : { endpoint, by: 'reserved', elsewhere: asRecorded };
}

function reservedNames(labels: readonly string[]): string[] {
  return labels.filter(label => label.startsWith('reserved:')).map(label => label.slice('reserved:'.length));
}

/** The value of a label of Kubernetes. */
export function labelOf(labels: readonly string[], key: string): string | undefined {
  const start = `k8s:${key}=`;
  return labels.find(label => label.startsWith(start))?.slice(start.length);
}

/**
 * The labels of pods, `key=value`, sorted. Since 1.20 Cilium adds labels of the source `gen` with the named ports of
 * pods, and others come from CIDRs: policies of pods select by none of them.
 */
function podLabels(labels: readonly string[]): string[] {
  return labels
    .filter(label => label.startsWith('k8s:'))
    .map(label => label.slice('k8s:'.length))
    .map(label => (label.includes('=') ? label : `${label}=`))
    .sort();
}

function unknownText({ workload, pod, labels }: RecordedEnd, cluster?: string, namespace?: string): string {
  const own = podLabels(labels).filter(label => !/^io\.(cilium|kubernetes)\./.test(label));
  const name = workload?.name ?? pod ?? (own.length > 0 ? `{${own.join(',')}}` : '?');
  const place = namespace === undefined || namespace === 'default' ? '' : `${namespace}/`;
  return shorten(`${place}${name}@${cluster ?? '?'}`);
}

/** The workloads of a mesh by their labels and names. */
class MeshIndex {
  private readonly byLabels = new Map<string, Workload[]>();
  /** By the labels without those of their namespaces. */
  private readonly byOwnLabels = new Map<string, Workload[]>();
  private readonly owners: PodOwners;
  private readonly dns: ReadonlyMap<string, Endpoint>;

  constructor(public readonly mesh: EvaluatedMesh) {
    for (const workload of mesh.workloads.filter(({ hostNetwork }) => !hostNetwork)) {
      const labels = labelsOf(workload);
      push(this.byLabels, `${workload.cluster}\n${labels.join('\n')}`, workload);
      push(this.byOwnLabels, `${workload.cluster}\n${withoutNamespace(labels).join('\n')}`, workload);
    }
    this.owners = new PodOwners(mesh.workloads);
    this.dns = new Map(
      [...assumedDns(mesh)].map(([name, workload]): [string, Endpoint] => [name, { kind: 'workload', workload }]),
    );
  }

  public find(
    end: RecordedEnd,
    clusterName: string | undefined,
    namespace: string | undefined,
  ): { readonly match: MatchedEnd; readonly needsPod: boolean } {
    const cluster = clusterName === undefined ? undefined : this.mesh.cluster(clusterName);
    if (!cluster) {
      return { match: { unknown: clusterName === undefined ? 'no-cluster' : 'other-cluster' }, needsPod: false };
    }
    const labels = identityLabels(end.labels, cluster);
    const exact = labels.length === 0 ? [] : (this.byLabels.get(`${cluster.name}\n${labels.join('\n')}`) ?? []);
    if (exact.length > 0) {
      return { match: oneOf(exact, end), needsPod: exact.length > 1 && !end.workload };
    }
    const named =
      end.workload && namespace !== undefined
        ? this.owners.named(end.workload, cluster.name, namespace)
        : undefined;
    if (named) {
      return { match: matched(named, labels, 'workload'), needsPod: false };
    }
    const own =
      labels.length === 0 ? [] : (this.byOwnLabels.get(`${cluster.name}\n${withoutNamespace(labels).join('\n')}`) ?? []);
    if (own.length > 0 && new Set(own.map(classKey)).size === 1) {
      return { match: matched(own[0], labels, 'workload'), needsPod: false };
    }
    const owner =
      end.pod === undefined || namespace === undefined
        ? undefined
        : this.owners.find(end.pod, cluster.name, namespace);
    if (owner) {
      return { match: matched(owner, labels, 'name'), needsPod: true };
    }
    const server = this.dns.get(cluster.name);
    if (server && areDnsLabels(labels)) {
      return { match: { endpoint: server, by: 'labels' }, needsPod: false };
    }
    const unknown =
      own.length > 1 ? 'ambiguous' : labels.length === 0 && end.pod === undefined ? 'no-labels' : 'no-workload';
    return { match: { unknown }, needsPod: end.pod !== undefined };
  }
}

/** One of the workloads with the labels of an end. If policies distinguish them, only the name tells which. */
function oneOf(workloads: readonly Workload[], { workload, pod, namespace }: RecordedEnd): MatchedEnd {
  const named = workload && workloads.find(({ kind, name }) => kind === workload.kind && name === workload.name);
  const owner =
    named || workloads.length === 1 || pod === undefined
      ? undefined
      : new PodOwners(workloads).find(pod, workloads[0].cluster, namespace ?? workloads[0].namespace);
  return named || owner || new Set(workloads.map(classKey)).size === 1
    ? { endpoint: { kind: 'workload', workload: named ?? owner ?? workloads[0] }, by: 'labels' }
    : { unknown: 'ambiguous' };
}

function matched(workload: Workload, labels: readonly string[], by: 'workload' | 'name'): MatchedEnd {
  const endpoint: Endpoint = { kind: 'workload', workload };
  if (labels.length === 0) {
    return { endpoint, by: 'name' };
  }
  const [recorded, written] = [new Set(labels), new Set(labelsOf(workload))];
  // the name of the Job that a CronJob starts contains the time
  const isOfRun = (label: string) =>
    workload.kind === 'CronJob' && JOB_NAME_LABELS.some(key => label.startsWith(`${key}=`));
  const added = [...recorded].filter(label => !written.has(label) && !isOfRun(label));
  const missing = [...written].filter(label => !recorded.has(label) && !isOfRun(label));
  return added.length + missing.length === 0 ? { endpoint, by } : { endpoint, by, difference: { added, missing } };
}

/** The recorded labels that the cluster's settings keep. Both sides are filtered alike. */
function identityLabels(labels: readonly string[], { settings }: EvaluatedCluster): string[] {
  return podLabels(labels).filter(label => settings.identityLabels.keeps(label.slice(0, label.indexOf('='))));
}

function labelsOf({ labels }: Workload): string[] {
  return labels.labels.map(({ key, value }) => `${key}=${value}`).sort();
}

function withoutNamespace(labels: readonly string[]): string[] {
  return labels.filter(label => !label.startsWith(`${NAMESPACE_LABELS_PREFIX}.`));
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) {
    list.push(value);
  } else {
    map.set(key, [value]);
  }
}

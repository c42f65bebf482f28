import { Cidr } from '../../cilium/cidr';
import { Peer, Subject } from '../engine/direction-policy';
import { Label, LabelSet } from '../engine/label-set';
import { PeerIdentity } from '../engine/selector';
import { PolicySettings } from '../engine/settings';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { cidrGroupsOf, worldLabel } from '../read/policy/cidrs';
import { formatWorkload, Workload } from '../read/workload';

/** Entities that can send or receive a flow. */
export const ENDPOINT_ENTITIES = [
  'host',
  'remote-node',
  'kube-apiserver',
  'ingress',
  'health',
  'init',
  'unmanaged',
  'world',
] as const;

/** An endpoint of a flow: pods of the mesh, an entity, or something outside of the mesh. */
export type Endpoint =
  | { readonly kind: 'workload'; readonly workload: Workload }
  /** `host` and `ingress` may name a cluster. */
  | { readonly kind: 'entity'; readonly entity: (typeof ENDPOINT_ENTITIES)[number]; readonly cluster?: string }
  /** An address outside of the mesh, with the DNS names that resolve to it. */
  | { readonly kind: 'address'; readonly address: Cidr; readonly names: readonly string[] }
  /** A DNS name with an unknown address. Among CIDRs, only those of all addresses match it. */
  | { readonly kind: 'name'; readonly name: string };

/** The reference of an endpoint, as commands take it. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'workload':
      return formatWorkload(endpoint.workload);
    case 'entity':
      return `entity:${endpoint.entity}${endpoint.cluster === undefined ? '' : `@${endpoint.cluster}`}`;
    case 'address':
      return `world:${endpoint.address.text.replace(/\/\d+$/, '')}`;
    case 'name':
      return `fqdn:${endpoint.name}`;
  }
}

/** The endpoint as subject of its own cluster's policies; undefined for endpoints that are not pods. */
export function subjectOf(endpoint: Endpoint): (Subject & { readonly cluster: string }) | undefined {
  if (endpoint.kind !== 'workload' || endpoint.workload.hostNetwork) {
    return undefined;
  }
  const { labels, namedPorts, cluster } = endpoint.workload;
  return { labels, namedPorts, cluster };
}

/**
 * The endpoint as the policies of a cluster see it.
 *
 * - Pods with host network are their node. Which node the other endpoint runs on is unknown, so they count as another
 *   node.
 * - Pods of another cluster in a namespace that is not global there are unknown outside of it. Their addresses belong
 *   to the world (Documentation/network/clustermesh/namespace-sync, v1.20.2).
 * - The host of another cluster's node is a remote node.
 */
export function peerOf(endpoint: Endpoint, cluster: EvaluatedCluster, mesh: EvaluatedMesh): Peer {
  const settings = cluster.settings.policy;
  switch (endpoint.kind) {
    case 'workload':
      return workloadPeer(endpoint.workload, settings, mesh);
    case 'entity':
      return entityPeer(isRemoteHost(endpoint, cluster) ? 'remote-node' : endpoint.entity, settings);
    case 'address':
      return addressPeer(endpoint.address, endpoint.names, cluster);
    case 'name':
      return { ...worldPeer(settings), names: [endpoint.name] };
  }
}

function isRemoteHost({ entity, cluster }: Extract<Endpoint, { kind: 'entity' }>, { name }: EvaluatedCluster): boolean {
  return entity === 'host' && cluster !== undefined && cluster !== name;
}

function workloadPeer(workload: Workload, settings: PolicySettings, mesh: EvaluatedMesh): Peer {
  if (workload.hostNetwork) {
    return { ...entityPeer('remote-node', settings), namedPorts: workload.namedPorts };
  }
  if (workload.cluster !== settings.clusterName && !isKnownElsewhere(workload, mesh)) {
    return worldPeer(settings);
  }
  return {
    labels: workload.labels,
    namedPorts: workload.namedPorts,
    names: [],
    groups: [],
    ...aggregate(settings, workload.cluster === settings.clusterName ? 'aggregate-cluster' : 'aggregate-cluster-mesh'),
  };
}

/** Whether other clusters know the identity and the addresses of a workload's pods. */
export function isKnownElsewhere(workload: Workload, mesh: EvaluatedMesh): boolean {
  return mesh.cluster(workload.cluster)?.namespaces.get(workload.namespace)?.global ?? true;
}

/** Identity 7, the API server, has two labels (pkg/identity/reserved.go, v1.20.2). */
function entityPeer(entity: string, settings: PolicySettings): Peer {
  if (entity === 'world') {
    return worldPeer(settings);
  }
  const labels = (entity === 'kube-apiserver' ? ['kube-apiserver', 'remote-node'] : [entity]).map(reserved);
  return { labels: new LabelSet(labels), namedPorts: new Map(), names: [], groups: [] };
}

function worldPeer(settings: PolicySettings, address?: Cidr): Peer {
  const family = address?.family ?? (settings.ipv4 ? 'IPv4' : 'IPv6');
  return {
    labels: new LabelSet([reserved(worldLabel(family, settings))]),
    namedPorts: new Map(),
    names: [],
    groups: [],
    ...aggregate(settings, 'aggregate-world'),
  };
}

/** An address outside of the mesh has the labels of the CIDR groups that hold it. */
function addressPeer(address: Cidr, names: readonly string[], { settings, cidrGroups }: EvaluatedCluster): Peer {
  const world = worldPeer(settings.policy, address);
  const { names: groups, labels } = cidrGroupsOf(address, cidrGroups, settings.policy.traits);
  return { ...world, labels: new LabelSet([...world.labels.labels, ...labels]), address, names, groups };
}

/** Aggregates exist since 1.20 (pkg/policy/aggregate.go, v1.20.2). */
function aggregate(
  settings: PolicySettings,
  name: PeerIdentity['aggregate'],
): { aggregate?: PeerIdentity['aggregate'] } {
  return settings.traits.aggregateIdentities ? { aggregate: name } : {};
}

function reserved(key: string): Label {
  return { source: 'reserved', key, value: '' };
}

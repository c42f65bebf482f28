import { Cidr } from '../../cilium/cidr';
import { Peer, Subject } from '../engine/direction-policy';
import { Label, LabelSet } from '../engine/label-set';
import { PeerIdentity } from '../engine/selector';
import { PolicySettings } from '../engine/settings';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { cidrGroupsOf, worldLabel } from '../read/policy/cidrs';
import { formatWorkload, Workload } from '../read/workload';

/** Entities that can be an end of a flow. */
export const ENDPOINT_ENTITIES = ['host', 'remote-node', 'kube-apiserver', 'ingress', 'health', 'init', 'unmanaged', 'world'] as const;

/** One end of a flow: pods of the mesh, or somebody outside of it. */
export type Endpoint =
  | { readonly kind: 'workload'; readonly workload: Workload }
  /** `host` and `ingress` are those of the cluster, where one is named. */
  | { readonly kind: 'entity'; readonly entity: typeof ENDPOINT_ENTITIES[number]; readonly cluster?: string }
  /** An address outside of the mesh, with the DNS names that led to it. */
  | { readonly kind: 'address'; readonly address: Cidr; readonly names: readonly string[] }
  /** A DNS name whose address is not known: CIDRs other than everybody's do not match it. */
  | { readonly kind: 'name'; readonly name: string };

/** How a person names an end. */
export function formatEndpoint(end: Endpoint): string {
  switch (end.kind) {
    case 'workload': return formatWorkload(end.workload);
    case 'entity': return `entity:${end.entity}${end.cluster === undefined ? '' : `@${end.cluster}`}`;
    case 'address': return `world:${end.address.text.replace(/\/\d+$/, '')}`;
    case 'name': return `fqdn:${end.name}`;
  }
}

/** The end as subject of its own cluster's policies; undefined for those that are not pods. */
export function subjectOf(end: Endpoint): (Subject & { readonly cluster: string }) | undefined {
  return end.kind === 'workload' && !end.workload.hostNetwork ? { labels: end.workload.labels, namedPorts: end.workload.namedPorts, cluster: end.workload.cluster } : undefined;
}

/**
 * The end as the policies of a cluster see it.
 *
 * - Pods with host network are their node: on which one the other end runs is not known, so that they are taken for another node.
 * - Pods of another cluster in a namespace that is not global there are known to nobody else: their addresses are the world's
 *   (Documentation/network/clustermesh/namespace-sync, v1.20.2).
 * - The host of another cluster's node is a remote node.
 */
export function peerOf(end: Endpoint, cluster: EvaluatedCluster, mesh: EvaluatedMesh): Peer {
  const settings = cluster.settings.policy;
  switch (end.kind) {
    case 'workload': return workloadPeer(end.workload, settings, mesh);
    case 'entity': return entityPeer(end.entity === 'host' && end.cluster !== undefined && end.cluster !== cluster.name ? 'remote-node' : end.entity, settings);
    case 'address': return addressPeer(end.address, end.names, cluster);
    case 'name': return { ...worldPeer(settings), names: [end.name] };
  }
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

/** Identity 7, the API server, carries two labels (pkg/identity/reserved.go, v1.20.2). */
function entityPeer(entity: string, settings: PolicySettings): Peer {
  if (entity === 'world') {
    return worldPeer(settings);
  }
  const labels = (entity === 'kube-apiserver' ? ['kube-apiserver', 'remote-node'] : [entity]).map(reserved);
  return { labels: new LabelSet(labels), namedPorts: new Map(), names: [], groups: [] };
}

function worldPeer(settings: PolicySettings, address?: Cidr): Peer {
  const family = address?.family ?? (settings.ipv4 ? 'IPv4' : 'IPv6');
  return { labels: new LabelSet([reserved(worldLabel(family, settings))]), namedPorts: new Map(), names: [], groups: [], ...aggregate(settings, 'aggregate-world') };
}

/** An address outside of the mesh has the labels of the CIDR groups that hold it. */
function addressPeer(address: Cidr, names: readonly string[], { settings, cidrGroups }: EvaluatedCluster): Peer {
  const world = worldPeer(settings.policy, address);
  const { names: groups, labels } = cidrGroupsOf(address, cidrGroups, settings.policy.traits);
  return { ...world, labels: new LabelSet([...world.labels.labels, ...labels]), address, names, groups };
}

/** Aggregates are of 1.20 (pkg/policy/aggregate.go, v1.20.2). */
function aggregate(settings: PolicySettings, name: PeerIdentity['aggregate']): { aggregate?: PeerIdentity['aggregate'] } {
  return settings.traits.aggregateIdentities ? { aggregate: name } : {};
}

function reserved(key: string): Label {
  return { source: 'reserved', key, value: '' };
}

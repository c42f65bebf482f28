import { Cidr } from '../../cilium/cidr';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { Peer, Subject } from '../engine/direction-policy';
import { Direction } from '../engine/entry';
import { Label, LabelSet } from '../engine/label-set';
import { PeerIdentity } from '../engine/selector';
import { PolicySettings } from '../engine/settings';
import { ApiServer } from '../read/api-server';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedNode, nodeCidrsOf } from '../read/node';
import { CidrGroupsOfAddress, cidrGroupsOf, worldLabel } from '../read/policy/cidrs';
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
  | {
    readonly kind: 'workload';
    readonly workload: Workload;
    /** For pods with host network, where they run; by default on any other node. */
    readonly placement?: Placement;
    readonly node?: EvaluatedNode;
  }
  /** A node itself; without `node`, any of the cluster's. */
  | {
    readonly kind: 'node';
    readonly cluster: string;
    readonly node?: EvaluatedNode;
    /** By default any of the places that it can be at. */
    readonly placement?: Placement;
  }
  /** `host` and `ingress` may name a cluster. */
  | {
    readonly kind: 'entity';
    readonly entity: (typeof ENDPOINT_ENTITIES)[number];
    readonly cluster?: string;
    /** For `kube-apiserver`, where it runs; by default where the manifests of its cluster have it. */
    readonly apiServer?: ApiServer;
  }
  /** An address outside of the mesh, with the DNS names that answers to the pods at the other end gave it. */
  | { readonly kind: 'address'; readonly address: Cidr; readonly names: readonly string[] }
  /** A DNS name with an unknown address. Among CIDRs, only those of all addresses match it. */
  | { readonly kind: 'name'; readonly name: string };

/**
 * Whether a node runs the pods at the other end of the flow. Cilium calls it `host` then, and else `remote-node`. Nodes
 * of other clusters are always remote.
 */
export type Placement = 'same-node' | 'other-node';

/** The reference of an endpoint, as commands take it. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'workload':
      return formatWorkload(endpoint.workload);
    case 'node':
      return endpoint.node
        ? `node:${endpoint.node.name}@${endpoint.cluster}`
        : `entity:${endpoint.placement === 'same-node' ? 'host' : 'remote-node'}@${endpoint.cluster}`;
    case 'entity':
      return `entity:${endpoint.entity}${endpoint.cluster === undefined ? '' : `@${endpoint.cluster}`}`;
    case 'address':
      return `world:${endpoint.address.text.replace(/\/\d+$/, '')}`;
    case 'name':
      return `fqdn:${endpoint.name}`;
  }
}

/** The cluster of an endpoint; undefined outside of the mesh, and for an entity that names none. */
export function clusterOf(endpoint: Endpoint): string | undefined {
  switch (endpoint.kind) {
    case 'workload':
      return endpoint.workload.cluster;
    case 'node':
    case 'entity':
      return endpoint.cluster;
    default:
      return undefined;
  }
}

/**
 * The endpoint as subject of its own cluster's policies. Undefined for endpoints outside of the mesh, and for nodes and
 * pods with host network unless the host firewall is enabled: Cilium enforces nothing there
 * (computePolicyEnforcementAndRules, pkg/policy/repository.go, v1.20.2).
 */
export function subjectOf(
  endpoint: Endpoint,
  mesh: EvaluatedMesh,
): (Subject & { readonly cluster: string }) | undefined {
  switch (endpoint.kind) {
    case 'workload': {
      const { labels, namedPorts, cluster, hostNetwork } = endpoint.workload;
      return hostNetwork ? hostSubject(mesh, cluster, endpoint.node) : { labels, namedPorts, cluster };
    }
    case 'node':
      return hostSubject(mesh, endpoint.cluster, endpoint.node);
    case 'entity':
      return isNodeEntity(endpoint.entity) && endpoint.cluster !== undefined
        ? hostSubject(mesh, endpoint.cluster, undefined)
        : undefined;
    default:
      return undefined;
  }
}

/** A node as subject of host policies. Of an unknown node, only the labels that all nodes share are known. */
function hostSubject(mesh: EvaluatedMesh, cluster: string, node: EvaluatedNode | undefined) {
  const { settings, nodes } = mesh.cluster(cluster)!;
  return settings.policy.hostFirewall
    ? {
      cluster,
      labels: new LabelSet([reserved('host'), ...(node ? node.labels.labels : commonLabels(nodes))]),
      namedPorts: new Map<string, number>(),
    }
    : undefined;
}

function commonLabels([first, ...others]: readonly EvaluatedNode[]): Label[] {
  return (first?.labels.labels ?? []).filter(({ source, key, value }) =>
    others.every(({ labels }) => labels.get(source, key) === value),
  );
}

/**
 * The endpoint as the policies of a cluster see it, in one direction of flows.
 *
 * - Pods with host network are their node; by default another one than that of the other endpoint. Cilium knows
 *   neither their labels nor their port names (updatePodHostData, pkg/k8s/watchers/pod.go, v1.20.2).
 * - Pods of another cluster in a namespace that is not global there are unknown outside of it. As destinations their
 *   addresses belong to the world: the blocks of their nodes do (podCIDREntries, pkg/node/manager/manager.go, v1.20.2).
 *   So they do as sources with native routing. With tunnels the header of their packets names their identity, of which
 *   only the aggregate is known (aggregate_for_identity, bpf/lib/identity.h, v1.20.2).
 * - The host of another cluster's node is a remote node.
 */
export function peerOf(
  endpoint: Endpoint,
  cluster: EvaluatedCluster,
  mesh: EvaluatedMesh,
  direction: Direction,
): Peer {
  const settings = cluster.settings.policy;
  switch (endpoint.kind) {
    case 'workload': {
      const { workload, placement = 'other-node', node } = endpoint;
      return workload.hostNetwork
        ? nodePeer({ cluster: workload.cluster, placement, node }, cluster, mesh)
        : workloadPeer(workload, settings, mesh, direction);
    }
    case 'node':
      return nodePeer(endpoint, cluster, mesh);
    case 'entity':
      return isNodeEntity(endpoint.entity)
        ? nodePeer(nodeOf(endpoint.entity, endpoint.cluster ?? cluster.name), cluster, mesh)
        : endpoint.entity === 'kube-apiserver'
          ? apiServerPeer(
            endpoint.apiServer ?? (mesh.cluster(endpoint.cluster ?? cluster.name) ?? cluster).apiServer,
            settings,
          )
          : entityPeer(endpoint.entity, settings);
    case 'address':
      return addressPeer(endpoint.address, endpoint.names, cluster);
    case 'name':
      return { ...worldPeer(settings), names: [endpoint.name] };
  }
}

type NodeEndpoint = Omit<Extract<Endpoint, { kind: 'node' }>, 'kind'>;

/** Whether an entity is a node: that of the pods at the other end, or another one. */
export function isNodeEntity(entity: string): entity is 'host' | 'remote-node' {
  return entity === 'host' || entity === 'remote-node';
}

function nodeOf(entity: 'host' | 'remote-node', cluster: string): NodeEndpoint {
  return { cluster, placement: entity === 'host' ? 'same-node' : 'other-node' };
}

/**
 * A node as peer (nodeIdentityLabels, pkg/node/manager/manager.go, v1.20.2). Remote nodes with labels or addresses have
 * identities of their own, which belong to an aggregate. Where CIDRs match nodes, so do the CIDR groups that hold their
 * addresses (mergeLabels and resolveLabels, pkg/ipcache/metadata.go, v1.20.2).
 */
function nodePeer({ cluster, placement, node }: NodeEndpoint, viewer: EvaluatedCluster, mesh: EvaluatedMesh): Peer {
  const settings = viewer.settings.policy;
  const local = cluster === viewer.name && placement === 'same-node';
  const address = settings.cidrMatchesNodes ? nodeAddress(node, mesh.cluster(cluster)) : undefined;
  const own = settings.nodeSelectorLabels
    ? [...(node?.peerLabels.labels ?? []), { source: 'k8s', key: CLUSTER_LABEL, value: cluster }]
    : [];
  const groups = address ? cidrGroupsOf(address, viewer.cidrGroups, settings.traits) : NO_GROUPS;
  const labels = [...own, ...groups.labels];
  return {
    labels: new LabelSet([reserved(local ? 'host' : 'remote-node'), ...labels]),
    namedPorts: new Map(),
    names: [],
    groups: groups.names,
    ...(address ? { address } : {}),
    ...(!local && (address !== undefined || labels.length > 0) ? aggregate(settings, 'aggregate-remote-node') : {}),
  };
}

const NO_GROUPS: CidrGroupsOfAddress = { names: [], labels: [] };

/** The address of a node; of an unknown one the block of all nodes, which a CIDR selects if it covers all of it. */
function nodeAddress(node: EvaluatedNode | undefined, cluster: EvaluatedCluster | undefined): Cidr | undefined {
  const [block, ...others] = cluster ? nodeCidrsOf(cluster.input) : [];
  return node?.addresses[0] ?? (others.length === 0 ? block : undefined);
}

function workloadPeer(
  workload: Workload,
  settings: PolicySettings,
  mesh: EvaluatedMesh,
  direction: Direction,
): Peer {
  if (workload.cluster !== settings.clusterName && !isKnownElsewhere(workload, mesh)) {
    return settings.tunnels && direction === 'ingress'
      ? {
        labels: new LabelSet([]),
        namedPorts: new Map(),
        names: [],
        groups: [],
        ...aggregate(settings, 'aggregate-cluster-mesh'),
      }
      : worldPeer(settings);
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

/** An API server outside of the nodes is an address of the world with one more label. */
function apiServerPeer(apiServer: ApiServer, settings: PolicySettings): Peer {
  if (!apiServer.outside) {
    return entityPeer('kube-apiserver', settings);
  }
  const world = worldPeer(settings, apiServer.address);
  const labels = new LabelSet([...world.labels.labels, reserved('kube-apiserver')]);
  return { ...world, labels, ...(apiServer.address ? { address: apiServer.address } : {}) };
}

/** Identity 7, the API server on a node, has two labels (pkg/identity/reserved.go, v1.20.2). */
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

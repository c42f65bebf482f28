import { Endpoint, Placement } from './endpoint';
import { Renames } from './renames';
import { Cidr } from '../../cilium/cidr';
import { Family } from '../../cilium/ip-address';
import { firstIndex } from '../../diagnostics/first-index';
import { grouped } from '../../diagnostics/grouped';
import { PolicyEntry } from '../engine/entry';
import { PeerSelector } from '../engine/selector';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedNode } from '../read/node';

/** A node, as it is on the side of the pods or away from them. */
export type NodeEndpoint = Extract<Endpoint, { kind: 'node' }> & { readonly placement: Placement };

/**
 * The nodes that policies can distinguish, in the same order for each mesh; undefined where a mesh has no such node.
 *
 * Each is there twice: as the node of the pods at the other end, and as another one. Nodes are told apart only where
 * their labels or addresses count: with the host firewall, node labels as peers, or CIDRs that match nodes. Otherwise,
 * and where the nodes are unknown, one node stands for all of the cluster.
 */
export function nodeEndpoints(
  meshes: readonly EvaluatedMesh[],
  renames?: Renames,
): Array<Array<NodeEndpoint | undefined>> {
  const keyOf = nodeKeys(meshes);
  const byKey = new Map<string, Array<NodeEndpoint | undefined>>();
  for (const names of clusterNames(meshes, renames)) {
    const told = meshes.some(mesh => distinguishesNodes(mesh));
    meshes.forEach((mesh, side) => {
      const cluster = names[side];
      const own = mesh.cluster(cluster);
      for (const node of own ? (told && own.nodes.length > 0 ? own.nodes : [undefined]) : []) {
        for (const placement of ['same-node', 'other-node'] as const) {
          const key = `${names.at(-1)} ${placement} ${node ? keyOf(node) : ''}`;
          const known = byKey.get(key) ?? meshes.map(() => undefined);
          byKey.set(key, known);
          known[side] ??= { kind: 'node', cluster, node, placement };
        }
      }
    });
  }
  return meshes.map((_, side) => [...byKey.values()].map(endpoints => endpoints[side]));
}

/** Nodes of a cluster that no policy distinguishes. */
export interface NodeSet {
  /** One of them. */
  readonly node: EvaluatedNode;
  /** The names of all of them, sorted. */
  readonly names: readonly string[];
}

const SETS = new WeakMap<EvaluatedMesh, ReadonlyMap<string, readonly NodeSet[]>>();

/**
 * The nodes of a cluster, in sets that policies distinguish; empty if their labels and addresses do not count, or are
 * unknown. Always the same sets.
 */
export function nodeSets(mesh: EvaluatedMesh, cluster: string): readonly NodeSet[] {
  const known = SETS.get(mesh) ?? findNodeSets(mesh);
  SETS.set(mesh, known);
  return known.get(cluster) ?? [];
}

/** The sets of the clusters whose nodes are known: one set too, because policies see the labels and addresses of it. */
function findNodeSets(mesh: EvaluatedMesh): Map<string, readonly NodeSet[]> {
  if (!distinguishesNodes(mesh)) {
    return new Map();
  }
  const keyOf = nodeKeys([mesh]);
  const sets = mesh.clusters.map(({ name, nodes }): [string, NodeSet[]] => [
    name,
    [...grouped(nodes, keyOf).values()].map(all => ({ node: all[0], names: all.map(each => each.name) })),
  ]);
  return new Map(sets);
}

/** The name of each cluster in each mesh, sorted. A cluster has the same name in all, unless it is renamed. */
export function clusterNames(meshes: readonly EvaluatedMesh[], renames?: Renames): string[][] {
  const later = (name: string) => renames?.clusters.get(name) ?? name;
  const earlier = new Map([...(renames?.clusters ?? [])].map(([old, name]) => [name, old]));
  const all = meshes.flatMap((mesh, side) => mesh.clusters.map(({ name }) => (side === 0 ? later(name) : name)));
  return [...new Set(all)]
    .sort()
    .map(name => meshes.map((_, side) => (side === 0 ? (earlier.get(name) ?? name) : name)));
}

function distinguishesNodes({ clusters }: EvaluatedMesh): boolean {
  return clusters.some(
    ({ settings: { policy } }) => policy.hostFirewall || policy.nodeSelectorLabels || policy.cidrMatchesNodes,
  );
}

/** The keys of the labels that a rule asks for. */
function keysOf({ node, subject, peers }: PolicyEntry): string[] {
  const selectors = peers === 'none' ? [] : peers.flatMap(each => ('requirements' in each ? each.requirements : []));
  return [...(node ? subject : []), ...selectors].map(({ key }) => key);
}

/** A key of nodes that is equal for those that no policy of the meshes distinguishes. */
function nodeKeys(meshes: readonly EvaluatedMesh[]): (node: EvaluatedNode) => string {
  const clusters = meshes.flatMap(mesh => mesh.clusters);
  const entries = clusters.flatMap(cluster => cluster.entries);
  const keys = [...new Set(entries.flatMap(keysOf))].sort();
  // the cluster that sees a node decides whether its address counts
  const hasAddresses = clusters.some(({ settings }) => settings.policy.cidrMatchesNodes);
  const groups = clusters.flatMap(({ cidrGroups }) => cidrGroups.flatMap(({ cidrs }) => cidrs));
  const borders = hasAddresses ? addressBorders(entries, groups) : undefined;
  return ({ labels, peerLabels, addresses: [address] }) =>
    JSON.stringify([
      ...[labels, peerLabels].map(set => keys.map(key => set.get('any', key) ?? null)),
      borders && address
        ? [address.family, firstIndex(borders[address.family], border => border > address.first)]
        : null,
    ]);
}

type Borders = { readonly [family in Family]: readonly bigint[] };

/**
 * Where the blocks of rules and CIDR groups begin and end, sorted. Every rule selects all addresses between two
 * borders, or none.
 */
function addressBorders(entries: readonly PolicyEntry[], groups: readonly string[]): Borders {
  const blocks = [
    ...entries.flatMap(({ peers }) => (peers === 'none' ? [] : peers.flatMap(blocksOf))),
    ...groups.flatMap(text => Cidr.masked(text) ?? []),
  ];
  const ofFamily = (family: Family) => {
    const borders = blocks.flatMap(each => (each.family === family ? [each.first, each.last + 1n] : []));
    return [...new Set(borders)].sort((one, other) => (one < other ? -1 : 1));
  };
  return { IPv4: ofFamily('IPv4'), IPv6: ofFamily('IPv6') };
}

function blocksOf(selector: PeerSelector): readonly Cidr[] {
  return [...(selector.kind === 'cidr' ? [selector.cidr] : []), ...('except' in selector ? selector.except : [])];
}

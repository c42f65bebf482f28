import { Endpoint } from './endpoint';
import { Renames } from './renames';
import { PolicyEntry } from '../engine/entry';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedNode } from '../read/node';

/** A node, as it is on the side of the pods or away from them. */
export type NodeEndpoint = Extract<Endpoint, { kind: 'node' }>;

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
  const keys = [
    ...new Set(meshes.flatMap(mesh => mesh.clusters.flatMap(({ entries }) => entries.flatMap(keysOf)))),
  ].sort();
  const byKey = new Map<string, Array<NodeEndpoint | undefined>>();
  for (const names of clusterNames(meshes, renames)) {
    const told = meshes.some(mesh => distinguishesNodes(mesh));
    meshes.forEach((mesh, side) => {
      const cluster = names[side];
      const own = mesh.cluster(cluster);
      for (const node of own ? (told && own.nodes.length > 0 ? own.nodes : [undefined]) : []) {
        for (const placement of ['same-node', 'other-node'] as const) {
          const key = `${names.at(-1)} ${placement} ${node ? nodeKey(node, own!, keys) : ''}`;
          const known = byKey.get(key) ?? meshes.map(() => undefined);
          byKey.set(key, known);
          known[side] ??= { kind: 'node', cluster, node, placement };
        }
      }
    });
  }
  return meshes.map((_, side) => [...byKey.values()].map(endpoints => endpoints[side]));
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
  const selectors = peers === 'none' ? [] : peers.flatMap(each => (each.kind === 'labels' ? each.requirements : []));
  return [...(node ? subject : []), ...selectors].map(({ key }) => key);
}

/** Equal for nodes that no policy distinguishes. */
function nodeKey(
  { name, labels, peerLabels }: EvaluatedNode,
  { settings }: EvaluatedCluster,
  keys: readonly string[],
): string {
  return JSON.stringify([
    settings.policy.cidrMatchesNodes ? name : '',
    ...[labels, peerLabels].map(set => keys.map(key => set.get('any', key) ?? null)),
  ]);
}

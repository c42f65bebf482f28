import { matchesGlob } from './glob';
import { nearestText } from './nearest-text';
import { ReferenceProblem } from './reference-problem';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatList, formatValue } from '../../diagnostics/texts';
import { Placement } from '../flows/endpoint';
import { NodeEndpoint, nodeEndpoints } from '../flows/node-endpoints';
import { EvaluatedMesh } from '../read/mesh';

/**
 * The nodes of a cluster that `entity:host@cluster` or `entity:remote-node@cluster` selects: each node where policies
 * distinguish them, else one for all. Undefined for another text.
 */
export function nodesOfEntity(mesh: EvaluatedMesh, text: string): NodeEndpoint[] | undefined {
  const [, entity, cluster] = /^entity:(host|remote-node)@([^/]+)$/.exec(text) ?? [];
  return entity !== undefined && mesh.cluster(cluster)
    ? nodesOf(mesh, cluster, entity === 'host' ? 'same-node' : 'other-node')
    : undefined;
}

/** All nodes of a cluster at one place: each where policies distinguish them, else one for all. */
export function nodesOf(mesh: EvaluatedMesh, cluster: string, placement: Placement): NodeEndpoint[] {
  return distinguishesNodes(mesh, cluster)
    ? mesh.cluster(cluster)!.nodes.map(node => ({ kind: 'node', cluster, node, placement }))
    : [{ kind: 'node', cluster, placement }];
}

/** Whether policies may distinguish the nodes of a cluster. */
export function distinguishesNodes(mesh: EvaluatedMesh, cluster: string): boolean {
  return nodeEndpoints([mesh])[0].some(each => each?.cluster === cluster && each.node !== undefined);
}

/** The nodes that `node:name@cluster` selects, each as the node of the pods at the other end and as another one. */
export function namedNodes(
  mesh: EvaluatedMesh,
  text: string,
): { readonly kind: 'single'; readonly endpoints: readonly NodeEndpoint[] } | ReferenceProblem {
  const [glob, cluster = '*'] = text.slice('node:'.length).split('@');
  const clusters = mesh.clusters.filter(({ name }) => matchesGlob(cluster, name));
  if (clusters.length === 0) {
    const names = mesh.clusters.map(({ name }) => name);
    return {
      problem: `${formatValue(text)}: unknown cluster ${formatValue(cluster)}${didYouMean(cluster, names)}`,
      fix: nearestText('clusters', cluster, names),
    };
  }
  const endpoints = clusters.flatMap(({ name, nodes: known }) =>
    known
      .filter(node => matchesGlob(glob, node.name))
      .flatMap(node =>
        (['same-node', 'other-node'] as const).map(
          (placement): NodeEndpoint => ({ kind: 'node', cluster: name, node, placement }),
        ),
      ),
  );
  const names = clusters.flatMap(({ name, nodes: known }) => known.map(node => `node:${node.name}@${name}`));
  return endpoints.length > 0
    ? { kind: 'single', endpoints }
    : {
      problem: `${formatValue(text)} selects no node${didYouMean(text, names)}`,
      fix:
          names.length > 0
            ? `the nodes are ${formatList(names.slice(0, 10))}`
            : 'name the nodes below nodes: of the cluster in mesh.yaml, or write entity:host@cluster',
    };
}

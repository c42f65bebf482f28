import { NodeWitness, PodWitness } from './witness';
import { Cluster } from '../mesh/cluster';
import { EndpointSet, NodesSpec } from '../policy/peer';
import { labelsFor, OTHER_VALUE } from '../policy/selector';

/** A pod of a set; undefined if the terms of its selector contradict each other. */
export function podIn(set: EndpointSet): PodWitness | undefined {
  const labels = labelsFor(set.terms);
  return (
    labels && {
      kind: 'pod',
      cluster: set.cluster,
      namespace: set.namespace ?? namespaceWith(set.namespaceLabels),
      namespaceLabels: set.namespaceLabels,
      labels,
      ...(set.serviceAccount === undefined ? {} : { serviceAccount: set.serviceAccount }),
    }
  );
}

/** Pods just outside of a set: with one label changed or missing, in another namespace, under another account. */
export function podsBeside(set: EndpointSet): PodWitness[] {
  const inside = podIn(set);
  if (!inside) {
    return [];
  }
  const { matchLabels, matchExpressions } = set.terms;
  const keys = [...new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)])];
  return [
    ...keys.flatMap(key => [
      { ...inside, labels: without(inside.labels, key) },
      { ...inside, labels: { ...inside.labels, [key]: OTHER_VALUE } },
    ]),
    ...(set.namespace !== undefined || Object.keys(set.namespaceLabels).length > 0
      ? [{ ...inside, namespace: OTHER_VALUE, namespaceLabels: {} }]
      : []),
    ...(set.serviceAccount === undefined ? [] : [{ ...inside, serviceAccount: OTHER_VALUE }]),
  ];
}

/** Nodes of a peer, one in each of its clusters. */
export function nodesOf({ clusters, terms }: NodesSpec): NodeWitness[] {
  const labels = labelsFor(terms);
  return labels ? clusters.map(cluster => ({ kind: 'node', cluster, labels })) : [];
}

/** Nodes just outside of a peer: with one label changed or missing in its clusters, and the same nodes in others. */
export function nodesBeside(peer: NodesSpec, clusters: readonly Cluster[]): NodeWitness[] {
  const { matchLabels, matchExpressions } = peer.terms;
  const keys = [...new Set([...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)])];
  const inside = nodesOf(peer);
  return [
    ...inside.flatMap(node =>
      keys.flatMap((key): NodeWitness[] => [
        { ...node, labels: without(node.labels, key) },
        { ...node, labels: { ...node.labels, [key]: OTHER_VALUE } },
      ]),
    ),
    ...inside.slice(0, 1).flatMap(node => clusters.map(cluster => ({ ...node, cluster }))),
  ];
}

/** A namespace with labels. */
function namespaceWith(labels: { readonly [key: string]: string }): string {
  const text = Object.entries(labels).sort().flat().join('-').toLowerCase();
  return (
    labels['kubernetes.io/metadata.name'] ?? `${OTHER_VALUE}-${text.replace(/[^a-z0-9]+/g, '-')}`.replace(/-+$/, '')
  );
}

/** The same pod in another cluster. */
export function podElsewhere(pod: PodWitness, cluster: Cluster): PodWitness {
  return { ...pod, cluster };
}

function without(labels: { readonly [key: string]: string }, key: string): { [key: string]: string } {
  const { [key]: _, ...others } = labels;
  return others;
}

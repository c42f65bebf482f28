import { texts } from './namespace';
import { list } from './object-fields';
import { Cidr } from '../../cilium/cidr';
import { LabelFilter } from '../../cilium/identity-labels';
import { isAddress } from '../../cilium/ip-address';
import { ClusterInput } from '../../manifests/input';
import { Manifest } from '../../manifests/manifest';
import { LabelSet } from '../engine/label-set';

/** A node of a cluster. */
export interface EvaluatedNode {
  readonly name: string;
  /** The labels of its own identity (`k8s:`). Policies with `nodeSelector` select by them. */
  readonly labels: LabelSet;
  /** The labels that other nodes know (`node:`). `fromNodes` and `toNodes` select by them. */
  readonly peerLabels: LabelSet;
  readonly addresses: readonly Cidr[];
}

/** A node as mesh.yaml, a kind configuration or a Node object describe it. */
interface DeclaredNode {
  readonly name: string;
  readonly labels: { readonly [key: string]: string };
  readonly addresses: readonly string[];
}

/**
 * The nodes of a cluster, sorted by name: those of mesh.yaml, the Node objects and the kind configuration. An object
 * completes what mesh.yaml says of its node. Without any, the nodes are unknown.
 *
 * A node's own identity has the labels that the filter of pods keeps (InitWithNodeLabels, pkg/endpoint/endpoint.go,
 * v1.20.2). Others know all of its labels (nodeIdentityLabels, pkg/node/manager/manager.go).
 */
export function readNodes(
  { name: cluster, settings, kindConfiguration }: Pick<ClusterInput, 'name' | 'settings' | 'kindConfiguration'>,
  manifests: readonly Manifest[],
  filters: { readonly own: LabelFilter; readonly peers: LabelFilter },
): EvaluatedNode[] {
  const declared = (settings.nodes ?? []).map(({ name, labels = {}, addresses = [] }) => ({ name, labels, addresses }));
  const nodes = new Map<string, DeclaredNode>();
  for (const node of [...kindNodes(cluster, kindConfiguration), ...manifests.map(ofObject), ...declared]) {
    const known = nodes.get(node.name);
    nodes.set(node.name, {
      name: node.name,
      labels: { ...known?.labels, ...node.labels },
      addresses: [...new Set([...(known?.addresses ?? []), ...node.addresses])],
    });
  }
  return [...nodes.values()]
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, labels, addresses }): EvaluatedNode => {
      // the kubelet sets both
      const all = Object.entries({ 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', ...labels });
      const ofSource = (source: string, filter: LabelFilter) =>
        new LabelSet(
          all.filter(([key]) => filter.keeps(key, source)).map(([key, value]) => ({ source, key, value })),
        );
      return {
        name,
        labels: ofSource('k8s', filters.own),
        peerLabels: ofSource('node', filters.peers),
        addresses: addresses
          .filter(isAddress)
          .map(address => Cidr.masked(`${address}/${address.includes(':') ? 128 : 32}`)!),
      };
    });
}

/** The blocks of the nodes' addresses in mesh.yaml. */
export function nodeCidrsOf({ settings }: Pick<ClusterInput, 'settings'>): Cidr[] {
  return (settings.nodeCIDRs ?? []).flatMap(text => Cidr.masked(text) ?? []);
}

function ofObject({ object }: Manifest): DeclaredNode {
  return {
    name: object.metadata.name,
    labels: texts(object.metadata.labels),
    addresses: list(object.status?.addresses)
      .filter(each => each?.type === 'InternalIP' || each?.type === 'ExternalIP')
      .map(({ address }) => String(address)),
  };
}

/**
 * The nodes that kind creates: `NAME-control-plane`, `NAME-worker`, `NAME-worker2` (MakeNodeNamer,
 * pkg/cluster/internal/create/actions, kind v0.31). Without `nodes` it creates one control plane.
 */
function kindNodes(cluster: string, configuration: any): DeclaredNode[] {
  if (configuration?.kind !== 'Cluster' || !String(configuration.apiVersion).startsWith('kind.x-k8s.io/')) {
    return [];
  }
  const name = typeof configuration.name === 'string' && configuration.name !== '' ? configuration.name : cluster;
  const nodes = list(configuration.nodes);
  const counts = new Map<string, number>();
  return (nodes.length > 0 ? nodes : [{ role: 'control-plane' }]).map(node => {
    const role = node?.role === 'worker' ? 'worker' : 'control-plane';
    const count = (counts.get(role) ?? 0) + 1;
    counts.set(role, count);
    return {
      name: `${name}-${role}${count === 1 ? '' : count}`,
      labels: {
        ...(role === 'control-plane' ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
        ...texts(node?.labels),
      },
      addresses: [],
    };
  });
}

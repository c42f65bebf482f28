import { NodeWitness, PodWitness, Witness } from './witness';
import { Cidr } from '../../cilium/cidr';
import { Cluster } from '../mesh/cluster';
import { EndpointSet, EndpointsSpec, Entity, PeerSpec } from '../policy/peer';
import { SelectorTerms } from '../policy/selector';

/** Whether labels meet all terms of a selector. */
export function meets(
  labels: { readonly [key: string]: string },
  { matchLabels, matchExpressions }: SelectorTerms,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      const has = Object.prototype.hasOwnProperty.call(labels, key);
      switch (operator) {
        case 'In':
          return has && values.includes(labels[key]);
        case 'NotIn':
          return !has || !values.includes(labels[key]);
        case 'Exists':
          return has;
        default:
          return !has;
      }
    })
  );
}

/** Whether a pod is one of a set. */
function isIn(set: EndpointSet, pod: PodWitness): boolean {
  return (
    pod.cluster === set.cluster &&
    (set.namespace === undefined
      ? Object.entries(set.namespaceLabels).every(([key, value]) => pod.namespaceLabels[key] === value)
      : pod.namespace === set.namespace) &&
    (set.serviceAccount === undefined || pod.serviceAccount === set.serviceAccount) &&
    meets(pod.labels, set.terms)
  );
}

/** The sets of a peer by their clusters. */
const SETS = new WeakMap<EndpointsSpec, ReadonlyMap<Cluster, readonly EndpointSet[]>>();

/** Whether a pod is one of a peer's. */
export function isOf(peer: EndpointsSpec, pod: PodWitness): boolean {
  const sets = SETS.get(peer) ?? byCluster(peer);
  SETS.set(peer, sets);
  return (sets.get(pod.cluster) ?? []).some(set => isIn(set, pod));
}

function byCluster({ endpoints }: EndpointsSpec): ReadonlyMap<Cluster, readonly EndpointSet[]> {
  const sets = new Map<Cluster, EndpointSet[]>();
  for (const set of endpoints) {
    sets.set(set.cluster, [...(sets.get(set.cluster) ?? []), set]);
  }
  return sets;
}

/**
 * Whether a peer of policies in the cluster `viewer` includes a witness; undefined if that is unknown here.
 *
 * `reached` are the clusters whose pods count.
 */
export function includes(
  peer: PeerSpec,
  witness: Witness,
  viewer: Cluster,
  reached: (cluster: Cluster) => boolean,
): boolean | undefined {
  switch (peer.kind) {
    case 'endpoints':
      return witness.kind === 'pod' && isOf(peer, witness) && reached(witness.cluster);
    case 'nodes':
      return witness.kind === 'node'
        ? peer.clusters.includes(witness.cluster) && meets(witness.labels, peer.terms)
        : witness.kind === 'entity'
          ? undefined
          : false;
    case 'entity':
      return witness.kind === 'node' ? nodeIs(peer.entity, witness, viewer) : entityIncludes(peer.entity, witness, viewer);
    case 'cidr':
      return witness.kind === 'address'
        ? holds(peer.cidr, witness.address) && !peer.except.some(part => holds(part, witness.address))
        : witness.kind === 'pod'
          ? false
          : undefined;
    case 'cidrGroup':
      return witness.kind === 'pod'
        ? false
        : witness.kind === 'address' && peer.cidrs
          ? peer.cidrs.some(cidr => holds(cidr, witness.address))
          : undefined;
    case 'fqdn':
      // an address has a name once DNS rules of other policies let it pass
      return witness.kind === 'pod' || witness.kind === 'node' ? false : undefined;
  }
}

/** Whether an entity includes a node, which is not the one on which the pods at the other end run. */
function nodeIs(entity: Entity, { cluster }: NodeWitness, viewer: Cluster): boolean | undefined {
  switch (entity) {
    case Entity.ALL:
    case Entity.REMOTE_NODE:
      return true;
    case Entity.CLUSTER:
      return cluster === viewer ? true : undefined;
    case Entity.WORLD:
    case Entity.HOST:
      return false;
    default:
      return undefined;
  }
}

function holds(cidr: string, address: Cidr): boolean {
  return Cidr.masked(cidr)!.covers(address);
}

function entityIncludes(entity: Entity, witness: Exclude<Witness, NodeWitness>, viewer: Cluster): boolean | undefined {
  switch (entity) {
    case Entity.ALL:
      return true;
    case Entity.WORLD:
      return witness.kind === 'entity' ? undefined : witness.kind === 'address';
    case Entity.CLUSTER:
      return witness.kind === 'entity' ? undefined : witness.kind === 'pod' && witness.cluster === viewer;
    case Entity.CLUSTER_MESH:
      return witness.kind === 'entity' ? undefined : witness.kind === 'pod';
    default:
      return witness.kind === 'entity' ? (witness.entity === entity ? true : undefined) : false;
  }
}

import { PodSelection } from './pod-selection';
import { Cidr } from '../../cilium/cidr';
import { isFqdn } from '../../cilium/dns-names';
import { Family, parseIpAddress } from '../../cilium/ip-address';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { Workload } from '../../evaluator/read/workload';
import { MOST_ADDRESSES, ObservedEnd } from '../flows/ends';

/** Entities of rules that the ends of flows may be. */
export type PeerEntity = 'world' | 'host' | 'remote-node' | 'kube-apiserver' | 'ingress' | 'health' | 'init' | 'unmanaged';

/** A side of a rule: pods, or something outside of them. */
export type Peer =
  | { readonly kind: 'pods'; readonly pods: PodSelection }
  | { readonly kind: 'entity'; readonly entity: PeerEntity }
  | { readonly kind: 'cidr'; readonly cidr: string }
  /** Addresses that answers to the pods gave this name. For destinations. */
  | { readonly kind: 'fqdn'; readonly name: string };

/** Why no rule can be written for an end. */
export type UnsuitedEnd =
  /** The manifests do not contain it. */
  | 'unknown'
  /** Its pods have no stable label, and no service account of their own, to select them by. */
  | 'unselectable'
  /** Its address was not recorded. */
  | 'no-address'
  /** More addresses without names than a recording keeps. */
  | 'many-addresses';

/** The most addresses without names from which connections become rules of their own. More become the world. */
export const MOST_CIDRS = 16;

/** An end of a rule, in its cluster if it is pods. Several if the end is several addresses or has several names. */
export interface PeerAt {
  readonly peer: Peer;
  readonly cluster?: string;
}

/** Whose policies see an end. */
export interface Viewer {
  /** The cluster of the pods at the other end. */
  readonly cluster?: string;
  /** Whether its policies can select DNS names. */
  readonly hasNames: boolean;
}

/** What rules about flows with an end name; or why they cannot name it. */
export function peersOf(
  end: ObservedEnd,
  side: 'source' | 'destination',
  viewer: Viewer,
  selections: ReadonlyMap<Workload, PodSelection>,
): readonly PeerAt[] | UnsuitedEnd {
  const [match] = end.matches;
  if ('unknown' in match) {
    return 'unknown';
  }
  const { endpoint } = match;
  switch (endpoint.kind) {
    case 'workload': {
      const pods = selections.get(endpoint.workload);
      return pods ? [{ peer: { kind: 'pods', pods }, cluster: endpoint.workload.cluster }] : 'unselectable';
    }
    case 'entity':
      return endpoint.entity === 'world'
        ? 'no-address'
        : [{ peer: { kind: 'entity', entity: entityOf(endpoint.entity, endpoint.cluster, viewer.cluster) } }];
    case 'address': {
      const names = side === 'destination' && viewer.hasNames ? endpoint.names.filter(isFqdn) : [];
      return names.length > 0 ? names.map(name => ({ peer: { kind: 'fqdn', name } })) : addressesOf(end, side);
    }
    default:
      return 'unknown';
  }
}

/** The endpoints that an end stands for: each of its addresses, or itself. */
export function endpointsOf({ matches: [match], addresses }: ObservedEnd): Endpoint[] {
  if ('unknown' in match) {
    return [];
  }
  const { endpoint } = match;
  return endpoint.kind === 'address' && addresses
    ? cidrsOf(addresses).map(address => ({ kind: 'address', address, names: endpoint.names }))
    : [endpoint];
}

/** The workload that an end means. */
export function workloadOf({ matches: [match] }: ObservedEnd): Workload | undefined {
  return 'endpoint' in match && match.endpoint.kind === 'workload' ? match.endpoint.workload : undefined;
}

/** Equal for equal peers. */
export function peerKey(peer: Peer): string {
  switch (peer.kind) {
    case 'pods':
      return `1 ${peer.pods.key}`;
    case 'entity':
      return `2 ${peer.entity}`;
    case 'fqdn':
      return `3 ${peer.name}`;
    case 'cidr':
      return `4 ${peer.cidr}`;
  }
}

/** The host of a node is a remote node for pods of other clusters. */
function entityOf(entity: PeerEntity, own: string | undefined, viewer: string | undefined): PeerEntity {
  return entity === 'host' && own !== undefined && viewer !== undefined && own !== viewer ? 'remote-node' : entity;
}

function addressesOf({ addresses = new Set() }: ObservedEnd, side: 'source' | 'destination'): PeerAt[] | UnsuitedEnd {
  const cidrs = cidrsOf(addresses);
  if (side === 'source' && cidrs.length > MOST_CIDRS) {
    return [{ peer: { kind: 'entity', entity: 'world' } }];
  }
  return cidrs.length === 0
    ? 'no-address'
    : addresses.size >= MOST_ADDRESSES
      ? 'many-addresses'
      : cidrs.map(({ text }) => ({ peer: { kind: 'cidr', cidr: text } }));
}

function cidrsOf(addresses: ReadonlySet<string>): Cidr[] {
  const order = (family: Family) => (family === 'IPv4' ? 0 : 1);
  return [...addresses]
    .flatMap(text => parseIpAddress(text) ?? [])
    .map(({ family, value }) => Cidr.ofAddress(family, value))
    .sort((one, other) => order(one.family) - order(other.family) || (one.first < other.first ? -1 : 1));
}

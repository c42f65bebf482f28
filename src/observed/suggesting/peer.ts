import { PodSelection } from './pod-selection';
import { Cidr } from '../../cilium/cidr';
import { isFqdn } from '../../cilium/dns-names';
import { Family, parseIpAddress } from '../../cilium/ip-address';
import { Endpoint } from '../../evaluator/flows/endpoint';
import { Workload } from '../../evaluator/read/workload';
import { answeredNames, MOST_ADDRESSES, ObservedEnd } from '../flows/ends';
import { ObservedFlow, Side } from '../flows/observed-flow';

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

/** What rules about a flow name at one of its ends; or why they cannot name it. */
export function peersOf(
  flow: ObservedFlow,
  side: Side,
  viewer: Viewer,
  selections: ReadonlyMap<Workload, PodSelection>,
): readonly PeerAt[] | UnsuitedEnd {
  const { matches: [match] } = flow[side];
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
    case 'address':
      return addressPeers(addressesOf(flow, side), side, viewer.hasNames);
    default:
      return 'unknown';
  }
}

/** The endpoints that an end of a flow stands for: each of its addresses, or itself. */
export function endpointsOf(flow: ObservedFlow, side: Side): Endpoint[] {
  const { matches: [match] } = flow[side];
  return 'unknown' in match ? [] : match.endpoint.kind === 'address' ? addressesOf(flow, side) : [match.endpoint];
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

/** An address outside of the mesh, with the names that its client knew it by. */
type Address = Extract<Endpoint, { readonly kind: 'address' }>;

/** The addresses of a flow, sorted. Names are those of the records, else of answers of DNS to the source. */
function addressesOf(flow: ObservedFlow, side: Side): Address[] {
  const { matches: [match] } = flow[side];
  const recorded = 'endpoint' in match && match.endpoint.kind === 'address' ? match.endpoint.names : [];
  const order = (family: Family) => (family === 'IPv4' ? 0 : 1);
  return [...flow.addresses[side]]
    .flatMap(text => {
      const ip = parseIpAddress(text);
      return ip ? [{ ...ip, names: recorded.length > 0 ? recorded : answeredNames(flow.source, text) }] : [];
    })
    .sort(
      (one, other) =>
        order(one.family) - order(other.family) || (one.value < other.value ? -1 : one.value > other.value ? 1 : 0),
    )
    .map(({ family, value, names }) => ({ kind: 'address', address: Cidr.ofAddress(family, value), names }));
}

/** The DNS names of addresses that rules can name, and the addresses that have none. */
function addressPeers(addresses: readonly Address[], side: Side, hasNames: boolean): PeerAt[] | UnsuitedEnd {
  const names = addresses.map(each => (side === 'destination' && hasNames ? each.names.filter(isFqdn) : []));
  const [named, unnamed] = [names.flat(), addresses.filter((_, index) => names[index].length === 0)];
  const cidrs = unnamed.map(({ address }): PeerAt => ({ peer: { kind: 'cidr', cidr: address.text } }));
  if (addresses.length === 0) {
    return 'no-address';
  }
  if (cidrs.length > MOST_CIDRS && side === 'source') {
    return [{ peer: { kind: 'entity', entity: 'world' } }];
  }
  return addresses.length >= MOST_ADDRESSES && cidrs.length > 0
    ? 'many-addresses'
    : [...[...new Set(named)].sort().map((name): PeerAt => ({ peer: { kind: 'fqdn', name } })), ...cidrs];
}

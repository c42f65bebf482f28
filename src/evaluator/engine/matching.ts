import { DirectionPolicy, Peer, PeerFlow } from './direction-policy';
import { PortMatch } from './entry';
import { L4Filter } from './l4-filter';
import { EVERY_BLOCK, PortBlock, portBlocks, protocolBlock } from './port-block';
import { isOfCidrGroups, PeerSelector, selects, selectsItself } from './selector';
import { SelectorPolicy } from './selector-policy';

/** A filter that matches a flow, and its rules for the flow's peer. */
export interface FilterMatch {
  readonly filter: L4Filter;
  readonly policy: SelectorPolicy;
}

/** The filters of a policy that match a flow: those that hold its port and select its peer. */
export function matchesOf(policy: DirectionPolicy, filters: readonly L4Filter[], flow: PeerFlow): FilterMatch[] {
  return filters
    .filter(filter => holdsPort(policy, filter.port, flow))
    .flatMap(filter =>
      [...filter.selectors.values()]
        .filter(({ selector }) => selectsPeer(policy, filter, selector, flow))
        .map(each => ({ filter, policy: each })),
    );
}

/**
 * Whether a port of a rule holds the port of a flow. A rule without ports holds every port. Named ports are those of
 * the destination.
 */
export function holdsPort(
  policy: DirectionPolicy,
  match: PortMatch | undefined,
  { peer, protocol, port }: PeerFlow,
): boolean {
  if (!match) {
    return true;
  }
  if (match.protocol !== protocol) {
    return false;
  }
  if (match.name === undefined) {
    return holdsNumber(match, port);
  }
  const [first, last] = namedRange(policy, match, peer) ?? [];
  return first !== undefined && first <= port && port <= last!;
}

/** The first and the last number of a port with a name; undefined if the name is unknown. */
function namedRange(
  policy: DirectionPolicy,
  { name, protocol, endPort }: PortMatch,
  peer: Peer,
): [number, number] | undefined {
  const { subject, direction } = policy;
  const names =
    direction === 'ingress'
      ? subject.namedPorts
      : namesAreOfPeers(policy)
        ? peer.namedPorts
        : (subject.knownPorts ?? peer.namedPorts);
  const first = names.get(`${name}/${protocol}`);
  return first === undefined ? undefined : [first, namesAreOfPeers(policy) ? first : Math.max(first, endPort)];
}

/** The keys of the datapath's map for a port of a rule; none if a name has no number. */
export function blocksOf(policy: DirectionPolicy, match: PortMatch | undefined, peer: Peer): PortBlock[] {
  if (!match) {
    return [EVERY_BLOCK];
  }
  if (match.name === undefined && match.number === 0) {
    return [protocolBlock(match.protocol)];
  }
  const range =
    match.name === undefined
      ? [match.number, Math.max(match.number, match.endPort)]
      : namedRange(policy, match, peer);
  return range ? portBlocks(match.protocol, range[0], range[1]) : [];
}

/**
 * The number of leading bits of protocol and port that a packet must share with the key of a filter that holds its
 * port.
 */
export function prefixLength(policy: DirectionPolicy, match: PortMatch | undefined, { peer, port }: PeerFlow): number {
  return blocksOf(policy, match, peer).find(({ first, last }) => first <= port && port <= last)!.length;
}

/** Whether a port of a rule, or its range, holds a number; 0 holds every port. */
export function holdsNumber({ number, endPort }: PortMatch, port: number): boolean {
  return number === 0 || (number <= port && port <= Math.max(number, endPort));
}

/**
 * Cilium looks up the named ports of each peer by itself, so aggregates do not count (pkg/policy/l4.go toMapState,
 * v1.20.2).
 */
export function selectsPeer(
  policy: DirectionPolicy,
  { port }: L4Filter,
  selector: PeerSelector,
  { peer }: PeerFlow,
): boolean {
  return port?.name !== undefined && namesAreOfPeers(policy)
    ? !isOfCidrGroups(selector) && selectsItself(selector, peer)
    : selects(selector, peer);
}

/**
 * Since 1.20 names of ports on egress are those of each peer, and their ranges do not count (pkg/policy/l4.go
 * toMapState, v1.20.2).
 */
export function namesAreOfPeers({ direction, settings }: DirectionPolicy): boolean {
  return direction === 'egress' && settings.traits.egressNamedPortsByPeer;
}

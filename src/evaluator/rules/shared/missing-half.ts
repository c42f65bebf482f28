import { NO_PORT, portsOfRule } from './rule-ports';
import { Direction, PolicyEntry } from '../../engine/entry';
import { PeerSelector } from '../../engine/selector';
import { EndpointVerdict, FlowPort, formatPort, isAllowed } from '../../flows/flow';
import { RuleContext } from '../context';

/** In place of ports, where the other end has no rule at all. */
export const EVERY_PORT = 'every port';

/** The direction of the rule at the other end of a flow. */
export function otherDirection(direction: Direction): Direction {
  return direction === 'ingress' ? 'egress' : 'ingress';
}

/** A port, or all of them, that one end allows and the other end drops. */
export interface MissingPort {
  /** `TCP/80`, or `EVERY_PORT`. */
  readonly name: string;
  /** Whether rules at both ends of two classes allow it. */
  isOpen(subject: number, peer: number): boolean;
}

/**
 * The ports that a rule of a class allows and that the class at the other end drops by default deny.
 *
 * Ports that the rule names count one by one. A rule for all ports or for a range counts only if the other end has no
 * rule at all, because that end may well be narrower.
 */
export function missingPortsOf(
  context: RuleContext,
  entry: PolicyEntry,
): (subject: number, peer: number) => MissingPort[] {
  const { direction } = entry;
  const portsFor = portsOfRule(context, entry);
  const isOpenOn = (port: FlowPort) => (subject: number, peer: number) => {
    const reachability = context.on(port);
    return (
      isAllowedByRule(reachability.row(peer, otherDirection(direction)).verdict(subject)) &&
      isAllowedByRule(reachability.row(subject, direction).verdict(peer))
    );
  };
  const isOpenByAnyRule = (subject: number, peer: number) =>
    hasRule(context, peer, otherDirection(direction), subject);
  return (subject, peer) => {
    const isDropped = (port: FlowPort) => isHalfOpen(context, direction, subject, peer, port);
    const destination = direction === 'egress' ? peer : subject;
    const isMeant = (port: FlowPort) =>
      !isOfAnyProtocol(entry, port) || speaks(context.portsOf(destination), port, isDropped);
    return portsFor(destination)
      .filter(ports => ports.length > 0 && ports.every(isDropped) && ports.some(isMeant))
      .flatMap(ports => {
        if (ports[0] !== NO_PORT) {
          return ports.map(port => ({ name: formatPort(port), isOpen: isOpenOn(port) }));
        }
        return hasRule(context, peer, otherDirection(direction), subject)
          ? []
          : [{ name: EVERY_PORT, isOpen: isOpenByAnyRule }];
      });
  };
}

const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** Whether a rule allows a port without a protocol, or with `ANY`, which Cilium takes for one of each protocol. */
function isOfAnyProtocol({ ports }: PolicyEntry, { port }: FlowPort): boolean {
  return PROTOCOLS.every(protocol => ports.some(each => each.number === port && each.protocol === protocol));
}

/** Whether a destination uses the protocol of a port: it declares it, or declares nothing and gets no other either. */
function speaks(declared: readonly FlowPort[], { protocol, port }: FlowPort, isDropped: (each: FlowPort) => boolean) {
  const known = declared.filter(each => each.port === port);
  return known.length > 0
    ? known.some(each => each.protocol === protocol)
    : PROTOCOLS.every(each => isDropped({ protocol: each, port }));
}

/** Whether the class with the rule allows a flow, and default deny of the class at the other end drops it. */
function isHalfOpen(
  context: RuleContext,
  direction: Direction,
  subject: number,
  peer: number,
  port: FlowPort,
): boolean {
  const reachability = context.on(port);
  return (
    reachability.row(peer, otherDirection(direction)).verdict(subject) === 'default-denied' &&
    isAllowed(reachability.row(subject, direction).verdict(peer))
  );
}

/** Whether a rule allows it, not the absence of default deny. */
function isAllowedByRule(verdict: EndpointVerdict): boolean {
  return verdict !== 'unenforced' && isAllowed(verdict);
}

/** Whether some rule of a class allows the other one anything. */
function hasRule(context: RuleContext, number: number, direction: Direction, other: number): boolean {
  const cluster = context.mesh.cluster(context.index.classes[number].cluster)!;
  const selecting = (peer: PeerSelector) => context.peersOf(cluster, direction).selecting(peer).has(other);
  return context
    .rulesOf(cluster, direction, number)
    .entries.some(
      ({ verdict, peers, hasPorts }) =>
        verdict === 'allow' && peers !== 'none' && (peers.length > 0 ? peers.some(selecting) : hasPorts),
    );
}

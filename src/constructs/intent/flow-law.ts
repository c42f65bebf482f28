import { includes, isOf } from './membership';
import { nodesBeside, nodesOf, podElsewhere, podIn, podsBeside } from './pods';
import { AskedEnds, AskedPort, Claim, Law, NamedService, PodWitness, portNumber, Witness, Witnesses } from './witness';
import { Cidr } from '../../cilium/cidr';
import { Cluster } from '../mesh/cluster';
import { Entity, PeerSpec } from '../policy/peer';
import { Port, Protocol } from '../policy/port';

interface Destination {
  readonly peer: PeerSpec;
  readonly ports: readonly Port[];
}

/** The flows that a statement names. */
export interface NamedFlows {
  readonly verb: 'allow' | 'deny';
  readonly sources: readonly PeerSpec[];
  readonly destinations: readonly Destination[];
  readonly hasHttp: boolean;
  readonly hasDns: boolean;
  readonly requiresAuthentication: boolean;
  readonly defaultDeny: { readonly egress: boolean; readonly ingress: boolean };
}

/**
 * The law of `CrossClusterAllow` and `CrossClusterDeny`:
 *
 * 1. Every flow from a source to a destination that it reaches, on one of the ports, is allowed (denied) by the policy
 *    of the source's cluster and by that of the destination's cluster.
 * 2. With default deny, every other flow from the sources and to the destinations is default-denied there.
 * 3. Without it, and for all other pods, nothing changes.
 */
export class FlowLaw implements Law {
  constructor(private readonly flows: NamedFlows) {}

  public witnesses(clusters: readonly Cluster[]): Witnesses {
    const peers = [...this.flows.sources, ...this.flows.destinations.map(({ peer }) => peer)];
    const sets = peers.flatMap(peer => (peer.kind === 'endpoints' ? peer.endpoints : []));
    const pods = sets.flatMap(set => podIn(set) ?? []);
    const nodes = peers.filter(peer => peer.kind === 'nodes');
    const asked = sets.filter(({ cluster }) => clusters.includes(cluster));
    return {
      inside: [...pods, ...nodes.flatMap(nodesOf)],
      outside: [
        ...asked.flatMap(podsBeside),
        ...nodes.flatMap(peer => nodesBeside(peer, clusters)),
        ...pods.slice(0, 4).flatMap(pod => clusters.map(cluster => podElsewhere(pod, cluster))),
        ...outsideOf(peers),
      ],
    };
  }

  public ports(): AskedPort[] {
    const named = this.flows.destinations.flatMap(({ ports }) => ports).flatMap(port => this.askedOf(port));
    const others: AskedPort[] = [65001, 65003, 65005].map(port => ({ protocol: 'TCP', port }));
    const other = others.find(({ port }) => !named.some(each => each.protocol === 'TCP' && each.port === port));
    return [...named, ...(other ? [other] : [])];
  }

  public portNames(): readonly string[] {
    return this.flows.destinations
      .flatMap(({ ports }) => ports)
      .filter(port => port._isNamed)
      .map(port => port._port!.port);
  }

  public services(): readonly NamedService[] {
    return this.flows.destinations.flatMap(({ peer, ports }) =>
      peer.kind === 'endpoints' && peer.service ? [{ peer, hasOwnPorts: ports === peer.defaultPorts }] : [],
    );
  }

  public claimsOf(cluster: Cluster): string {
    const peers = [...this.flows.sources, ...this.flows.destinations.map(({ peer }) => peer)];
    const reach = this.flows.destinations.flatMap(({ peer }) =>
      peer.kind === 'endpoints' && peer.reaches
        ? [peer.endpoints.map(({ cluster: other }) => [peer.reaches!(cluster, other), peer.reaches!(other, cluster)])]
        : [],
    );
    const own = peers.flatMap(peer =>
      peer.kind === 'endpoints'
        ? peer.endpoints.filter(set => set.cluster === cluster).map(set => ({ ...set, cluster: '' }))
        : [],
    );
    return JSON.stringify([reach, own]);
  }

  public claims(ends: AskedEnds, ports: readonly AskedPort[]): Claim[] {
    const { direction, subject, peer } = ends;
    const naming = this.naming(ends);
    const isUnnamed =
      naming.length > 0 || this.isSubject(direction, subject) ? this.flows.defaultDeny[direction] : false;
    return ports.map(port => {
      const found = naming.filter(({ destination }) => destination.ports.some(each => isNamed(each, port)));
      const named = found.find(({ isKnown }) => isKnown);
      return named
        ? this.claimOf(direction, named.destination.peer)
        : found.length > 0 || peer.kind === 'entity'
          ? 'unknown'
          : isUnnamed
            ? 'default-denied'
            : 'unchanged';
    });
  }

  /** The claim on a named flow. HTTP rules act at the destination if that is in the mesh, DNS rules at the source. */
  private claimOf(direction: AskedEnds['direction'], destination: PeerSpec): Claim {
    const { verb, hasHttp, hasDns, requiresAuthentication } = this.flows;
    const isProxied = direction === 'ingress' ? hasHttp : hasDns || (hasHttp && destination.kind !== 'endpoints');
    return verb === 'deny'
      ? 'denied'
      : requiresAuthentication
        ? 'authenticated'
        : isProxied
          ? 'redirected'
          : 'allowed';
  }

  /** The destinations of the flows that have two ends, and whether it is known that they do. */
  private naming({ direction, subject, peer }: AskedEnds): Array<{ destination: Destination; isKnown: boolean }> {
    const found: Array<{ destination: Destination; isKnown: boolean }> = [];
    for (const destination of this.flows.destinations) {
      const isReached = (cluster: Cluster) =>
        destination.peer.kind !== 'endpoints' ||
        (direction === 'egress'
          ? (destination.peer.reaches?.(subject.cluster, cluster) ?? true)
          : (destination.peer.reaches?.(cluster, subject.cluster) ?? true));
      for (const source of this.flows.sources) {
        const [own, other] = direction === 'egress' ? [source, destination.peer] : [destination.peer, source];
        const isPeer =
          own.kind === 'endpoints' && isOf(own, subject)
            ? includes(other, peer, subject.cluster, isReached)
            : false;
        if (isPeer !== false) {
          found.push({ destination, isKnown: isPeer === true });
        }
      }
    }
    return found;
  }

  /** Whether the statement writes a policy for a pod. */
  private isSubject(direction: AskedEnds['direction'], pod: PodWitness): boolean {
    const { sources, destinations } = this.flows;
    const own = direction === 'egress' ? sources : destinations.map(({ peer }) => peer);
    const others = direction === 'egress' ? destinations.map(({ peer }) => peer) : sources;
    return own.some(
      peer =>
        peer.kind === 'endpoints' &&
        isOf(peer, pod) &&
        others.some(other => {
          const service = direction === 'egress' ? other : peer;
          return (
            other.kind !== 'endpoints' ||
            service.kind !== 'endpoints' ||
            service.reaches === undefined ||
            other.endpoints.some(({ cluster }) =>
              direction === 'egress' ? service.reaches!(pod.cluster, cluster) : service.reaches!(cluster, pod.cluster),
            )
          );
        }),
    );
  }

  private askedOf(port: Port): AskedPort[] {
    if (port._kind === 'all') {
      return [
        { protocol: 'TCP', port: 7 },
        { protocol: 'UDP', port: 7 },
      ];
    }
    if (port._icmp) {
      return [{ protocol: port._icmp.family === 'IPv4' ? 'ICMP' : 'ICMPv6', port: port._icmp.type }];
    }
    const { port: text, endPort, protocol } = port._port!;
    const first = port._isNamed ? portNumber(text) : Number(text);
    const protocols = protocol === Protocol.ANY ? (['TCP', 'UDP'] as const) : [protocol];
    const numbers = endPort === undefined ? [first] : [first, endPort];
    return protocols.flatMap(each => numbers.map(number => ({ protocol: each, port: number })));
  }

}

function isNamed(named: Port, { protocol, port }: AskedPort): boolean {
  if (named._kind === 'all') {
    return true;
  }
  if (named._icmp) {
    return protocol === (named._icmp.family === 'IPv4' ? 'ICMP' : 'ICMPv6') && port === named._icmp.type;
  }
  const { port: text, endPort, protocol: of } = named._port!;
  const first = named._isNamed ? portNumber(text) : Number(text);
  return (
    (of === protocol || (of === Protocol.ANY && !protocol.startsWith('ICMP'))) &&
    first <= port &&
    port <= (endPort ?? first)
  );
}

/** Addresses inside and outside of CIDRs, and the entities that are named. */
function outsideOf(peers: readonly PeerSpec[]): Witness[] {
  const cidrs = peers.flatMap(peer =>
    peer.kind === 'cidr' ? [peer.cidr, ...peer.except] : peer.kind === 'cidrGroup' ? (peer.cidrs ?? []) : [],
  );
  const excepts = peers.flatMap(peer => (peer.kind === 'cidr' ? peer.except.map(part => Cidr.masked(part)!) : []));
  const addresses = [
    ...cidrs.map(text => Cidr.masked(text)!).flatMap(({ family, first, last }) => [
      Cidr.ofAddress(family, first),
      Cidr.ofAddress(family, last),
    ]),
    // just behind each exception
    ...excepts.map(({ family, last }) => Cidr.ofAddress(family, last + 1n)),
    ...['198.51.100.77/32', '2001:db8:ffff::77/128'].map(text => Cidr.masked(text)!),
  ];
  const entities = peers.flatMap(peer =>
    peer.kind === 'entity' && !GROUPS.includes(peer.entity) ? [{ kind: 'entity' as const, entity: peer.entity }] : [],
  );
  return [...addresses.map(address => ({ kind: 'address' as const, address })), ...entities];
}

/** Entities that are several kinds of endpoints. */
const GROUPS: readonly string[] = [Entity.ALL, Entity.WORLD, Entity.CLUSTER, Entity.CLUSTER_MESH];


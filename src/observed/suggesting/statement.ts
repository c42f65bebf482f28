import { clusterProducts, ClusterPair } from './cluster-pairs';
import { Peer, PeerAt, peerKey } from './peer';
import { joinRequests, requestTexts, RuleRequests } from './requests';
import { PortName, RulePort, rulePorts } from './rule-ports';
import { isContainerPortName } from '../../cilium/ports';
import { grouped } from '../../diagnostics/grouped';
import { FlowProtocol } from '../../evaluator/engine/entry';
import { compareTexts } from '../../evaluator/read/text-order';
import { ObservedFlow } from '../flows/observed-flow';

/** A side of a statement: a peer, in some of its clusters. */
export interface StatementPeer {
  readonly peer: Peer;
  /** Sorted; empty for peers that are not pods. */
  readonly clusters: readonly string[];
}

/** What `CrossClusterAllow` says: every source may reach every destination on every port. */
export interface Statement {
  readonly sources: readonly StatementPeer[];
  readonly destinations: readonly StatementPeer[];
  readonly ports: readonly RulePort[];
  /** Only within each cluster. */
  readonly sameCluster: boolean;
  /** The requests that it allows; undefined for all. */
  readonly requests?: RuleRequests;
  /** The recorded flows that it allows, in their order. */
  readonly flows: readonly ObservedFlow[];
}

/** A connection to allow: from one peer in one cluster to another one, on one port. */
export interface Edge {
  readonly source: PeerAt;
  readonly destination: PeerAt;
  readonly protocol: FlowProtocol;
  readonly port: number;
  /** The requests to allow; undefined for all. */
  readonly requests?: RuleRequests;
  readonly flow: ObservedFlow;
}

/** Peers, clusters and ports whose product is wanted. */
interface Block {
  readonly sources: readonly StatementPeer[];
  readonly destinations: readonly StatementPeer[];
  readonly ports: ReadonlyArray<{ readonly protocol: FlowProtocol; readonly port: number }>;
  readonly sameCluster: boolean;
  readonly requests?: RuleRequests;
  readonly flows: ReadonlySet<ObservedFlow>;
}

/**
 * The edges as few statements that allow nothing else. Joins, one after the other: pairs of clusters, ports of the same
 * ends, sources of the same destinations and ports, destinations of the same sources and ports. What is joined allows
 * the same requests; those of the same ends and port count in all of their clusters.
 */
export function statementsOf(edges: readonly Edge[], { portRanges, portNames }: PortSyntax): Statement[] {
  const joined = joinDestinations(joinSources(joinPorts(joinClusters(edges))));
  return joined
    .map(
      ({ flows, ports, ...block }): Statement => ({
        ...block,
        ports: rulePorts(ports, portRanges, portNames ? namesIn(block.destinations) : () => undefined),
        flows: [...flows],
      }),
    )
    .sort((one, other) => compareTexts(orderOf(one), orderOf(other)));
}

/** How the rules of all clusters of a mesh can name ports. */
export interface PortSyntax {
  readonly portRanges: boolean;
  /** Whether rules of both directions know the names of ports. */
  readonly portNames: boolean;
}

/** The names that all pods of destinations give to a port, in all clusters, and to no other one. */
function namesIn(destinations: readonly StatementPeer[]): PortName {
  const workloads = destinations.map(({ peer }) => (peer.kind === 'pods' ? peer.pods.workloads : undefined));
  return (protocol, port) => {
    const all = workloads.every(each => each !== undefined) ? workloads.flat() : [];
    const named = all[0]?.ports.find(
      each => each.protocol === protocol && each.port === port && isContainerPortName(each.name),
    );
    return named && all.every(({ namedPorts }) => namedPorts.get(`${named.name}/${protocol}`) === port)
      ? named.name
      : undefined;
  };
}

function joinClusters(edges: readonly Edge[]): Block[] {
  const alike = grouped(edges, ({ source, destination, protocol, port, requests }) =>
    [peerKey(source.peer), peerKey(destination.peer), protocol, port, requests?.kind].join('\n'),
  );
  return [...alike.values()].flatMap(group => {
    const [{ source, destination, protocol, port }] = group;
    const requests = joinRequests(group.map(each => each.requests));
    const pairs = new Map(
      group.map(each => [`${each.source.cluster}\n${each.destination.cluster}`, pairOf(each)] as const),
    );
    return clusterProducts([...pairs.values()]).map(({ from, to, sameCluster }): Block => ({
      sources: [{ peer: source.peer, clusters: from }],
      destinations: [{ peer: destination.peer, clusters: to }],
      ports: [{ protocol, port }],
      sameCluster,
      ...(requests ? { requests } : {}),
      flows: new Set(group.filter(each => holds({ from, to, sameCluster }, pairOf(each))).map(({ flow }) => flow)),
    }));
  });
}

function pairOf({ source, destination }: Edge): ClusterPair {
  return [source.cluster, destination.cluster];
}

function holds(
  { from, to, sameCluster }: { from: readonly string[]; to: readonly string[]; sameCluster: boolean },
  [source, destination]: ClusterPair,
): boolean {
  return (
    (source === undefined || from.includes(source)) &&
    (destination === undefined || to.includes(destination)) &&
    (!sameCluster || source === destination)
  );
}

function joinPorts(blocks: readonly Block[]): Block[] {
  return join(blocks, block => [sideKey(block.sources), sideKey(block.destinations)], (one, other) => ({
    ...one,
    ports: [...one.ports, ...other.ports],
  }));
}

function joinSources(blocks: readonly Block[]): Block[] {
  return join(blocks, block => [sideKey(block.destinations), portsKey(block)], (one, other) => ({
    ...one,
    sources: sorted([...one.sources, ...other.sources]),
  }));
}

function joinDestinations(blocks: readonly Block[]): Block[] {
  return join(blocks, block => [sideKey(block.sources), portsKey(block)], (one, other) => ({
    ...one,
    destinations: sorted([...one.destinations, ...other.destinations]),
  }));
}

/**
 * Joins blocks with the same key. Pods and what is outside of the mesh stay apart: a statement needs pods on one side,
 * and rules for the outside deserve a look of their own.
 */
function join(
  blocks: readonly Block[],
  keyOf: (block: Block) => readonly string[],
  both: (one: Block, other: Block) => Block,
): Block[] {
  const alike = grouped(blocks, block =>
    [
      ...keyOf(block),
      block.sameCluster,
      hasOnlyPods(block.sources),
      hasOnlyPods(block.destinations),
      ...(block.requests ? requestTexts(block.requests) : []),
    ].join('\n\n'),
  );
  return [...alike.values()].map(group =>
    group.reduce((one, other) => ({ ...both(one, other), flows: new Set([...one.flows, ...other.flows]) })),
  );
}

function hasOnlyPods(side: readonly StatementPeer[]): boolean {
  return side.every(({ peer }) => peer.kind === 'pods');
}

function sideKey(side: readonly StatementPeer[]): string {
  return sorted(side).map(sidePeerKey).join('\n');
}

function portsKey({ ports }: Block): string {
  return ports.map(({ protocol, port }) => `${protocol}/${port}`).sort().join();
}

function sidePeerKey({ peer, clusters }: StatementPeer): string {
  return `${peerKey(peer)} @${clusters.join()}`;
}

function sorted(side: readonly StatementPeer[]): StatementPeer[] {
  return [...side].sort((one, other) => (sidePeerKey(one) < sidePeerKey(other) ? -1 : 1));
}

function orderOf({ sources, destinations, ports, sameCluster, requests }: Statement): string[] {
  return [
    sideKey(destinations),
    ports.map(({ protocol, first, last }) => `${protocol} ${first} ${last}`).join(),
    sideKey(sources),
    String(sameCluster),
    ...(requests ? requestTexts(requests) : []),
  ];
}

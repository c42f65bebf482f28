import { Direction, FlowProtocol, inMergeOrder, PolicyEntry, PortMatch, Tier, TIERS } from './entry';
import { LabelSet } from './label-set';
import { meets, PeerIdentity, PeerSelector, Requirement, selects, selectsItself } from './selector';
import { PolicySettings } from './settings';

/** A pod, or the host of a node, whose policy is asked. */
export interface Subject {
  readonly labels: LabelSet;
  /** Ports by the names that its containers give them, `name/PROTOCOL`. */
  readonly namedPorts: ReadonlyMap<string, number>;
  /** Up to 1.19: the ports that names have for egress, see `commonPorts`. Without it those of the other side are taken. */
  readonly knownPorts?: ReadonlyMap<string, number>;
}

/** The other side of the flow. */
export interface Peer extends PeerIdentity {
  readonly namedPorts: ReadonlyMap<string, number>;
}

/** A flow in one direction, with what deciding over it needs. */
export interface DirectedFlow {
  readonly subject: Subject;
  readonly direction: Direction;
  readonly peer: Peer;
  readonly protocol: FlowProtocol;
  readonly port: number;
  /** Ends of the ranges of named ports, see `namedRangeEnds`. */
  readonly ends: ReadonlyMap<string, number>;
}

/** Entries that are asked together. */
export interface PrecedenceGroup {
  readonly tier: Tier;
  readonly priority: number;
  readonly entries: readonly PolicyEntry[];
}

/** Entries by tier and priority, those that decide first in front (pkg/policy/rules.go, v1.20.2). */
export function precedenceGroups(entries: readonly PolicyEntry[]): PrecedenceGroup[] {
  const groups = new Map<string, { tier: Tier; priority: number; entries: PolicyEntry[] }>();
  for (const entry of entries) {
    const { tier, priority } = entry;
    const key = `${tier} ${priority}`;
    const group = groups.get(key) ?? { tier, priority, entries: [] };
    group.entries.push(entry);
    groups.set(key, group);
  }
  return [...groups.values()].sort((one, other) => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier) || one.priority - other.priority);
}

/** Whether what no entry matches is denied. Pods without labels yet (`init`) are always enforced. */
export function hasDefaultDeny(subject: Subject, applying: readonly PolicyEntry[], settings: PolicySettings): boolean {
  return settings.enforcement === 'always' || subject.labels.isReserved('init') || applying.some(entry => entry.defaultDeny);
}

/** Whether the local host is let in where no entry matches, and default deny is on. */
export function letsLocalHost(direction: Direction, applying: readonly PolicyEntry[], settings: PolicySettings): boolean {
  return direction === 'ingress' && (applying.length > 0 || settings.traits.localHostWithoutPolicies) && settings.allowLocalhost === 'always';
}

/**
 * The ports that names have for egress up to 1.19, where Cilium does not know whose they are: those on which all pods agree that it knows of
 * (namedPortMultiMap, pkg/types/portmap.go, v1.19.3). By `name/PROTOCOL`.
 */
export function commonPorts(pods: Iterable<{ readonly namedPorts: ReadonlyMap<string, number> }>): ReadonlyMap<string, number> {
  const common = new Map<string, number | undefined>();
  for (const { namedPorts } of pods) {
    for (const [name, port] of namedPorts) {
      common.set(name, !common.has(name) || common.get(name) === port ? port : undefined);
    }
  }
  return new Map([...common].filter((each): each is [string, number] => each[1] !== undefined));
}

/**
 * The entries that are about a subject, in one direction. Up to 1.18 what some of them require of all endpoints is wanted of those that the
 * others of the same verdict name (GetSourceEndpointSelectorsWithRequirements, pkg/policy/api/ingress.go, v1.18.8).
 */
export function applyingEntries(subject: Subject, direction: Direction, entries: readonly PolicyEntry[]): PolicyEntry[] {
  const host = subject.labels.isReserved('host');
  const applying = entries.filter(entry => entry.direction === direction && entry.node === host && meets(entry.subject, subject.labels));
  if (!applying.some(({ requires }) => requires)) {
    return applying;
  }
  return applying.map(entry => {
    const required = applying.filter(({ verdict }) => verdict === entry.verdict).flatMap(({ requires }) => requires ?? []);
    return entry.endpoints && entry.peers !== 'nobody' && required.length > 0 ? { ...entry, peers: entry.peers.map(selector => narrowed(selector, required)) } : entry;
  });
}

function narrowed(selector: PeerSelector, required: readonly Requirement[]): PeerSelector {
  return selector.kind !== 'labels' ? selector : { ...selector, id: `${selector.id} and ${JSON.stringify(required)}`, requirements: [...selector.requirements, ...required] };
}

/** Rules on ports with one key are merged. */
export function portKey({ protocol, name, text, number, endPort }: PortMatch): string {
  return `${protocol} ${text ?? name ?? `${number}-${endPort}`}`;
}

/** Rules on one named port are merged, and keep the end of the first one's range (pkg/policy/l4.go addL4Filter, v1.20.2). */
export function namedRangeEnds(applying: readonly PolicyEntry[], direction: Direction): Map<string, number> {
  const ends = new Map<string, number>();
  for (const entry of inMergeOrder(applying).filter(each => each.peers !== 'nobody' && (direction === 'ingress' || !each.traits.egressNamedPortsByPeer))) {
    for (const { name, protocol, endPort } of entry.ports) {
      const key = `${name}/${protocol}`;
      if (name !== undefined && !ends.has(key)) {
        ends.set(key, endPort);
      }
    }
  }
  return ends;
}

/** Whether an entry is about a flow. */
export function matches(entry: PolicyEntry, flow: DirectedFlow): boolean {
  if (entry.peers === 'nobody' || (entry.peers.length === 0 && !entry.hasPorts)) {
    return false;
  }
  if (entry.peers.length > 0 && !entry.peers.some(selector => selects(selector, flow.peer))) {
    return false;
  }
  return !entry.hasPorts || matchingPorts(entry, flow).length > 0;
}

/** The ports of an entry that hold a flow's. Named ports are those of the receiving side. */
export function matchingPorts(entry: PolicyEntry, { subject, direction, peer, protocol, port, ends }: DirectedFlow): PortMatch[] {
  const byPeer = direction === 'egress' && entry.traits.egressNamedPortsByPeer;
  const names = direction === 'ingress' ? subject.namedPorts : byPeer ? peer.namedPorts : subject.knownPorts ?? peer.namedPorts;
  return entry.ports.filter(match => {
    if (match.protocol !== protocol) {
      return false;
    }
    if (match.name === undefined) {
      return match.number === 0 || (match.number <= port && port <= Math.max(match.number, match.endPort));
    }
    const first = names.get(`${match.name}/${protocol}`);
    if (first === undefined || port < first) {
      return false;
    }
    if (!byPeer) {
      return port <= Math.max(first, ends.get(`${match.name}/${protocol}`) ?? 0);
    }
    // named ports of peers are looked up one by one: aggregates do not count, and neither do ranges (pkg/policy/l4.go toMapState, v1.20.2)
    const itself = entry.peers.length === 0 || (entry.peers as readonly PeerSelector[]).some(selector => selectsItself(selector, peer));
    return itself && port === first;
  });
}

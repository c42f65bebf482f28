import { Direction, FlowProtocol, PolicyEntry } from './entry';
import { MergedRules, mergeRules } from './l4-filter';
import { LabelSet } from './label-set';
import { meets, PeerIdentity, PeerSelector, Requirement } from './selector';
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

/** A flow, as seen by the endpoint whose policy is asked. */
export interface PeerFlow {
  readonly peer: Peer;
  readonly protocol: FlowProtocol;
  readonly port: number;
}

/** The policy of an endpoint in one direction. */
export interface DirectionPolicy extends MergedRules {
  readonly subject: Subject;
  readonly direction: Direction;
  readonly settings: PolicySettings;
  /** Whether what no rule matches is denied. Pods without labels yet (`init`) are always enforced. */
  readonly defaultDeny: boolean;
  /** Whether the local host is let in where no rule matches, and default deny is on. */
  readonly allowsLocalHost: boolean;
}

/** The policy that the rules of a cluster make for an endpoint. */
export function directionPolicy(subject: Subject, direction: Direction, entries: readonly PolicyEntry[], settings: PolicySettings): DirectionPolicy {
  return policyOf(subject, direction, mergeRules(applyingEntries(subject, direction, entries)), settings);
}

/** The policy of an endpoint out of the merged rules about it. */
export function policyOf(subject: Subject, direction: Direction, merged: MergedRules, settings: PolicySettings): DirectionPolicy {
  const { entries } = merged;
  return {
    ...merged,
    subject,
    direction,
    settings,
    defaultDeny: hasDefaultDeny(subject, entries, settings),
    allowsLocalHost: direction === 'ingress' && (entries.length > 0 || settings.traits.localHostWithoutPolicies) && settings.allowLocalhost === 'always',
  };
}

/** Whether what no rule matches is denied. */
export function hasDefaultDeny(subject: Subject, applying: readonly PolicyEntry[], settings: PolicySettings): boolean {
  return settings.enforcement === 'always' || subject.labels.isReserved('init') || applying.some(entry => entry.defaultDeny);
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
    return entry.endpoints && entry.peers !== 'none' && required.length > 0 ? { ...entry, peers: entry.peers.map(selector => narrowed(selector, required)) } : entry;
  });
}

function narrowed(selector: PeerSelector, required: readonly Requirement[]): PeerSelector {
  return selector.kind !== 'labels' ? selector : { ...selector, id: `${selector.id} and ${JSON.stringify(required)}`, requirements: [...selector.requirements, ...required] };
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

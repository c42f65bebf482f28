import { Direction, FlowProtocol, PolicyEntry } from './entry';
import { MergedRules, mergeRules } from './l4-filter';
import { LabelSet } from './label-set';
import { meets, PeerIdentity, PeerSelector, Requirement } from './selector';
import { PolicySettings } from './settings';

/** A pod, or the host of a node, whose policy decides. */
export interface Subject {
  readonly labels: LabelSet;
  /** Port numbers by the names that its containers declare, `name/PROTOCOL`. */
  readonly namedPorts: ReadonlyMap<string, number>;
  /** Up to 1.19: the port numbers of names on egress, see `commonPorts`. By default those of the peer. */
  readonly knownPorts?: ReadonlyMap<string, number>;
}

/** The other endpoint of the flow. */
export interface Peer extends PeerIdentity {
  readonly namedPorts: ReadonlyMap<string, number>;
}

/** A flow, as seen by the endpoint whose policy decides. */
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
  /**
   * Whether Cilium drops flows that no rule matches. It always enforces the policy of pods without labels yet (`init`).
   */
  readonly defaultDeny: boolean;
  /** Whether the local host reaches the endpoint under default deny where no rule matches. */
  readonly allowsLocalHost: boolean;
}

/** The policy of an endpoint under the rules of its cluster. */
export function directionPolicy(
  subject: Subject,
  direction: Direction,
  entries: readonly PolicyEntry[],
  settings: PolicySettings,
): DirectionPolicy {
  return policyOf(subject, direction, mergeRules(applyingEntries(subject, direction, entries)), settings);
}

/** The policy of an endpoint, from the merged rules that apply to it. */
export function policyOf(
  subject: Subject,
  direction: Direction,
  merged: MergedRules,
  settings: PolicySettings,
): DirectionPolicy {
  const { entries } = merged;
  return {
    ...merged,
    subject,
    direction,
    settings,
    defaultDeny: hasDefaultDeny(subject, entries, settings),
    allowsLocalHost:
      direction === 'ingress' &&
      (entries.length > 0 || settings.traits.localHostWithoutPolicies) &&
      settings.allowLocalhost === 'always',
  };
}

/** Whether Cilium drops flows that no rule matches. */
export function hasDefaultDeny(subject: Subject, applying: readonly PolicyEntry[], settings: PolicySettings): boolean {
  return (
    settings.enforcement === 'always' || subject.labels.isReserved('init') || applying.some(entry => entry.defaultDeny)
  );
}

/**
 * The entries that apply to a subject in one direction.
 *
 * Up to 1.18, a rule may require labels of all endpoints. The endpoints that other rules with the same verdict select
 * must then meet them too (GetSourceEndpointSelectorsWithRequirements, pkg/policy/api/ingress.go, v1.18.8).
 */
export function applyingEntries(
  subject: Subject,
  direction: Direction,
  entries: readonly PolicyEntry[],
): PolicyEntry[] {
  const host = subject.labels.isReserved('host');
  const applying = entries.filter(
    entry => entry.direction === direction && entry.node === host && meets(entry.subject, subject.labels),
  );
  if (!applying.some(({ requires }) => requires)) {
    return applying;
  }
  return applying.map(entry => {
    const required = applying
      .filter(({ verdict }) => verdict === entry.verdict)
      .flatMap(({ requires }) => requires ?? []);
    return entry.endpoints && entry.peers !== 'none' && required.length > 0
      ? { ...entry, peers: entry.peers.map(selector => narrowed(selector, required)) }
      : entry;
  });
}

function narrowed(selector: PeerSelector, required: readonly Requirement[]): PeerSelector {
  return selector.kind !== 'labels'
    ? selector
    : {
      kind: 'labels',
      id: `${selector.id} and ${JSON.stringify(required)}`,
      requirements: [...selector.requirements, ...required],
    };
}

/**
 * The port numbers of names on egress up to 1.19, by `name/PROTOCOL`.
 *
 * Those versions do not know which peer a name belongs to. They use the names that have one number on all known pods
 * (namedPortMultiMap, pkg/types/portmap.go, v1.19.3).
 */
export function commonPorts(
  pods: Iterable<{ readonly namedPorts: ReadonlyMap<string, number> }>,
): ReadonlyMap<string, number> {
  const common = new Map<string, number | undefined>();
  for (const { namedPorts } of pods) {
    for (const [name, port] of namedPorts) {
      common.set(name, !common.has(name) || common.get(name) === port ? port : undefined);
    }
  }
  return new Map([...common].filter((each): each is [string, number] => each[1] !== undefined));
}

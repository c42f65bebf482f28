import { Fqdn } from './fqdn';
import { PeerSelector, Requirement } from './selector';
import { POLICY_KINDS, PolicyKindName } from '../../cilium/policy-kinds';
import { Traits } from '../../cilium/traits';

/** A direction of a flow, as seen by the endpoint whose policy is asked. */
export type Direction = 'ingress' | 'egress';

/** Protocols that a flow can have. */
export type FlowProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6' | ExtendedProtocol;

/** Protocols without ports, which policies know with `enable-extended-ip-protocols`. */
export type ExtendedProtocol = 'VRRP' | 'IGMP' | 'GRE' | 'IPIP' | 'IPV6' | 'ESP' | 'AH';

/** A rule about HTTP requests: method, path and host are regular expressions of RE2. */
export interface HttpRule {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly headerMatches?: ReadonlyArray<{ readonly name: string; readonly value?: string; readonly secret?: unknown; readonly mismatch?: string }>;
}

/** Layer 7 rules behind a port. */
export interface L7 {
  /** What reads the traffic: `http`, `dns`, `tls` (no rules, only TLS), `crd` (a listener of one's own), and up to 1.19 others. */
  readonly parser: string;
  readonly http?: readonly HttpRule[];
  readonly dns?: readonly Fqdn[];
  /** The listener of a CiliumEnvoyConfig, with its priority: 0 when none is given. */
  readonly listener?: string;
  readonly listenerPriority?: number;
  readonly serverNames: readonly string[];
  /** The secrets with which the proxy terminates and originates TLS. */
  readonly terminatingTls?: string;
  readonly originatingTls?: string;
}

/** A port of a rule. Without a number or name, and with number 0, it means every port. */
export interface PortMatch {
  readonly number: number;
  readonly name?: string;
  /** Last port of a range, as written; below the first port it means that one alone. Of a named port it counts on ingress only. */
  readonly endPort: number;
  readonly protocol: FlowProtocol;
  /** The port as it is written: in 1.15 rules on one port are merged only where it is written alike. */
  readonly text?: string;
  readonly l7?: L7;
  /** A parser without rules, up to 1.17: nothing is redirected to it, but it clashes with others. */
  readonly parser?: string;
}

/** Where a rule is written. */
export interface Origin {
  readonly kind: PolicyKindName;
  readonly namespace?: string;
  readonly name: string;
  /** Path in the object, for example `spec.egress[0]`. */
  readonly path: string;
}

/** Tiers of Kubernetes' ClusterNetworkPolicy, in their order; every other policy is in `normal`, at priority 0. */
export const TIERS = ['admin', 'normal', 'baseline'] as const;
export type Tier = typeof TIERS[number];

/**
 * Entries in the order in which Cilium merges them: by resource, then as written (pkg/policy/rules.go and pkg/ipcache/types, v1.20.2); up to
 * 1.18 as they come. It decides where rules on one port cannot both hold.
 */
export function inMergeOrder(entries: readonly PolicyEntry[]): PolicyEntry[] {
  if (entries.length === 0 || !entries[0].traits.mergeOrderByResource) {
    return [...entries];
  }
  const resource = ({ origin }: PolicyEntry) => `${POLICY_KINDS[origin.kind].resource}/${origin.namespace ?? ''}/${origin.name}`;
  return [...entries].sort((one, other) => resource(one) < resource(other) ? -1 : resource(one) > resource(other) ? 1 : 0);
}

/** What a rule does with the flows that it is about: `pass` leaves them to the tiers after its own. */
export type EntryVerdict = 'allow' | 'deny' | 'pass';

/**
 * One rule in one direction, of whatever kind of policy: what Cilium calls a policy entry (pkg/policy/types/policyentry.go, v1.20.2).
 */
export interface PolicyEntry {
  readonly origin: Origin;
  /** Those of the version of Cilium that reads the policy: what an entry means depends on them. */
  readonly traits: Traits;
  /** The policy is about nodes, not pods. */
  readonly node: boolean;
  readonly subject: readonly Requirement[];
  readonly direction: Direction;
  /** Where the entry stands among the others: an earlier tier decides first, and in a tier the lower priority. */
  readonly tier: Tier;
  readonly priority: number;
  readonly verdict: EntryVerdict;
  /** Whether the rule turns default deny on for its subject and direction. */
  readonly defaultDeny: boolean;
  /**
   * Selectors of peers. `nobody` when the rule's list of peers is there and empty; an empty list when the rule says nothing of peers: then it
   * means everybody with ports, and nobody without.
   */
  readonly peers: 'none' | readonly PeerSelector[];
  /** Whether the rule has a part for ports, even an empty one. */
  readonly hasPorts: boolean;
  readonly ports: readonly PortMatch[];
  readonly authentication?: string;
  /** Up to 1.18: what this rule wants of the endpoints that all allowing, or all denying, rules about its subject name: see `applyingEntries`. */
  readonly requires?: readonly Requirement[];
  /** The peers are endpoints by their labels (`fromEndpoints`, `toEndpoints`), of which `requires` may want more. */
  readonly endpoints?: boolean;
}

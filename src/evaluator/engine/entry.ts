import { Fqdn } from './fqdn';
import { PeerSelector, Requirement } from './selector';
import { POLICY_KINDS, PolicyKindName } from '../../cilium/policy-kinds';
import { Traits } from '../../cilium/traits';

/** A direction of a flow, as seen by the endpoint whose policy decides. */
export type Direction = 'ingress' | 'egress';

/** The protocol of a flow. */
export type FlowProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP' | 'ICMPv6' | ExtendedProtocol;

/** Protocols without ports. Policies match them with `enable-extended-ip-protocols`. */
export type ExtendedProtocol = 'VRRP' | 'IGMP' | 'GRE' | 'IPIP' | 'IPV6' | 'ESP' | 'AH';

/** A rule for HTTP requests. Method, path and host are regular expressions of RE2. */
export interface HttpRule {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly headerMatches?: ReadonlyArray<{
    readonly name: string;
    readonly value?: string;
    readonly secret?: unknown;
    readonly mismatch?: string;
  }>;
}

/** Layer 7 rules on a port. */
export interface L7 {
  /**
   * The parser of the traffic: `http`, `dns`, `tls` (TLS without rules), `crd` (a custom listener), and up to 1.19
   * others.
   */
  readonly parser: string;
  readonly http?: readonly HttpRule[];
  readonly dns?: readonly Fqdn[];
  /** The listener of a CiliumEnvoyConfig, with its priority (default: 0). */
  readonly listener?: string;
  readonly listenerPriority?: number;
  readonly serverNames: readonly string[];
  /** The secrets that the proxy uses to terminate and originate TLS. */
  readonly terminatingTls?: string;
  readonly originatingTls?: string;
}

/** A port of a rule. Without a name, number 0 matches every port. */
export interface PortMatch {
  readonly number: number;
  readonly name?: string;
  /**
   * Last port of a range, as written. A value below the first port matches the first port alone. A range of a named
   * port counts on ingress only.
   */
  readonly endPort: number;
  readonly protocol: FlowProtocol;
  /** The port as it is written. Version 1.15 merges rules on one port only if they write it alike. */
  readonly text?: string;
  readonly l7?: L7;
  /** A parser without rules, up to 1.17. Cilium does not redirect to it, but it conflicts with other parsers. */
  readonly parser?: string;
}

/** The object and path of a rule. */
export interface Origin {
  readonly kind: PolicyKindName;
  readonly namespace?: string;
  readonly name: string;
  /** Path in the object, for example `spec.egress[0]`. */
  readonly path: string;
}

/** Tiers of Kubernetes' ClusterNetworkPolicy, in their order. All other policies are in `normal`, at priority 0. */
export const TIERS = ['admin', 'normal', 'baseline'] as const;
export type Tier = (typeof TIERS)[number];

/**
 * Entries in the order in which Cilium merges them. The order decides where rules on one port conflict.
 *
 * Since 1.19 Cilium merges by resource, then as written (pkg/policy/rules.go and pkg/ipcache/types, v1.20.2). Up to
 * 1.18 it merges in the order of arrival.
 */
export function inMergeOrder(entries: readonly PolicyEntry[]): PolicyEntry[] {
  if (entries.length === 0 || !entries[0].traits.mergeOrderByResource) {
    return [...entries];
  }
  const resource = ({ origin }: PolicyEntry) =>
    `${POLICY_KINDS[origin.kind].resource}/${origin.namespace ?? ''}/${origin.name}`;
  return [...entries].sort((one, other) =>
    resource(one) < resource(other) ? -1 : resource(one) > resource(other) ? 1 : 0,
  );
}

/** What a rule does with the flows that it matches. `pass` leaves them to later tiers. */
export type EntryVerdict = 'allow' | 'deny' | 'pass';

/**
 * One rule in one direction, from any kind of policy: Cilium's policy entry (pkg/policy/types/policyentry.go, v1.20.2).
 */
export interface PolicyEntry {
  readonly origin: Origin;
  /** The traits of the Cilium version that reads the policy. The meaning of an entry depends on them. */
  readonly traits: Traits;
  /** The policy applies to nodes, not pods. */
  readonly node: boolean;
  readonly subject: readonly Requirement[];
  readonly direction: Direction;
  /** Precedence: an earlier tier decides first, and in a tier the lower priority. */
  readonly tier: Tier;
  readonly priority: number;
  readonly verdict: EntryVerdict;
  /** Whether the rule turns default deny on for its subject and direction. */
  readonly defaultDeny: boolean;
  /**
   * Selectors of peers.
   *
   * - `none`: the rule has an empty list of peers, so it matches no peer.
   * - An empty list: the rule has no list of peers. It matches all peers if it has ports, else no peer.
   */
  readonly peers: 'none' | readonly PeerSelector[];
  /** Whether the rule has a field for ports, even an empty one. */
  readonly hasPorts: boolean;
  readonly ports: readonly PortMatch[];
  readonly authentication?: string;
  /** What Cilium logs with a flow that the rule decides. Entries of its map with other logs are not equal. */
  readonly log?: string;
  /**
   * Up to 1.18: labels that this rule requires of the endpoints that rules with its verdict select, see
   * `applyingEntries`.
   */
  readonly requires?: readonly Requirement[];
  /**
   * The rule selects its peers by the labels of endpoints (`fromEndpoints`, `toEndpoints`), so `requires` narrows them.
   */
  readonly endpoints?: boolean;
}

/**
 * The authentication that the rules that allow a flow require, since 1.17.
 *
 * The datapath looks up two entries of its map: that of the peer, and that of all peers (since 1.20 of the peer's
 * aggregate). Each is the narrowest of those whose ports hold the flow's.
 *
 * - Among the entries of one identity an explicit mode applies to the narrower entries without one. An entry with a
 *   redirect or of an earlier level removes narrower ones, except those with an explicit mode, which then redirect too
 *   (authPreferredInsert, pkg/policy/mapstate.go, v1.20.2).
 * - Of the two entries the one that redirects, or of the earlier level, decides alone. So an HTTP rule for all peers
 *   lifts the authentication that another rule requires of one peer (mapState.lookup).
 * - Otherwise the narrower one decides. Without an explicit mode it takes the stronger one of both.
 * - Where a rule passes flows to later tiers, no mode reaches another entry, and none survives under an entry that
 *   takes precedence (insertWithPasses, mapstate.go, v1.20.2: "Pass rules are not supported with auth rules").
 */
import { AuthenticationMode, modeOf, strongestMode } from './authentication-mode';
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { L4Filter, PrecedenceLevel } from './l4-filter';
import { reservedSelector, WILDCARD } from './label-selector';
import { FilterMatch, holdsPort, matchesOf, namesAreOfPeers, prefixLength } from './matching';
import { AGGREGATES, selects, selectsItself } from './selector';
import { Redirect, SelectorPolicy } from './selector-policy';

/** An entry of the datapath's map that holds a flow. */
interface MapEntry {
  /** The entry is of the peer's identity, not of its aggregate. */
  readonly ofPeer: boolean;
  /** The number of leading bits of protocol and port that a packet must share. */
  readonly length: number;
  /** The level of the rule, higher for earlier ones, and in it the priority of the proxy. */
  readonly level: number;
  readonly proxy: number;
  readonly authentication?: AuthenticationMode;
  /** Whether the entry takes the mode of a broader one; default: true. */
  readonly inherits?: boolean;
  /** The entry takes no mode of another one, and is left out under an entry that takes precedence. */
  readonly alone?: boolean;
}

/** The entry that the datapath finds for one identity. */
interface FoundEntry extends MapEntry {
  /** Whether the rules of this entry have the mode themselves. */
  readonly explicit: boolean;
}

const HOST = reservedSelector('host');

/**
 * The modes that Cilium may require of a flow that rules of a level allow, undefined for none. There are several where
 * the result depends on the order in which Cilium inserts the entries:
 *
 * - It leaves out an entry that equals that of the aggregate on the same ports, unless that entry has taken a mode from
 *   a broader one before (aggregateIsEquivalent and pruneAggregated, pkg/policy/mapstate.go, v1.20.2).
 * - A mode does not reach the entries that were there before it if another port has a mode of its own
 *   (authPreferredInsert).
 */
export function requiredAuthentication(
  policy: DirectionPolicy,
  flow: PeerFlow,
  deciding: PrecedenceLevel,
): ReadonlyArray<AuthenticationMode | undefined> {
  const passes = hasPasses(policy);
  const level = policy.levels.length - policy.levels.indexOf(deciding);
  const entries = mapEntries(policy, flow)
    .filter(entry => !passes || entry.level === level)
    .map(entry => (passes ? { ...entry, alone: true } : entry));
  const [own, all] = [true, false].map(ofPeer => entries.filter(entry => entry.ofPeer === ofPeer));
  const outcomes = [
    modeOfEntries(own, all),
    modeOfEntries(
      own.filter(entry => !all.some(other => isEqual(entry, other))),
      all,
    ),
    ...(!passes && hasOtherModes(policy, flow)
      ? [modeOfEntries(own.map(withoutInheriting), all.map(withoutInheriting))]
      : []),
  ];
  return [...new Set(outcomes.map(mode => (mode === 'disabled' ? undefined : mode)))];
}

function modeOfEntries(own: readonly MapEntry[], all: readonly MapEntry[]): AuthenticationMode | undefined {
  const [ofPeer, ofAggregate] = [narrowest(own), narrowest(all)];
  const decisive = !ofPeer || !ofAggregate ? (ofPeer ?? ofAggregate) : decisiveOf(ofPeer, ofAggregate);
  return decisive?.authentication;
}

function isEqual(one: MapEntry, other: MapEntry): boolean {
  return (
    one.length === other.length &&
    comparePrecedence(one, other) === 0 &&
    one.authentication === other.authentication
  );
}

function withoutInheriting(entry: MapEntry): MapEntry {
  return { ...entry, inherits: false };
}

function hasPasses({ levels }: DirectionPolicy): boolean {
  return levels.some(({ filters }) =>
    filters.some(({ selectors }) =>
      [...selectors.values()].some(({ rules }) => rules.some(({ entry }) => entry.verdict === 'pass')),
    ),
  );
}

/** Whether a rule for the peer has a mode on other ports than the flow's. */
function hasOtherModes(policy: DirectionPolicy, flow: PeerFlow): boolean {
  return policy.levels.some(({ filters }) =>
    filters.some(
      filter =>
        !holdsPort(policy, filter.port, flow) &&
        [...filter.selectors.values()].some(
          ({ selector, authentication }) => authentication !== undefined && selects(selector, flow.peer),
        ),
    ),
  );
}

function decisiveOf(own: FoundEntry, all: FoundEntry): FoundEntry {
  const order = comparePrecedence(own, all);
  if (order !== 0) {
    return order > 0 ? own : all;
  }
  const decisive = all.length > own.length ? all : own;
  return decisive.explicit
    ? decisive
    : { ...decisive, authentication: strongestMode([own.authentication, all.authentication]) };
}

function narrowest(entries: readonly MapEntry[]): FoundEntry | undefined {
  const found: FoundEntry[] = [];
  for (const entry of merged(entries)) {
    const covering = found.at(-1);
    const isCovered = covering !== undefined && comparePrecedence(covering, entry) > 0;
    if (entry.authentication !== undefined && !(entry.alone && isCovered)) {
      found.push({ ...entry, ...(isCovered ? precedenceOf(covering) : {}), explicit: true });
    } else if (!isCovered) {
      const from = found.filter(({ explicit, level }) => explicit && level >= entry.level).at(-1);
      const authentication = entry.inherits === false || entry.alone ? undefined : from?.authentication;
      found.push({ ...entry, authentication, explicit: false });
    }
  }
  return found.at(-1);
}

/** Entries with one key are merged; the broader ones first. */
function merged(entries: readonly MapEntry[]): MapEntry[] {
  const byLength = new Map<number, MapEntry>();
  for (const entry of entries) {
    const other = byLength.get(entry.length);
    const first = other && comparePrecedence(other, entry) > 0 ? other : entry;
    const authentication = strongestMode([entry.authentication, other?.authentication]);
    byLength.set(entry.length, { ...first, authentication });
  }
  return [...byLength.values()].sort((one, other) => one.length - other.length);
}

function comparePrecedence(one: MapEntry, other: MapEntry): number {
  return one.level - other.level || one.proxy - other.proxy;
}

function precedenceOf({ level, proxy }: MapEntry): Pick<MapEntry, 'level' | 'proxy'> {
  return { level, proxy };
}

/** The entries that hold a flow. The rules that Cilium adds itself are those of a last level. */
function mapEntries(policy: DirectionPolicy, flow: PeerFlow): MapEntry[] {
  const { levels, defaultDeny, allowsLocalHost } = policy;
  const ofRules = levels.flatMap(({ filters }, index) =>
    matchesOf(policy, filters, flow)
      .filter(({ policy: { rules } }) => rules.every(({ entry }) => entry.verdict === 'allow'))
      .flatMap(match => entriesOf(policy, match, levels.length - index, flow)),
  );
  const added = { length: 0, level: 0, proxy: 0 };
  return [
    ...ofRules,
    ...(!defaultDeny ? [{ ...added, ofPeer: false }] : []),
    ...(allowsLocalHost && selects(HOST, flow.peer) ? [{ ...added, ofPeer: true }] : []),
  ];
}

function entriesOf(
  policy: DirectionPolicy,
  { filter, policy: rule }: FilterMatch,
  level: number,
  flow: PeerFlow,
): MapEntry[] {
  const { selector, authentication } = rule;
  const wildcard = filter.selectors.get(WILDCARD.id);
  const ofWildcard = selector.id === WILDCARD.id;
  const byName = filter.port?.name !== undefined && namesAreOfPeers(policy);
  if (wildcard && !ofWildcard && hasNumber(filter, byName) && isCoveredBy(wildcard, rule, policy)) {
    return [];
  }
  const entry = {
    length: prefixLength(policy, filter.port, flow),
    level,
    proxy: Math.max(
      proxyPrecedence(rule),
      wildcard && policy.settings.traits.redirectsInherited ? proxyPrecedence(wildcard) : 0,
    ),
    authentication: modeOf(authentication),
  };
  const { aggregate } = flow.peer;
  const ofAggregate =
    !byName && (ofWildcard || (aggregate !== undefined && selectsItself(selector, AGGREGATES[aggregate])));
  const ofPeer = byName || (!ofWildcard && (aggregate === undefined || selectsItself(selector, flow.peer)));
  return [...(ofAggregate ? [{ ...entry, ofPeer: false }] : []), ...(ofPeer ? [{ ...entry, ofPeer: true }] : [])];
}

/** Whether a filter is of port numbers, not of every port. */
function hasNumber({ port }: L4Filter, byName: boolean): boolean {
  return port !== undefined && (byName || port.name !== undefined || port.number !== 0);
}

/**
 * Whether Cilium leaves out the entry of a selector beside that of all peers on the port (PerSelectorPolicy
 * datapathEquivalent, pkg/policy/l4.go, v1.20.2; covers in v1.17.15).
 */
function isCoveredBy(wildcard: SelectorPolicy, rule: SelectorPolicy, { settings }: DirectionPolicy): boolean {
  const [all, own] = [wildcard, rule].map(proxyPrecedence);
  return (
    rule.authentication === wildcard.authentication &&
    (own === all || (own === 0 && settings.traits.redirectsInherited)) &&
    (own === 0 || sameProxy(rule.redirect, wildcard.redirect))
  );
}

function sameProxy(one: Redirect, other: Redirect): boolean {
  return one.parser === other.parser && one.listener === other.listener;
}

/** Higher values take precedence; 0 without a proxy (WithListenerPriority, pkg/policy/types/entry.go, v1.20.2). */
function proxyPrecedence({ rules, redirect }: SelectorPolicy): number {
  return rules.some(({ l7 }) => l7) ? (redirect.priority > 0 ? 256 - redirect.priority : 1) : 0;
}

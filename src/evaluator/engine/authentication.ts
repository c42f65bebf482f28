/**
 * The authentication that the rules that allow a flow require, since 1.17: that of the entry of the datapath's map.
 *
 * - Among the entries of one identity an explicit mode applies to the narrower entries without one. An entry with a
 *   redirect or of an earlier level removes narrower ones, except those with an explicit mode, which then redirect too
 *   (authPreferredInsert, pkg/policy/mapstate.go, v1.20.2).
 * - Of the entries of the peer and of all peers (since 1.20 of its aggregate) the one that redirects, or of the earlier
 *   level, decides alone. So an HTTP rule for all peers lifts the authentication that another rule requires of a peer.
 * - The order in which Cilium inserts the entries may decide (policy-map.ts).
 * - Where a rule passes flows to later tiers, any of the entries may decide: "Pass rules are not supported with auth
 *   rules" (insertWithChanges).
 */
import { AuthenticationMode, modeOf } from './authentication-mode';
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { Insertion, possibleMaps } from './insertion-orders';
import { L4Filter, PrecedenceLevel } from './l4-filter';
import { reservedSelector, WILDCARD } from './label-selector';
import { blocksOf, namesAreOfPeers, selectsPeer } from './matching';
import { MapEntry, MapKey } from './policy-map';
import { commonLength, covers, EVERY_BLOCK, formatBlock, PortBlock, portBlocks } from './port-block';
import { AGGREGATES, selects, selectsItself } from './selector';
import { Redirect, SelectorPolicy } from './selector-policy';

const HOST = reservedSelector('host');

/** Flows with equal entries have equal modes, and a policy has few different ones. */
const KNOWN = new WeakMap<DirectionPolicy, Map<string, ReadonlyArray<AuthenticationMode | undefined>>>();

/**
 * The modes that Cilium may require of a flow that rules of a level allow, undefined for none. There are several where
 * the result depends on the order in which Cilium inserts the entries of its map.
 */
export function requiredAuthentication(
  policy: DirectionPolicy,
  flow: PeerFlow,
  deciding: PrecedenceLevel,
): ReadonlyArray<AuthenticationMode | undefined> {
  const passes = hasPasses(policy);
  const packet = portBlocks(flow.protocol, flow.port, flow.port)[0];
  const insertions = relevant(insertionsOf(policy, flow, passes ? deciding : undefined), packet, flow);
  const entries = insertions.flatMap(each => each.entries).filter(([{ block }]) => covers(block, packet));
  if (!entries.some(([, { explicit }]) => explicit)) {
    return [undefined];
  }
  const known = KNOWN.get(policy) ?? new Map<string, ReadonlyArray<AuthenticationMode | undefined>>();
  KNOWN.set(policy, known);
  const key = `${formatBlock(packet)} ${JSON.stringify(insertions)}`;
  const maps = () =>
    passes ? undefined : possibleMaps(insertions, { skipsEqual: policy.settings.traits.aggregateIdentities });
  const modes =
    known.get(key) ??
    distinctModes((maps()?.map(map => map.lookup(packet)!) ?? entries.map(([, entry]) => entry)).map(modeOfEntry));
  known.set(key, modes);
  return modes;
}

function modeOfEntry({ authentication }: MapEntry): AuthenticationMode | undefined {
  return authentication;
}

/** To require no authentication is the same as to disable it. */
function distinctModes(modes: ReadonlyArray<AuthenticationMode | undefined>): Array<AuthenticationMode | undefined> {
  return [...new Set(modes.map(mode => (mode === 'disabled' ? undefined : mode)))];
}

function hasPasses({ levels }: DirectionPolicy): boolean {
  return levels.some(({ filters }) =>
    filters.some(({ selectors }) =>
      [...selectors.values()].some(({ rules }) => rules.some(({ entry }) => entry.verdict === 'pass')),
    ),
  );
}

/**
 * The insertions that the entry of a flow depends on: those that hold it, and of the others a deny or explicit mode
 * that ends how far the mode of a broader entry reaches. Ports that are covered alike count once.
 */
function relevant(insertions: readonly Insertion[], packet: PortBlock, flow: PeerFlow): Insertion[] {
  const spreading = Math.min(
    ...insertions
      .flatMap(({ entries }) => entries)
      .filter(([{ block }, { explicit }]) => explicit && covers(block, packet))
      .map(([{ block }]) => block.length),
  );
  return insertions.flatMap(({ tier, entries }) => {
    const kept = new Map<string, readonly [MapKey, MapEntry]>();
    for (const each of entries) {
      const [{ ofPeer, block }, { deny, explicit }] = each;
      const common = commonLength(block, flow);
      if (covers(block, packet) || ((deny || explicit) && spreading < block.length && spreading <= common)) {
        const place = covers(block, packet) ? 'holds' : `${common} ${block.length}`;
        kept.set(`${ofPeer} ${place}`, kept.get(`${ofPeer} ${place}`) ?? each);
      }
    }
    return kept.size > 0 ? [{ tier, entries: [...kept.values()] }] : [];
  });
}

/** What Cilium inserts for a peer and its aggregate. The rules that it adds itself are those of a last level. */
function insertionsOf(policy: DirectionPolicy, flow: PeerFlow, only: PrecedenceLevel | undefined): Insertion[] {
  const { levels, defaultDeny, allowsLocalHost } = policy;
  const tiers = [...new Set(levels.map(({ tier }) => tier))];
  const last = Math.max(0, tiers.length - 1);
  const ofRules = levels.flatMap((level, index) =>
    only !== undefined && only !== level
      ? []
      : level.filters.flatMap(filter =>
        insertionsOfFilter(policy, filter, flow).map(
          ({ rule, keys }): Insertion => ({
            tier: tiers.indexOf(level.tier),
            entries: keys.map(key => [key, mapEntry(policy, filter, rule, levels.length - index)]),
          }),
        ),
      ),
  );
  const added = { allowPrecedence: 0, precedence: 0, deny: false, explicit: false, logs: [] };
  const addedFor = (ofPeer: boolean): Insertion => ({ tier: last, entries: [[{ ofPeer, block: EVERY_BLOCK }, added]] });
  return only !== undefined
    ? ofRules
    : [
      ...ofRules,
      ...(!defaultDeny ? [addedFor(false)] : []),
      ...(allowsLocalHost && selects(HOST, flow.peer) ? [addedFor(true)] : []),
    ];
}

/** The rules of a filter that select a peer, each with its keys. */
function insertionsOfFilter(
  policy: DirectionPolicy,
  filter: L4Filter,
  flow: PeerFlow,
): Array<{ readonly rule: SelectorPolicy; readonly keys: readonly MapKey[] }> {
  const wildcard = filter.selectors.get(WILDCARD.id);
  const byName = filter.port?.name !== undefined && namesAreOfPeers(policy);
  const blocks = blocksOf(policy, filter.port, flow.peer);
  return [...filter.selectors.values()].flatMap(rule => {
    const { selector, rules } = rule;
    const isPass = rules.every(({ entry }) => entry.verdict === 'pass');
    if (isPass || blocks.length === 0 || !selectsPeer(policy, filter, selector, flow)) {
      return [];
    }
    const ofWildcard = selector.id === WILDCARD.id;
    if (wildcard && !ofWildcard && hasNumber(filter, byName) && isCoveredBy(wildcard, rule, policy)) {
      return [];
    }
    const { aggregate } = flow.peer;
    const ofAggregate =
      !byName && (ofWildcard || (aggregate !== undefined && selectsItself(selector, AGGREGATES[aggregate])));
    const ofPeer = byName || (!ofWildcard && (aggregate === undefined || selectsItself(selector, flow.peer)));
    // identities are sorted, and those of aggregates come first
    const identities = [...(ofAggregate ? [false] : []), ...(ofPeer ? [true] : [])];
    return [{ rule, keys: identities.flatMap(each => blocks.map(block => ({ ofPeer: each, block }))) }];
  });
}

/** Proxies take precedence up to 256; a deny beats them. */
const DENY_PRECEDENCE = 2 ** 9;
const LEVEL_PRECEDENCE = 2 ** 10;

function mapEntry(policy: DirectionPolicy, filter: L4Filter, rule: SelectorPolicy, level: number): MapEntry {
  const wildcard = filter.selectors.get(WILDCARD.id);
  const { redirectsInherited } = policy.settings.traits;
  const proxy = Math.max(proxyPrecedence(rule), wildcard && redirectsInherited ? proxyPrecedence(wildcard) : 0);
  const allowPrecedence = level * LEVEL_PRECEDENCE;
  const authentication = rule.denied ? undefined : modeOf(rule.authentication);
  return {
    allowPrecedence,
    precedence: allowPrecedence + (rule.denied ? DENY_PRECEDENCE : proxy),
    deny: rule.denied,
    authentication,
    explicit: authentication !== undefined,
    logs: [...new Set(rule.rules.flatMap(({ entry }) => entry.log ?? []))].sort(),
  };
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
    rule.denied === wildcard.denied &&
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

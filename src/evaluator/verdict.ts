import { LabelSet } from './label-set';
import { Direction, FlowProtocol, inMergeOrder, L7, PolicyEntry, PortMatch, Tier, TIERS } from './policy/entry';
import { ProxyRules, proxyRules } from './proxy-filters';
import { meets, PeerIdentity, PeerSelector, Requirement, reservedSelector, selects, selectsItself, WILDCARD } from './selector';
import { PolicySettings } from './settings';
import { redirectsMostSpecifically } from './specificity';

/** What becomes of a flow in one direction. */
export type DirectionVerdict =
  /** A rule allows it. */
  | 'allowed'
  /** A rule allows it at layers 3 and 4, and layer 7 rules decide. */
  | 'redirected'
  /** A deny rule denies it. */
  | 'denied'
  /** No rule allows it, and default deny is on. */
  | 'default-denied'
  /** No policy is enforced in this direction. */
  | 'unenforced';

/** A verdict with the rules that made it. */
export interface Decision {
  readonly verdict: DirectionVerdict;
  readonly entries: readonly PolicyEntry[];
  /** Of what is redirected: what the proxy decides by, see http.ts. */
  readonly proxy?: ProxyRules;
}

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

/**
 * Decides one flow in one direction, literally: every entry is asked.
 *
 * - Only entries that select the subject count. With none of them, and enforcement not `always`, nothing is enforced.
 * - They are asked group by group, as `precedenceGroups` orders them; the first group in which one matches the flow decides. In a group a deny
 *   beats every allow, whatever their order; a layer 7 rule on the port beats a plain allow, whatever selector it has; and what only passes
 *   leaves the flow to the groups of later tiers.
 * - With entries none of which turns default deny on, everything else is allowed.
 * - The local host reaches pods that some ingress entry selects, unless it is denied. (Where enforcement is `always` and no entry selects the
 *   pod, not even the host is allowed, since 1.20.)
 *
 * Source: pkg/policy/repository.go, rule.go, rules.go, l4.go and mapstate.go, v1.20.2.
 */
export function decide(
  subject: Subject, direction: Direction, peer: Peer, protocol: FlowProtocol, port: number, entries: readonly PolicyEntry[], settings: PolicySettings,
): Decision {
  if (settings.enforcement === 'never') {
    return { verdict: 'unenforced', entries: [] };
  }
  const applying = applyingEntries(subject, direction, entries);
  const flow: DirectedFlow = { subject, direction, peer, protocol, port, ends: namedRangeEnds(applying, direction) };
  let passed: Tier | undefined;
  for (const { tier, entries: group } of precedenceGroups(applying)) {
    const matching = tier === passed ? [] : group.filter(entry => matches(entry, flow));
    const of = (verdict: PolicyEntry['verdict']) => matching.filter(entry => entry.verdict === verdict);
    const redirecting = redirectingEntries(of('allow'), flow, settings);
    if (of('deny').length > 0) {
      return { verdict: 'denied', entries: of('deny') };
    }
    if (redirecting.length > 0) {
      return { verdict: 'redirected', entries: redirecting, proxy: proxyRules(applying, flow, settings) };
    }
    if (of('allow').length > 0) {
      return { verdict: 'allowed', entries: of('allow') };
    }
    if (of('pass').length > 0) {
      passed = tier;
    }
  }
  if (!hasDefaultDeny(subject, applying, settings)) {
    return { verdict: applying.length > 0 ? 'allowed' : 'unenforced', entries: [] };
  }
  if (letsLocalHost(direction, applying, settings) && selects(reservedSelector('host'), peer)) {
    return { verdict: 'allowed', entries: [] };
  }
  return { verdict: 'default-denied', entries: applying.filter(entry => entry.defaultDeny) };
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

/** The allowing entries of those that match that redirect: all with layer 7 rules on the port, and in old versions only the most specific ones. */
function redirectingEntries(allowing: readonly PolicyEntry[], flow: DirectedFlow, settings: PolicySettings): PolicyEntry[] {
  const redirecting = allowing.filter(entry => matchingPorts(entry, flow).some(match => match.l7));
  return redirecting.length > 0 && settings.minor < 17 && !redirectsMostSpecifically(allowing, flow, settings) ? [] : redirecting;
}

/** Whether the local host is let in where no entry matches, and default deny is on. */
export function letsLocalHost(direction: Direction, applying: readonly PolicyEntry[], settings: PolicySettings): boolean {
  return direction === 'ingress' && (applying.length > 0 || settings.minor < 20) && settings.allowLocalhost === 'always';
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

/**
 * Why the whole policy of a subject fails in a direction, if it does: rules on one port and one selector that cannot be merged
 * (pkg/policy/rule.go mergePortProto, v1.20.2). Only rules of one tier are merged, and only those of `normal` can have what clashes.
 */
export function conflict(subject: Subject, direction: Direction, entries: readonly PolicyEntry[]): string | undefined {
  const filters = new Map<string, Filter>();
  const applying = inMergeOrder(applyingEntries(subject, direction, entries).filter(({ tier }) => tier === 'normal'));
  const clash = clashOnPort(applying);
  if (clash !== undefined) {
    return clash;
  }
  for (const { key, entry, match } of applying.flatMap(each => filtersOf(each))) {
    if (key.endsWith(` ${NONE}`) && filters.has(key)) {
      continue; // nobody is nobody, whatever the rules are
    }
    const merged = merge(filters.get(key), entry, match?.l7);
    if (typeof merged === 'string') {
      return merged;
    }
    filters.set(key, merged);
  }
  return undefined;
}

/**
 * Up to 1.17 there is one parser for each port, whatever the selectors are, and in 1.15 one listener (mergePortProto, pkg/policy/rule.go,
 * v1.17.15 and v1.15.19).
 */
function clashOnPort(applying: readonly PolicyEntry[]): string | undefined {
  const ports = new Map<string, { parser?: string; listener?: string }>();
  for (const { minor, peers, ports: portMatches } of applying.filter(entry => entry.minor < 18 && entry.peers !== 'nobody')) {
    for (const match of peers === 'nobody' ? [] : portMatches) {
      const key = portKey(match);
      const found = ports.get(key);
      const own = match.l7?.parser ?? match.parser;
      const parser = mergedParser(found?.parser, own);
      if (parser === 'conflict') {
        return `conflicting layer 7 rules ${[found?.parser, own].sort().join(' and ')}`;
      }
      if (minor < 16 && found?.listener !== undefined && match.l7?.listener !== undefined && found.listener !== match.l7.listener) {
        return `conflicting listeners ${found.listener} and ${match.l7.listener}`;
      }
      ports.set(key, { parser, listener: found?.listener ?? match.l7?.listener });
    }
  }
  return undefined;
}

const NONE = reservedSelector('none').id;

/** What rules on one port and one selector have become together. */
interface Filter {
  readonly denied: boolean;
  readonly authentication?: string;
  readonly parser?: string;
  readonly listener?: string;
  readonly listenerPriority: number;
  readonly serverNames: boolean;
  readonly rules: boolean;
  readonly terminatingTls?: string;
  readonly originatingTls?: string;
}

/** Priorities of parsers whose listener has none of its own (pkg/policy/l4.go, v1.20.2). */
const PARSER_PRIORITIES: { readonly [parser: string]: number } = { http: 101, kafka: 106, tls: 116, dns: 121, crd: 126 };

/** A deny replaces allows; layer 7 rules after server names are merged, before them they are not. */
function merge(found: Filter | undefined, entry: PolicyEntry, l7: L7 | undefined): Filter | string {
  const rule: Filter = {
    denied: entry.verdict === 'deny',
    authentication: entry.authentication,
    parser: l7?.parser,
    listener: l7?.listener,
    listenerPriority: l7?.listenerPriority || PARSER_PRIORITIES[l7?.parser ?? ''] || 0,
    serverNames: (l7?.serverNames.length ?? 0) > 0,
    rules: ((l7?.http ?? l7?.dns)?.length ?? 0) > 0 || (l7 !== undefined && !['tls', 'crd', 'http', 'dns'].includes(l7.parser)),
    terminatingTls: l7?.terminatingTls,
    originatingTls: l7?.originatingTls,
  };
  if (!found || rule.denied) {
    return rule;
  }
  if (found.denied) {
    return found;
  }
  const redirect = mergeRedirect(found, rule);
  if (typeof redirect === 'string') {
    return redirect;
  }
  const both: { [part: string]: string | undefined } = {};
  for (const [part, what] of [['authentication', 'authentication modes'], ['terminatingTls', 'TLS contexts'], ['originatingTls', 'TLS contexts']] as const) {
    if (found[part] !== undefined && rule[part] !== undefined && found[part] !== rule[part]) {
      return `conflicting ${what} ${found[part]} and ${rule[part]}`;
    }
    both[part] = found[part] ?? rule[part];
  }
  const serverNames = found.serverNames || rule.serverNames;
  if (serverNames && found.rules && both.terminatingTls === undefined) {
    return 'layer 7 rules with server names, and TLS is not terminated';
  }
  return { denied: false, ...redirect, ...both, serverNames, rules: found.rules || rule.rules };
}

/** The parser and the listener of two rules: of listeners the one with the lower priority wins (mergeRedirect, pkg/policy/rule.go, v1.20.2). */
function mergeRedirect(found: Filter, rule: Filter): Pick<Filter, 'parser' | 'listener' | 'listenerPriority'> | string {
  const parser = mergedParser(found.parser, rule.parser);
  if (parser === 'conflict') {
    return `conflicting layer 7 rules ${[found.parser, rule.parser].sort().join(' and ')}`;
  }
  const changed = parser !== found.parser;
  const merged = { parser, listener: found.listener, listenerPriority: changed ? rule.listenerPriority : found.listenerPriority };
  if (rule.listener === undefined || (rule.listener === merged.listener && rule.listenerPriority === merged.listenerPriority)) {
    return merged;
  }
  // 0 is the lowest priority
  const rank = (priority: number) => priority === 0 ? 2 ** 16 : priority;
  if (rank(merged.listenerPriority) < rank(rule.listenerPriority)) {
    return merged;
  }
  if (merged.listener === undefined || rank(rule.listenerPriority) < rank(merged.listenerPriority)) {
    return { ...merged, listener: rule.listener, listenerPriority: rule.listenerPriority };
  }
  return `conflicting listeners ${merged.listener} and ${rule.listener} of one priority`;
}

/** No parser gives way to any, and TLS to HTTP and the like (L7ParserType.Merge, pkg/policy/l4.go, v1.20.2). */
function mergedParser(one: string | undefined, other: string | undefined): string | undefined | 'conflict' {
  if (one === other || other === undefined) {
    return one;
  }
  const givesWay = (parser: string | undefined, to: string) => parser === undefined || (parser === 'tls' && to !== 'dns' && to !== 'crd');
  return givesWay(one, other) ? other : givesWay(other, one!) ? one : 'conflict';
}

/** The filters that an entry becomes: one for each port and selector. */
function filtersOf(entry: PolicyEntry): Array<{ key: string; entry: PolicyEntry; match?: PortMatch }> {
  if (entry.peers === 'nobody') {
    return [];
  }
  const peers: readonly PeerSelector[] = entry.peers.length > 0 ? entry.peers : [WILDCARD];
  if (!entry.hasPorts) {
    return entry.peers.length > 0 ? peers.map(peer => ({ key: `* ${peer.id}`, entry })) : [];
  }
  return entry.ports.flatMap(match => peers.map(peer => ({ key: `${portKey(match)} ${peer.id}`, entry, match })));
}

/** Rules on ports with one key are merged. */
export function portKey({ protocol, name, text, number, endPort }: PortMatch): string {
  return `${protocol} ${text ?? name ?? `${number}-${endPort}`}`;
}

/** Rules on one named port are merged, and keep the end of the first one's range (pkg/policy/l4.go addL4Filter, v1.20.2). */
export function namedRangeEnds(applying: readonly PolicyEntry[], direction: Direction): Map<string, number> {
  const ends = new Map<string, number>();
  for (const entry of inMergeOrder(applying).filter(each => each.peers !== 'nobody' && (direction === 'ingress' || each.minor < 20))) {
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
  const byPeer = direction === 'egress' && entry.minor >= 20;
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

/**
 * The one model of merged rules: Rule -> L4Filter -> PerSelectorPolicy (pkg/policy/rule.go and l4.go, v1.20.2). Deciding, conflicts,
 * specificity and the proxy all read it.
 *
 * - Rules of one tier and priority on ports with one key are one filter.
 * - In a filter, rules for one selector are merged: a deny replaces allows, layer 7 rules add up, and a rule without them adds "everything".
 * - Rules that cannot be merged make the whole policy of the endpoint fail.
 */
import { HttpRule, inMergeOrder, L7, PolicyEntry, PortMatch, Tier, TIERS } from './entry';
import { Fqdn } from './fqdn';
import { PeerSelector, reservedSelector, WILDCARD } from './selector';

/** The rules about one endpoint in one direction, merged. */
export interface MergedRules {
  /** The rules, in the order of the cluster's policies. */
  readonly entries: readonly PolicyEntry[];
  /** Those of one tier and priority stand together, and those that decide first in front. */
  readonly levels: readonly PrecedenceLevel[];
  /** Why Cilium cannot compute the policy, if it cannot: then new pods do not start, and running ones keep the policy that they had. */
  readonly conflict?: string;
}

/** Filters that are asked together (pkg/policy/rules.go, v1.20.2). */
export interface PrecedenceLevel {
  readonly tier: Tier;
  readonly priority: number;
  readonly filters: readonly L4Filter[];
}

/** The rules on one port. */
export interface L4Filter {
  readonly tier: Tier;
  /** The key by which rules on a port are merged; of rules about every port and protocol `*`. */
  readonly key: string;
  /** Undefined for rules without a part for ports. Of a named port the range ends where the first rule says. */
  readonly port?: PortMatch;
  /** By the ids of their selectors. */
  readonly selectors: ReadonlyMap<string, SelectorPolicy>;
}

/** What the rules on one port say of the peers of one selector, merged. */
export interface SelectorPolicy {
  readonly selector: PeerSelector;
  readonly rules: readonly FilterRule[];
  readonly denied: boolean;
  readonly authentication?: string;
  /** Requests that the proxy lets through; empty when layer 7 rules do not limit them. */
  readonly http: readonly HttpRule[];
  readonly dns: readonly Fqdn[];
}

/** A rule on the port of a filter. */
export interface FilterRule {
  readonly entry: PolicyEntry;
  readonly l7?: L7;
}

/** Key of the filters of rules without a port. */
const EVERY_PORT = '*';

const EVERY_REQUEST: HttpRule = {};
export const EVERY_NAME: Fqdn = { matchPattern: '*' };

const NONE = reservedSelector('none').id;

/** Merges the rules that apply to an endpoint in one direction. */
export function mergeRules(entries: readonly PolicyEntry[]): MergedRules {
  const filters = new Map<string, Filter>();
  let [onPort, onSelector]: Array<string | undefined> = [];
  for (const entry of inMergeOrder(entries)) {
    const selectors = selectorsOf(entry);
    for (const match of selectors.length === 0 ? [] : entry.hasPorts ? entry.ports : [undefined]) {
      const filter = filterOf(filters, entry, match);
      onPort ??= filter.addParser(entry, match);
      for (const selector of selectors) {
        const conflict = filter.add(selector, entry, match?.l7);
        onSelector ??= conflict;
      }
    }
  }
  return { entries, levels: levelsOf([...filters.values()]), conflict: onPort ?? onSelector };
}

/** The key by which rules on a port are merged. */
export function portKey({ protocol, name, text, number, endPort }: PortMatch): string {
  return `${protocol} ${text ?? name ?? `${number}-${endPort}`}`;
}

/** The selectors of a rule's peers. */
function selectorsOf({ peers, hasPorts, traits }: PolicyEntry): readonly PeerSelector[] {
  if (peers === 'none') {
    return [];
  }
  if (peers.length === 0) {
    return hasPorts ? [WILDCARD] : [];
  }
  return traits.wildcardReplacesPeers && peers.some(({ id }) => id === WILDCARD.id) ? [WILDCARD] : peers;
}

function filterOf(filters: Map<string, Filter>, { tier, priority }: PolicyEntry, match: PortMatch | undefined): Filter {
  const port = match ? portKey(match) : EVERY_PORT;
  const key = `${tier} ${priority} ${port}`;
  const found = filters.get(key) ?? new Filter(tier, priority, port, match);
  filters.set(key, found);
  return found;
}

function levelsOf(filters: readonly Filter[]): PrecedenceLevel[] {
  const levels = new Map<string, { tier: Tier; priority: number; filters: Filter[] }>();
  for (const filter of filters) {
    const { tier, priority } = filter;
    const level = levels.get(`${tier} ${priority}`) ?? { tier, priority, filters: [] };
    level.filters.push(filter);
    levels.set(`${tier} ${priority}`, level);
  }
  return [...levels.values()].sort((one, other) => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier) || one.priority - other.priority);
}

class Filter implements L4Filter {
  public readonly selectors = new Map<string, MergedPolicy>();
  private parser?: string;
  private listener?: string;

  constructor(public readonly tier: Tier, public readonly priority: number, public readonly key: string, public readonly port: PortMatch | undefined) {}

  /** Merges a rule for one selector; why it cannot be merged, if it cannot. Rules of other tiers have nothing that clashes. */
  public add(selector: PeerSelector, entry: PolicyEntry, l7: L7 | undefined): string | undefined {
    const found = this.selectors.get(selector.id);
    if (found) {
      // what selects nobody is never merged (mergePortProto)
      return selector.id === NONE ? undefined : found.merge({ entry, l7 });
    }
    this.selectors.set(selector.id, new MergedPolicy(selector, { entry, l7 }));
    return undefined;
  }

  /** Merges the parser and listener of a rule where a port has one of each; why they cannot be merged, if they cannot. */
  public addParser({ tier, traits }: PolicyEntry, match: PortMatch | undefined): string | undefined {
    if (!match || tier !== 'normal' || !traits.oneParserPerPort) {
      return undefined;
    }
    const [parser, listener] = [match.l7?.parser ?? match.parser, match.l7?.listener];
    const merged = mergedParser(this.parser, parser);
    if (merged === 'conflict') {
      return conflictingParsers(this.parser, parser);
    }
    if (traits.oneListenerPerPort && this.listener !== undefined && listener !== undefined && this.listener !== listener) {
      return `conflicting listeners ${this.listener} and ${listener}`;
    }
    this.parser = merged;
    this.listener ??= listener;
    return undefined;
  }
}

/** Priorities of parsers whose listener has none of its own (pkg/policy/l4.go, v1.20.2). */
const PARSER_PRIORITIES: { readonly [parser: string]: number } = { http: 101, kafka: 106, tls: 116, dns: 121, crd: 126 };

/** Parsers whose rules, if any, are in `http` and `dns`; every other parser stands for rules. */
const KNOWN_PARSERS = ['tls', 'crd', 'http', 'dns'];

class MergedPolicy implements SelectorPolicy {
  public readonly rules: FilterRule[];
  public denied: boolean;
  public authentication?: string;
  public http: readonly HttpRule[];
  public dns: readonly Fqdn[];
  private redirect: Redirect;
  private hasServerNames: boolean;
  private hasL7Rules: boolean;
  private terminatingTls?: string;
  private originatingTls?: string;

  constructor(public readonly selector: PeerSelector, rule: FilterRule) {
    const { entry, l7 } = rule;
    this.rules = [rule];
    this.denied = entry.verdict === 'deny';
    this.authentication = entry.authentication;
    this.http = l7?.http ?? [];
    this.dns = l7?.dns ?? [];
    this.redirect = redirectOf(l7);
    this.hasServerNames = (l7?.serverNames.length ?? 0) > 0;
    this.hasL7Rules = ((l7?.http ?? l7?.dns)?.length ?? 0) > 0 || (l7 !== undefined && !KNOWN_PARSERS.includes(l7.parser));
    this.terminatingTls = l7?.terminatingTls;
    this.originatingTls = l7?.originatingTls;
  }

  /** A deny replaces allows; layer 7 rules after server names are merged, before them they are not. */
  public merge(rule: FilterRule): string | undefined {
    const other = new MergedPolicy(this.selector, rule);
    this.rules.push(rule);
    if (this.denied || other.denied) {
      this.denied = true;
      return undefined;
    }
    [this.http, this.dns] = [withAll(this.http, other.http, EVERY_REQUEST), withAll(this.dns, other.dns, EVERY_NAME)];
    return rule.entry.tier === 'normal' ? this.mergeContexts(other) : undefined;
  }

  private mergeContexts(other: MergedPolicy): string | undefined {
    const redirect = mergedRedirect(this.redirect, other.redirect);
    if (typeof redirect === 'string') {
      return redirect;
    }
    this.redirect = redirect;
    for (const [part, what] of [['authentication', 'authentication modes'], ['terminatingTls', 'TLS contexts'], ['originatingTls', 'TLS contexts']] as const) {
      if (this[part] !== undefined && other[part] !== undefined && this[part] !== other[part]) {
        return `conflicting ${what} ${this[part]} and ${other[part]}`;
      }
      this[part] ??= other[part];
    }
    this.hasServerNames ||= other.hasServerNames;
    if (this.hasServerNames && this.hasL7Rules && this.terminatingTls === undefined) {
      return 'layer 7 rules with server names, and TLS is not terminated';
    }
    this.hasL7Rules ||= other.hasL7Rules;
    return undefined;
  }
}

/** Where one of two has rules and the other has none, everything is allowed. */
function withAll<T>(one: readonly T[], other: readonly T[], everything: T): readonly T[] {
  if (one.length === 0 && other.length === 0) {
    return [];
  }
  return one.length > 0 && other.length > 0 ? [...one, ...other] : [...one, ...other, everything];
}

/** What reads the traffic, and which listener of Envoy's. */
interface Redirect {
  readonly parser?: string;
  readonly listener?: string;
  readonly priority: number;
}

function redirectOf(l7: L7 | undefined): Redirect {
  return { parser: l7?.parser, listener: l7?.listener, priority: l7?.listenerPriority || PARSER_PRIORITIES[l7?.parser ?? ''] || 0 };
}

/** Of listeners the one with the lower priority wins (mergeRedirect, pkg/policy/rule.go, v1.20.2). */
function mergedRedirect(found: Redirect, rule: Redirect): Redirect | string {
  const parser = mergedParser(found.parser, rule.parser);
  if (parser === 'conflict') {
    return conflictingParsers(found.parser, rule.parser);
  }
  const merged = { parser, listener: found.listener, priority: parser === found.parser ? found.priority : rule.priority };
  if (rule.listener === undefined || (rule.listener === merged.listener && rule.priority === merged.priority)) {
    return merged;
  }
  // 0 is the lowest priority
  const rank = (priority: number) => priority === 0 ? 2 ** 16 : priority;
  if (rank(merged.priority) < rank(rule.priority)) {
    return merged;
  }
  if (merged.listener === undefined || rank(rule.priority) < rank(merged.priority)) {
    return { ...merged, listener: rule.listener, priority: rule.priority };
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

function conflictingParsers(one: string | undefined, other: string | undefined): string {
  return `conflicting layer 7 rules ${[one, other].sort().join(' and ')}`;
}

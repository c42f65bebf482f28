import { Direction, inMergeOrder, L7, PolicyEntry, PortMatch } from './entry';
import { applyingEntries, portKey, Subject } from './matching';
import { PeerSelector, reservedSelector, WILDCARD } from './selector';

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
  for (const { traits, peers, ports: portMatches } of applying.filter(entry => entry.traits.oneParserPerPort && entry.peers !== 'nobody')) {
    for (const match of peers === 'nobody' ? [] : portMatches) {
      const key = portKey(match);
      const found = ports.get(key);
      const own = match.l7?.parser ?? match.parser;
      const parser = mergedParser(found?.parser, own);
      if (parser === 'conflict') {
        return `conflicting layer 7 rules ${[found?.parser, own].sort().join(' and ')}`;
      }
      if (traits.oneListenerPerPort && found?.listener !== undefined && match.l7?.listener !== undefined && found.listener !== match.l7.listener) {
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

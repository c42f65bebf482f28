/**
 * The one model of merged rules: Rule -> L4Filter -> PerSelectorPolicy (pkg/policy/rule.go and l4.go, v1.20.2).
 * Deciding, conflicts, specificity and the proxy all read it.
 *
 * - Rules of one tier and priority on ports with one key are one filter.
 * - A filter merges the rules for one selector. A deny replaces allows. Layer 7 rules add up, and a rule without them
 *   adds "everything".
 * - If rules cannot be merged, the whole policy of the endpoint fails.
 */
import { inMergeOrder, L7, PolicyEntry, PortMatch, Tier, TIERS } from './entry';
import { reservedSelector, WILDCARD } from './label-selector';
import { PeerSelector } from './selector';
import { conflictingParsers, MergedPolicy, mergedParser, SelectorPolicy } from './selector-policy';

/** The merged rules that apply to one endpoint in one direction. */
export interface MergedRules {
  /** The rules, in the order of the cluster's policies. */
  readonly entries: readonly PolicyEntry[];
  /** Groups of one tier and priority; the first one decides first. */
  readonly levels: readonly PrecedenceLevel[];
  /** Whether a rule has an authentication mode. */
  readonly authenticates: boolean;
  /** Why Cilium cannot compute the policy. New pods then do not start, and running pods keep their previous policy. */
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
  /** The key by which Cilium merges rules on a port; `*` for rules on every port and protocol. */
  readonly key: string;
  /** Undefined for rules without ports. A range of a named port ends where the first rule ends it. */
  readonly port?: PortMatch;
  /** By selector id. */
  readonly selectors: ReadonlyMap<string, SelectorPolicy>;
}

/** Key of the filters of rules without a port. */
export const EVERY_PORT = '*';

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
  return {
    entries,
    levels: levelsOf([...filters.values()]),
    authenticates: entries.some(({ authentication }) => authentication !== undefined),
    conflict: onPort ?? onSelector,
  };
}

/** The key by which Cilium merges rules on a port. */
export function portKey({ protocol, name, text, number, endPort }: PortMatch): string {
  return `${protocol} ${text ?? name ?? `${number}-${endPort}`}`;
}

/** The selectors of a rule's peers, each once: a rule never merges with itself (createL4Filter, pkg/policy/l4.go). */
function selectorsOf({ peers, hasPorts, traits }: PolicyEntry): readonly PeerSelector[] {
  if (peers === 'none') {
    return [];
  }
  if (peers.length === 0) {
    return hasPorts ? [WILDCARD] : [];
  }
  if (traits.wildcardReplacesPeers && peers.some(({ id }) => id === WILDCARD.id)) {
    return [WILDCARD];
  }
  const byId = new Map(peers.map(peer => [peer.id, peer]));
  return byId.size < peers.length ? [...byId.values()] : peers;
}

function filterOf(filters: Map<string, Filter>, { tier, priority }: PolicyEntry, match: PortMatch | undefined): Filter {
  const port = match ? portKey(match) : EVERY_PORT;
  const key = `${tier} ${priority} ${port}`;
  const filter = filters.get(key) ?? new Filter(tier, priority, port, match);
  filters.set(key, filter);
  return filter;
}

function levelsOf(filters: readonly Filter[]): PrecedenceLevel[] {
  const levels = new Map<string, { tier: Tier; priority: number; filters: Filter[] }>();
  for (const filter of filters) {
    const { tier, priority } = filter;
    const level = levels.get(`${tier} ${priority}`) ?? { tier, priority, filters: [] };
    level.filters.push(filter);
    levels.set(`${tier} ${priority}`, level);
  }
  return [...levels.values()].sort(
    (one, other) => TIERS.indexOf(one.tier) - TIERS.indexOf(other.tier) || one.priority - other.priority,
  );
}

class Filter implements L4Filter {
  public readonly selectors = new Map<string, MergedPolicy>();
  private parser?: string;
  private listener?: string;

  constructor(
    public readonly tier: Tier,
    public readonly priority: number,
    public readonly key: string,
    public readonly port: PortMatch | undefined,
  ) {}

  /** Merges a rule for one selector. Returns the conflict, if any. Rules of other tiers never conflict. */
  public add(selector: PeerSelector, entry: PolicyEntry, l7: L7 | undefined): string | undefined {
    const merged = this.selectors.get(selector.id);
    if (merged) {
      // rules that select no peer are never merged (mergePortProto)
      return selector.id === NONE ? undefined : merged.merge({ entry, l7 });
    }
    this.selectors.set(selector.id, new MergedPolicy(selector, { entry, l7 }));
    return undefined;
  }

  /**
   * Merges the parser and listener of a rule in versions that allow one of each per port. Returns the conflict, if any.
   */
  public addParser({ tier, traits }: PolicyEntry, match: PortMatch | undefined): string | undefined {
    if (!match || tier !== 'normal' || !traits.oneParserPerPort) {
      return undefined;
    }
    const [parser, listener] = [match.l7?.parser ?? match.parser, match.l7?.listener];
    const merged = mergedParser(this.parser, parser);
    if (merged === 'conflict') {
      return conflictingParsers(this.parser, parser);
    }
    if (
      traits.oneListenerPerPort &&
      this.listener !== undefined &&
      listener !== undefined &&
      this.listener !== listener
    ) {
      return `conflicting listeners ${this.listener} and ${listener}`;
    }
    this.parser = merged;
    this.listener ??= listener;
    return undefined;
  }
}

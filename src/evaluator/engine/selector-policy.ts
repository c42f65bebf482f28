import { HttpRule, L7, PolicyEntry } from './entry';
import { Fqdn } from './fqdn';
import { PeerSelector } from './selector';

/** The merged rules on one port for one selector. */
export interface SelectorPolicy {
  readonly selector: PeerSelector;
  readonly rules: readonly FilterRule[];
  readonly denied: boolean;
  readonly authentication?: string;
  /** Requests that the proxy allows; empty if layer 7 rules do not limit them. */
  readonly http: readonly HttpRule[];
  readonly dns: readonly Fqdn[];
  readonly redirect: Redirect;
}

/** A rule on the port of a filter. */
export interface FilterRule {
  readonly entry: PolicyEntry;
  readonly l7?: L7;
}

const EVERY_REQUEST: HttpRule = {};
export const EVERY_NAME: Fqdn = { matchPattern: '*' };

/** Default priorities of the listeners of parsers (pkg/policy/l4.go, v1.20.2). */
const PARSER_PRIORITIES: { readonly [parser: string]: number } = {
  http: 101,
  kafka: 106,
  tls: 116,
  dns: 121,
  crd: 126,
};

/** Parsers that keep their rules in `http` and `dns`. Every other parser implies rules. */
const KNOWN_PARSERS = ['tls', 'crd', 'http', 'dns'];

/** Merges the rules for one selector; a merge may conflict. */
export class MergedPolicy implements SelectorPolicy {
  public readonly rules: FilterRule[];
  public denied: boolean;
  public authentication?: string;
  public http: readonly HttpRule[];
  public dns: readonly Fqdn[];
  public redirect: Redirect;
  private hasServerNames: boolean;
  private hasL7Rules: boolean;
  private terminatingTls?: string;
  private originatingTls?: string;

  constructor(
    public readonly selector: PeerSelector,
    rule: FilterRule,
  ) {
    const { entry, l7 } = rule;
    this.rules = [rule];
    this.denied = entry.verdict === 'deny';
    this.authentication = entry.authentication;
    this.http = l7?.http ?? [];
    this.dns = l7?.dns ?? [];
    this.redirect = redirectOf(l7);
    this.hasServerNames = (l7?.serverNames.length ?? 0) > 0;
    this.hasL7Rules =
      ((l7?.http ?? l7?.dns)?.length ?? 0) > 0 || (l7 !== undefined && !KNOWN_PARSERS.includes(l7.parser));
    this.terminatingTls = l7?.terminatingTls;
    this.originatingTls = l7?.originatingTls;
  }

  /** A deny replaces allows. Cilium merges layer 7 rules after server names, but not before them. */
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
    for (const [part, what] of [
      ['authentication', 'authentication modes'],
      ['terminatingTls', 'TLS contexts'],
      ['originatingTls', 'TLS contexts'],
    ] as const) {
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

/** If only one of two rules has layer 7 rules, everything is allowed. */
function withAll<T>(one: readonly T[], other: readonly T[], everything: T): readonly T[] {
  if (one.length === 0 && other.length === 0) {
    return [];
  }
  return one.length > 0 && other.length > 0 ? [...one, ...other] : [...one, ...other, everything];
}

/** The parser of the traffic, and the listener of Envoy. */
export interface Redirect {
  readonly parser?: string;
  readonly listener?: string;
  readonly priority: number;
}

function redirectOf(l7: L7 | undefined): Redirect {
  return {
    parser: l7?.parser,
    listener: l7?.listener,
    priority: l7?.listenerPriority || PARSER_PRIORITIES[l7?.parser ?? ''] || 0,
  };
}

/** The listener with the lower priority wins (mergeRedirect, pkg/policy/rule.go, v1.20.2). */
function mergedRedirect(previous: Redirect, rule: Redirect): Redirect | string {
  const parser = mergedParser(previous.parser, rule.parser);
  if (parser === 'conflict') {
    return conflictingParsers(previous.parser, rule.parser);
  }
  const merged = {
    parser,
    listener: previous.listener,
    priority: parser === previous.parser ? previous.priority : rule.priority,
  };
  if (rule.listener === undefined || (rule.listener === merged.listener && rule.priority === merged.priority)) {
    return merged;
  }
  // 0 is the lowest priority
  const rank = (priority: number) => (priority === 0 ? 2 ** 16 : priority);
  if (rank(merged.priority) < rank(rule.priority)) {
    return merged;
  }
  if (merged.listener === undefined || rank(rule.priority) < rank(merged.priority)) {
    return { ...merged, listener: rule.listener, priority: rule.priority };
  }
  return `conflicting listeners ${merged.listener} and ${rule.listener} of one priority`;
}

/** An unset parser gives way to any, and TLS to HTTP and the like (L7ParserType.Merge, pkg/policy/l4.go, v1.20.2). */
export function mergedParser(one: string | undefined, other: string | undefined): string | undefined | 'conflict' {
  if (one === other || other === undefined) {
    return one;
  }
  const givesWay = (parser: string | undefined, to: string) =>
    parser === undefined || (parser === 'tls' && to !== 'dns' && to !== 'crd');
  return givesWay(one, other) ? other : givesWay(other, one!) ? one : 'conflict';
}

export function conflictingParsers(one: string | undefined, other: string | undefined): string {
  return `conflicting layer 7 rules ${[one, other].sort().join(' and ')}`;
}

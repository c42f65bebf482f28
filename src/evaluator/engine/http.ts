import { Decision } from './decide';
import { HttpRule } from './entry';
import { Fqdn, matchesFqdn } from './fqdn';
import { ProxyFilter } from './proxy-filters';
import { normalizedName } from '../../cilium/dns-names';
import { compileRe2 } from '../../cilium/re2';
import { Traits } from '../../cilium/traits';

/** An HTTP request. A field that is left out is unknown, so rules for it may match or not. */
export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** The verdict of the proxy; `unknown` where it also depends on something other than the rules, such as a secret. */
export type ProxyVerdict = 'allowed' | 'denied' | 'unknown';

/**
 * The verdict on a request of a redirected flow. The proxy allows it if one filter of the flow allows it. A filter
 * without rules allows everything.
 *
 * The judge reads Envoy's rules in the same way: oracle/common/judge/http.go.
 */
export function httpVerdict(decision: Decision, request: HttpRequest): ProxyVerdict {
  return any((decision.proxy?.filters ?? []).map(filter => httpFilterVerdict(filter, request)));
}

/**
 * The verdict on a DNS query of a redirected flow.
 *
 * The DNS proxy asks the filters of one port, with and without DNS rules (pkg/fqdn/dnsproxy/proxy.go CheckAllowed,
 * v1.20.2). The verdict is unknown if several ports may be that port, or another proxy gets the flow.
 */
export function dnsVerdict(decision: Decision, name: string): ProxyVerdict {
  const filters = queryFilters(decision);
  if (filters === 'unknown') {
    return 'unknown';
  }
  return filters.some(({ dns, traits }) => matchesQuery(dns, name, traits)) ? 'allowed' : 'denied';
}

/** The filters that decide on the DNS queries of a redirected flow. A query passes if one of them lets it pass. */
export function queryFilters(decision: Decision): readonly ProxyFilter[] | 'unknown' {
  const { filters, dnsPorts } = decision.proxy ?? { filters: [], dnsPorts: new Set() };
  return dnsPorts.size !== 1 || filters.some(({ other }) => other)
    ? 'unknown'
    : filters.filter(({ port }) => dnsPorts.has(port));
}

/** Whether the DNS proxy lets a query for a name pass; without rules, every query. */
export function matchesQuery(rules: readonly Fqdn[], name: string, traits: Traits): boolean {
  const query = normalizedName(name);
  return rules.length === 0 || rules.some(rule => matchesName(rule, query, traits));
}

function any(verdicts: readonly ProxyVerdict[]): ProxyVerdict {
  return verdicts.includes('allowed') ? 'allowed' : verdicts.includes('unknown') ? 'unknown' : 'denied';
}

/** A rule without a name and a pattern matches no query (GeneratePattern, pkg/fqdn/dnsproxy/proxy.go, v1.15.19). */
function matchesName(rule: Fqdn, name: string, traits: Traits): boolean {
  if (!rule.matchName && !rule.matchPattern) {
    return false;
  }
  const everything =
    rule.matchName === undefined && (traits.fqdnStarsMatchLabels ? /^\*+\.?$/ : /^\*$/).test(rule.matchPattern ?? '');
  return everything || matchesFqdn(rule, traits, name);
}

function httpFilterVerdict({ http, dns, unknown }: ProxyFilter, request: HttpRequest): ProxyVerdict {
  if (unknown || dns.length > 0) {
    return 'unknown';
  }
  return http.length === 0 ? 'allowed' : any(http.map(rule => httpRuleVerdict(rule, request)));
}

/**
 * A header with a required value is written `Name: value`. What a mismatch does, and the content of a secret, are
 * unknown.
 */
function httpRuleVerdict(rule: HttpRule, request: HttpRequest): ProxyVerdict {
  if (
    rule.headerMatches?.some(({ secret, mismatch }) => (secret !== undefined && secret !== null) || Boolean(mismatch))
  ) {
    return 'unknown';
  }
  const headers = [
    ...(rule.headers ?? []),
    ...(rule.headerMatches ?? []).map(({ name, value }) => (value ? `${name}: ${value}` : name)),
  ];
  const parts = (['method', 'path', 'host'] as const).map(part => fullMatch(rule[part], request[part]));
  if (parts.includes(false) || !headers.every(header => hasHeader(header, request))) {
    return 'denied';
  }
  return parts.includes(undefined) ? 'unknown' : 'allowed';
}

/**
 * Envoy's safe_regex: RE2 on the whole text. Undefined where versions of Cilium and Envoy read the expression
 * differently.
 */
function fullMatch(expression: string | undefined, text: string | undefined): boolean | undefined {
  if (expression === undefined || expression === '') {
    return true;
  }
  if (text === undefined) {
    return undefined;
  }
  const { problem, matches } = compileRe2(expression);
  return problem !== undefined ? false : matches?.(text);
}

function hasHeader(rule: string, { headers }: HttpRequest): boolean {
  const space = rule.indexOf(' ');
  const name = space < 0 ? rule : rule.slice(0, space).replace(/(?<!:):+$/, '');
  const header = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return header !== undefined && (space < 0 || header[1] === rule.slice(space + 1));
}

import { Decision } from './decide';
import { HttpRule } from './entry';
import { Fqdn, matchesFqdn } from './fqdn';
import { ProxyFilter } from './proxy-filters';
import { compileRe2 } from '../../cilium/re2';
import { Traits } from '../../cilium/traits';

/** A request over HTTP. What is left out is not known, and rules about it may hold or not. */
export interface HttpRequest {
  readonly method?: string;
  readonly path?: string;
  readonly host?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** What the proxy makes of what it gets; `unknown` where more decides than the rules, such as a secret. */
export type ProxyVerdict = 'allowed' | 'denied' | 'unknown';

/**
 * Whether a redirected flow's request gets through: when one of the filters about the flow lets it. A filter without rules lets everything
 * through. (That Envoy reads the rules so is the judge's own reading too: oracle/common/judge/http.go.)
 */
export function httpVerdict(decision: Decision, request: HttpRequest): ProxyVerdict {
  return any((decision.proxy?.filters ?? []).map(filter => httpFilterVerdict(filter, request)));
}

/**
 * Whether a name may be asked for over a redirected flow. The DNS proxy asks the filters of one port, those with DNS rules and those without
 * (pkg/fqdn/dnsproxy/proxy.go CheckAllowed, v1.20.2); where several could be that one, or another proxy gets the flow, it is not known.
 */
export function dnsVerdict(decision: Decision, name: string): ProxyVerdict {
  const { filters, dnsPorts } = decision.proxy ?? { filters: [], dnsPorts: new Set() };
  if (dnsPorts.size !== 1 || filters.some(({ other }) => other)) {
    return 'unknown';
  }
  const asked = `${name.toLowerCase().replace(/\.$/, '')}.`;
  const letsThrough = ({ dns, traits }: ProxyFilter) => dns.length === 0 || dns.some(rule => matchesName(rule, asked, traits));
  return filters.filter(({ port }) => dnsPorts.has(port)).some(letsThrough) ? 'allowed' : 'denied';
}

function any(verdicts: readonly ProxyVerdict[]): ProxyVerdict {
  return verdicts.includes('allowed') ? 'allowed' : verdicts.includes('unknown') ? 'unknown' : 'denied';
}

function matchesName(rule: Fqdn, name: string, traits: Traits): boolean {
  const everything = rule.matchName === undefined && (traits.fqdnStarsMatchLabels ? /^\*+\.?$/ : /^\*$/).test(rule.matchPattern ?? '');
  return everything || matchesFqdn(rule, traits, name);
}

function httpFilterVerdict({ http, dns, unknown }: ProxyFilter, request: HttpRequest): ProxyVerdict {
  if (unknown || dns.length > 0) {
    return 'unknown';
  }
  return http.length === 0 ? 'allowed' : any(http.map(rule => httpRuleVerdict(rule, request)));
}

/** Headers that are to have a value are written `Name: value`; what a mismatch does, and what a secret holds, is not known. */
function httpRuleVerdict(rule: HttpRule, request: HttpRequest): ProxyVerdict {
  if (rule.headerMatches?.some(({ secret, mismatch }) => (secret !== undefined && secret !== null) || Boolean(mismatch))) {
    return 'unknown';
  }
  const headers = [...rule.headers ?? [], ...(rule.headerMatches ?? []).map(({ name, value }) => value ? `${name}: ${value}` : name)];
  const parts = (['method', 'path', 'host'] as const).map(part => fullMatch(rule[part], request[part]));
  if (parts.includes(false) || !headers.every(header => hasHeader(header, request))) {
    return 'denied';
  }
  return parts.includes(undefined) ? 'unknown' : 'allowed';
}

/** Envoy's safe_regex: RE2 over the whole text. Undefined where versions of Cilium and Envoy differ about the expression. */
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

function hasHeader(written: string, { headers }: HttpRequest): boolean {
  const space = written.indexOf(' ');
  const name = space < 0 ? written : written.slice(0, space).replace(/(?<!:):+$/, '');
  const found = Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase());
  return found !== undefined && (space < 0 || found[1] === written.slice(space + 1));
}

import { HttpRule, L7 } from '../engine/entry';
import { Fqdn } from '../engine/fqdn';
import { ProxyFilter, ProxyRules } from '../engine/proxy-filters';

/**
 * The requests that a proxy lets through on a redirected flow: those that match one of the rules. Equal sets of rules
 * have equal keys.
 */
export interface RequestRules {
  readonly key: string;
  readonly protocol: 'http' | 'dns';
  /** Sorted and unique, as `formatHttpRule` and `formatFqdn` write them. */
  readonly rules: readonly string[];
  /** Rules whose verdict the manifests do not decide: listeners, TLS, secrets, and rules of other tiers. */
  readonly unknown: readonly string[];
}

/**
 * The requests that the proxies of a flow let through; undefined if they let everything through.
 *
 * A filter without rules lets everything through. The DNS proxy asks only the filters of its port (engine/http.ts).
 */
export function requestsOf({ filters, dnsPorts }: ProxyRules): RequestRules | undefined {
  const dns = dnsPorts.size > 0;
  const asked = dns ? filters.filter(({ port }) => dnsPorts.has(port)) : filters;
  if (asked.some(each => isOpen(each, dns)) && dnsPorts.size <= 1 && !(dns && filters.some(({ other }) => other))) {
    return undefined;
  }
  const rules = sorted(asked.flatMap(each => (dns ? each.dns.map(formatFqdn) : each.http.map(formatHttpRule))));
  const unknown = sorted([
    ...asked.filter(each => each.unknown).flatMap(each => each.l7.map(formatLayer7)),
    ...(dnsPorts.size > 1 ? [...dnsPorts].map(port => `DNS rules of port ${port}`) : []),
    ...(dns && filters.some(({ other }) => other) ? ['rules of another proxy'] : []),
  ]);
  return { key: JSON.stringify([dns, rules, unknown]), protocol: dns ? 'dns' : 'http', rules, unknown };
}

function isOpen({ unknown, http, dns }: ProxyFilter, asksNames: boolean): boolean {
  return asksNames ? dns.length === 0 : !unknown && http.length === 0 && dns.length === 0;
}

/** `GET /api/.*`, with the host and the headers; `any request` for a rule without fields. */
export function formatHttpRule({ method, path, host, headers, headerMatches }: HttpRule): string {
  const parts = [
    ...(method || path ? [[method || '*', path || '*'].join(' ')] : []),
    ...(host ? [`host ${host}`] : []),
    ...[...(headers ?? [])].sort().map(header => `header ${header}`),
    ...(headerMatches ?? []).map(match => `header ${JSON.stringify(match)}`).sort(),
  ];
  return parts.length === 0 ? 'any request' : parts.join(', ');
}

/** All of the layer 7 rules on a port: `tls, server names api.example.org`. Equal rules have equal texts. */
export function formatLayer7({
  parser,
  http,
  dns,
  listener,
  listenerPriority,
  serverNames,
  terminatingTls,
  originatingTls,
}: L7): string {
  return [
    parser,
    ...(listener === undefined ? [] : [`listener ${listener}`]),
    ...(listenerPriority === undefined ? [] : [`priority ${listenerPriority}`]),
    ...(serverNames.length === 0 ? [] : [`server names ${sorted(serverNames).join(' ')}`]),
    ...(terminatingTls === undefined ? [] : [`terminating TLS with ${terminatingTls}`]),
    ...(originatingTls === undefined ? [] : [`originating TLS with ${originatingTls}`]),
    ...(http === undefined ? [] : [`HTTP ${sorted(http.map(formatHttpRule)).join(' or ')}`]),
    ...(dns === undefined ? [] : [`DNS ${sorted(dns.map(formatFqdn)).join(' or ')}`]),
  ].join(', ');
}

/** The name or pattern of a DNS rule. */
export function formatFqdn({ matchName, matchPattern }: Fqdn): string {
  return (matchName || matchPattern || '').toLowerCase();
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

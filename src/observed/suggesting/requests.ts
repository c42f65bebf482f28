/**
 * Which requests rules of layer 7 allow for a flow: the methods and paths of HTTP, or the names of DNS, that a proxy
 * recorded and let through.
 *
 * Texts of requests may hold secrets: queries are never part of a rule, and every query is allowed.
 */
import { isFqdn } from '../../cilium/dns-names';
import { literalRe2 } from '../../cilium/re2';
import { Direction } from '../../evaluator/engine/entry';
import { EndpointDecision, FlowDecision } from '../../evaluator/flows/flow';
import { decideRequest, Request } from '../../evaluator/flows/request';
import { ObservedFlow } from '../flows/observed-flow';
import { requestOf } from '../judging/replay';

/** A rule for HTTP: regular expressions (RE2) for the whole method and path. */
export interface HttpPattern {
  readonly method: string;
  readonly path: string;
}

/** Requests that a rule allows, of one kind. */
export type RuleRequests =
  | { readonly kind: 'http'; readonly http: readonly HttpPattern[] }
  | { readonly kind: 'dns'; readonly dns: readonly string[] };

/** The most patterns or names of a statement. With more it allows all requests. */
export const MOST_PATTERNS = 100;

/** The texts of requests that were let through. */
export function passedRequests({ requests }: ObservedFlow): string[] {
  return [...requests].filter(([, { records, denied }]) => denied < records).map(([text]) => text);
}

/**
 * The HTTP requests of a flow, if the recording has all of them: its connections came to the proxy of one of its ends,
 * and each request has a text. Requests that got lost are not known to be missing.
 */
export function allHttpRequests(flow: ObservedFlow): RuleRequests | undefined {
  const { moreRequests, decisions, proxied } = flow;
  const isProxied = (at: Direction, other: Direction) => {
    const { allowed, audited, redirected } = decisions[at].outcomes;
    return proxied[at].records > 0 && !allowed && !audited && (redirected || !decisions[other].outcomes.allowed);
  };
  const requests = requestRules(passedRequests(flow));
  return moreRequests === 0 && requests?.kind === 'http' && (isProxied('egress', 'ingress') || isProxied('ingress', 'egress'))
    ? requests
    : undefined;
}

/** The requests that were let through and that a proxy of a decision would deny, by the end of the proxy. */
export function deniedRequests(flow: ObservedFlow, decision: FlowDecision): { readonly [at in Direction]: string[] } {
  const deniedAt = (at: Direction) =>
    passedRequests(flow).filter(text => {
      const request = requestOf(text);
      return request && decideRequest(decision[at], request) === 'denied';
    });
  return { egress: deniedAt('egress'), ingress: deniedAt('ingress') };
}

/** Whether the proxy of an end may deny requests, such as those that its rules do not name. */
export function limitsRequests(decision: EndpointDecision): boolean {
  const others: readonly Request[] = [{ kind: 'http', http: {} }, { kind: 'dns', name: 'other.invalid' }];
  return decision.verdict === 'redirected' && others.every(each => decideRequest(decision, each) !== 'allowed');
}

/** The rules for requests of one kind, sorted; undefined without requests, or if rules cannot name them. */
export function requestRules(texts: readonly string[]): RuleRequests | undefined {
  const read = texts.map(patternOf);
  const http = read.flatMap(each => (typeof each === 'object' ? [each] : []));
  const dns = read.flatMap(each => (typeof each === 'string' ? [each] : []));
  return texts.length === 0
    ? undefined
    : http.length === texts.length
      ? { kind: 'http', http: patterns(http) }
      : dns.length === texts.length
        ? { kind: 'dns', dns: [...new Set(dns)].sort() }
        : undefined;
}

/** The requests of several rules; undefined if one of them allows all, or if they are too many. */
export function joinRequests(all: ReadonlyArray<RuleRequests | undefined>): RuleRequests | undefined {
  const [http, dns] = [
    all.flatMap(each => (each?.kind === 'http' ? [each.http] : [])),
    all.flatMap(each => (each?.kind === 'dns' ? [each.dns] : [])),
  ];
  const joined: RuleRequests | undefined =
    http.length === all.length
      ? { kind: 'http', http: patterns(http.flat()) }
      : dns.length === all.length
        ? { kind: 'dns', dns: [...new Set(dns.flat())].sort() }
        : undefined;
  return joined && requestTexts(joined).length <= MOST_PATTERNS ? joined : undefined;
}

/** `GET /v1/carts/[0-9]+(\?.*)?`, or `DNS api.example`. */
export function requestTexts(requests: RuleRequests): string[] {
  return requests.kind === 'http'
    ? requests.http.map(({ method, path }) => `${method} ${path}`)
    : requests.dns.map(name => `DNS ${name}`);
}

function patterns(all: readonly HttpPattern[]): HttpPattern[] {
  return [...new Map(all.map(each => [`${each.path} ${each.method}`, each]))]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, pattern]) => pattern);
}

/** A rule for one request: a pattern of HTTP, or a DNS name. */
function patternOf(text: string): HttpPattern | string | undefined {
  const request = requestOf(text);
  if (request?.kind === 'dns') {
    return isFqdn(request.name) ? request.name.toLowerCase() : undefined;
  }
  const [method, path] = [request?.http.method, request?.http.path];
  return method !== undefined && path !== undefined && /^[\x21-\x7e]+$/.test(path)
    ? { method, path: `${path.replace(/\?.*$/, '').split('/').map(segmentPattern).join('/')}(\\?.*)?` }
    : undefined;
}

/** A part of a path. Numbers, UUIDs and hexadecimal identifiers stand for all of their kind. */
function segmentPattern(segment: string): string {
  return /^[0-9]+$/.test(segment)
    ? '[0-9]+'
    : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(segment)
      ? '[0-9a-fA-F-]{36}'
      : /^(?=.*[0-9])[0-9a-f]{8,}$/i.test(segment)
        ? '[0-9a-fA-F]+'
        : literalRe2(segment);
}

import { EndDecision, FlowPort } from './flow';
import { FlowEnd, peerOf, subjectOf } from './flow-end';
import { EvaluatedMesh } from './mesh/mesh';
import { Direction, L7, PolicyEntry } from './policy/entry';
import { Fqdn, fqdnPattern } from './policy/fqdn';
import { HttpRule } from './policy/l7';
import { applyingEntries, DirectedFlow, hasDefaultDeny, letsLocalHost, matches, matchingPorts, namedRangeEnds } from './verdict';

/** What a client asks through a proxy. */
export type Request =
  | { readonly kind: 'http'; readonly method: string; readonly path: string; readonly host?: string; readonly headers: { readonly [name: string]: string } }
  | { readonly kind: 'dns'; readonly name: string };

/** What becomes of a request at a proxy. `unknown`: it depends on secrets, listeners, TLS, or rules that this evaluator cannot read. */
export type RequestVerdict = 'allowed' | 'denied' | 'unknown';

/**
 * Decides a request where its flow is redirected to a proxy; undefined where it is not.
 *
 * A request passes when one of the rules that allow its flow lets it through; a rule without layer 7 part lets every request through, as does
 * having no default deny. This is how the filters that Cilium gives to its proxies are read: Envoy and the DNS proxy decide themselves.
 */
export function decideRequest(
  mesh: EvaluatedMesh, self: FlowEnd, other: FlowEnd, direction: Direction, { protocol, port }: FlowPort, decision: EndDecision, request: Request,
): RequestVerdict | undefined {
  const subject = subjectOf(self);
  if (!subject || decision.verdict !== 'redirected') {
    return undefined;
  }
  const cluster = mesh.cluster(subject.cluster)!;
  const settings = cluster.settings.policy;
  const applying = applyingEntries(subject, direction, cluster.entries);
  const flow: DirectedFlow = { subject, direction, peer: peerOf(other, cluster, mesh), protocol, port, ends: namedRangeEnds(applying, direction) };
  if (!hasDefaultDeny(subject, applying, settings) || (letsLocalHost(direction, applying, settings) && flow.peer.labels.isReserved('host'))) {
    return 'allowed';
  }
  if (applying.some(entry => entry.tier !== 'normal')) {
    return 'unknown'; // the order among tiers is the proxy's
  }
  return anyOf(applying.filter(entry => entry.verdict === 'allow' && matches(entry, flow)).map(entry => entryVerdict(entry, flow, request, settings.minor)));
}

function entryVerdict(entry: PolicyEntry, flow: DirectedFlow, request: Request, minor: number): RequestVerdict {
  return entry.hasPorts ? anyOf(matchingPorts(entry, flow).map(({ l7 }) => l7 === undefined ? 'allowed' : layer7Verdict(l7, request, minor))) : 'allowed';
}

function layer7Verdict({ http, dns, listener, serverNames, terminatingTls, originatingTls }: L7, request: Request, minor: number): RequestVerdict {
  if (listener !== undefined || serverNames.length > 0 || terminatingTls !== undefined || originatingTls !== undefined) {
    return 'unknown';
  }
  if (request.kind === 'dns') {
    return dns ? anyOf(dns.map(rule => nameVerdict(rule, request.name, minor))) : 'unknown';
  }
  return http ? anyOf(http.map(rule => httpVerdict(rule, request))) : 'unknown';
}

function nameVerdict(rule: Fqdn, name: string, minor: number): RequestVerdict {
  return fqdnPattern(rule, minor).test(name.endsWith('.') ? name.toLowerCase() : `${name.toLowerCase()}.`) ? 'allowed' : 'denied';
}

/** All that a rule says must hold; headers are written `Name` or `Name: value` (pkg/policy/api/http.go and pkg/envoy/server.go, v1.20.2). */
function httpVerdict(rule: HttpRule, request: Extract<Request, { kind: 'http' }>): RequestVerdict {
  const header = (name: string) => Object.entries(request.headers).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  const wanted: Array<[name: string, value: string | undefined]> = [
    ...(rule.headers ?? []).map((text): [string, string | undefined] => {
      const space = text.indexOf(' ');
      return space < 0 ? [text, undefined] : [text.slice(0, space).replace(/:+$/, ''), text.slice(space + 1)];
    }),
    ...(rule.headerMatches ?? []).filter(({ secret, mismatch }) => secret === undefined && !mismatch).map(({ name, value }): [string, string | undefined] => [name, value === '' ? undefined : value]),
  ];
  const hidden = (rule.headerMatches ?? []).some(({ secret, mismatch }) => secret !== undefined || mismatch);
  return allOf([
    wholeMatch(rule.method, request.method),
    wholeMatch(rule.path, request.path),
    wholeMatch(rule.host, request.host),
    ...wanted.map(([name, value]): RequestVerdict => header(name) === undefined || (value !== undefined && header(name) !== value) ? 'denied' : 'allowed'),
    ...hidden ? ['unknown' as const] : [],
  ]);
}

/** Envoy matches the whole text, with RE2. What JavaScript reads otherwise is unknown. */
function wholeMatch(pattern: string | undefined, text: string | undefined): RequestVerdict {
  if (pattern === undefined || pattern === '') {
    return 'allowed';
  }
  if (text === undefined) {
    return 'unknown';
  }
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  const body = (flags ? pattern.slice(flags[0].length) : pattern).replace(/\(\?P</g, '(?<');
  if (/\(\?[imsU-]+[):]|\[\[:|\\[AzQCpPKZ]|\\x\{/.test(body)) {
    return 'unknown';
  }
  try {
    return new RegExp(`^(?:${body})$`, flags?.[1] ?? '').test(text) ? 'allowed' : 'denied';
  } catch {
    return 'unknown';
  }
}

function anyOf(verdicts: readonly RequestVerdict[]): RequestVerdict {
  return verdicts.includes('allowed') ? 'allowed' : verdicts.includes('unknown') ? 'unknown' : 'denied';
}

function allOf(verdicts: readonly RequestVerdict[]): RequestVerdict {
  return verdicts.includes('denied') ? 'denied' : verdicts.includes('unknown') ? 'unknown' : 'allowed';
}

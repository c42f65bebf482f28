import { DirectionPolicy, PeerFlow } from './direction-policy';
import { HttpRule, L7 } from './entry';
import { Fqdn } from './fqdn';
import { EVERY_NAME, L4Filter, SelectorPolicy } from './l4-filter';
import { holdsPort } from './matching';
import { PeerSelector, reservedSelector, selectsItself, WILDCARD } from './selector';
import { Traits } from '../../cilium/traits';

/**
 * What rules on one port and one selector, merged, tell the proxy about a flow that it gets. Without rules they allow everything.
 *
 * Source: pkg/policy/rule.go mergePortProto, v1.20.2.
 */
export interface ProxyFilter {
  /** Which rules are merged with each other: those with one key. */
  readonly port: string;
  readonly http: readonly HttpRule[];
  readonly dns: readonly Fqdn[];
  /** Something else is said too: a listener, TLS, or a rule of another tier, and what the proxy makes of it is not known. */
  readonly unknown: boolean;
  /** Not the DNS proxy gets the flow, but another one. */
  readonly other: boolean;
  /** Nothing is said but that it is allowed. */
  readonly plain: boolean;
  readonly traits: Traits;
}

/** What proxies know about a flow that one of them gets. */
export interface ProxyRules {
  /** The filters that are about the flow: those of its port, and those of all ports. */
  readonly filters: readonly ProxyFilter[];
  /**
   * Filters of the DNS proxy that may have the flow's port, for whatever peer. It knows one for each port number, the last one it is told of
   * (pkg/fqdn/dnsproxy/proxy.go UpdateAllowed, v1.20.2); a named port may have the number of another peer's.
   */
  readonly dnsPorts: ReadonlySet<string>;
}

const HOST = reservedSelector('host');

export function proxyRules(policy: DirectionPolicy, flow: PeerFlow): ProxyRules {
  return { filters: proxyFilters(policy, flow), dnsPorts: dnsPorts(policy, flow) };
}

function dnsPorts(policy: DirectionPolicy, flow: PeerFlow): Set<string> {
  const mayHold = (filter: L4Filter) => holdsPort(policy, filter.port, flow) || (filter.port?.name !== undefined && filter.port.protocol === flow.protocol);
  const asksNames = ({ rules, denied }: SelectorPolicy) => !denied && rules.some(({ entry, l7 }) => entry.verdict === 'allow' && l7?.dns !== undefined);
  return new Set(policy.levels.flatMap(({ filters }) => filters).filter(filter => mayHold(filter) && [...filter.selectors.values()].some(asksNames)).map(({ key }) => key));
}

function proxyFilters(policy: DirectionPolicy, flow: PeerFlow): ProxyFilter[] {
  const { traits } = policy.settings;
  const filters = policy.levels.flatMap(level => level.filters).filter(filter => holdsPort(policy, filter.port, flow));
  const localHost = policy.allowsLocalHost && selectsItself(HOST, flow.peer);
  const found = filters.flatMap(filter => filtersOf(policy, filter, flow, localHost));
  return [...found, ...!policy.defaultDeny || (localHost && traits.localHostRule === 'separate') ? [plainFilter(EVERY_PORT, traits)] : []];
}

/** Key of a filter that is about every port, whatever it is. */
const EVERY_PORT = '*';

/** What a filter tells the proxy of a peer: one for each selector of it. */
function filtersOf(policy: DirectionPolicy, filter: L4Filter, { peer }: PeerFlow, localHost: boolean): ProxyFilter[] {
  const { traits } = policy.settings;
  const isAbout = (selector: PeerSelector) => selector.id === WILDCARD.id || selectsItself(selector, peer);
  const about = [...filter.selectors.values()].filter(({ selector, denied }) => !denied && isAbout(selector));
  const found = new Map(about.map(each => [each.selector.id, proxyFilter(policy, filter, each)]));
  const host = found.get(HOST.id);
  if (localHost && addsLocalHost(about, traits) && !(host && traits.localHostRule === 'beside-merged')) {
    found.set(HOST.id, host ? withPlain(host) : plainFilter(filter.key, traits));
  }
  // in 1.15 a listener is the whole port's, not only its rule's (L4Filter.Listener, pkg/policy/l4.go, v1.15.19)
  const listens = traits.oneListenerPerPort && [...filter.selectors.values()].some(({ rules, denied }) => !denied && rules.some(({ l7 }) => l7?.listener !== undefined));
  return [...found.values()].map(each => listens && !each.plain ? { ...each, unknown: true } : each);
}

/** Without default deny every name is let through beside those of the rules (createL4Filter, pkg/policy/l4.go, v1.20.2 and since v1.16). */
function proxyFilter({ defaultDeny, settings }: DirectionPolicy, { key, tier }: L4Filter, { rules, http, dns }: SelectorPolicy): ProxyFilter {
  return {
    port: key,
    http,
    dns: !defaultDeny && rules.some(({ l7 }) => l7?.dns) ? [...dns, EVERY_NAME] : dns,
    unknown: tier !== 'normal' || rules.some(({ l7 }) => l7 !== undefined && !isKnown(l7)),
    other: rules.some(({ l7 }) => l7 !== undefined && l7.parser !== 'dns'),
    plain: rules.every(({ l7, entry }) => l7 === undefined && entry.authentication === undefined),
    traits: settings.traits,
  };
}

/** Whether the proxy decides by the rules alone. */
function isKnown({ parser, listener, serverNames, terminatingTls, originatingTls }: L7): boolean {
  return ['http', 'dns'].includes(parser) && listener === undefined && serverNames.length === 0 && terminatingTls === undefined && originatingTls === undefined;
}

/** Whether rules that redirect the local host get a plain rule for it beside them: see the trait `localHostRule`. */
function addsLocalHost(about: readonly SelectorPolicy[], { localHostRule }: Traits): boolean {
  const redirecting = about.filter(({ rules }) => rules.some(({ l7 }) => l7));
  if (localHostRule !== 'beside-each-rule') {
    return localHostRule === 'beside-merged' && redirecting.length > 0;
  }
  const named = new Set(about.filter(({ selector }) => selector.id === HOST.id).flatMap(({ rules }) => rules.map(({ entry }) => entry)));
  return redirecting.some(({ rules }) => rules.some(({ entry, l7 }) => l7 && !named.has(entry)));
}

function plainFilter(port: string, traits: Traits): ProxyFilter {
  return { port, http: [], dns: [], unknown: false, other: false, plain: true, traits };
}

/** A filter to which a rule without layer 7 is added: everything is allowed. */
function withPlain(filter: ProxyFilter): ProxyFilter {
  const { http, dns } = filter;
  return { ...filter, http: http.length > 0 ? [...http, {}] : [], dns: dns.length > 0 ? [...dns, EVERY_NAME] : [] };
}

import { DirectionPolicy, PeerFlow } from './direction-policy';
import { HttpRule, L7 } from './entry';
import { Fqdn } from './fqdn';
import { EVERY_PORT, L4Filter } from './l4-filter';
import { reservedSelector, WILDCARD } from './label-selector';
import { holdsPort } from './matching';
import { PeerSelector, selectsItself } from './selector';
import { EVERY_NAME, SelectorPolicy } from './selector-policy';
import { Traits } from '../../cilium/traits';

/**
 * The merged rules on one port and selector, as the proxy gets them for a flow. Without rules they allow everything.
 *
 * Source: pkg/policy/rule.go mergePortProto, v1.20.2.
 */
export interface ProxyFilter {
  /** The filter that the rules come from, see `filterName`. */
  readonly port: string;
  readonly http: readonly HttpRule[];
  readonly dns: readonly Fqdn[];
  /** The verdict also depends on a listener, TLS, or a rule of another tier, so it is unknown. */
  readonly unknown: boolean;
  /** The layer 7 rules as written. */
  readonly l7: readonly L7[];
  /** A proxy other than the DNS proxy gets the flow. */
  readonly other: boolean;
  /** A plain allow, without layer 7 rules or authentication. */
  readonly plain: boolean;
  readonly traits: Traits;
}

/** The rules of the proxies for a flow that one of them gets. */
export interface ProxyRules {
  /** The filters that match the flow: those of its port, and those of all ports. */
  readonly filters: readonly ProxyFilter[];
  /**
   * Names of the DNS proxy's filters that may hold the flow's port, for any peer.
   *
   * The proxy keeps one filter for each port number, the last one it gets (pkg/fqdn/dnsproxy/proxy.go UpdateAllowed,
   * v1.20.2). The number of a named port may be that of another peer.
   */
  readonly dnsPorts: ReadonlySet<string>;
}

const HOST = reservedSelector('host');

export function proxyRules(policy: DirectionPolicy, flow: PeerFlow): ProxyRules {
  return { filters: proxyFilters(policy, flow), dnsPorts: dnsPorts(policy, flow) };
}

function dnsPorts(policy: DirectionPolicy, flow: PeerFlow): Set<string> {
  const mayHold = (filter: L4Filter) =>
    holdsPort(policy, filter.port, flow) || (filter.port?.name !== undefined && filter.port.protocol === flow.protocol);
  const asksNames = ({ rules, denied }: SelectorPolicy) =>
    !denied && rules.some(({ entry, l7 }) => entry.verdict === 'allow' && l7?.dns !== undefined);
  return new Set(
    policy.levels
      .flatMap(({ filters }) => filters)
      .filter(filter => mayHold(filter) && [...filter.selectors.values()].some(asksNames))
      .map(filterName),
  );
}

/**
 * Names a filter among all of an endpoint. Rules of several tiers on one port are several filters (L4PolicyMaps,
 * pkg/policy/l4.go), and the DNS proxy gets those alone that redirect to it (addNewRedirects, pkg/endpoint/bpf.go, and
 * pkg/proxy/dns.go, v1.20.2): a `Pass` of the Admin tier opens nothing in the DNS rules of the port.
 */
function filterName({ tier, key }: L4Filter): string {
  return tier === 'normal' ? key : `${tier} ${key}`;
}

function proxyFilters(policy: DirectionPolicy, flow: PeerFlow): ProxyFilter[] {
  const { traits } = policy.settings;
  const filters = policy.levels.flatMap(level => level.filters).filter(filter => holdsPort(policy, filter.port, flow));
  const localHost = policy.allowsLocalHost && selectsItself(HOST, flow.peer);
  const proxied = filters.flatMap(filter => filtersOf(policy, filter, flow, localHost));
  return [
    ...proxied,
    ...(!policy.defaultDeny || (localHost && traits.localHostRule === 'separate')
      ? [plainFilter(EVERY_PORT, traits)]
      : []),
  ];
}

/** The rules that a filter gives the proxy for a peer, one item for each selector. */
function filtersOf(policy: DirectionPolicy, filter: L4Filter, { peer }: PeerFlow, localHost: boolean): ProxyFilter[] {
  const { traits } = policy.settings;
  const appliesTo = (selector: PeerSelector) => selector.id === WILDCARD.id || selectsItself(selector, peer);
  const applying = [...filter.selectors.values()].filter(({ selector, denied }) => !denied && appliesTo(selector));
  const byId = new Map(applying.map(each => [each.selector.id, proxyFilter(policy, filter, each)]));
  const host = byId.get(HOST.id);
  if (localHost && addsLocalHost(applying, traits) && !(host && traits.localHostRule === 'beside-merged')) {
    byId.set(HOST.id, host ? withPlain(host) : plainFilter(filterName(filter), traits));
  }
  // in 1.15 a listener applies to the whole port, not only to its rule (L4Filter.Listener, pkg/policy/l4.go, v1.15.19)
  const listens =
    traits.oneListenerPerPort &&
    [...filter.selectors.values()].some(
      ({ rules, denied }) => !denied && rules.some(({ l7 }) => l7?.listener !== undefined),
    );
  return [...byId.values()].map(each => (listens && !each.plain ? { ...each, unknown: true } : each));
}

/**
 * Without default deny the proxy allows every name besides those of the rules (createL4Filter, pkg/policy/l4.go,
 * v1.20.2 and since v1.16).
 */
function proxyFilter(
  { defaultDeny, settings }: DirectionPolicy,
  filter: L4Filter,
  { rules, http, dns }: SelectorPolicy,
): ProxyFilter {
  return {
    port: filterName(filter),
    http,
    dns: !defaultDeny && rules.some(({ l7 }) => l7?.dns) ? [...dns, EVERY_NAME] : dns,
    unknown: filter.tier !== 'normal' || rules.some(({ l7 }) => l7 !== undefined && !isKnown(l7)),
    l7: rules.flatMap(({ l7 }) => l7 ?? []),
    other: rules.some(({ l7 }) => l7 !== undefined && l7.parser !== 'dns'),
    plain: rules.every(({ l7, entry }) => l7 === undefined && entry.authentication === undefined),
    traits: settings.traits,
  };
}

/** Whether the verdict of the proxy depends on the rules alone. */
function isKnown({ parser, listener, serverNames, terminatingTls, originatingTls }: L7): boolean {
  return (
    ['http', 'dns'].includes(parser) &&
    listener === undefined &&
    serverNames.length === 0 &&
    terminatingTls === undefined &&
    originatingTls === undefined
  );
}

/** Whether Cilium adds a plain rule for the local host to rules that redirect it: see the trait `localHostRule`. */
function addsLocalHost(applying: readonly SelectorPolicy[], { localHostRule }: Traits): boolean {
  const redirecting = applying.filter(({ rules }) => rules.some(({ l7 }) => l7));
  if (localHostRule !== 'beside-each-rule') {
    return localHostRule === 'beside-merged' && redirecting.length > 0;
  }
  const named = new Set(
    applying.filter(({ selector }) => selector.id === HOST.id).flatMap(({ rules }) => rules.map(({ entry }) => entry)),
  );
  return redirecting.some(({ rules }) => rules.some(({ entry, l7 }) => l7 && !named.has(entry)));
}

function plainFilter(port: string, traits: Traits): ProxyFilter {
  return { port, http: [], dns: [], unknown: false, l7: [], other: false, plain: true, traits };
}

/** A filter with one more rule, without layer 7: everything is allowed. */
function withPlain(filter: ProxyFilter): ProxyFilter {
  const { http, dns } = filter;
  return { ...filter, http: http.length > 0 ? [...http, {}] : [], dns: dns.length > 0 ? [...dns, EVERY_NAME] : [] };
}

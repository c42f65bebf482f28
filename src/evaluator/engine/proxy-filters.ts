import { HttpRule, PolicyEntry, PortMatch } from './entry';
import { Fqdn } from './fqdn';
import { DirectedFlow, hasDefaultDeny, letsLocalHost, matchingPorts, portKey } from './matching';
import { PeerSelector, reservedSelector, selectsItself, WILDCARD } from './selector';
import { PolicySettings } from './settings';
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

const EVERY_NAME: Fqdn = { matchPattern: '*' };
const HOST = reservedSelector('host');

export function proxyRules(applying: readonly PolicyEntry[], flow: DirectedFlow, settings: PolicySettings): ProxyRules {
  return { filters: filtersOf(applying, flow, settings), dnsPorts: dnsPorts(applying, flow) };
}

function dnsPorts(applying: readonly PolicyEntry[], flow: DirectedFlow): Set<string> {
  const selectors = (entry: PolicyEntry, wanted: (match: PortMatch) => boolean) => entry.ports.filter(wanted).flatMap(match => {
    const ids = entry.peers.length === 0 ? [WILDCARD.id] : (entry.peers as readonly PeerSelector[]).map(({ id }) => id);
    return (ids.includes(WILDCARD.id) ? [WILDCARD.id] : ids).map(id => ({ port: portKey(match), id }));
  });
  const asking = applying.filter(({ peers }) => peers !== 'nobody');
  const denied = new Set(asking.filter(({ verdict }) => verdict === 'deny').flatMap(entry => selectors(entry, () => true)).map(({ port, id }) => `${port} ${id}`));
  return new Set(asking.filter(({ verdict }) => verdict === 'allow').flatMap(entry => {
    const matching = matchingPorts(entry, flow);
    return selectors(entry, match => match.l7?.dns !== undefined && (matching.includes(match) || (match.name !== undefined && match.protocol === flow.protocol)));
  }).filter(({ port, id }) => !denied.has(`${port} ${id}`)).map(({ port }) => port));
}

function filtersOf(applying: readonly PolicyEntry[], flow: DirectedFlow, settings: PolicySettings): ProxyFilter[] {
  const { traits } = settings;
  const filters = new MergedFilters();
  const listened = new Set<string>();
  const ofLocalHost: Array<{ tier: string; plain: ProxyFilter; unlessFound: boolean }> = [];
  const byDefault = !hasDefaultDeny(flow.subject, applying, settings);
  const besideMerged = traits.localHostRule === 'beside-merged';
  const localHost = letsLocalHost(flow.direction, applying, settings) && selectsItself(HOST, flow.peer);
  for (const entry of applying.filter(({ verdict, peers }) => verdict !== 'deny' && peers !== 'nobody')) {
    for (const match of entry.hasPorts ? matchingPorts(entry, flow) : [undefined]) {
      const port = match ? portKey(match) : '*';
      const ids = selectorIds(entry, flow, match);
      ids.forEach(id => filters.merge(entry.tier, id, filterOf(entry, match, port, byDefault)));
      if (match?.l7?.listener !== undefined) {
        listened.add(port);
      }
      if (localHost && traits.localHostRule !== 'separate' && match?.l7 && ids.length > 0 && (besideMerged || !ids.includes(HOST.id))) {
        ofLocalHost.push({ tier: entry.tier, plain: plainFilter(port, traits), unlessFound: besideMerged });
      }
    }
  }
  ofLocalHost.forEach(({ tier, plain, unlessFound }) => filters.merge(tier, HOST.id, plain, unlessFound));
  // in 1.15 a listener is the whole port's, not only its rule's (L4Filter.Listener, pkg/policy/l4.go, v1.15.19)
  const found = filters.all().map(filter => traits.oneListenerPerPort && !filter.plain && listened.has(filter.port) ? { ...filter, unknown: true } : filter);
  return [...found, ...byDefault || (localHost && traits.localHostRule === 'separate') ? [plainFilter('*', traits)] : []];
}

/** Filters by tier, port and selector. */
class MergedFilters {
  private readonly filters = new Map<string, ProxyFilter>();

  public merge(tier: string, selector: string, filter: ProxyFilter, unlessFound = false): void {
    const key = `${tier} ${filter.port} ${selector}`;
    const found = this.filters.get(key);
    if (!found || !unlessFound) {
      this.filters.set(key, merged(found, filter));
    }
  }

  public all(): ProxyFilter[] {
    return [...this.filters.values()];
  }
}

/** Selectors of peers that mean the flow's; one of everybody makes the others superfluous. */
function selectorIds(entry: PolicyEntry, { peer }: DirectedFlow, match: PortMatch | undefined): string[] {
  const peers = entry.peers as readonly PeerSelector[];
  if (peers.some(({ id }) => id === WILDCARD.id) || (peers.length === 0 && match)) {
    return [WILDCARD.id];
  }
  return peers.filter(selector => selectsItself(selector, peer)).map(({ id }) => id);
}

/** Without default deny every name is let through beside those of the rules (createL4Filter, pkg/policy/l4.go, v1.20.2 and since v1.16). */
function filterOf(entry: PolicyEntry, match: PortMatch | undefined, port: string, byDefault: boolean): ProxyFilter {
  const l7 = match?.l7;
  const known = l7 === undefined || (['http', 'dns'].includes(l7.parser) && l7.listener === undefined && l7.serverNames.length === 0
    && l7.terminatingTls === undefined && l7.originatingTls === undefined);
  return {
    port,
    http: l7?.http ?? [],
    dns: byDefault && l7?.dns ? [...l7.dns, EVERY_NAME] : l7?.dns ?? [],
    unknown: entry.tier !== 'normal' || !known,
    other: l7 !== undefined && l7.parser !== 'dns',
    plain: l7 === undefined && entry.authentication === undefined,
    traits: entry.traits,
  };
}

/**
 * What the local host has where rules redirect it and it is let in all the same: up to 1.18 beside each rule that selects it by more than its
 * name (createL4IngressFilter, pkg/policy/l4.go, v1.18.8), in 1.19 beside what is merged (L4Filter.attach, pkg/policy/l4.go, v1.19.3), and
 * since 1.20 as a rule of its own (pkg/policy/repository.go, v1.20.2).
 */
function plainFilter(port: string, traits: Traits): ProxyFilter {
  return { port, http: [], dns: [], unknown: false, other: false, plain: true, traits };
}

/** Where one of two has rules and the other has none, everything is allowed. */
function merged(found: ProxyFilter | undefined, filter: ProxyFilter): ProxyFilter {
  const both = <T>(one: readonly T[], other: readonly T[], everything: T): readonly T[] => (
    one.length + other.length === 0 ? [] : one.length > 0 && other.length > 0 ? [...one, ...other] : [...one, ...other, everything]);
  return found === undefined ? filter : {
    ...filter,
    http: both<HttpRule>(found.http, filter.http, {}),
    dns: both<Fqdn>(found.dns, filter.dns, EVERY_NAME),
    unknown: found.unknown || filter.unknown,
    other: found.other || filter.other,
    plain: found.plain && filter.plain,
  };
}

/**
 * The allowing rule that decides in 1.15 and 1.16. There a layer 7 rule on the port does not always beat a plain allow.
 * The datapath takes the most specific entry of its map, and only that entry decides whether Cilium redirects the flow,
 * and which authentication it requires.
 *
 * - A narrower port beats a wider one. On one port an entry for the peer beats one for all peers (bpf/lib/policy.h,
 *   v1.15.19 and v1.16.19).
 * - Rules on one port for a selector are one entry. An entry for all peers on the port replaces the entry of a selector
 *   that it covers (L4Filter.toMapState, pkg/policy/l4.go).
 * - Where the local host is always allowed, layer 7 rules that select it do not redirect it (createL4IngressFilter,
 *   pkg/policy/l4.go).
 * - An explicit authentication mode without a port adds an entry for its peer. Cilium adds it, not redirected, to each
 *   entry for all peers on a port without a mode (authPreferredInsert, pkg/policy/mapstate.go).
 * - An entry without a mode takes that of the most specific entry with one that holds all of its flows.
 */
import { AuthenticationMode, modeOf, strongestMode } from './authentication-mode';
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { reservedSelector, WILDCARD } from './label-selector';
import { FilterMatch, prefixLength } from './matching';
import { selects } from './selector';

/** The bits of a key with a protocol and any port. */
const ANY_PORT = 8;

/** An entry of the datapath's map. */
interface MapEntry {
  readonly redirects: boolean;
  readonly authentication?: AuthenticationMode;
  readonly ofPeer: boolean;
  /** The number of leading bits of protocol and port that a packet must share. */
  readonly length: number;
}

/** The rules on one port, by selector id. */
interface PortRules {
  readonly length: number;
  readonly selectors: Map<string, Pick<MapEntry, 'redirects' | 'authentication'>>;
}

const HOST = reservedSelector('host');

/** The allow for the local host, which Cilium adds last (determineAllowLocalhostIngress, pkg/policy/mapstate.go). */
const LOCAL_HOST: MapEntry = { ofPeer: true, length: 0, redirects: false, authentication: 'disabled' };

/** The entry that the datapath finds for a flow. All filters of `matches` match the flow and allow it. */
export function mostSpecificEntry(
  policy: DirectionPolicy,
  matches: readonly FilterMatch[],
  flow: PeerFlow,
): Pick<MapEntry, 'redirects' | 'authentication'> {
  const { direction, settings } = policy;
  const localHost = direction === 'ingress' && settings.allowLocalhost === 'always' && selects(HOST, flow.peer);
  const entries = [...portRules(policy, matches, flow, localHost).values()].flatMap(mapEntries);
  if (localHost) {
    entries.push(LOCAL_HOST);
  }
  const authenticated = entries.some(each => each.ofPeer && each.length === 0 && each.authentication !== undefined);
  if (authenticated) {
    entries.push(
      ...entries
        .filter(each => !each.ofPeer && each.length > 0 && each.authentication === undefined)
        .map(each => ({ ...each, ofPeer: true, redirects: false })),
    );
  }
  const length = Math.max(...entries.map(each => each.length));
  const ofPeer = entries.some(each => each.length === length && each.ofPeer);
  const found = entries.filter(each => each.length === length && each.ofPeer === ofPeer);
  return {
    redirects: found.some(each => each.redirects),
    authentication: strongestMode(found.map(modeOfEntry)) ?? inheritedMode(entries, ofPeer, length),
  };
}

function modeOfEntry({ authentication }: MapEntry): AuthenticationMode | undefined {
  return authentication;
}

/** The mode of the most specific entries with one that hold all flows of an entry (Key.IsSuperSetOf, mapstate.go). */
function inheritedMode(
  entries: readonly MapEntry[],
  ofPeer: boolean,
  length: number,
): AuthenticationMode | undefined {
  const specificity = (other: MapEntry) =>
    other.ofPeer
      ? ofPeer && other.length < length
        ? 3 * ANY_PORT + other.length
        : undefined
      : other.length < length || (ofPeer && other.length === length)
        ? other.length
        : undefined;
  const holding = entries.filter(each => each.authentication !== undefined && specificity(each) !== undefined);
  const most = Math.max(...holding.map(each => specificity(each)!));
  const from = holding.filter(each => specificity(each) === most);
  return from.includes(LOCAL_HOST) ? LOCAL_HOST.authentication : strongestMode(from.map(modeOfEntry));
}

function portRules(
  policy: DirectionPolicy,
  matches: readonly FilterMatch[],
  flow: PeerFlow,
  localHost: boolean,
): Map<string, PortRules> {
  const ports = new Map<string, PortRules>();
  for (const {
    filter,
    policy: { selector, rules, authentication: mode },
  } of matches) {
    const port = ports.get(filter.key) ?? {
      length: prefixLength(policy, filter.port, flow),
      selectors: new Map(),
    };
    ports.set(filter.key, port);
    port.selectors.set(selector.id, { redirects: rules.some(({ l7 }) => l7), authentication: modeOf(mode) });
  }
  if (localHost) {
    for (const { selectors } of ports.values()) {
      if (!selectors.has(HOST.id) && [...selectors.values()].some(({ redirects }) => redirects)) {
        selectors.set(HOST.id, { redirects: false });
      }
    }
  }
  return ports;
}

function mapEntries({ length, selectors }: PortRules): MapEntry[] {
  const wildcard = selectors.get(WILDCARD.id);
  return [...selectors].flatMap(([id, rule]): MapEntry[] => {
    if (id === WILDCARD.id) {
      return [{ ...rule, ofPeer: false, length }];
    }
    // a rule without a port, or on port 0, is never replaced
    if (!wildcard || length <= ANY_PORT) {
      return [{ ...rule, ofPeer: true, length }];
    }
    const differs = rule.authentication !== undefined && rule.authentication !== wildcard.authentication;
    return differs || (rule.redirects && !wildcard.redirects)
      ? [{ ...rule, redirects: rule.redirects || wildcard.redirects, ofPeer: true, length }]
      : [];
  });
}


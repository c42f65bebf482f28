/**
 * The allowing rule that decides in 1.15 and 1.16. There a layer 7 rule on the port does not always beat a plain allow.
 * The datapath takes the most specific entry of its map, and only that entry decides whether Cilium redirects the flow.
 *
 * - A narrower port beats a wider one. On one port an entry for the peer beats one for all peers (bpf/lib/policy.h,
 *   v1.15.19 and v1.16.19).
 * - Rules on one port for a selector are one entry. An entry for all peers on the port replaces the entry of a selector
 *   that it covers (L4Filter.toMapState, pkg/policy/l4.go).
 * - Where the local host is always allowed, layer 7 rules that select it do not redirect it (createL4IngressFilter,
 *   pkg/policy/l4.go).
 * - An explicit authentication mode without a port adds an entry for its peer. Cilium adds it, not redirected, to each
 *   entry for all peers on a port without a mode (authPreferredInsert, pkg/policy/mapstate.go).
 */
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { PortMatch } from './entry';
import { reservedSelector, WILDCARD } from './label-selector';
import { FilterMatch } from './matching';
import { selects } from './selector';

/** An entry of the datapath's map. */
interface MapEntry {
  readonly redirects: boolean;
  readonly authentication?: string;
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

/** Whether Cilium redirects a flow. All filters of `matches` match the flow and allow it. */
export function redirectsMostSpecifically(
  { direction, settings }: DirectionPolicy,
  matches: readonly FilterMatch[],
  flow: PeerFlow,
): boolean {
  const localHost = direction === 'ingress' && settings.allowLocalhost === 'always' && selects(HOST, flow.peer);
  const entries = [...portRules(matches, flow, localHost).values()].flatMap(mapEntries);
  if (localHost) {
    entries.push({ ofPeer: true, length: 0, redirects: false, authentication: 'disabled' });
  }
  const authenticated = entries.some(each => each.ofPeer && each.length === 0 && each.authentication !== undefined);
  if (authenticated) {
    entries.push(
      ...entries
        .filter(each => !each.ofPeer && each.length > 0 && each.authentication === undefined)
        .map(each => ({ ...each, ofPeer: true, redirects: false })),
    );
  }
  const longest = Math.max(...entries.map(each => each.length));
  const longestEntries = entries.filter(each => each.length === longest);
  const ofPeer = longestEntries.filter(each => each.ofPeer);
  return (ofPeer.length > 0 ? ofPeer : longestEntries).some(each => each.redirects);
}

function portRules(matches: readonly FilterMatch[], flow: PeerFlow, localHost: boolean): Map<string, PortRules> {
  const ports = new Map<string, PortRules>();
  for (const {
    filter,
    policy: { selector, rules, authentication },
  } of matches) {
    const port = ports.get(filter.key) ?? {
      length: filter.port ? prefixLength(filter.port, flow.port) : 0,
      selectors: new Map(),
    };
    ports.set(filter.key, port);
    port.selectors.set(selector.id, { redirects: rules.some(({ l7 }) => l7), authentication });
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
    if (!wildcard || length <= PROTOCOL_BITS) {
      return [{ ...rule, ofPeer: true, length }];
    }
    const differs = rule.authentication !== undefined && rule.authentication !== wildcard.authentication;
    return differs || (rule.redirects && !wildcard.redirects)
      ? [{ ...rule, redirects: rule.redirects || wildcard.redirects, ofPeer: true, length }]
      : [];
  });
}

const PROTOCOL_BITS = 8;
const PORT_BITS = 16;

/**
 * Cilium splits a range into blocks with common leading bits (PortRangeToMaskedPorts, pkg/policy/portrange.go,
 * v1.16.19).
 */
function prefixLength({ name, number, endPort }: PortMatch, port: number): number {
  if (name === undefined && number === 0) {
    return PROTOCOL_BITS;
  }
  const [first, last] = name === undefined ? [number, Math.max(number, endPort)] : [port, port];
  let bits = 0;
  while (bits < PORT_BITS) {
    const size = 2 ** (bits + 1);
    const start = port - (port % size);
    if (start < first || start + size - 1 > last) {
      break;
    }
    bits++;
  }
  return PROTOCOL_BITS + PORT_BITS - bits;
}

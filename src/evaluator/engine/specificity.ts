/**
 * Which allowing rule decides in 1.15 and 1.16, where not every layer 7 rule on the port beats a plain allow: the datapath takes the most
 * specific entry of its map, and that alone says whether the flow is redirected.
 *
 * - More of the port beats less of it; on one port an entry for the peer beats one for everybody (bpf/lib/policy.h, v1.15.19 and v1.16.19).
 * - Rules on one port for a selector are one; behind an entry for everybody on the port that covers it, one for a selector is left out
 *   (L4Filter.toMapState, pkg/policy/l4.go).
 * - Where the local host is always let in, layer 7 rules that select it do not redirect it (createL4IngressFilter, pkg/policy/l4.go).
 * - An explicit authentication mode without a port makes an entry for its peer, not redirected, beside each for everybody on a port that has
 *   none (authPreferredInsert, pkg/policy/mapstate.go).
 */
import { DirectionPolicy, PeerFlow } from './direction-policy';
import { PortMatch } from './entry';
import { FilterMatch } from './matching';
import { reservedSelector, selects, WILDCARD } from './selector';

/** An entry of the datapath's map. */
interface MapEntry {
  readonly redirects: boolean;
  readonly authentication?: string;
  readonly ofPeer: boolean;
  /** Bits of protocol and port that a packet must share. */
  readonly length: number;
}

/** Rules on one port, by the ids of selectors. */
interface PortRules {
  readonly length: number;
  readonly selectors: Map<string, Pick<MapEntry, 'redirects' | 'authentication'>>;
}

const HOST = reservedSelector('host');

/** Whether a flow is redirected that the filters of `matches` allow, all of which are about it. */
export function redirectsMostSpecifically({ direction, settings }: DirectionPolicy, matches: readonly FilterMatch[], flow: PeerFlow): boolean {
  const localHost = direction === 'ingress' && settings.allowLocalhost === 'always' && selects(HOST, flow.peer);
  const entries = [...portRules(matches, flow, localHost).values()].flatMap(mapEntries);
  if (localHost) {
    entries.push({ ofPeer: true, length: 0, redirects: false, authentication: 'disabled' });
  }
  const authenticated = entries.some(each => each.ofPeer && each.length === 0 && each.authentication !== undefined);
  if (authenticated) {
    entries.push(...entries.filter(each => !each.ofPeer && each.length > 0 && each.authentication === undefined).map(each => ({ ...each, ofPeer: true, redirects: false })));
  }
  const longest = Math.max(...entries.map(each => each.length));
  const found = entries.filter(each => each.length === longest);
  const ofPeer = found.filter(each => each.ofPeer);
  return (ofPeer.length > 0 ? ofPeer : found).some(each => each.redirects);
}

function portRules(matches: readonly FilterMatch[], flow: PeerFlow, localHost: boolean): Map<string, PortRules> {
  const ports = new Map<string, PortRules>();
  for (const { filter, policy: { selector, rules, authentication } } of matches) {
    const port = ports.get(filter.key) ?? { length: filter.port ? prefixLength(filter.port, flow.port) : 0, selectors: new Map() };
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
  const everybody = selectors.get(WILDCARD.id);
  return [...selectors].flatMap(([id, rule]): MapEntry[] => {
    if (id === WILDCARD.id) {
      return [{ ...rule, ofPeer: false, length }];
    }
    // a rule without port, or on port 0, is never left out
    if (!everybody || length <= PROTOCOL_BITS) {
      return [{ ...rule, ofPeer: true, length }];
    }
    const differs = rule.authentication !== undefined && rule.authentication !== everybody.authentication;
    return differs || (rule.redirects && !everybody.redirects) ? [{ ...rule, redirects: rule.redirects || everybody.redirects, ofPeer: true, length }] : [];
  });
}

const PROTOCOL_BITS = 8;
const PORT_BITS = 16;

/** A range is split into blocks of which each shares its leading bits (PortRangeToMaskedPorts, pkg/policy/portrange.go, v1.16.19). */
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

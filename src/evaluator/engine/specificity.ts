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
import { PolicyEntry, PortMatch } from './entry';
import { DirectedFlow, matchingPorts, portKey } from './matching';
import { PeerSelector, reservedSelector, selects, WILDCARD } from './selector';
import { PolicySettings } from './settings';

interface SelectorRule {
  readonly redirects: boolean;
  readonly authentication?: string;
}

/** Rules on one port, by the ids of selectors. */
interface PortFilter {
  /** Bits of protocol and port that a packet must share. */
  readonly length: number;
  readonly rules: Map<string, SelectorRule>;
}

/** An entry of the datapath's map. */
interface MapEntry extends SelectorRule {
  readonly ofPeer: boolean;
  readonly length: number;
}

const HOST = reservedSelector('host').id;

/** Whether a flow that some entries allow, all of which match it, is redirected. */
export function redirectsMostSpecifically(allowing: readonly PolicyEntry[], flow: DirectedFlow, settings: PolicySettings): boolean {
  const localHost = flow.direction === 'ingress' && settings.allowLocalhost === 'always' && selects(reservedSelector('host'), flow.peer);
  const entries = [...filtersOf(allowing, flow, localHost).values()].flatMap(mapEntries);
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

function filtersOf(allowing: readonly PolicyEntry[], flow: DirectedFlow, localHost: boolean): Map<string, PortFilter> {
  const filters = new Map<string, PortFilter>();
  for (const entry of allowing) {
    for (const match of entry.hasPorts ? matchingPorts(entry, flow) : [undefined]) {
      const key = match ? portKey(match) : '*';
      const filter = filters.get(key) ?? { length: match ? prefixLength(match, flow.port) : 0, rules: new Map() };
      filters.set(key, filter);
      const rule = { redirects: match?.l7 !== undefined, authentication: entry.authentication };
      const ids = selectorIds(entry, flow);
      ids.forEach(id => merge(filter.rules, id, rule));
      if (localHost && rule.redirects && !ids.includes(HOST)) {
        merge(filter.rules, HOST, { redirects: false });
      }
    }
  }
  return filters;
}

function selectorIds(entry: PolicyEntry, { peer }: DirectedFlow): string[] {
  const peers = entry.peers as readonly PeerSelector[];
  return peers.length === 0 || peers.some(({ id }) => id === WILDCARD.id) ? [WILDCARD.id] : peers.filter(selector => selects(selector, peer)).map(({ id }) => id);
}

function merge(rules: Map<string, SelectorRule>, id: string, rule: SelectorRule): void {
  const found = rules.get(id);
  rules.set(id, { redirects: rule.redirects || (found?.redirects ?? false), authentication: found?.authentication ?? rule.authentication });
}

function mapEntries({ length, rules }: PortFilter): MapEntry[] {
  const everybody = rules.get(WILDCARD.id);
  return [...rules].flatMap(([id, rule]): MapEntry[] => {
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

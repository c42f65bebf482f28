import { BitSet } from './bit-set';
import { ClusterRules } from './cluster-rules';
import { IdentityIndex } from './identity-index';
import { peerSeenBy } from './learned-names';
import { allPorts, PortRange, rangesBetween } from './port-range';
import { RequestRules, requestsOf } from './requests';
import { Row } from './row';
import { DirectionPolicy } from '../engine/direction-policy';
import { Direction, FlowProtocol, PortMatch } from '../engine/entry';
import { L4Filter } from '../engine/l4-filter';
import { reservedSelector, WILDCARD } from '../engine/label-selector';
import { holdsNumber } from '../engine/matching';
import { proxyRules } from '../engine/proxy-filters';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** The verdicts of a class in one direction on some ports. */
export interface PortRow {
  /** The ports, sorted. */
  readonly ranges: readonly PortRange[];
  readonly row: Row;
  /** What the proxy lets through, for those of the redirected peers of which it does not let everything through. */
  readonly requests: readonly RequestPeers[];
}

/** Peers of which a proxy lets the same requests through. */
export interface RequestPeers {
  readonly peers: BitSet;
  readonly rules: RequestRules;
}

const HOST = reservedSelector('host');

/** Finds the ports that the policies of a cluster distinguish. */
export class PortRows {
  constructor(
    private readonly mesh: EvaluatedMesh,
    private readonly cluster: EvaluatedCluster,
    private readonly index: IdentityIndex,
    private readonly rules: ClusterRules,
    private readonly protocols: readonly FlowProtocol[],
  ) {}

  /** The verdicts of a class on all ports: ports that the same filters hold have one row. */
  public of(number: number, direction: Direction): PortRow[] {
    const uniform = this.rules.uniformRow(number);
    if (uniform) {
      return [{ ranges: this.protocols.map(allPorts), row: uniform, requests: [] }];
    }
    const policy = this.rules.policy(number, direction);
    const filters = policy.levels.flatMap(level => level.filters).filter(({ port }) => port !== undefined);
    const byFilters = new Map<string, PortRange[]>();
    for (const protocol of this.protocols) {
      const own = filters.filter(({ port }) => port!.protocol === protocol);
      const breakpoints = own.flatMap(filter => this.breakpoints(policy, filter));
      for (const range of rangesBetween(protocol, breakpoints)) {
        const holding = own.map(filter => this.holdingKey(policy, filter, range.first)).join('');
        const key = holding === '' ? '' : `${protocol} ${holding}`;
        const known = byFilters.get(key) ?? [];
        byFilters.set(key, known);
        known.push(range);
      }
    }
    const onlyPorts = filters.length === policy.levels.reduce((sum, level) => sum + level.filters.length, 0);
    return [...byFilters].map(([key, ranges]) => {
      const rest = key === '' && onlyPorts ? this.rules.restRow(policy) : undefined;
      if (rest) {
        return { ranges, row: rest, requests: [] };
      }
      const port = { protocol: ranges[0].protocol, port: ranges[0].first };
      const row = this.rules.rowOf(number, policy, port);
      return { ranges, row, requests: this.requestsOf(policy, row, port) };
    });
  }

  /** Where the ports of a filter begin, and the numbers behind their ends. */
  private breakpoints(policy: DirectionPolicy, { port }: L4Filter): number[] {
    if (port!.name === undefined) {
      return port!.number === 0 ? [] : [port!.number, Math.max(port!.number, port!.endPort) + 1];
    }
    return this.namedRanges(policy, port!).flatMap(([first, last]) => [first, last + 1]);
  }

  /** Equal for ports that a filter holds alike; empty for ports that it does not hold. */
  private holdingKey(policy: DirectionPolicy, filter: L4Filter, number: number): string {
    const { port, key, tier } = filter;
    if (port!.name === undefined) {
      return holdsNumber(port!, number) ? `${tier} ${key};` : '';
    }
    const range = this.namedRanges(policy, port!).find(([first, last]) => first <= number && number <= last);
    return range ? `${tier} ${key} ${range[0]};` : '';
  }

  /** The first and last ports that a named port may be. */
  private namedRanges({ direction, settings, subject }: DirectionPolicy, port: PortMatch): Array<[number, number]> {
    const key = `${port.name}/${port.protocol}`;
    if (direction === 'egress' && settings.traits.egressNamedPortsByPeer) {
      return [...this.index.numbersOf(key)].map(number => [number, number]);
    }
    const first = direction === 'egress' ? subject.knownPorts?.get(key) : subject.namedPorts.get(key);
    return first === undefined ? [] : [[first, Math.max(first, port.endPort)]];
  }

  /** What the proxy lets through of each redirected peer. Peers that the same selectors select are asked once. */
  private requestsOf(
    policy: DirectionPolicy,
    row: Row,
    port: { readonly protocol: FlowProtocol; readonly port: number },
  ): RequestPeers[] {
    const redirected = row.redirectedPeers;
    if (!redirected) {
      return [];
    }
    const filterPeers = this.rules.filterPeers(policy);
    let cells = split([redirected], this.index.seenBy(this.cluster, policy.direction).selecting(HOST));
    for (const filter of policy.levels.flatMap(level => level.filters)) {
      const holds = filterPeers.holding(filter, port);
      for (const { selector } of holds ? filter.selectors.values() : []) {
        cells = split(cells, holds!(selector));
        cells = selector.id === WILDCARD.id ? cells : split(cells, filterPeers.selectingThemselves(selector));
      }
    }
    const byRules = new Map<string, RequestPeers>();
    for (const peers of cells) {
      const endpoint = this.index.classes[peers.first()!].endpoint!;
      const peer = peerSeenBy(policy, endpoint, this.cluster, this.mesh);
      const rules = requestsOf(proxyRules(policy, { peer, ...port }));
      if (rules) {
        const known = byRules.get(rules.key);
        byRules.set(rules.key, known ? { rules, peers: known.peers.copy().or(peers) } : { rules, peers });
      }
    }
    return [...byRules.values()];
  }
}

/** Splits sets into what is in another set and what is not. */
function split(cells: readonly BitSet[], by: BitSet): BitSet[] {
  return cells.flatMap(cell => [cell.copy().and(by), cell.copy().andNot(by)].filter(part => !part.isEmpty));
}

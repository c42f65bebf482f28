import { BitSet } from './bit-set';
import { ClusterRules } from './cluster-rules';
import { IdentityIndex } from './identity-index';
import { peerSeenBy } from './learned-names';
import { allPorts, PortRange, rangesBetween } from './port-range';
import { RequestRules, requestsOf } from './requests';
import { Row } from './row';
import { DirectionPolicy } from '../engine/direction-policy';
import { Direction, FlowProtocol, PortMatch } from '../engine/entry';
import { L4Filter, PrecedenceLevel } from '../engine/l4-filter';
import { reservedSelector, WILDCARD } from '../engine/label-selector';
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
    const filters = policy.levels.flatMap(level => level.filters);
    const withPorts = filters.filter(({ port }) => port !== undefined);
    const byFilters = new Map<string, { ranges: PortRange[]; holding: readonly HeldRange[] }>();
    for (const protocol of this.protocols) {
      const held = new HeldRanges(
        withPorts
          .filter(({ port }) => port!.protocol === protocol)
          .flatMap(filter => this.heldRanges(policy, filter)),
      );
      for (const range of rangesBetween(protocol, held.breakpoints)) {
        const holding = held.holding(range.first);
        const key = holding.length === 0 ? '' : `${protocol} ${holding.map(each => each.key).sort().join(';')}`;
        const known = byFilters.get(key) ?? { ranges: [], holding };
        byFilters.set(key, known);
        known.ranges.push(range);
      }
    }
    const levelsOf = levelFilters(policy);
    return [...byFilters].map(([key, { ranges, holding }]) => {
      const rest = key === '' && withPorts.length === filters.length ? this.rules.restRow(policy) : undefined;
      if (rest) {
        return { ranges, row: rest, requests: [] };
      }
      const port = { protocol: ranges[0].protocol, port: ranges[0].first };
      const levels = levelsOf(holding.map(({ filter }) => filter));
      const row = this.rules.rowOf(number, policy, port, levels);
      return { ranges, row, requests: this.requestsOf(policy, row, port, levels) };
    });
  }

  /** The ports that a filter holds. Ports that it holds alike have one key. */
  private heldRanges(policy: DirectionPolicy, filter: L4Filter): HeldRange[] {
    const { port, key, tier } = filter;
    if (port!.name !== undefined) {
      return this.namedRanges(policy, port!).map(([first, last]) => ({
        filter,
        first,
        last,
        key: `${tier} ${key} ${first}`,
      }));
    }
    const [first, last] =
      port!.number === 0 ? [0, Infinity] : [port!.number, Math.max(port!.number, port!.endPort)];
    return [{ filter, first, last, key: `${tier} ${key}` }];
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
    levels: readonly PrecedenceLevel[],
  ): RequestPeers[] {
    const redirected = row.redirectedPeers;
    if (!redirected) {
      return [];
    }
    const filterPeers = this.rules.filterPeers(policy);
    let cells = split([redirected], this.index.seenBy(this.cluster, policy.direction).selecting(HOST));
    for (const filter of levels.flatMap(level => level.filters)) {
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

/** Ports that a filter holds. */
interface HeldRange {
  readonly filter: L4Filter;
  readonly first: number;
  readonly last: number;
  readonly key: string;
}

/** Finds the ranges that hold a port, for all breakpoints in ascending order. */
class HeldRanges {
  /** Sorted by their first port, the last one first. */
  private readonly ahead: HeldRange[];
  private current: readonly HeldRange[] = [];

  constructor(ranges: readonly HeldRange[]) {
    this.ahead = [...ranges].sort((one, other) => other.first - one.first);
  }

  /** Where ranges begin, and the ports behind their ends. */
  public get breakpoints(): number[] {
    return this.ahead.flatMap(({ first, last }) => [first, last + 1]);
  }

  /** The ranges that hold a port. */
  public holding(port: number): readonly HeldRange[] {
    const holding = this.current.filter(({ last }) => port <= last);
    while (this.ahead.length > 0 && this.ahead.at(-1)!.first <= port) {
      holding.push(this.ahead.pop()!);
    }
    this.current = holding;
    return holding;
  }
}

/** Reduces the levels of a policy to its filters of all ports and some others. They keep their order. */
function levelFilters({ levels }: DirectionPolicy): (holding: readonly L4Filter[]) => PrecedenceLevel[] {
  const places = new Map(
    levels.flatMap(({ filters }, level) => filters.map((filter, place) => [filter, { level, place }] as const)),
  );
  const ofAllPorts = levels.map(({ filters }) => filters.filter(({ port }) => port === undefined));
  return holding => {
    const kept = ofAllPorts.map(filters => [...filters]);
    new Set(holding).forEach(filter => kept[places.get(filter)!.level].push(filter));
    return levels.map((level, index) => ({
      ...level,
      filters: kept[index].sort((one, other) => places.get(one)!.place - places.get(other)!.place),
    }));
  };
}

/** Splits sets into what is in another set and what is not. */
function split(cells: readonly BitSet[], by: BitSet): BitSet[] {
  return cells.flatMap(cell => [cell.copy().and(by), cell.copy().andNot(by)].filter(part => !part.isEmpty));
}

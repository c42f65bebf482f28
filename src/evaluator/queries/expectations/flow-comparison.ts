import { ClaimedConnections } from './claimed-connections';
import { Claim, ClaimedPorts } from './claims';
import { differenceOf, requestDifference } from './difference';
import { ExpectedEndpoint, ExpectedEndpoints, identityOf, isOnSameNode } from './endpoints';
import { ExpectedFlow } from './expectations';
import { commonRange, withoutRanges } from './port-ranges';
import { Verdicts } from './verdicts';
import { ConnectionsId } from '../../flows/connections';
import { Placement } from '../../flows/endpoint';
import { namesBeside, placesIn } from '../../flows/places';
import { formatRange, PortRange } from '../../flows/port-range';

/** Flows between two endpoints that are not as an entry expects. */
export interface DifferentFlow {
  readonly entry: ExpectedFlow;
  readonly source: ExpectedEndpoint;
  readonly destination: ExpectedEndpoint;
  /** The ports, and the request. */
  readonly flow: string;
  readonly difference: string;
}

/** Endpoints of one class that the same claims are about. */
interface Cell {
  readonly members: ExpectedEndpoint[];
  /** The places of claims, sorted. */
  readonly claims: readonly number[];
  readonly claimSet: ReadonlySet<number>;
}

/** Ports that a claim decides. */
export interface DecidedRanges {
  readonly claim: Claim;
  readonly ranges: readonly PortRange[];
}

/** What claims on the same flows decide, and the connections that are known to be as they say. */
interface Decisions {
  readonly decided: readonly DecidedRanges[];
  readonly kept: Map<ConnectionsId, boolean>;
}

/** Compares all flows that claims are about with the verdicts of a mesh. The last claim on a flow counts. */
export class FlowComparison {
  public readonly unmet: DifferentFlow[] = [];
  /** The entries that decide a flow. */
  public readonly used = new Set<ExpectedFlow>();
  /** The flows between workloads on declared ports that no claim is about, and that the default is compared with. */
  public readonly unclaimed: UnclaimedFlow[] = [];
  private readonly verdicts: Verdicts;
  private readonly connections: ClaimedConnections;
  private readonly known = new Map<string, Decisions>();

  constructor(
    private readonly endpoints: ExpectedEndpoints,
    private readonly ports: ClaimedPorts,
    private readonly claims: readonly Claim[],
    private readonly rest: 'allowed' | 'denied' | undefined,
  ) {
    this.verdicts = new Verdicts(endpoints.space);
    this.connections = new ClaimedConnections(endpoints.space);
    const destinations = this.cells('to');
    for (const source of this.cells('from')) {
      for (const destination of destinations) {
        this.compareCells(source, destination);
      }
    }
  }

  private cells(side: 'from' | 'to'): Cell[] {
    const claimsOf = new Map<ExpectedEndpoint, number[]>();
    this.claims.forEach((claim, place) => new Set(claim[side]).forEach(each => append(claimsOf, each, place)));
    const cells = new Map<string, Cell>();
    for (const each of this.endpoints.all) {
      const claims = claimsOf.get(this.claimed(each)) ?? [];
      if (claims.length > 0 || (this.rest !== undefined && each.endpoint.kind === 'workload')) {
        const ports = side === 'to' && each.endpoint.kind === 'workload' ? this.ports.ofDestination(each) : [];
        const node = each.endpoint.kind === 'workload' ? (each.endpoint.workload.node ?? '') : '';
        const key = `${each.number} ${node} ${claims.join()} ${ports.map(formatRange).join()}`;
        const cell = cells.get(key) ?? { members: [], claims, claimSet: new Set(claims) };
        cells.set(key, cell);
        cell.members.push(each);
      }
    }
    return [...cells.values()];
  }

  /** The endpoint that claims name: pods with host network wherever they run. */
  private claimed(each: ExpectedEndpoint): ExpectedEndpoint {
    return each.endpoint.kind === 'workload' ? this.endpoints.ofWorkload(each.endpoint.workload) : each;
  }

  private compareCells(source: Cell, destination: Cell): void {
    const [from, to] = [source.members[0], destination.members[0]];
    if (!this.endpoints.isInside(from) && !this.endpoints.isInside(to)) {
      return;
    }
    const place = this.placeOf(from, to);
    if (place === 'impossible') {
      return;
    }
    const withinCluster = this.endpoints.clusterOf(from) === this.endpoints.clusterOf(to);
    const isShorter = source.claims.length < destination.claims.length;
    const [fewer, more] = isShorter ? [source, destination] : [destination, source];
    const places = fewer.claims.filter(
      each =>
        more.claimSet.has(each) &&
        (withinCluster || !this.claims[each].withinCluster) &&
        [undefined, place].includes(this.claims[each].entry.placement),
    );
    const hasDefault = this.rest !== undefined && from.endpoint.kind === 'workload' && to.endpoint.kind === 'workload';
    if (places.length === 0 && !hasDefault) {
      return;
    }
    const toOthers = places.filter(each => this.claims[each].toItself !== 'only');
    const first = firstPair(source, destination);
    if (first) {
      this.compare(first, () => pairsOf(source, destination), toOthers, hasDefault);
    }
    // a pod is on its own node
    const itself = isOnSameNode(from) ? [] : pairsWithin(source, destination);
    if (itself.length > 0) {
      const own = places.filter(each => this.claims[each].toItself !== 'none');
      this.compare(itself[0], () => itself, own, false);
    }
  }

  /**
   * Where the pods of two cells are, if it may matter: only flows between pods of one cluster depend on it, and both
   * ends are at the same place. Beside a node, pods with host network are on it or on another one.
   */
  private placeOf(from: ExpectedEndpoint, to: ExpectedEndpoint): Placement | 'impossible' | undefined {
    const ends = [from, to];
    const [node] = ends.flatMap(({ endpoint }) =>
      endpoint.kind === 'node' ? [{ ...endpoint, placement: endpoint.placement ?? 'other-node' }] : [],
    );
    const pods = ends.find(({ endpoint }) => endpoint.kind === 'workload' && endpoint.workload.hostNetwork);
    if (node && pods && node.cluster === this.endpoints.clusterOf(pods)) {
      const isThere = isOnSameNode(pods) === (node.placement === 'same-node');
      return isThere && (!pods.nodes || namesBeside(pods.nodes, node).length > 0) ? undefined : 'impossible';
    }
    const areOfOneCluster =
      ends.every(({ endpoint }) => endpoint.kind === 'workload') &&
      this.endpoints.clusterOf(from) === this.endpoints.clusterOf(to);
    const hasFar = ends.some(
      each => each.endpoint.kind === 'workload' && each.endpoint.workload.hostNetwork && !isOnSameNode(each),
    );
    const placement = ends.some(isOnSameNode) ? 'same-node' : areOfOneCluster && hasFar ? 'other-node' : undefined;
    const isPossible =
      (placement !== 'same-node' || (areOfOneCluster && !hasFar)) &&
      placesIn(this.endpoints.mesh).canBe(placement, [from.endpoint, from.nodes], [to.endpoint, to.nodes]);
    return isPossible ? placement : 'impossible';
  }

  /** Compares the flows of pairs with equal claims and verdicts. */
  private compare(
    first: readonly [ExpectedEndpoint, ExpectedEndpoint],
    pairs: () => ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]>,
    places: readonly number[],
    hasDefault: boolean,
  ): void {
    const decisions = this.decisions(places, first[1]);
    decisions.decided.forEach(({ claim }) => claim.compared && this.used.add(claim.entry));
    if (!this.isKept(decisions, first)) {
      this.addUnmet(decisions, first, pairs());
    }
    if (hasDefault) {
      this.compareDefault(pairs(), places.map(place => this.claims[place]));
    }
  }

  private addUnmet(
    { decided }: Decisions,
    first: readonly [ExpectedEndpoint, ExpectedEndpoint],
    pairs: ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]>,
  ): void {
    for (const { claim, ranges } of decided) {
      const texts = claim.compared ? this.differences(first, claim, ranges) : [];
      for (const [source, destination] of texts.length > 0 ? pairs : []) {
        for (const { ports, difference } of texts) {
          const { entry } = claim;
          const request = entry.http === undefined ? '' : ` ${entry.http}`;
          this.unmet.push({ entry, source, destination, flow: `${ports}${request}`, difference });
        }
      }
    }
  }

  /** Whether the connections are as all claims say. Asked once for equal claims and connections. */
  private isKept(
    { decided, kept }: Decisions,
    [source, destination]: readonly [ExpectedEndpoint, ExpectedEndpoint],
  ): boolean {
    if (!decided.every(({ claim }) => !claim.compared || this.connections.decide(claim))) {
      return false;
    }
    const id = this.connections.between(source.number, destination.number);
    const known = kept.get(id) ?? decided.every(each => this.connections.areAsClaimed(id, each));
    kept.set(id, known);
    return known;
  }

  private decisions(places: readonly number[], destination: ExpectedEndpoint): Decisions {
    const claims = places.map(place => this.claims[place]);
    const declared = claims.some(({ ports }) => ports === undefined) ? this.ports.ofDestination(destination) : [];
    const key = `${places.join()} ${declared.map(formatRange).join()}`;
    const known = this.known.get(key) ?? { decided: this.decided(claims, destination), kept: new Map() };
    this.known.set(key, known);
    return known;
  }

  /**
   * The ports that each claim decides: those that no later claim is about. What an entry only implies replaces earlier
   * entries that say the opposite.
   */
  private decided(claims: readonly Claim[], destination: ExpectedEndpoint): DecidedRanges[] {
    const later = new Map<string, Array<{ claim: Claim; ranges: readonly PortRange[] }>>();
    return [...claims].reverse().flatMap((claim): DecidedRanges[] => {
      const taken = later.get(claim.topic) ?? [];
      const ranges = this.ports.of(claim, destination);
      const replaced = taken
        .filter(({ claim: { compared, entry } }) => compared || isOpposite(entry, claim.entry))
        .flatMap(other => other.ranges);
      const rest = ranges.flatMap(range => withoutRanges(range, replaced));
      later.set(claim.topic, [...taken, { claim, ranges }]);
      return rest.length > 0 ? [{ claim, ranges: rest }] : [];
    });
  }

  /** How the verdicts differ, for each single port that the entry names, and for its ranges together. */
  private differences(
    [source, destination]: readonly [ExpectedEndpoint, ExpectedEndpoint],
    { entry, topic }: Claim,
    ranges: readonly PortRange[],
  ): Array<{ readonly ports: string; readonly difference: string }> {
    const single: Array<{ ports: string; difference: string }> = [];
    const folded = new Map<string, string[]>();
    for (const range of ranges) {
      for (const verdict of this.verdicts.on(source, destination, range, entry.request)) {
        const difference = topic === 'requests' ? requestDifference(entry, verdict) : differenceOf(entry, verdict);
        if (difference !== undefined && range.first === range.last) {
          single.push({ ports: formatRange(range), difference });
        } else if (difference !== undefined) {
          folded.set(difference, [...(folded.get(difference) ?? []), formatRange(verdict)]);
        }
      }
    }
    return [...single, ...[...folded].map(([difference, texts]) => ({ ports: texts.join(', '), difference }))];
  }

  private compareDefault(
    pairs: ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]>,
    claims: readonly Claim[],
  ): void {
    const [source, destination] = pairs[0];
    const claimed = claims.filter(({ topic }) => topic === 'verdict').flatMap(claim => this.ports.of(claim, destination));
    const ports = this.ports
      .ofDestination(destination)
      .filter(range => !claimed.some(other => commonRange(range, other)));
    for (const range of ports) {
      const [{ verdict }] = this.verdicts.on(source, destination, range, undefined);
      if (verdict !== this.rest) {
        pairs.forEach(([from, to]) => this.unclaimed.push({ source: from, destination: to, range, verdict }));
      }
    }
  }
}

/** The first pair of two endpoints. */
function firstPair(source: Cell, destination: Cell): readonly [ExpectedEndpoint, ExpectedEndpoint] | undefined {
  const [one] = source.members;
  const other = destination.members.find(each => !isSame(one, each));
  if (other) {
    return [one, other];
  }
  return source.members.length > 1 ? [source.members[1], destination.members[0]] : undefined;
}

function pairsOf(source: Cell, destination: Cell): ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]> {
  return source.members.flatMap(one =>
    destination.members.flatMap(other => (isSame(one, other) ? [] : [[one, other] as const])),
  );
}

/** The pairs of endpoints that are the same, at places of their own. */
function pairsWithin(source: Cell, destination: Cell): ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]> {
  const [from, to] = [source.members[0], destination.members[0]];
  if (from.number !== to.number && !(from.nodes && to.nodes)) {
    return [];
  }
  const others = new Map(destination.members.map(each => [identityOf(each), each]));
  return source.members.flatMap(one => {
    const other = others.get(identityOf(one));
    return other ? [[one, other] as const] : [];
  });
}

function isSame(one: ExpectedEndpoint, other: ExpectedEndpoint): boolean {
  return identityOf(one) === identityOf(other);
}

function isOpposite(one: ExpectedFlow, other: ExpectedFlow): boolean {
  return one.verdict !== undefined && other.verdict !== undefined && one.verdict !== other.verdict;
}

function append<Key>(lists: Map<Key, number[]>, key: Key, value: number): void {
  const known = lists.get(key);
  if (known) {
    known.push(value);
  } else {
    lists.set(key, [value]);
  }
}

/** A flow that only the default is about. */
export interface UnclaimedFlow {
  readonly source: ExpectedEndpoint;
  readonly destination: ExpectedEndpoint;
  readonly range: PortRange;
  readonly verdict: string;
}

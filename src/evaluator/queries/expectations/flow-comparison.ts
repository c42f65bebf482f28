import { Claim, ClaimedPorts } from './claims';
import { differenceOf } from './difference';
import { ExpectedEndpoint, ExpectedEndpoints } from './endpoints';
import { ExpectedFlow } from './expectations';
import { commonRange, withoutRanges } from './port-ranges';
import { Verdicts } from './verdicts';
import { formatRange, PortRange } from '../../flows/port-range';

/** Flows that are not as an entry expects. */
export interface UnmetFlow {
  readonly entry: ExpectedFlow;
  readonly source: ExpectedEndpoint;
  readonly destination?: ExpectedEndpoint;
  readonly message: string;
}

/** Endpoints of one class that the same claims are about. */
interface Cell {
  readonly members: ExpectedEndpoint[];
  /** The places of claims, sorted. */
  readonly claims: readonly number[];
}

/** Ports that a claim decides. */
interface DecidedRanges {
  readonly claim: Claim;
  readonly ranges: readonly PortRange[];
}

/** Compares all flows that claims are about with the verdicts of a mesh. The last claim on a flow counts. */
export class FlowComparison {
  public readonly unmet: UnmetFlow[] = [];
  /** The entries that decide a flow. */
  public readonly used = new Set<ExpectedFlow>();
  /** The flows between workloads on declared ports that no claim is about, and that the default is compared with. */
  public readonly unclaimed: UnclaimedFlow[] = [];
  private readonly verdicts: Verdicts;

  constructor(
    private readonly endpoints: ExpectedEndpoints,
    private readonly ports: ClaimedPorts,
    private readonly claims: readonly Claim[],
    private readonly rest: 'allowed' | 'denied' | undefined,
  ) {
    this.verdicts = new Verdicts(endpoints.space);
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
      const claims = claimsOf.get(each) ?? [];
      if (claims.length > 0 || (this.rest !== undefined && each.endpoint.kind === 'workload')) {
        const ports = side === 'to' && each.endpoint.kind === 'workload' ? this.ports.ofDestination(each) : [];
        const key = `${each.number} ${claims.join()} ${ports.map(formatRange).join()}`;
        const cell = cells.get(key) ?? { members: [], claims };
        cells.set(key, cell);
        cell.members.push(each);
      }
    }
    return [...cells.values()];
  }

  private compareCells(source: Cell, destination: Cell): void {
    const [from, to] = [source.members[0], destination.members[0]];
    if (!this.endpoints.isInside(from) && !this.endpoints.isInside(to)) {
      return;
    }
    const withinCluster = this.endpoints.clusterOf(from) === this.endpoints.clusterOf(to);
    const others = new Set(destination.claims);
    const claims = source.claims
      .filter(place => others.has(place))
      .map(place => this.claims[place])
      .filter(claim => withinCluster || !claim.withinCluster);
    const hasDefault = this.rest !== undefined && from.endpoint.kind === 'workload' && to.endpoint.kind === 'workload';
    if (claims.length === 0 && !hasDefault) {
      return;
    }
    const members = new Set(destination.members);
    const itself = source.members.filter(each => members.has(each));
    const pairs = source.members.flatMap(one =>
      destination.members.flatMap(other => (one === other ? [] : [[one, other] as const])),
    );
    this.compare(
      pairs,
      claims.filter(({ toItself }) => toItself !== 'only'),
      hasDefault,
    );
    this.compare(
      itself.map(each => [each, each] as const),
      claims.filter(({ toItself }) => toItself !== 'none'),
      false,
    );
  }

  /** Compares the flows of pairs with equal claims and verdicts. */
  private compare(
    pairs: ReadonlyArray<readonly [ExpectedEndpoint, ExpectedEndpoint]>,
    claims: readonly Claim[],
    hasDefault: boolean,
  ): void {
    const [first] = pairs;
    if (!first) {
      return;
    }
    for (const { claim, ranges } of this.decided(claims, first[1])) {
      if (!claim.compared) {
        continue;
      }
      this.used.add(claim.entry);
      const texts = this.differences(first, claim, ranges);
      for (const [source, destination] of texts.length > 0 ? pairs : []) {
        for (const { ports, difference } of texts) {
          const name = `${source.name} -> ${destination.name} ${ports}`;
          this.unmet.push({
            entry: claim.entry,
            source,
            destination,
            message: `${claim.entry.http === undefined ? name : `${name} ${claim.entry.http}`}: ${difference}`,
          });
        }
      }
    }
    if (hasDefault) {
      this.compareDefault(pairs, claims);
    }
  }

  /**
   * The ports that each claim decides: those that no later claim is about. What an entry only implies replaces earlier
   * entries that say the opposite.
   */
  private decided(claims: readonly Claim[], destination: ExpectedEndpoint): DecidedRanges[] {
    const later = new Map<string, Array<{ claim: Claim; ranges: readonly PortRange[] }>>();
    return [...claims].reverse().flatMap((claim): DecidedRanges[] => {
      const kind = claim.ofRequest ? claim.entry.http! : '';
      const taken = later.get(kind) ?? [];
      const ranges = this.ports.of(claim, destination);
      const replaced = taken
        .filter(({ claim: { compared, entry } }) => compared || isOpposite(entry, claim.entry))
        .flatMap(other => other.ranges);
      const rest = ranges.flatMap(range => withoutRanges(range, replaced));
      later.set(kind, [...taken, { claim, ranges }]);
      return rest.length > 0 ? [{ claim, ranges: rest }] : [];
    });
  }

  /** How the verdicts differ, for each single port that the entry names, and for its ranges together. */
  private differences(
    [source, destination]: readonly [ExpectedEndpoint, ExpectedEndpoint],
    { entry }: Claim,
    ranges: readonly PortRange[],
  ): Array<{ readonly ports: string; readonly difference: string }> {
    const single: Array<{ ports: string; difference: string }> = [];
    const folded = new Map<string, string[]>();
    for (const range of ranges) {
      for (const verdict of this.verdicts.on(source, destination, range, entry.request)) {
        const difference = differenceOf(entry, verdict);
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
    const claimed = claims.filter(({ ofRequest }) => !ofRequest).flatMap(claim => this.ports.of(claim, destination));
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

import { BitSet } from './bit-set';
import { EndVerdict, FlowPort, lets } from './flow';
import { IdentityClass, IdentityIndex, PeerIndex } from './identity-index';
import { EvaluatedCluster } from './mesh/cluster';
import { EvaluatedMesh } from './mesh/mesh';
import { Workload } from './mesh/workload';
import { Direction, PolicyEntry, PortMatch, Tier } from './policy/entry';
import { conflict, DirectionVerdict, hasDefaultDeny, namedRangeEnds, precedenceGroups, Subject } from './verdict';

/** Verdicts of one flow between workloads. */
export interface PairVerdict {
  readonly egress: EndVerdict;
  readonly ingress: EndVerdict;
  readonly verdict: 'allowed' | 'denied';
}

/** Number of flows from one cluster to another. */
export interface SummaryRow {
  readonly source: string;
  readonly destination: string;
  readonly flows: number;
  readonly allowed: number;
}

/**
 * The verdicts of all pairs of workloads, as `decideFlow` gives them one by one, but computed for identity classes and sets of them: once for
 * all workloads that the same rules are about, and for all their peers at a time.
 */
export class Reachability {
  public readonly index: IdentityIndex;
  private readonly clusters: ReadonlyMap<string, ClusterRules>;

  constructor(mesh: EvaluatedMesh) {
    this.index = new IdentityIndex(mesh);
    this.clusters = new Map(mesh.clusters.map(cluster => [cluster.name, new ClusterRules(cluster, this.index)]));
  }

  /** The verdicts on one port. */
  public on(port: FlowPort): PortReachability {
    return new PortReachability(this.index, this.clusters, port);
  }
}

/** The verdicts of all pairs of workloads on one port; what is asked for is computed then, and kept. */
export class PortReachability {
  private readonly rows = new Map<string, Row>();
  private lettingInSets?: readonly BitSet[];
  private readonly ofClass: { readonly [direction in Direction]: Array<Row | undefined> } = { ingress: [], egress: [] };

  constructor(private readonly index: IdentityIndex, private readonly clusters: ReadonlyMap<string, ClusterRules>, private readonly port: FlowPort) {}

  public verdict(source: Workload, destination: Workload): PairVerdict {
    const [from, to] = [this.index.classOf(source), this.index.classOf(destination)];
    const egress = this.row(from, 'egress').verdict(to);
    const ingress = this.row(to, 'ingress').verdict(from);
    return { egress, ingress, verdict: lets(egress) && lets(ingress) ? 'allowed' : 'denied' };
  }

  /** Counts the flows between distinct workloads (`all`: also with itself) for each pair of clusters, sorted. */
  public summary(clusterNames: readonly string[], all: boolean = false): SummaryRow[] {
    const { classes } = this.index;
    const numbers = new Map(clusterNames.map((name, number) => [name, number]));
    const clusterOf = Uint32Array.from(classes, each => numbers.get(each.cluster)!);
    const sizes = Float64Array.from(classes, each => each.workloads.length);
    const count = clusterNames.length;
    const allowed = new Float64Array(count * count);
    const letsIn = this.lettingIn();
    for (let from = 0; from < classes.length; from++) {
      const base = clusterOf[from] * count;
      this.row(from, 'egress').letting.copy().and(letsIn[from]).forEach(to => {
        allowed[base + clusterOf[to]] += sizes[from] * (from === to && !all ? sizes[to] - 1 : sizes[to]);
      });
    }
    const workloads = clusterNames.map((_, number) => classes.reduce((sum, each, which) => sum + (clusterOf[which] === number ? each.workloads.length : 0), 0));
    return clusterNames.flatMap((source, from) => clusterNames.map((destination, to) => ({
      source, destination, flows: workloads[from] * (from === to && !all ? workloads[to] - 1 : workloads[to]), allowed: allowed[from * count + to],
    })));
  }

  /** What becomes of the flows of a class with all others, in one direction. */
  public row(number: number, direction: Direction): Row {
    const rows = this.ofClass[direction];
    rows[number] ??= this.findRow(number, direction);
    return rows[number];
  }

  /** For each class, those that let it in. */
  public lettingIn(): readonly BitSet[] {
    if (this.lettingInSets) {
      return this.lettingInSets;
    }
    const { classes } = this.index;
    const sets = classes.map(() => new BitSet(classes.length));
    for (let to = 0; to < classes.length; to++) {
      this.row(to, 'ingress').letting.forEach(from => sets[from].add(to));
    }
    this.lettingInSets = sets;
    return sets;
  }

  /** Classes that the same rules are about have one row; on ingress, if their ports have the same names. */
  private findRow(number: number, direction: Direction): Row {
    const each = this.index.classes[number];
    const rules = this.clusters.get(each.cluster)!;
    const key = `${each.cluster} ${direction} ${rules.groupOf(number, direction)} ${direction === 'ingress' ? [...each.namedPorts].map(String).sort().join() : ''}`;
    const row = this.rows.get(key) ?? rules.row(number, direction, this.port);
    this.rows.set(key, row);
    return row;
  }
}

/** What becomes of the flows of one class with all others, in one direction. */
export class Row {
  public static all(size: number, verdict: EndVerdict): Row {
    return new Row(new BitSet(size), new BitSet(size), new BitSet(size), verdict);
  }

  /** The others whose flows are let through. */
  public readonly letting: BitSet;

  constructor(private readonly denied: BitSet, private readonly redirected: BitSet, private readonly allowed: BitSet, public readonly rest: EndVerdict) {
    this.letting = lets(rest) ? BitSet.full(denied.size).andNot(denied) : redirected.copy().or(allowed);
  }

  public verdict(other: number): EndVerdict {
    return this.denied.has(other) ? 'denied' : this.redirected.has(other) ? 'redirected' : this.allowed.has(other) ? 'allowed' : this.rest;
  }
}

/** The rules of one cluster, and which of its classes each is about. */
class ClusterRules {
  private readonly peers: PeerIndex;
  private readonly applying: { readonly [direction in Direction]: Array<number[] | undefined> } = { ingress: [], egress: [] };
  private readonly failed = new Map<string, boolean>();

  constructor(private readonly cluster: EvaluatedCluster, private readonly index: IdentityIndex) {
    this.peers = index.seenBy(cluster);
    const own = new BitSet(index.size);
    index.classes.forEach((each, number) => each.cluster === cluster.name && !each.hostNetwork && own.add(number));
    cluster.entries.forEach((entry, which) => {
      if (!entry.node) {
        index.meeting(entry.subject).and(own).forEach(number => {
          const list = this.applying[entry.direction];
          (list[number] ??= []).push(which);
        });
      }
    });
  }

  /** Equal for the classes that the same rules are about. */
  public groupOf(number: number, direction: Direction): string {
    const both = (['ingress', 'egress'] as const).map(each => this.applying[each][number]?.join() ?? '');
    return `${this.index.classes[number].hostNetwork} ${this.fails(number) ? both.join('/') : direction === 'ingress' ? both[0] : both[1]}`;
  }

  public row(number: number, direction: Direction, port: FlowPort): Row {
    const { size } = this.index;
    const settings = this.cluster.settings.policy;
    const each = this.index.classes[number];
    if (each.hostNetwork || settings.enforcement === 'never') {
      return Row.all(size, 'unenforced');
    }
    if (this.fails(number)) {
      return Row.all(size, 'failed');
    }
    const applying = this.entries(number, direction);
    const subject: Subject = each;
    const rest: DirectionVerdict = hasDefaultDeny(subject, applying, settings) ? 'default-denied' : applying.length > 0 ? 'allowed' : 'unenforced';
    return applying.length === 0 ? Row.all(size, rest) : this.decide(each, direction, port, applying, rest);
  }

  /** The same as `decide` in verdict.ts, for all peers at once: what a group decides is taken from what is undecided. */
  private decide(subject: IdentityClass, direction: Direction, port: FlowPort, applying: readonly PolicyEntry[], rest: DirectionVerdict): Row {
    const { size } = this.index;
    const ends = namedRangeEnds(applying, direction);
    const [denied, redirected, allowed] = [new BitSet(size), new BitSet(size), new BitSet(size)];
    const undecided = BitSet.full(size);
    let passed: { tier: Tier; peers: BitSet } | undefined;
    for (const { tier, entries } of precedenceGroups(applying)) {
      const open = passed?.tier === tier ? undecided.copy().andNot(passed.peers) : undecided.copy();
      const found = { deny: new BitSet(size), allow: new BitSet(size), pass: new BitSet(size), redirect: new BitSet(size) };
      for (const entry of entries) {
        const matching = this.matching(entry, subject, direction, port, ends);
        found[entry.verdict].or(matching.all);
        if (entry.verdict === 'allow') {
          found.redirect.or(matching.redirected);
        }
      }
      const take = (set: BitSet, into: BitSet) => {
        set.and(open);
        into.or(set);
        open.andNot(set);
        undecided.andNot(set);
      };
      take(found.deny, denied);
      take(found.redirect, redirected);
      take(found.allow, allowed);
      found.pass.and(open);
      passed = passed?.tier === tier ? { tier, peers: passed.peers.or(found.pass) } : { tier, peers: found.pass };
    }
    return new Row(denied, redirected, allowed, rest);
  }

  /** The peers whose flow an entry is about, and those among them whose flow it redirects. */
  private matching(
    entry: PolicyEntry, subject: IdentityClass, direction: Direction, { protocol, port }: FlowPort, ends: ReadonlyMap<string, number>,
  ): { all: BitSet; redirected: BitSet } {
    const { size } = this.index;
    const none = { all: new BitSet(size), redirected: new BitSet(size) };
    if (entry.peers === 'nobody' || (entry.peers.length === 0 && !entry.hasPorts)) {
      return none;
    }
    const peers = entry.peers.length === 0 ? BitSet.full(size) : this.union(entry, 'selecting');
    if (!entry.hasPorts) {
      return { all: peers, redirected: none.redirected };
    }
    for (const match of entry.ports.filter(each => each.protocol === protocol)) {
      const holding = match.name === undefined ? (holdsNumber(match, port) ? peers : undefined)
        : direction === 'ingress' ? (holdsName(match, subject, port, ends) ? peers : undefined)
          : this.withNamedPort(match, port, entry).and(peers);
      if (holding) {
        none.all.or(holding);
        if (match.l7) {
          none.redirected.or(holding);
        }
      }
    }
    return none;
  }

  /** Peers that give the port this name and are selected by themselves. */
  private withNamedPort({ name, protocol }: PortMatch, port: number, entry: PolicyEntry): BitSet {
    const named = new BitSet(this.index.size);
    this.index.classes.forEach(({ namedPorts }, number) => namedPorts.get(`${name}/${protocol}`) === port && named.add(number));
    return entry.peers.length === 0 ? named : named.and(this.union(entry, 'selectingThemselves'));
  }

  private union(entry: PolicyEntry, how: 'selecting' | 'selectingThemselves'): BitSet {
    const union = new BitSet(this.index.size);
    for (const selector of entry.peers === 'nobody' ? [] : entry.peers) {
      union.or(this.peers[how](selector));
    }
    return union;
  }

  private entries(number: number, direction: Direction): PolicyEntry[] {
    return (this.applying[direction][number] ?? []).map(which => this.cluster.entries[which]);
  }

  /** Whether the policy of a class cannot be computed. */
  private fails(number: number): boolean {
    if (this.cluster.settings.policy.enforcement === 'never') {
      return false;
    }
    return (['ingress', 'egress'] as const).some(direction => {
      const key = `${direction} ${this.applying[direction][number]?.join() ?? ''}`;
      const known = this.failed.get(key) ?? conflict(this.index.classes[number], direction, this.entries(number, direction)) !== undefined;
      this.failed.set(key, known);
      return known;
    });
  }
}

function holdsNumber(match: PortMatch, port: number): boolean {
  return match.number === 0 || (match.number <= port && port <= Math.max(match.number, match.endPort));
}

function holdsName({ name, protocol }: PortMatch, { namedPorts }: IdentityClass, port: number, ends: ReadonlyMap<string, number>): boolean {
  const first = namedPorts.get(`${name}/${protocol}`);
  return first !== undefined && first <= port && port <= Math.max(first, ends.get(`${name}/${protocol}`) ?? 0);
}

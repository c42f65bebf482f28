import { BitSet } from './bit-set';
import { FlowEnd } from './endpoint';
import { decideFlow, EndVerdict, FlowPort, lets } from './flow';
import { IdentityClass, IdentityIndex, PeerIndex } from './identity-index';
import { conflict } from '../engine/conflict';
import { DirectionVerdict } from '../engine/decide';
import { Direction, PolicyEntry, PortMatch, Tier } from '../engine/entry';
import { hasDefaultDeny, namedRangeEnds, precedenceGroups } from '../engine/matching';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

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
    this.clusters = new Map(mesh.clusters.map(cluster => [cluster.name, new ClusterRules(mesh, cluster, this.index)]));
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

/** What becomes of the flows of one class with all others, in one direction. Sets that are left out are empty. */
export class Row {
  /** The others whose flows are let through. */
  public readonly letting: BitSet;

  constructor(
    size: number, public readonly rest: EndVerdict, private readonly denied?: BitSet, private readonly redirected?: BitSet, private readonly allowed?: BitSet,
  ) {
    if (lets(rest)) {
      this.letting = denied ? BitSet.full(size).andNot(denied) : BitSet.full(size);
    } else {
      const letting = redirected && allowed ? redirected.copy().or(allowed) : redirected ?? allowed ?? new BitSet(size);
      this.letting = denied ? letting.copy().andNot(denied) : letting;
    }
  }

  public verdict(other: number): EndVerdict {
    return this.denied?.has(other) ? 'denied' : this.redirected?.has(other) ? 'redirected' : this.allowed?.has(other) ? 'allowed' : this.rest;
  }
}

/** The rules of one cluster, and which of its classes each is about. */
class ClusterRules {
  private readonly peers: PeerIndex;
  private readonly everybody: BitSet;
  private readonly applying: { readonly [direction in Direction]: Array<number[] | undefined> } = { ingress: [], egress: [] };
  private readonly failed = new Map<string, boolean>();

  constructor(private readonly mesh: EvaluatedMesh, private readonly cluster: EvaluatedCluster, private readonly index: IdentityIndex) {
    this.peers = index.seenBy(cluster);
    this.everybody = BitSet.full(index.size);
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
      return new Row(size, 'unenforced');
    }
    if (this.fails(number)) {
      return new Row(size, 'failed');
    }
    const applying = this.entries(number, direction);
    if (applying.some(entry => needsTheLiteralWay(entry, direction))) {
      return this.literally(number, direction, port);
    }
    const rest = this.rest(number, direction);
    return applying.length === 0 ? new Row(size, rest) : this.decide(each, direction, port, applying, rest);
  }

  /** One peer after the other, with `decide` itself. */
  private literally(self: number, direction: Direction, port: FlowPort): Row {
    const { size, classes } = this.index;
    const end = (number: number): FlowEnd => ({ kind: 'workload', workload: classes[number].workloads[0] });
    const sets = { denied: new BitSet(size), redirected: new BitSet(size), allowed: new BitSet(size) };
    for (let other = 0; other < size; other++) {
      const [source, destination] = direction === 'egress' ? [self, other] : [other, self];
      const decided = decideFlow(this.mesh, end(source), end(destination), port)[direction].verdict;
      sets[decided as keyof typeof sets]?.add(other);
    }
    return new Row(size, this.rest(self, direction), sets.denied, sets.redirected, sets.allowed);
  }

  /** The same as `decide` in verdict.ts, for all peers at once. */
  private decide(subject: IdentityClass, direction: Direction, port: FlowPort, applying: readonly PolicyEntry[], rest: DirectionVerdict): Row {
    const ends = namedRangeEnds(applying, direction);
    const groups = precedenceGroups(applying).map(({ tier, entries }) => ({ tier, ...this.groupSets(entries, subject, direction, port, ends) }));
    const [first, ...more] = groups;
    if (more.length === 0) {
      return new Row(this.index.size, rest, first.deny, first.redirect, first.allow);
    }
    return this.inOrder(groups, rest);
  }

  /** Groups one after the other: what one decides is taken from what is undecided; what it passes is left to the tiers after its own. */
  private inOrder(groups: ReadonlyArray<GroupSets & { readonly tier: Tier }>, rest: DirectionVerdict): Row {
    const { size } = this.index;
    const [denied, redirected, allowed] = [new BitSet(size), new BitSet(size), new BitSet(size)];
    const undecided = BitSet.full(size);
    let passed: { tier: Tier; peers: BitSet } | undefined;
    for (const { tier, deny, redirect, allow, pass } of groups) {
      const open = passed?.tier === tier ? undecided.copy().andNot(passed.peers) : undecided.copy();
      for (const [set, into] of [[deny, denied], [redirect, redirected], [allow, allowed]] as const) {
        const taken = set?.copy().and(open);
        if (taken) {
          into.or(taken);
          open.andNot(taken);
          undecided.andNot(taken);
        }
      }
      if (pass) {
        const left = pass.copy().and(open);
        passed = { tier, peers: passed?.tier === tier ? passed.peers.or(left) : left };
      }
    }
    return new Row(size, rest, denied, redirected, allowed);
  }

  /** The peers that the entries of one group are about, by what these say of them. */
  private groupSets(entries: readonly PolicyEntry[], subject: IdentityClass, direction: Direction, port: FlowPort, ends: ReadonlyMap<string, number>): GroupSets {
    const sets = new Map<keyof GroupSets, BitSet[]>();
    const add = (kind: keyof GroupSets, set: BitSet | undefined) => set && sets.set(kind, [...sets.get(kind) ?? [], set]);
    for (const entry of entries) {
      const { all, redirected } = this.matching(entry, subject, direction, port, ends);
      add(entry.verdict, all);
      add('redirect', entry.verdict === 'allow' ? redirected : undefined);
    }
    return Object.fromEntries([...sets].map(([kind, found]) => [kind, union(found)]));
  }

  /** The peers whose flow an entry is about, and those among them whose flow it redirects. */
  private matching(
    entry: PolicyEntry, subject: IdentityClass, direction: Direction, { protocol, port }: FlowPort, ends: ReadonlyMap<string, number>,
  ): { all?: BitSet; redirected?: BitSet } {
    if (entry.peers === 'nobody' || (entry.peers.length === 0 && !entry.hasPorts)) {
      return {};
    }
    const peers = entry.peers.length === 0 ? this.everybody : this.peersOf(entry, 'selecting');
    if (!entry.hasPorts) {
      return { all: peers };
    }
    const holding = entry.ports.filter(match => match.protocol === protocol).flatMap((match): Array<{ set: BitSet; match: PortMatch }> => {
      if (match.name !== undefined && direction === 'egress') {
        return [{ set: this.withNamedPort(match, port, entry).and(peers), match }];
      }
      return (match.name === undefined ? holdsNumber(match, port) : holdsName(match, subject, port, ends)) ? [{ set: peers, match }] : [];
    });
    const redirecting = holding.filter(({ match }) => match.l7);
    return {
      ...holding.length > 0 ? { all: union(holding.map(({ set }) => set)) } : {},
      ...redirecting.length > 0 ? { redirected: union(redirecting.map(({ set }) => set)) } : {},
    };
  }

  /** Peers that give the port this name and are selected by themselves. */
  private withNamedPort({ name, protocol }: PortMatch, port: number, entry: PolicyEntry): BitSet {
    const named = new BitSet(this.index.size);
    this.index.classes.forEach(({ namedPorts }, number) => namedPorts.get(`${name}/${protocol}`) === port && named.add(number));
    return entry.peers.length === 0 ? named : named.and(this.peersOf(entry, 'selectingThemselves'));
  }

  private peersOf(entry: PolicyEntry, how: 'selecting' | 'selectingThemselves'): BitSet {
    return union(entry.peers === 'nobody' || entry.peers.length === 0 ? [new BitSet(this.index.size)] : entry.peers.map(selector => this.peers[how](selector)));
  }

  /** What becomes of flows that no entry is about. */
  private rest(number: number, direction: Direction): DirectionVerdict {
    const applying = this.entries(number, direction);
    return hasDefaultDeny(this.index.classes[number], applying, this.cluster.settings.policy) ? 'default-denied' : applying.length > 0 ? 'allowed' : 'unenforced';
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

/** Peers by what the entries of a group say of their flows; a set that is left out is empty. */
type GroupSets = { readonly [kind in PolicyEntry['verdict'] | 'redirect']?: BitSet };

/** All that are in one of the sets; a single one is not copied. */
function union(sets: readonly BitSet[]): BitSet {
  return sets.length === 1 ? sets[0] : sets.slice(1).reduce((all, set) => all.or(set), sets[0].copy());
}

/** Rules of old versions that mean something else for each peer, or together with others: names of ports on egress, requirements, layer 7. */
function needsTheLiteralWay(entry: PolicyEntry, direction: Direction): boolean {
  return Boolean(entry.requires) || (!entry.traits.egressNamedPortsByPeer && direction === 'egress' && entry.ports.some(({ name }) => name !== undefined))
    || (entry.traits.redirectsMostSpecifically && entry.ports.some(({ l7 }) => l7));
}

function holdsNumber(match: PortMatch, port: number): boolean {
  return match.number === 0 || (match.number <= port && port <= Math.max(match.number, match.endPort));
}

function holdsName({ name, protocol }: PortMatch, { namedPorts }: IdentityClass, port: number, ends: ReadonlyMap<string, number>): boolean {
  const first = namedPorts.get(`${name}/${protocol}`);
  return first !== undefined && first <= port && port <= Math.max(first, ends.get(`${name}/${protocol}`) ?? 0);
}

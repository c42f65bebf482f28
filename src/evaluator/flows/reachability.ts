import { BitSet } from './bit-set';
import { Endpoint } from './endpoint';
import { decideFlow, EndpointVerdict, FlowPort, isAllowed } from './flow';
import { IdentityIndex, PeerIndex } from './identity-index';
import { DirectionVerdict } from '../engine/decide';
import { DirectionPolicy, policyOf } from '../engine/direction-policy';
import { Direction, EntryVerdict, PolicyEntry, Tier } from '../engine/entry';
import { L4Filter, MergedRules, mergeRules } from '../engine/l4-filter';
import { holdsNumber } from '../engine/matching';
import { PeerSelector } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** Verdicts of one flow between workloads. */
export interface PairVerdict {
  readonly egress: EndpointVerdict;
  readonly ingress: EndpointVerdict;
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
  private ingressSets?: readonly BitSet[];
  private readonly ofClass: { readonly [direction in Direction]: Array<Row | undefined> } = { ingress: [], egress: [] };

  constructor(private readonly index: IdentityIndex, private readonly clusters: ReadonlyMap<string, ClusterRules>, private readonly port: FlowPort) {}

  public verdict(source: Workload, destination: Workload): PairVerdict {
    const [from, to] = [this.index.classOf(source), this.index.classOf(destination)];
    const egress = this.row(from, 'egress').verdict(to);
    const ingress = this.row(to, 'ingress').verdict(from);
    return { egress, ingress, verdict: isAllowed(egress) && isAllowed(ingress) ? 'allowed' : 'denied' };
  }

  /** Counts the flows between distinct workloads (`all`: also with itself) for each pair of clusters, sorted. */
  public summary(clusterNames: readonly string[], all: boolean = false): SummaryRow[] {
    const { classes } = this.index;
    const numbers = new Map(clusterNames.map((name, number) => [name, number]));
    const clusterOf = Uint32Array.from(classes, each => numbers.get(each.cluster)!);
    const sizes = Float64Array.from(classes, each => each.workloads.length);
    const count = clusterNames.length;
    const allowed = new Float64Array(count * count);
    const byIngress = this.allowedByIngress();
    for (let from = 0; from < classes.length; from++) {
      const base = clusterOf[from] * count;
      this.row(from, 'egress').allowedPeers.copy().and(byIngress[from]).forEach(to => {
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
  public allowedByIngress(): readonly BitSet[] {
    if (this.ingressSets) {
      return this.ingressSets;
    }
    const { classes } = this.index;
    const sets = classes.map(() => new BitSet(classes.length));
    for (let to = 0; to < classes.length; to++) {
      this.row(to, 'ingress').allowedPeers.forEach(from => sets[from].add(to));
    }
    this.ingressSets = sets;
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
  public readonly allowedPeers: BitSet;

  constructor(
    size: number, public readonly rest: EndpointVerdict, private readonly denied?: BitSet, private readonly redirected?: BitSet, private readonly allowed?: BitSet,
  ) {
    if (isAllowed(rest)) {
      this.allowedPeers = denied ? BitSet.full(size).andNot(denied) : BitSet.full(size);
    } else {
      const peers = redirected && allowed ? redirected.copy().or(allowed) : redirected ?? allowed ?? new BitSet(size);
      this.allowedPeers = denied ? peers.copy().andNot(denied) : peers;
    }
  }

  public verdict(other: number): EndpointVerdict {
    return this.denied?.has(other) ? 'denied' : this.redirected?.has(other) ? 'redirected' : this.allowed?.has(other) ? 'allowed' : this.rest;
  }
}

/** The rules of one cluster, and which of its classes each is about. */
class ClusterRules {
  private readonly peers: PeerIndex;
  private readonly applying: { readonly [direction in Direction]: Array<number[] | undefined> } = { ingress: [], egress: [] };
  private readonly mergedRules = new Map<string, MergedRules>();

  constructor(private readonly mesh: EvaluatedMesh, private readonly cluster: EvaluatedCluster, private readonly index: IdentityIndex) {
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
    if (this.index.classes[number].hostNetwork || settings.enforcement === 'never') {
      return new Row(size, 'unenforced');
    }
    if (this.fails(number)) {
      return new Row(size, 'failed');
    }
    const policy = policyOf(this.index.classes[number], direction, this.merged(number, direction), settings);
    const { entries, levels } = policy;
    if (entries.some(entry => needsTheLiteralWay(entry, direction))) {
      return this.literally(number, policy, port);
    }
    const sets = levels.map(({ tier, filters }) => ({ tier, ...this.levelSets(policy, filters, port) }));
    return sets.length > 1 ? this.inOrder(sets, restOf(policy)) : new Row(size, restOf(policy), sets[0]?.deny, sets[0]?.redirect, sets[0]?.allow);
  }

  /** One peer after the other, with `decide` itself. */
  private literally(self: number, policy: DirectionPolicy, port: FlowPort): Row {
    const { size, classes } = this.index;
    const end = (number: number): Endpoint => ({ kind: 'workload', workload: classes[number].workloads[0] });
    const sets = { denied: new BitSet(size), redirected: new BitSet(size), allowed: new BitSet(size) };
    for (let other = 0; other < size; other++) {
      const [source, destination] = policy.direction === 'egress' ? [self, other] : [other, self];
      const decided = decideFlow(this.mesh, end(source), end(destination), port)[policy.direction].verdict;
      sets[decided as keyof typeof sets]?.add(other);
    }
    return new Row(size, restOf(policy), sets.denied, sets.redirected, sets.allowed);
  }

  /** Levels one after the other: what one decides is taken from what is undecided; what it passes is left to the tiers after its own. */
  private inOrder(levels: ReadonlyArray<LevelSets & { readonly tier: Tier }>, rest: DirectionVerdict): Row {
    const { size } = this.index;
    const [denied, redirected, allowed] = [new BitSet(size), new BitSet(size), new BitSet(size)];
    const undecided = BitSet.full(size);
    let passed: { tier: Tier; peers: BitSet } | undefined;
    for (const { tier, deny, redirect, allow, pass } of levels) {
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

  /** The peers that the filters of one level are about, by what their rules say of them: the same as `matchesOf`, for all peers at once. */
  private levelSets(policy: DirectionPolicy, filters: readonly L4Filter[], port: FlowPort): LevelSets {
    const sets = new Map<keyof LevelSets, BitSet[]>();
    const add = (kind: keyof LevelSets, set: BitSet) => {
      const found = sets.get(kind);
      if (found) {
        found.push(set);
      } else {
        sets.set(kind, [set]);
      }
    };
    for (const filter of filters) {
      const holds = this.holding(policy, filter, port);
      for (const { selector, rules } of holds ? filter.selectors.values() : []) {
        const peers = holds!(selector);
        new Set(rules.map(({ entry }) => entry.verdict)).forEach(verdict => add(verdict, peers));
        if (rules.some(({ entry, l7 }) => entry.verdict === 'allow' && l7)) {
          add('redirect', peers);
        }
      }
    }
    return Object.fromEntries([...sets].map(([kind, found]) => [kind, union(found)]));
  }

  /** Whom a selector of a filter selects on a port; undefined where the filter does not hold the port. */
  private holding({ subject, direction }: DirectionPolicy, { port: match }: L4Filter, { protocol, port }: FlowPort): ((selector: PeerSelector) => BitSet) | undefined {
    if (match === undefined) {
      return selector => this.peers.selecting(selector);
    }
    if (match.protocol !== protocol) {
      return undefined;
    }
    if (match.name === undefined) {
      return holdsNumber(match, port) ? selector => this.peers.selecting(selector) : undefined;
    }
    const key = `${match.name}/${protocol}`;
    if (direction === 'ingress') {
      const first = subject.namedPorts.get(key);
      return first !== undefined && first <= port && port <= Math.max(first, match.endPort) ? selector => this.peers.selecting(selector) : undefined;
    }
    // peers that give the port this name and are selected by themselves
    const named = new BitSet(this.index.size);
    this.index.classes.forEach(({ namedPorts }, number) => namedPorts.get(key) === port && named.add(number));
    return selector => named.copy().and(this.peers.selectingThemselves(selector));
  }

  /** The rules about a class, merged. */
  private merged(number: number, direction: Direction): MergedRules {
    const applying = this.applying[direction][number] ?? [];
    const key = `${direction} ${applying.join()}`;
    const merged = this.mergedRules.get(key) ?? mergeRules(applying.map(which => this.cluster.entries[which]));
    this.mergedRules.set(key, merged);
    return merged;
  }

  /** Whether the policy of a class cannot be computed. */
  private fails(number: number): boolean {
    return this.cluster.settings.policy.enforcement !== 'never'
      && (['ingress', 'egress'] as const).some(direction => this.merged(number, direction).conflict !== undefined);
  }
}

/** What becomes of flows that no rule is about. */
function restOf({ entries, defaultDeny }: DirectionPolicy): DirectionVerdict {
  return defaultDeny ? 'default-denied' : entries.length > 0 ? 'allowed' : 'unenforced';
}

/** Peers by what the rules of a level say of their flows; a set that is left out is empty. */
type LevelSets = { readonly [kind in EntryVerdict | 'redirect']?: BitSet };

/** All that are in one of the sets; a single one is not copied. */
function union(sets: readonly BitSet[]): BitSet {
  return sets.length === 1 ? sets[0] : sets.slice(1).reduce((all, set) => all.or(set), sets[0].copy());
}

/** Rules of old versions that mean something else for each peer, or together with others: names of ports on egress, requirements, layer 7. */
function needsTheLiteralWay(entry: PolicyEntry, direction: Direction): boolean {
  return Boolean(entry.requires) || (!entry.traits.egressNamedPortsByPeer && direction === 'egress' && entry.ports.some(({ name }) => name !== undefined))
    || (entry.traits.redirectsMostSpecifically && entry.ports.some(({ l7 }) => l7));
}

import { BitSet } from './bit-set';
import { Endpoint, subjectOf } from './endpoint';
import { decideFlow, FlowPort } from './flow';
import { IdentityIndex, PeerIndex } from './identity-index';
import { Row } from './row';
import { DirectionVerdict } from '../engine/decide';
import { DirectionPolicy, policyOf, Subject } from '../engine/direction-policy';
import { Direction, EntryVerdict, PolicyEntry, Tier } from '../engine/entry';
import { L4Filter, MergedRules, mergeRules } from '../engine/l4-filter';
import { holdsNumber } from '../engine/matching';
import { meets, PeerSelector } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** The rules of one cluster, and the classes that they apply to. */
export class ClusterRules {
  private readonly peers: PeerIndex;
  private readonly applying: { readonly [direction in Direction]: Array<number[] | undefined> } = {
    ingress: [],
    egress: [],
  };
  private readonly mergedRules = new Map<string, MergedRules>();
  /** The nodes as subject, if policies are enforced there: pods with host network are their nodes. */
  private readonly host?: Subject;

  constructor(
    private readonly mesh: EvaluatedMesh,
    private readonly cluster: EvaluatedCluster,
    private readonly index: IdentityIndex,
  ) {
    this.peers = index.seenBy(cluster);
    this.host = subjectOf({ kind: 'node', cluster: cluster.name, placement: 'other-node' }, mesh);
    const own = new BitSet(index.size);
    const onNodes = new BitSet(index.size);
    index.classes.forEach(
      (each, number) => each.cluster === cluster.name && (each.hostNetwork ? onNodes : own).add(number),
    );
    cluster.entries.forEach((entry, which) => {
      const subjects = !entry.node
        ? index.meeting(entry.subject).and(own)
        : this.host && meets(entry.subject, this.host.labels)
          ? onNodes
          : undefined;
      subjects?.forEach(number => {
        const list = this.applying[entry.direction];
        (list[number] ??= []).push(which);
      });
    });
  }

  /** A key that is equal for classes with the same rules. */
  public groupOf(number: number, direction: Direction): string {
    const both = (['ingress', 'egress'] as const).map(each => this.applying[each][number]?.join() ?? '');
    const applying = this.fails(number) ? both.join('/') : direction === 'ingress' ? both[0] : both[1];
    return `${this.index.classes[number].hostNetwork} ${applying}`;
  }

  public row(number: number, direction: Direction, port: FlowPort): Row {
    const { size } = this.index;
    const settings = this.cluster.settings.policy;
    const subject = this.index.classes[number].hostNetwork ? this.host : this.index.classes[number];
    if (!subject || settings.enforcement === 'never') {
      return new Row(size, 'unenforced');
    }
    if (this.fails(number)) {
      return new Row(size, 'failed');
    }
    const policy = policyOf(subject, direction, this.merged(number, direction), settings);
    const { entries, levels } = policy;
    if (entries.some(entry => dependsOnPeer(entry, direction))) {
      return this.peerByPeer(number, policy, port);
    }
    const sets = levels.map(({ tier, filters }) => ({ tier, ...this.levelSets(policy, filters, port) }));
    return sets.length > 1
      ? this.inOrder(sets, policy)
      : this.rowOf(policy, sets[0]?.deny, sets[0]?.redirect, sets[0]?.allow);
  }

  /** Asks `decide` for one peer after the other. */
  private peerByPeer(self: number, policy: DirectionPolicy, port: FlowPort): Row {
    const { size, classes } = this.index;
    const endpoint = (number: number): Endpoint => ({ kind: 'workload', workload: classes[number].workloads[0] });
    const sets = {
      denied: new BitSet(size),
      redirected: new BitSet(size),
      allowed: new BitSet(size),
      'auth-required': new BitSet(size),
    };
    for (let other = 0; other < size; other++) {
      const [source, destination] = policy.direction === 'egress' ? [self, other] : [other, self];
      const decision = decideFlow(this.mesh, endpoint(source), endpoint(destination), port)[policy.direction];
      sets[(decision.audited ?? decision.verdict) as keyof typeof sets]?.add(other);
    }
    return this.rowOf(policy, sets.denied, sets.redirected, sets.allowed, sets['auth-required']);
  }

  private rowOf(policy: DirectionPolicy, denied?: BitSet, redirected?: BitSet, allowed?: BitSet, failing?: BitSet): Row {
    const { auditMode } = this.cluster.settings.policy;
    return new Row(this.index.size, restOf(policy), denied, redirected, allowed, failing, auditMode);
  }

  /** Decides level by level. A level decides flows that are still undecided. A `pass` leaves a flow to later tiers. */
  private inOrder(levels: ReadonlyArray<LevelSets & { readonly tier: Tier }>, policy: DirectionPolicy): Row {
    const { size } = this.index;
    const [denied, redirected, allowed] = [new BitSet(size), new BitSet(size), new BitSet(size)];
    const undecided = BitSet.full(size);
    let passed: { tier: Tier; peers: BitSet } | undefined;
    for (const { tier, deny, redirect, allow, pass } of levels) {
      const open = passed?.tier === tier ? undecided.copy().andNot(passed.peers) : undecided.copy();
      for (const [set, into] of [
        [deny, denied],
        [redirect, redirected],
        [allow, allowed],
      ] as const) {
        const decided = set?.copy().and(open);
        if (decided) {
          into.or(decided);
          open.andNot(decided);
          undecided.andNot(decided);
        }
      }
      if (pass) {
        const passing = pass.copy().and(open);
        passed = { tier, peers: passed?.tier === tier ? passed.peers.or(passing) : passing };
      }
    }
    return this.rowOf(policy, denied, redirected, allowed);
  }

  /** The peers that the filters of one level match, by verdict. This is `matchesOf` for all peers at once. */
  private levelSets(policy: DirectionPolicy, filters: readonly L4Filter[], port: FlowPort): LevelSets {
    const sets = new Map<keyof LevelSets, BitSet[]>();
    const add = (kind: keyof LevelSets, set: BitSet) => {
      const existing = sets.get(kind);
      if (existing) {
        existing.push(set);
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

  /** The peers that a selector of a filter selects on a port; undefined if the filter does not hold the port. */
  private holding(
    { subject, direction }: DirectionPolicy,
    { port: match }: L4Filter,
    { protocol, port }: FlowPort,
  ): ((selector: PeerSelector) => BitSet) | undefined {
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
      return first !== undefined && first <= port && port <= Math.max(first, match.endPort)
        ? selector => this.peers.selecting(selector)
        : undefined;
    }
    // the peers whose port has this name, and that the selector selects without their aggregate
    const named = new BitSet(this.index.size);
    this.index.classes.forEach(({ namedPorts }, number) => namedPorts.get(key) === port && named.add(number));
    return selector => named.copy().and(this.peers.selectingThemselves(selector));
  }

  /** The merged rules that apply to a class. */
  private merged(number: number, direction: Direction): MergedRules {
    const applying = this.applying[direction][number] ?? [];
    const key = `${direction} ${applying.join()}`;
    const merged = this.mergedRules.get(key) ?? mergeRules(applying.map(which => this.cluster.entries[which]));
    this.mergedRules.set(key, merged);
    return merged;
  }

  /** Whether Cilium cannot compute the policy of a class. */
  private fails(number: number): boolean {
    return (
      this.cluster.settings.policy.enforcement !== 'never' &&
      (['ingress', 'egress'] as const).some(direction => this.merged(number, direction).conflict !== undefined)
    );
  }
}

/** The verdict on flows that no rule matches. */
function restOf({ entries, defaultDeny }: DirectionPolicy): DirectionVerdict {
  return defaultDeny ? 'default-denied' : entries.length > 0 ? 'allowed' : 'unenforced';
}

/** Peers by the verdict of a level; a set that is left out is empty. */
type LevelSets = { readonly [kind in EntryVerdict | 'redirect']?: BitSet };

/** The union of sets. Does not copy a single set. */
function union(sets: readonly BitSet[]): BitSet {
  return sets.length === 1 ? sets[0] : sets.slice(1).reduce((all, set) => all.or(set), sets[0].copy());
}

/**
 * Whether an entry of an old version depends on each peer or on other entries: port names on egress, requirements,
 * layer 7.
 */
function dependsOnPeer(entry: PolicyEntry, direction: Direction): boolean {
  return (
    entry.authentication !== undefined ||
    Boolean(entry.requires) ||
    (!entry.traits.egressNamedPortsByPeer &&
      direction === 'egress' &&
      entry.ports.some(({ name }) => name !== undefined)) ||
    (entry.traits.redirectsMostSpecifically && entry.ports.some(({ l7 }) => l7))
  );
}

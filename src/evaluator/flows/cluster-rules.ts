import { BitSet } from './bit-set';
import { subjectOf } from './endpoint';
import { FilterPeers } from './filter-peers';
import { decideFlow, FlowPort, policiesOf } from './flow';
import { IdentityIndex, PeerIndex } from './identity-index';
import { learnedNames } from './learned-names';
import { Row } from './row';
import { DirectionVerdict } from '../engine/decide';
import { DirectionPolicy, policyOf, Subject } from '../engine/direction-policy';
import { Direction, PolicyEntry } from '../engine/entry';
import { MergedRules, mergeRules, PrecedenceLevel } from '../engine/l4-filter';
import { reservedSelector } from '../engine/label-selector';
import { meets } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

const HOST = reservedSelector('host');

/** The rules of one cluster, and the classes that they apply to. */
export class ClusterRules {
  private readonly applying: { readonly [direction in Direction]: Array<number[] | undefined> } = {
    ingress: [],
    egress: [],
  };
  /** The classes where the policies of the cluster are enforced. */
  private readonly subjects: ReadonlyMap<number, Subject>;
  private readonly restRows = new Map<string, Row>();
  private readonly mergedRules = new Map<string, MergedRules>();
  private readonly peerByPeerEntries = new WeakMap<readonly PolicyEntry[], boolean>();

  constructor(
    private readonly mesh: EvaluatedMesh,
    private readonly cluster: EvaluatedCluster,
    private readonly index: IdentityIndex,
  ) {
    this.subjects = new Map(
      index.ofCluster(cluster.name).flatMap((number): Array<[number, Subject]> => {
        const { kind, hostNetwork, endpoint, ...pods } = index.classes[number];
        const subject =
          !endpoint || kind === 'entity'
            ? undefined
            : kind === 'pods' && !hostNetwork
              ? pods
              : subjectOf(endpoint, mesh);
        return subject ? [[number, subject]] : [];
      }),
    );
    const [pods, hosts] = [new BitSet(index.size), new BitSet(index.size)];
    this.subjects.forEach((subject, number) => (isHost(subject) ? hosts : pods).add(number));
    cluster.entries.forEach((entry, which) => {
      const applyTo = (number: number) => {
        const list = this.applying[entry.direction];
        (list[number] ??= []).push(which);
      };
      if (entry.node) {
        hosts.forEach(number => meets(entry.subject, this.subjects.get(number)!.labels) && applyTo(number));
      } else {
        index.knownMeeting(entry.subject).forEach(number => pods.has(number) && applyTo(number));
      }
    });
  }

  /**
   * A key that is equal for classes with the same verdicts. On ingress they also need the same named ports, if a rule
   * names a port.
   */
  public groupOf(number: number, direction: Direction): string {
    const subject = this.subjects.get(number);
    const both = (['ingress', 'egress'] as const).map(way => this.applying[way][number]?.join() ?? '');
    const applying = this.fails(number) ? both.join('/') : direction === 'ingress' ? both[0] : both[1];
    const namedPorts = direction === 'ingress' ? [...(subject?.namedPorts ?? [])].map(String).sort().join() : '';
    return subject ? `${isHost(subject)} ${applying} ${namedPorts}` : '';
  }

  /**
   * Whether a class has the verdicts that it has by other rules of the same cluster, of the same index: the same
   * entries apply to it.
   */
  public isAlike(other: ClusterRules, number: number, direction: Direction): boolean {
    const isSame = (way: Direction) => {
      const [own, others] = [this.entriesOf(number, way), other.entriesOf(number, way)];
      return own.length === others.length && own.every((entry, index) => entry === others[index]);
    };
    return isSame(direction) && ((isSame('ingress') && isSame('egress')) || !(this.fails(number) || other.fails(number)));
  }

  /** The entries that apply to a class. */
  private entriesOf(number: number, direction: Direction): PolicyEntry[] {
    return (this.applying[direction][number] ?? []).map(which => this.cluster.entries[which]);
  }

  /** The verdicts on all flows of a class that no filter of its policy decides; undefined if filters decide. */
  public uniformRow(number: number): Row | undefined {
    const { size } = this.index;
    if (!this.subjects.has(number) || this.cluster.settings.policy.enforcement === 'never') {
      return new Row(size, 'unenforced');
    }
    return this.fails(number) ? new Row(size, 'failed') : undefined;
  }

  /** The verdicts on one port. */
  public row(number: number, direction: Direction, port: FlowPort): Row {
    return this.uniformRow(number) ?? this.rowOf(number, this.policy(number, direction), port);
  }

  /** The policy of a class, as the filters of its rules decide. */
  public policy(number: number, direction: Direction): DirectionPolicy {
    const settings = this.cluster.settings.policy;
    // up to 1.19 the names of ports on egress are those of the whole mesh
    const exact =
      !settings.traits.egressNamedPortsByPeer && direction === 'egress'
        ? policiesOf(this.mesh, this.index.classes[number].endpoint!)?.egress
        : undefined;
    return exact ?? policyOf(this.subjects.get(number)!, direction, this.merged(number, direction), settings);
  }

  /** The merged rules that apply to a class. */
  public merged(number: number, direction: Direction): MergedRules {
    const applying = this.applying[direction][number] ?? [];
    const key = `${direction} ${applying.join()}`;
    const merged = this.mergedRules.get(key) ?? mergeRules(applying.map(which => this.cluster.entries[which]));
    this.mergedRules.set(key, merged);
    return merged;
  }

  /** The verdicts of a policy on ports that no filter holds. */
  public restRow(policy: DirectionPolicy): Row {
    const host = policy.defaultDeny && policy.allowsLocalHost;
    const rest = restOf(policy);
    const key = `${rest} ${host}`;
    const row =
      this.restRows.get(key) ??
      this.inMode(
        new Row(this.index.size, rest, undefined, undefined, host ? this.peers(policy).selecting(HOST) : undefined),
      );
    this.restRows.set(key, row);
    return row;
  }

  /** The verdicts of a policy on one port. Of its levels, those filters are enough that hold the port. */
  public rowOf(
    number: number,
    policy: DirectionPolicy,
    port: FlowPort,
    levels: readonly PrecedenceLevel[] = policy.levels,
  ): Row {
    const { size } = this.index;
    const { entries, direction } = policy;
    if (this.dependsOnPeer(entries, direction)) {
      return this.peerByPeer(number, policy, port);
    }
    const filterPeers = this.filterPeers(policy);
    const sets = levels.map(({ tier, filters }) => ({ tier, ...filterPeers.levelSets(filters, port) }));
    const host = policy.defaultDeny && policy.allowsLocalHost ? this.peers(policy).selecting(HOST) : undefined;
    if (sets.length > 1) {
      return this.inMode(Row.inOrder(size, restOf(policy), sets, host));
    }
    const allow = sets[0]?.allow && host ? sets[0].allow.copy().or(host) : (sets[0]?.allow ?? host);
    return this.inMode(new Row(size, restOf(policy), sets[0]?.deny, sets[0]?.redirect, allow));
  }

  /** The peers that the filters of a policy match: of names, those that its pods can learn. */
  public filterPeers(policy: DirectionPolicy): FilterPeers {
    return new FilterPeers(this.index, this.peers(policy), policy, () => this.unlearnedNames(policy));
  }

  private peers({ direction }: DirectionPolicy): PeerIndex {
    return this.index.seenBy(this.cluster, direction);
  }

  /** The classes of names that the pods of a policy cannot learn. */
  private unlearnedNames(policy: DirectionPolicy): BitSet {
    const { rules } = learnedNames(policy, this.cluster, this.mesh);
    return rules === 'all' ? new BitSet(this.index.size) : this.index.names.passingNone(rules);
  }

  /** Whether `decide` is to be asked for each peer. The same for all ports. */
  private dependsOnPeer(entries: readonly PolicyEntry[], direction: Direction): boolean {
    const known =
      this.peerByPeerEntries.get(entries) ?? entries.some(entry => dependsOnPeer(entry, direction));
    this.peerByPeerEntries.set(entries, known);
    return known;
  }

  /** Asks `decide` for one peer after the other. */
  private peerByPeer(self: number, policy: DirectionPolicy, port: FlowPort): Row {
    const { size, classes } = this.index;
    const sets = {
      'denied': new BitSet(size),
      'redirected': new BitSet(size),
      'allowed': new BitSet(size),
      'auth-required': new BitSet(size),
      'undetermined': new BitSet(size),
    };
    const subject = classes[self].endpoint!;
    for (let other = 0; other < size; other++) {
      const peer = classes[other].endpoint;
      if (peer) {
        const [source, destination] = policy.direction === 'egress' ? [subject, peer] : [peer, subject];
        const { verdict, audited } = decideFlow(this.mesh, source, destination, port)[policy.direction];
        sets[(audited ?? verdict) as keyof typeof sets]?.add(other);
      }
    }
    return this.inMode(
      new Row(
        size,
        restOf(policy),
        sets.denied,
        sets.redirected,
        sets.allowed,
        sets['auth-required'],
        sets.undetermined,
      ),
    );
  }

  /** In audit mode nothing is dropped. */
  private inMode(row: Row): Row {
    return this.cluster.settings.policy.auditMode ? row.audited() : row;
  }

  /** Whether Cilium cannot compute the policy of a class. */
  private fails(number: number): boolean {
    return (
      this.cluster.settings.policy.enforcement !== 'never' &&
      (['ingress', 'egress'] as const).some(direction => this.merged(number, direction).conflict !== undefined)
    );
  }
}

function isHost({ labels }: Subject): boolean {
  return labels.isReserved('host');
}

/** The verdict on flows that no rule matches. */
function restOf({ entries, defaultDeny }: DirectionPolicy): DirectionVerdict {
  return defaultDeny ? 'default-denied' : entries.length > 0 ? 'allowed' : 'unenforced';
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

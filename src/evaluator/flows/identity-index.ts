import { BitSet, union } from './bit-set';
import { peerOf, Placement } from './endpoint';
import { EndpointClass, podClasses } from './endpoint-classes';
import { ByName, NameSets } from './name-sets';
import { Cidr } from '../../cilium/cidr';
import { Family } from '../../cilium/ip-address';
import { firstIndex } from '../../diagnostics/first-index';
import { grouped } from '../../diagnostics/grouped';
import { Peer } from '../engine/direction-policy';
import { Direction } from '../engine/entry';
import { Aggregate, AGGREGATES, meets, PeerSelector, Requirement, selects, selectsItself } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedNode } from '../read/node';
import { Workload } from '../read/workload';

/** From this number of classes on, sets of labels are faster than asking each class. */
const CLASSES_FOR_SETS = 64;

/** Classes with one value of a label. */
interface ClassesOfValue {
  readonly numbers: number[];
  /** The same classes, once a requirement asks for the set. */
  set?: BitSet;
}

/** The classes of the endpoints of a mesh, numbered and indexed by their labels. */
export class IdentityIndex {
  /** The classes that this mesh has endpoints of. */
  public readonly present: BitSet;
  private readonly classOfWorkload = new Map<Workload, number>();
  private readonly classOfPlaced = new Map<Workload, number>();
  /** Classes by key and value of their labels. */
  private readonly byLabel = new Map<string, Map<string, ClassesOfValue>>();
  /** The classes that have a label with any value, by its key. */
  private readonly withKey = new Map<string, BitSet>();
  private readonly hasLocalNamespaces: boolean;
  private readonly views: { readonly [direction in Direction]: Map<string, PeerIndex> } = {
    ingress: new Map(),
    egress: new Map(),
  };
  private readonly byCluster: ReadonlyMap<string, readonly number[]>;
  private readonly known = new WeakMap<readonly Requirement[], BitSet>();
  private nameSets?: NameSets;
  private byNode?: ReadonlyMap<string, number>;
  /** The classes by the names and numbers of their ports. */
  private byNamedPort?: ReadonlyMap<string, ReadonlyMap<number, BitSet>>;

  constructor(
    private readonly mesh: EvaluatedMesh,
    public readonly classes: readonly EndpointClass[] = podClasses(mesh),
  ) {
    this.hasLocalNamespaces = mesh.clusters.some(({ namespaces }) =>
      [...namespaces.values()].some(({ global }) => !global),
    );
    this.present = new BitSet(classes.length);
    this.classes.forEach(({ endpoint }, index) => endpoint && this.present.add(index));
    this.byCluster = grouped(this.classes.keys(), index => this.classes[index].cluster);
    this.classes.forEach(({ labels, workloads, placed }, index) => {
      workloads.forEach(workload => this.classOfWorkload.set(workload, index));
      placed?.forEach(workload => this.classOfPlaced.set(workload, index));
      for (const { key, value } of labels.labels) {
        const values = this.byLabel.get(key) ?? new Map<string, ClassesOfValue>();
        this.byLabel.set(key, values);
        const having = values.get(value);
        if (having) {
          having.numbers.push(index);
        } else {
          values.set(value, { numbers: [index] });
        }
      }
    });
  }

  /** The classes of DNS names. */
  public get names(): NameSets {
    this.nameSets ??= new NameSets(this.classes);
    return this.nameSets;
  }

  /** The classes of pods that have a port of this name and number; undefined if no pods have one. */
  public withNamedPort(name: string, port: number): BitSet | undefined {
    return this.namedPorts().get(name)?.get(port);
  }

  /** The numbers of the ports of this name. */
  public numbersOf(name: string): Iterable<number> {
    return this.namedPorts().get(name)?.keys() ?? [];
  }

  private namedPorts(): ReadonlyMap<string, ReadonlyMap<number, BitSet>> {
    if (!this.byNamedPort) {
      const byName = new Map<string, Map<number, BitSet>>();
      this.classes.forEach(({ namedPorts }, number) =>
        namedPorts.forEach((port, name) => {
          const byPort = byName.get(name) ?? new Map<number, BitSet>();
          byName.set(name, byPort);
          const having = byPort.get(port) ?? new BitSet(this.size);
          byPort.set(port, having);
          having.add(number);
        }),
      );
      this.byNamedPort = byName;
    }
    return this.byNamedPort;
  }

  public get size(): number {
    return this.classes.length;
  }

  /** The classes of the endpoints of a cluster. */
  public ofCluster(name: string): readonly number[] {
    return this.byCluster.get(name) ?? [];
  }

  /** The class of a workload. */
  public classOf(workload: Workload): number {
    return this.classOfWorkload.get(workload)!;
  }

  /** The class of a workload's pods on the node of the other end. */
  public classOnNode(workload: Workload): number {
    return this.classOfPlaced.get(workload) ?? this.classOf(workload);
  }

  /** The class of a workload's pods with host network at a place. With a node, it is that of the node. */
  public classAt(workload: Workload, placement: Placement, node: EvaluatedNode | undefined): number {
    return node
      ? this.classOfNode(workload.cluster, node, placement)
      : placement === 'same-node'
        ? this.classOnNode(workload)
        : this.classOf(workload);
  }

  private classOfNode(cluster: string, node: EvaluatedNode, placement: Placement): number {
    this.byNode ??= new Map(
      this.classes.flatMap(({ endpoint }, number) =>
        endpoint?.kind === 'node' && endpoint.node && endpoint.placement
          ? [[nodeKey(endpoint.cluster, endpoint.node, endpoint.placement), number]]
          : [],
      ),
    );
    return this.byNode.get(nodeKey(cluster, node, placement))!;
  }

  /**
   * The classes whose labels meet all requirements. All labels of pods have the source `k8s`.
   *
   * The requirement that the fewest classes may meet selects the candidates. Each of them is checked against the
   * others.
   */
  public meeting(requirements: readonly Requirement[]): BitSet {
    if (requirements.length === 0) {
      return BitSet.full(this.size);
    }
    let [fewest, least] = [requirements[0], Infinity];
    for (const requirement of requirements) {
      const count = this.candidates(requirement);
      [fewest, least] = count < least ? [requirement, count] : [fewest, least];
    }
    if (least > CLASSES_FOR_SETS) {
      const [first, others] =
        least < Infinity
          ? [this.withValues(fewest).copy(), requirements.filter(each => each !== fewest)]
          : [BitSet.full(this.size), requirements];
      return others.reduce((all, requirement) => this.withRequirement(requirement, all), first);
    }
    const met = new BitSet(this.size);
    for (const value of fewest.values) {
      for (const index of this.valuesOf(fewest)?.get(value)?.numbers ?? []) {
        if (meets(requirements, this.classes[index].labels)) {
          met.add(index);
        }
      }
    }
    return met;
  }

  /** The same, kept for requirements that are asked again. It is not to be changed. */
  public knownMeeting(requirements: readonly Requirement[]): BitSet {
    const met = this.known.get(requirements) ?? this.meeting(requirements);
    this.known.set(requirements, met);
    return met;
  }

  /**
   * How many classes may meet a requirement. Infinite for operators other than `In`: they select many classes, or
   * classes without the label.
   */
  private candidates(requirement: Requirement): number {
    const byValue = this.valuesOf(requirement);
    return requirement.operator === 'In'
      ? requirement.values.reduce((sum, value) => sum + (byValue?.get(value)?.numbers.length ?? 0), 0)
      : Infinity;
  }

  /** Reduces a set of classes to those that meet a requirement. */
  private withRequirement(requirement: Requirement, all: BitSet): BitSet {
    const { operator, values } = requirement;
    switch (operator) {
      case 'In':
        return all.and(this.withValues(requirement));
      case 'NotIn':
        return values.reduce((rest, value) => rest.andNot(this.having(requirement, value)), all);
      case 'Exists':
        return all.and(this.havingKey(requirement));
      case 'DoesNotExist':
        return all.andNot(this.havingKey(requirement));
    }
  }

  /** The classes with one of the values. The set is not to be changed. */
  private withValues(requirement: Requirement): BitSet {
    return union(
      this.size,
      requirement.values.map(value => this.having(requirement, value)),
    );
  }

  /** The classes by the values of a label. */
  private valuesOf({ source, key }: Requirement): ReadonlyMap<string, ClassesOfValue> | undefined {
    return source === 'k8s' || source === 'any' ? this.byLabel.get(key) : undefined;
  }

  private having(requirement: Requirement, value: string): BitSet {
    const classes = this.valuesOf(requirement)?.get(value);
    if (!classes) {
      return new BitSet(this.size);
    }
    classes.set ??= setOf(this.size, classes.numbers);
    return classes.set;
  }

  private havingKey(requirement: Requirement): BitSet {
    const byValue = this.valuesOf(requirement);
    if (!byValue) {
      return new BitSet(this.size);
    }
    const { key } = requirement;
    const having =
      this.withKey.get(key) ??
      setOf(
        this.size,
        [...byValue.values()].flatMap(({ numbers }) => numbers),
      );
    this.withKey.set(key, having);
    return having;
  }

  /**
   * The classes as the policies of a cluster see them. Only namespaces that are not global make the directions differ,
   * see `peerOf`.
   */
  public seenBy(cluster: EvaluatedCluster, direction: Direction): PeerIndex {
    const views = this.views[this.hasLocalNamespaces ? direction : 'ingress'];
    let view = views.get(cluster.name);
    if (!view) {
      view = new PeerIndex(this, this.mesh, cluster, direction);
      views.set(cluster.name, view);
    }
    return view;
  }
}

function nodeKey(cluster: string, { name }: EvaluatedNode, placement: Placement): string {
  return JSON.stringify([cluster, name, placement]);
}

function setOf(size: number, numbers: Iterable<number>): BitSet {
  const set = new BitSet(size);
  for (const number of numbers) {
    set.add(number);
  }
  return set;
}

/** A peer, and the classes that are that peer. */
interface PeerClasses {
  readonly peer: Peer;
  readonly classes: BitSet;
}

/** The classes as peers of one cluster, and those that a selector of its policies selects. */
export class PeerIndex {
  /** Classes that the cluster knows by the labels of their pods. */
  private readonly known: BitSet;
  /** The other classes, such as pods with host network and addresses: one peer for each kind. */
  private readonly others: readonly PeerClasses[];
  /** The other classes by their labels alone, for selectors of labels. */
  private readonly othersByLabels: readonly PeerClasses[];
  private byAddress?: ReturnType<typeof addressesOf>;
  private byName?: ByName<PeerClasses>;
  private readonly aggregates = new Map<Aggregate, BitSet>();
  private readonly selected = new Map<string, BitSet>();
  private readonly selectedThemselves = new Map<string, BitSet>();

  constructor(
    private readonly index: IdentityIndex,
    mesh: EvaluatedMesh,
    cluster: EvaluatedCluster,
    direction: Direction,
  ) {
    this.known = new BitSet(index.size);
    const [kinds, labelled] = [new Map<string, PeerClasses>(), new Map<string, PeerClasses>()];
    const collect = (into: Map<string, PeerClasses>, key: unknown, peer: Peer, number: number) => {
      const text = JSON.stringify(key);
      const kind = into.get(text) ?? { peer, classes: new BitSet(index.size) };
      into.set(text, kind);
      kind.classes.add(number);
    };
    index.classes.forEach(({ endpoint, labels }, number) => {
      if (!endpoint) {
        return;
      }
      const peer = peerOf(endpoint, cluster, mesh, direction);
      if (peer.aggregate) {
        this.aggregates.set(peer.aggregate, this.aggregates.get(peer.aggregate) ?? new BitSet(index.size));
        this.aggregates.get(peer.aggregate)!.add(number);
      }
      if (peer.labels === labels) {
        this.known.add(number);
        return;
      }
      const key = [peer.labels.labels, peer.aggregate, peer.halfOfWorld];
      collect(labelled, key, peer, number);
      collect(kinds, [...key, peer.address?.text, peer.names], peer, number);
    });
    this.others = [...kinds.values()];
    this.othersByLabels = [...labelled.values()];
  }

  /** The classes that a selector selects. */
  public selecting(selector: PeerSelector): BitSet {
    let classes = this.selected.get(selector.id);
    if (!classes) {
      const others = [
        ...[...this.aggregates]
          .filter(([name]) => selectsItself(selector, AGGREGATES[name]))
          .map(([, members]) => members),
        ...this.othersFor(selector)
          .filter(({ peer }) => selects(selector, peer))
          .map(other => other.classes),
      ];
      const themselves = this.selectingThemselves(selector);
      classes = others.reduce((all, set) => all.or(set), others.length > 0 ? themselves.copy() : themselves);
      this.selected.set(selector.id, classes);
    }
    return classes;
  }

  /** The classes that a selector selects by their own labels, not by their aggregate's. */
  public selectingThemselves(selector: PeerSelector): BitSet {
    let classes = this.selectedThemselves.get(selector.id);
    if (!classes) {
      classes =
        selector.kind === 'labels' || (selector.kind === 'cidrGroupLabels' && selector.anyIdentity)
          ? this.index.meeting(selector.requirements).and(this.known)
          : new BitSet(this.index.size);
      for (const other of this.othersFor(selector)) {
        if (selectsItself(selector, other.peer)) {
          classes.or(other.classes);
        }
      }
      this.selectedThemselves.set(selector.id, classes);
    }
    return classes;
  }

  /** The other classes that a selector may select. CIDRs and names select no aggregates. */
  private othersFor(selector: PeerSelector): readonly PeerClasses[] {
    switch (selector.kind) {
      case 'labels':
        return this.othersByLabels;
      case 'cidr':
        return this.addressesIn(selector.cidr);
      case 'fqdn':
        this.byName ??= new ByName(this.others.flatMap(each => each.peer.names.map(name => [name, each])));
        return this.byName.matching(selector.fqdn, selector.matches);
      default:
        return this.others;
    }
  }

  /** The other classes with an address in a block. */
  private addressesIn({ family, first, last }: Cidr): readonly PeerClasses[] {
    this.byAddress ??= addressesOf(this.others);
    const sorted = this.byAddress[family];
    return sorted
      .slice(
        firstIndex(sorted, ({ address }) => address >= first),
        firstIndex(sorted, ({ address }) => address > last),
      )
      .map(({ peers }) => peers);
  }
}

interface PeerAddress {
  readonly address: bigint;
  readonly peers: PeerClasses;
}

/** The peers with an address, sorted by it. */
function addressesOf(all: readonly PeerClasses[]): { readonly [family in Family]: readonly PeerAddress[] } {
  const ofFamily = (family: Family) =>
    all
      .flatMap(peers =>
        peers.peer.address?.family === family ? [{ address: peers.peer.address.first, peers }] : [],
      )
      .sort((one, other) => (one.address < other.address ? -1 : one.address > other.address ? 1 : 0));
  return { IPv4: ofFamily('IPv4'), IPv6: ofFamily('IPv6') };
}

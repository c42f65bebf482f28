import { BitSet } from './bit-set';
import { peerOf } from './endpoint';
import { Peer } from '../engine/direction-policy';
import { LabelSet } from '../engine/label-set';
import { Aggregate, meets, PeerSelector, Requirement, selects, selectsItself } from '../engine/selector';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** Workloads that no policy can distinguish. They have equal identity labels and port names, in one cluster. */
export interface IdentityClass {
  readonly cluster: string;
  readonly labels: LabelSet;
  /** None for pods with host network: Cilium does not know theirs (updatePodHostData, v1.20.2). */
  readonly namedPorts: ReadonlyMap<string, number>;
  readonly hostNetwork: boolean;
  readonly workloads: readonly Workload[];
}

/** From this number of classes on, sets of labels are faster than asking each class. */
const CLASSES_FOR_SETS = 64;

/** Classes that may meet a requirement, and their number. */
interface Candidates {
  readonly lists: ReadonlyArray<readonly number[]>;
  readonly count: number;
}

/** The identity classes of a mesh, numbered and indexed by their labels. */
export class IdentityIndex {
  public readonly classes: readonly IdentityClass[];
  private readonly classOfWorkload = new Map<Workload, number>();
  /** Classes by key and value of their labels. */
  private readonly byLabel = new Map<string, Map<string, number[]>>();
  /** The classes that have a label with one of several values, by key and values. */
  private readonly withLabel = new Map<string, BitSet>();
  private readonly views = new Map<string, PeerIndex>();

  constructor(private readonly mesh: EvaluatedMesh) {
    const byKey = new Map<string, { first: Workload; workloads: Workload[] }>();
    for (const workload of mesh.workloads) {
      const key = classKey(workload);
      const group = byKey.get(key);
      if (group) {
        group.workloads.push(workload);
      } else {
        byKey.set(key, { first: workload, workloads: [workload] });
      }
    }
    this.classes = [...byKey.values()].map(({ first, workloads }) => ({
      cluster: first.cluster,
      labels: first.labels,
      namedPorts: first.hostNetwork ? new Map() : first.namedPorts,
      hostNetwork: first.hostNetwork,
      workloads,
    }));
    this.classes.forEach(({ labels, workloads }, index) => {
      workloads.forEach(workload => this.classOfWorkload.set(workload, index));
      for (const { key, value } of labels.labels) {
        const values = this.byLabel.get(key) ?? new Map<string, number[]>();
        this.byLabel.set(key, values);
        const classes = values.get(value);
        if (classes) {
          classes.push(index);
        } else {
          values.set(value, [index]);
        }
      }
    });
  }

  public get size(): number {
    return this.classes.length;
  }

  /** The class of a workload. */
  public classOf(workload: Workload): number {
    return this.classOfWorkload.get(workload)!;
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
    let fewest: Candidates | undefined;
    for (const requirement of requirements) {
      const each = this.candidates(requirement);
      fewest = each && (fewest === undefined || each.count < fewest.count) ? each : fewest;
    }
    if (fewest === undefined || fewest.count > CLASSES_FOR_SETS) {
      return requirements.reduce((all, requirement) => this.withRequirement(requirement, all), BitSet.full(this.size));
    }
    const met = new BitSet(this.size);
    for (const classes of fewest.lists) {
      for (const index of classes) {
        if (meets(requirements, this.classes[index].labels)) {
          met.add(index);
        }
      }
    }
    return met;
  }

  /** Reduces a set of classes to those that meet a requirement. Keeps the sets of classes that have a label. */
  private withRequirement({ source, key, operator, values }: Requirement, all: BitSet): BitSet {
    const byValue = source === 'k8s' || source === 'any' ? this.byLabel.get(key) : undefined;
    const allowedValues = operator === 'In' || operator === 'NotIn' ? values : undefined;
    const id = byValue === undefined ? '' : JSON.stringify([key, allowedValues]);
    let holding = this.withLabel.get(id);
    if (!holding) {
      holding = new BitSet(this.size);
      for (const value of byValue === undefined ? [] : (allowedValues ?? byValue.keys())) {
        byValue?.get(value)?.forEach(index => holding!.add(index));
      }
      this.withLabel.set(id, holding);
    }
    return operator === 'In' || operator === 'Exists' ? all.and(holding) : all.andNot(holding);
  }

  /**
   * The classes that may meet a requirement. Undefined for operators other than `In`: they select many classes, or
   * classes without the label.
   */
  private candidates({ source, key, operator, values }: Requirement): Candidates | undefined {
    if (operator !== 'In') {
      return undefined;
    }
    const byValue = source === 'k8s' || source === 'any' ? this.byLabel.get(key) : undefined;
    const lists = values.map(value => byValue?.get(value) ?? []);
    return { lists, count: lists.reduce((sum, each) => sum + each.length, 0) };
  }

  /** The classes as the policies of a cluster see them. */
  public seenBy(cluster: EvaluatedCluster): PeerIndex {
    const view = this.views.get(cluster.name) ?? new PeerIndex(this, this.mesh, cluster);
    this.views.set(cluster.name, view);
    return view;
  }
}

/** The identity classes as peers of one cluster, and those that a selector of its policies selects. */
export class PeerIndex {
  /** Classes that the cluster knows by their labels. */
  private readonly known: BitSet;
  /** The other classes, such as pods with host network: one peer for each kind. */
  private readonly others: Array<{ readonly peer: Peer; readonly classes: BitSet }> = [];
  private readonly aggregates = new Map<Aggregate, BitSet>();
  private readonly selected = new Map<string, BitSet>();
  private readonly selectedThemselves = new Map<string, BitSet>();

  constructor(
    private readonly index: IdentityIndex,
    mesh: EvaluatedMesh,
    cluster: EvaluatedCluster,
  ) {
    this.known = new BitSet(index.size);
    const kinds = new Map<string, { peer: Peer; classes: BitSet }>();
    index.classes.forEach((each, number) => {
      const peer = peerOf({ kind: 'workload', workload: each.workloads[0] }, cluster, mesh);
      if (peer.aggregate) {
        this.aggregates.set(peer.aggregate, this.aggregates.get(peer.aggregate) ?? new BitSet(index.size));
        this.aggregates.get(peer.aggregate)!.add(number);
      }
      if (peer.labels === each.labels) {
        this.known.add(number);
        return;
      }
      const key = JSON.stringify([peer.labels.labels, peer.aggregate ?? '']);
      const kind = kinds.get(key) ?? { peer, classes: new BitSet(index.size) };
      kinds.set(key, kind);
      kind.classes.add(number);
    });
    this.others.push(...kinds.values());
  }

  /** The classes that a selector selects. */
  public selecting(selector: PeerSelector): BitSet {
    let classes = this.selected.get(selector.id);
    if (!classes) {
      const others = [
        ...[...this.aggregates]
          .filter(([name]) => selectsItself(selector, AGGREGATES[name]))
          .map(([, members]) => members),
        ...this.others.filter(({ peer }) => selects(selector, peer)).map(other => other.classes),
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
      for (const other of this.others) {
        if (selectsItself(selector, other.peer)) {
          classes.or(other.classes);
        }
      }
      this.selectedThemselves.set(selector.id, classes);
    }
    return classes;
  }
}

function aggregateIdentity(name: Aggregate) {
  return { labels: new LabelSet([{ source: 'reserved', key: name, value: '' }]), names: [], groups: [] };
}

const AGGREGATES: { readonly [name in Aggregate]: ReturnType<typeof aggregateIdentity> } = {
  'aggregate-cluster': aggregateIdentity('aggregate-cluster'),
  'aggregate-cluster-mesh': aggregateIdentity('aggregate-cluster-mesh'),
  'aggregate-world': aggregateIdentity('aggregate-world'),
  'aggregate-remote-node': aggregateIdentity('aggregate-remote-node'),
};

function classKey({ cluster, labels, namedPorts, hostNetwork }: Workload): string {
  const texts = labels.labels.map(({ key, value }) => `${key}=${value}`).sort();
  const ports = [...namedPorts].map(([name, port]) => `${name}=${port}`).sort();
  return `${cluster} ${hostNetwork} ${texts.join()} ${ports.join()}`;
}

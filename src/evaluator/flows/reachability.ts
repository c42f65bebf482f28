import { BitSet } from './bit-set';
import { ClusterRules } from './cluster-rules';
import { EndpointVerdict, FlowPort, FlowVerdict, flowVerdict } from './flow';
import { IdentityIndex } from './identity-index';
import { Row } from './row';
import { Direction } from '../engine/entry';
import { MergedRules } from '../engine/l4-filter';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** The verdicts on one flow between workloads. */
export interface PairVerdict {
  readonly egress: EndpointVerdict;
  readonly ingress: EndpointVerdict;
  readonly verdict: FlowVerdict;
}

/** The number of flows from one cluster to another. */
export interface SummaryRow {
  readonly source: string;
  readonly destination: string;
  readonly flows: number;
  readonly allowed: number;
}

/**
 * The verdicts on all pairs of workloads. They equal those of `decideFlow`.
 *
 * This computes them once for all workloads that the same rules apply to, and for sets of peers at a time.
 */
export class Reachability {
  public readonly index: IdentityIndex;
  private readonly clusters: ReadonlyMap<string, ClusterRules>;

  constructor(mesh: EvaluatedMesh) {
    this.index = new IdentityIndex(mesh);
    this.clusters = new Map(mesh.clusters.map(cluster => [cluster.name, new ClusterRules(mesh, cluster, this.index)]));
  }

  /** The rules of a cluster that apply to a class of its pods, merged. */
  public mergedRules({ name }: EvaluatedCluster, number: number, direction: Direction): MergedRules {
    return this.clusters.get(name)!.merged(number, direction);
  }

  /** The verdicts on one port. */
  public on(port: FlowPort): PortReachability {
    return new PortReachability(this.index, this.clusters, port);
  }
}

/** The verdicts on all pairs of workloads on one port. Computes them when they are first needed. */
export class PortReachability {
  private readonly rows = new Map<string, Row>();
  private ingressSets?: readonly BitSet[];
  private readonly rowsOfClass: { readonly [direction in Direction]: Array<Row | undefined> } = {
    ingress: [],
    egress: [],
  };

  constructor(
    private readonly index: IdentityIndex,
    private readonly clusters: ReadonlyMap<string, ClusterRules>,
    private readonly port: FlowPort,
  ) {}

  public verdict(source: Workload, destination: Workload): PairVerdict {
    const [from, to] = [this.index.classOf(source), this.index.classOf(destination)];
    const egress = this.row(from, 'egress').verdict(to);
    const ingress = this.row(to, 'ingress').verdict(from);
    return { egress, ingress, verdict: flowVerdict(egress, ingress) };
  }

  /**
   * Counts the flows between distinct workloads for each pair of clusters, sorted. With `all` it includes the flows of
   * a workload to itself.
   */
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
      this.row(from, 'egress')
        .allowedPeers.copy()
        .and(byIngress[from])
        .forEach(to => {
          allowed[base + clusterOf[to]] += sizes[from] * (from === to && !all ? sizes[to] - 1 : sizes[to]);
        });
    }
    const workloads = clusterNames.map((_, number) =>
      classes.reduce((sum, each, which) => sum + (clusterOf[which] === number ? each.workloads.length : 0), 0),
    );
    return clusterNames.flatMap((source, from) =>
      clusterNames.map((destination, to) => ({
        source,
        destination,
        flows: workloads[from] * (from === to && !all ? workloads[to] - 1 : workloads[to]),
        allowed: allowed[from * count + to],
      })),
    );
  }

  /** The verdicts on the flows of a class with all others, in one direction. */
  public row(number: number, direction: Direction): Row {
    const rows = this.rowsOfClass[direction];
    rows[number] ??= this.findRow(number, direction);
    return rows[number];
  }

  /** For each class, the classes whose ingress policy allows it. */
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

  /** Classes with the same rules share a row. */
  private findRow(number: number, direction: Direction): Row {
    const { cluster } = this.index.classes[number];
    const rules = this.clusters.get(cluster)!;
    const key = `${cluster} ${direction} ${rules.groupOf(number, direction)}`;
    const row = this.rows.get(key) ?? rules.row(number, direction, this.port);
    this.rows.set(key, row);
    return row;
  }
}

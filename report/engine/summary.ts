import { Sides } from './sides';
import { BitSet } from '../../src/evaluator/flows/bit-set';
import { ConnectionsId } from '../../src/evaluator/flows/connections';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import { holdsFlow } from '../../src/evaluator/flows/port-range';
import { WeightedSet } from '../../src/evaluator/flows/weighted-set';
import { Columns } from '../../src/evaluator/queries/planes/columns';
import { Side, Summary } from '../protocol';

/** What the workloads of a class may do. */
interface ClassCounts {
  readonly connecting: number;
  readonly allowed: number;
}

/** Counts of the meshes of a report. Classes whose connections did not change are counted once. */
export class Summaries {
  private counts = new WeakMap<ReadonlyMap<ConnectionsId, BitSet>, ClassCounts>();
  private columns: Columns | undefined;
  private workloads: unknown;
  private sizes = new WeightedSet(0);
  private listening = new Map<ConnectionsId, WeightedSet>();

  constructor(private readonly sides: Sides) {}

  public of(side: Side): Summary {
    const { mesh } = this.sides.at(side);
    const space = this.sides.space(side);
    const { columns } = this.sides.spaces;
    const isSame = this.columns === columns && this.workloads === mesh.workloads;
    if (!isSame) {
      this.columns = columns;
      this.workloads = mesh.workloads;
      this.counts = new WeakMap();
      this.listening = new Map();
      this.sizes = new WeightedSet(space.index.size);
      space.classes.forEach(({ workloads }, number) => this.sizes.set(number, workloads.length));
    }
    const total = { connecting: 0, allowed: 0 };
    space.classes.forEach(({ workloads }, number) => {
      if (workloads.length > 0) {
        const { connecting, allowed } = this.countsOf(space, columns, number);
        total.connecting += connecting;
        total.allowed += allowed;
      }
    });
    const count = mesh.workloads.length;
    const ports = mesh.workloads.reduce((sum, each) => sum + columns.ports[columns.columnOf(each)].length, 0);
    return {
      clusters: mesh.clusters.length,
      workloads: count,
      policies: mesh.clusters.reduce((sum, { policies }) => sum + policies.length, 0),
      services: mesh.clusters.reduce((sum, { services }) => sum + services.length, 0),
      pairs: count * (count - 1),
      flows: ports * (count - 1),
      ...total,
    };
  }

  private countsOf(space: FlowSpace, columns: Columns, number: number): ClassCounts {
    const reached = space.from(number);
    const known = this.counts.get(reached);
    if (known) {
      return known;
    }
    const { workloads } = space.classes[number];
    let [connecting, allowed] = [0, 0];
    reached.forEach((destinations, id) => {
      const ports = this.portsAllowedBy(space, columns, id);
      connecting += workloads.length * this.sizes.sumOf(destinations);
      allowed += workloads.length * ports.sumOf(destinations);
      if (destinations.has(number)) {
        // a workload with itself is no pair
        const self = new BitSet(space.index.size);
        self.add(number);
        connecting -= workloads.length;
        allowed -= ports.sumOf(self);
      }
    });
    const counts = { connecting, allowed };
    this.counts.set(reached, counts);
    return counts;
  }

  /** For each class, how many declared ports of its workloads some connections allow. */
  private portsAllowedBy(space: FlowSpace, columns: Columns, id: ConnectionsId): WeightedSet {
    let set = this.listening.get(id);
    if (!set) {
      set = new WeightedSet(space.index.size);
      const ranges = space.table.get(id);
      for (const [number, { workloads }] of space.classes.entries()) {
        set.set(
          number,
          workloads.reduce(
            (sum, workload) =>
              sum +
              columns.ports[columns.columnOf(workload)].filter(port => ranges.some(range => holdsFlow(range, port)))
                .length,
            0,
          ),
        );
      }
      this.listening.set(id, set);
    }
    return set;
  }
}

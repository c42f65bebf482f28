import { commandOf } from './commands';
import { workloadIds } from './endpoints';
import { Sides } from './sides';
import { Summaries } from './summary';
import { formatPort } from '../../src/evaluator/flows/flow';
import { holdsFlow } from '../../src/evaluator/flows/port-range';
import { Workload } from '../../src/evaluator/read/workload';
import { DigestMesh } from '../../src/observed/digest/replay-digest';
import { ObservedFlows } from '../../src/reports/page/observed-view';
import { CommandText, Observed, Protocol, Side, Traffic } from '../protocol';

/** The most allowed flows without records of an answer. */
const MOST_UNUSED = 200;

/** The recorded flows of a report, as each side decides them. */
export class ObservedSides {
  private readonly judged = new WeakMap<object, ObservedFlows>();

  constructor(
    private readonly sides: Sides,
    private readonly summaries: Summaries,
  ) {}

  public of({ side, ...choice }: Protocol['observed']['ask']): Observed {
    const judged = this.judge(side);
    const view = judged.view(choice);
    const ids = this.ids();
    return {
      ...view,
      rows: view.rows.map(row => ({
        ...row,
        ...(row.from === undefined ? {} : { from: ids.get(row.from) ?? row.from }),
        ...(row.to === undefined ? {} : { to: ids.get(row.to) ?? row.to }),
      })),
      ...this.use(side, judged),
      command: this.command(side),
    };
  }

  /** The pairs of endpoints that recorded flows are between. */
  public traffic(side: Side): Traffic {
    const ids = this.ids();
    const pairs = this.judge(side).pairs();
    const named = (state: 'breaks' | 'used') =>
      pairs
        .filter(each => each.state === state)
        .map(({ from, to }) => [ids.get(from) ?? from, ids.get(to) ?? to] as const);
    return { breaks: named('breaks'), used: named('used') };
  }

  /** The ids of workloads, by the keys that recorded flows have. */
  private ids(): ReadonlyMap<string, string> {
    const known = workloadIds(this.sides.names.map(name => this.sides.at(name)));
    return new Map([...known].map(([workload, id]) => [keyOf(workload), id]));
  }

  /**
   * What ran while Hubble recorded is the old mesh; without one, the new mesh is held against the records, and is what
   * suppositions change.
   */
  private judge(side: Side): ObservedFlows {
    const { page, old, new: current } = this.sides;
    const { mesh } = this.sides.at(side);
    if (!page.observed) {
      throw new Error('the report contains no recorded flows');
    }
    const known = this.judged.get(mesh);
    if (known) {
      return known;
    }
    const written = [current.mesh, ...(old ? [old.mesh] : [])];
    const sideOf = (each: object) => (old && each === old.mesh ? 1 : 0);
    const ran = old?.mesh ?? current.mesh;
    const before: DigestMesh | undefined = mesh === ran ? undefined : { mesh: ran, side: sideOf(ran) };
    const judged = new ObservedFlows(page.observed, written, { mesh, side: sideOf(mesh) }, before);
    this.judged.set(mesh, judged);
    return judged;
  }

  /** How many of the allowed flows between workloads have records. Classes have what their workloads have. */
  private use(side: Side, judged: ObservedFlows): Pick<Observed, 'allowed' | 'used' | 'unused'> {
    const { mesh } = this.sides.at(side);
    const space = this.sides.space(side);
    const { columns } = this.sides.spaces;
    const ids = workloadIds(this.sides.names.map(name => this.sides.at(name)));
    // several recorded ends may be one workload
    const flows = new Map(judged.usedFlows().map(each => [each.join(' '), each]));
    const { allowed } = this.summaries.of(side);
    const portsOf = (workload: Workload) => columns.ports[columns.columnOf(workload)];
    const isAllowed = (source: Workload, destination: Workload) => {
      const number = space.index.classOf(destination);
      const ranges = [...space.from(space.index.classOf(source))].flatMap(([id, to]) =>
        to.has(number) ? space.table.get(id) : [],
      );
      return portsOf(destination).filter(port => ranges.some(range => holdsFlow(range, port)));
    };
    const byKey = new Map(mesh.workloads.map(each => [keyOf(each), each]));
    const usedCount = [...flows.values()].reduce((sum, [from, to, text]) => {
      const [source, destination] = [byKey.get(from), byKey.get(to)];
      return source && destination && source !== destination
        ? sum + isAllowed(source, destination).filter(port => formatPort(port) === text).length
        : sum;
    }, 0);
    const unused: Array<Observed['unused'][number]> = [];
    for (const source of mesh.workloads) {
      if (unused.length >= Math.min(MOST_UNUSED, allowed - usedCount)) {
        break;
      }
      for (const destination of mesh.workloads) {
        const ports = source === destination ? [] : isAllowed(source, destination);
        for (const port of ports) {
          if (unused.length < MOST_UNUSED && !flows.has([keyOf(source), keyOf(destination), formatPort(port)].join(' '))) {
            unused.push({ from: ids.get(source)!, to: ids.get(destination)!, port });
          }
        }
      }
    }
    return { allowed, used: usedCount, unused };
  }

  private command(side: Side): CommandText {
    const { old } = this.sides.page.arguments;
    const command = commandOf(this.sides, side, 'cilium-mesh replay FLOWS', { pods: 'of no effect' });
    return side === 'old' || old === undefined
      ? command
      : { ...command, line: `${command.line} ${old.replace('--mesh', '--against')}` };
  }
}

function keyOf({ kind, namespace, name, cluster }: Workload): string {
  return `${kind}/${namespace}/${name}@${cluster}`;
}

import { OUTSIDE, Picture, PictureBox, PictureBuilder, PictureLine, portRange, sortedBoxes } from './picture';
import { workloadBox } from './workload-box';
import { FlowPort } from '../../evaluator/flows/flow';
import { FlowSpace } from '../../evaluator/flows/flow-space';
import { CellVerdict } from '../../evaluator/queries/cell-verdict';
import { GroupCell, GroupedConnections, Grouping } from '../../evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../../evaluator/queries/connection-matrix';
import { Member } from '../../evaluator/queries/members';
import { Workload } from '../../evaluator/read/workload';
import { formatMembers } from '../endpoint-names';
import { counted } from '../words';

const ADVICE = 'choose pairs with --from and --to, or group them with --group-by namespace or cluster';

/** The pairs of a matrix that may connect. With a verdict, its pairs: those that may not connect are drawn as well. */
export function connectionPicture(matrix: ConnectionMatrix, verdict: CellVerdict | undefined, most: number): Picture {
  const builder = new PictureBuilder();
  [...matrix.sources, ...matrix.destinations].forEach(member => builder.addBox(memberBox(member, matrix.space)));
  for (const { source, destination, connections, listening } of matrix.cells(verdict)) {
    const [from, to] = [source, destination].map(member => memberBox(member, matrix.space));
    if (connections.length > 0) {
      builder.addLine(from, to, 'allowed', connections);
    } else if (verdict !== undefined) {
      builder.addLine(from, to, 'denied', listening.map(portRange));
    }
  }
  return builder.picture('Who may connect', most, [], ADVICE);
}

/** One flow of a matrix on single ports. */
interface PicturedFlow {
  readonly source: Workload | Member;
  readonly destination: Workload | Member;
  readonly port: FlowPort;
  readonly verdict: string;
}

/** Flows on single ports: those that are allowed, and with `drawsDenied` the others too. */
export function flowsPicture(
  flows: Iterable<PicturedFlow>,
  space: FlowSpace | undefined,
  drawsDenied: boolean,
  most: number,
): Picture {
  const builder = new PictureBuilder();
  const box = (end: Workload | Member) => ('endpoint' in end ? memberBox(end, space!) : workloadBox(end, 'workload'));
  for (const { source, destination, port, verdict } of flows) {
    const [from, to] = [box(source), box(destination)];
    builder.addBox(from);
    builder.addBox(to);
    if (verdict === 'allowed' || drawsDenied) {
      builder.addLine(from, to, verdict === 'allowed' ? 'allowed' : 'denied', [portRange(port)]);
    }
  }
  return builder.picture('Who may connect', most, [], 'choose pairs with --from and --to');
}

/** How many pairs of groups may connect. */
export function groupsPicture(
  grouped: GroupedConnections,
  { kind }: Grouping,
  note: string | undefined,
  most: number,
): Picture {
  const frames = (name: string): readonly string[] =>
    kind === 'namespace' && name.includes('@') ? [name.slice(name.lastIndexOf('@') + 1)] : [];
  const lines: PictureLine[] = [];
  for (const row of grouped.rows()) {
    for (const cell of row.filter(({ connecting }) => connecting > 0)) {
      lines.push({ from: cell.source.name, to: cell.destination.name, kind: 'allowed', label: countsText(cell) });
    }
  }
  const names = new Set([...grouped.sources, ...grouped.destinations].map(({ name }) => name));
  return {
    title: `Who may connect, by ${kind}`,
    boxes: sortedBoxes([...names].map(name => ({ id: name, name, frames: frames(name) }))),
    lines: lines.slice(0, most),
    notes: [
      'a line says how many pairs may connect on some port',
      ...(note === undefined ? [] : [note]),
      ...undrawn(lines.length - most, ADVICE),
    ],
  };
}

function countsText({ connecting, pairs }: GroupCell): string {
  return `${connecting} of ${pairs}`;
}

/** How many flows on single ports are allowed between clusters. */
export function countsPicture(
  rows: ReadonlyArray<{
    readonly source: string;
    readonly destination: string;
    readonly label: string;
    readonly allowed: number;
  }>,
  most: number,
): Picture {
  const names = new Set(rows.flatMap(({ source, destination }) => [source, destination]));
  const byPair = new Map<string, PictureLine>();
  for (const { source, destination, label } of rows.filter(({ allowed }) => allowed > 0)) {
    const key = JSON.stringify([source, destination]);
    const known = byPair.get(key);
    byPair.set(key, {
      from: source,
      to: destination,
      kind: 'allowed',
      label: known ? `${known.label}, ${label}` : label,
    });
  }
  const lines = [...byPair.values()];
  return {
    title: 'Who may connect, by cluster',
    boxes: sortedBoxes([...names].map(name => ({ id: name, name, frames: [] }))),
    lines: lines.slice(0, most),
    notes: undrawn(lines.length - most, 'choose clusters with --from and --to'),
  };
}

function memberBox(member: Member, space: FlowSpace): PictureBox {
  if (member.endpoint.kind === 'workload') {
    return workloadBox(member.endpoint.workload, 'workload');
  }
  const name = formatMembers([member], space).text;
  return { id: name, name, frames: 'cluster' in member.endpoint && member.endpoint.cluster ? [member.endpoint.cluster] : [OUTSIDE] };
}

function undrawn(lines: number, advice: string): string[] {
  return lines <= 0 ? [] : [`${counted(lines, 'line')} ${lines === 1 ? 'is' : 'are'} not drawn: ${advice}`];
}

/* eslint-disable no-bitwise -- planes are bits of words */
import { membersById } from './endpoints';
import { matrixCommand } from './matrix-command';
import { Sides } from './sides';
import { BitSet } from '../../src/evaluator/flows/bit-set';
import { FlowPort, formatPort } from '../../src/evaluator/flows/flow';
import { FlowSpace } from '../../src/evaluator/flows/flow-space';
import {
  groupMembers,
  GroupedConnections,
  Grouping as MemberGrouping,
  MemberGroup,
  parseGrouping,
} from '../../src/evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../../src/evaluator/queries/connection-matrix';
import { Member } from '../../src/evaluator/queries/members';
import { changedPlanesOf } from '../../src/evaluator/queries/planes/changed-planes';
import { addClasses, Columns } from '../../src/evaluator/queries/planes/columns';
import { PlanePorts, Planes as PlaneBits, planesOf } from '../../src/evaluator/queries/planes/planes';
import { cellJson, rowTexts } from '../../src/reports/connection-matrix';
import { formatRanges } from '../../src/reports/port-ranges';
import { ChangedPlanes, ConnectionRow, GroupGrid, Planes, PortChoice, PortClass, Protocol, Side } from '../protocol';

/** The planes of a side. Between two ends where no policy decides there are no flows. */
export function planes(sides: Sides, side: Side, ports: PortChoice): Planes {
  const { generation, columns } = sides.spaces;
  const space = sides.space(side);
  const bits = planesOf(space, columns, ports as PlanePorts);
  const { egress, ingress, allowed, any, whole } = bits;
  maskOutside(space, columns, bits, [...new Set([egress, ingress, allowed, any, whole])]);
  return { generation, ...bits };
}

export function changedPlanes(sides: Sides, { from, to, ports }: Protocol['changedPlanes']['ask']): ChangedPlanes {
  const { generation, columns } = sides.spaces;
  const [before, after] = [sides.space(from), sides.space(to)];
  const bits = changedPlanesOf(before, after, columns, ports as PlanePorts);
  maskOutside(after, columns, bits, [bits.gained, bits.lost]);
  return { generation, ...bits };
}

function maskOutside(
  space: FlowSpace,
  columns: Columns,
  { words }: Pick<PlaneBits, 'words'>,
  all: readonly Uint32Array[],
): void {
  const inside = new BitSet(space.index.size);
  space.classes.forEach(({ kind }, number) => (kind === 'pods' || kind === 'node') && inside.add(number));
  const mask = new Uint32Array(words);
  addClasses(inside, columns, mask, 0);
  columns.classes.forEach((number, column) => {
    if (!inside.has(number)) {
      all.forEach(plane => {
        for (let at = 0; at < words; at++) {
          plane[column * words + at] &= mask[at];
        }
      });
    }
  });
}

/** The ports that rules or workloads distinguish. */
export function portClasses(sides: Sides, side: Side): PortClass[] {
  const { columns } = sides.spaces;
  const space = sides.space(side);
  const starts = new Map<string, Set<number>>();
  const ends = new Map<string, number>();
  const cut = (protocol: string, first: number, last: number) => {
    const known = starts.get(protocol) ?? new Set<number>();
    starts.set(protocol, known.add(first).add(last + 1));
    ends.set(protocol, Math.max(ends.get(protocol) ?? 0, last));
  };
  const declared = new Map<string, { port: FlowPort; count: number }>();
  for (const workload of space.mesh.workloads) {
    for (const port of columns.ports[columns.columnOf(workload)]) {
      const known = declared.get(formatPort(port)) ?? { port, count: 0 };
      known.count++;
      declared.set(formatPort(port), known);
    }
  }
  declared.forEach(({ port }) => cut(port.protocol, port.port, port.port));
  space.index.present.forEach(number =>
    (['egress', 'ingress'] as const).forEach(direction => {
      const rows = space.rows(number, direction);
      if (rows.length > 1) {
        rows.forEach(({ ranges }) => ranges.forEach(({ protocol, first, last }) => cut(protocol, first, last)));
      }
    }),
  );
  return [...starts].flatMap(([protocol, all]) => {
    const sorted = [...all].sort((one, other) => one - other);
    return sorted.slice(0, -1).map((first, index): PortClass => {
      const last = sorted[index + 1] - 1;
      const count = [...declared.values()]
        .filter(({ port }) => port.protocol === protocol && first <= port.port && port.port <= last)
        .reduce((sum, each) => sum + each.count, 0);
      return { protocol, first, last, declared: count };
    });
  });
}

/** A matrix of members of one side, over its own flow space. */
function matrixOf(sides: Sides, side: Side, from?: readonly string[], to?: readonly string[]): ConnectionMatrix {
  const members = membersById(sides, side);
  const select = (ids: readonly string[] | undefined): Member[] =>
    ids === undefined ? [...members.values()] : ids.flatMap(id => members.get(id) ?? []);
  return ConnectionMatrix.ofMembers(sides.space(side), select(from), select(to));
}

export function groups(sides: Sides, { side, by, filter, most }: Protocol['groups']['ask']): GroupGrid {
  const grouping = parseGrouping(by) ?? { kind: 'namespace' };
  const members = membersById(sides, side);
  const all = groupMembers([...members.values()], grouping);
  const matching = all.filter(({ name }) => name.toLowerCase().includes(filter.toLowerCase()));
  const shown = (matching.length > 0 ? matching : all).slice(0, most);
  const shownMembers = shown.flatMap(group => group.members);
  const ofGroups = new Set(shownMembers);
  const ids = new Set([...members].flatMap(([id, member]) => (ofGroups.has(member) ? [id] : [])));
  const command = matrixCommand(sides, { side, ids, by, workloads: workloadPatterns(grouping, shown) });
  const size = shown.length;
  const grid = {
    names: shown.map(({ name }) => name),
    left: all.length - size,
    ...(command ? { command } : {}),
    pairs: new Float64Array(size * size),
    connecting: new Float64Array(size * size),
  };
  let at = 0;
  const matrix = ConnectionMatrix.ofMembers(sides.space(side), shownMembers, shownMembers);
  for (const cells of new GroupedConnections(matrix, grouping).rows()) {
    for (const { pairs, connecting } of cells) {
      grid.pairs[at] = pairs;
      grid.connecting[at] = connecting;
      at++;
    }
  }
  return grid;
}

/** The patterns of the workloads in groups; undefined where a group has no pattern of its own. */
function workloadPatterns(grouping: MemberGrouping, all: readonly MemberGroup[]): string[] | undefined {
  const patterns = all.flatMap(({ name, members: [{ endpoint }] }): Array<string | undefined> => {
    if (endpoint.kind !== 'workload') {
      return [];
    }
    const { namespace, cluster, podLabels } = endpoint.workload;
    return [
      grouping.kind === 'cluster'
        ? `@${cluster}`
        : grouping.kind === 'namespace'
          ? `${namespace}/*@${cluster}`
          : grouping.kind === 'label' && Object.hasOwn(podLabels, grouping.key)
            ? name
            : undefined,
    ];
  });
  return patterns.every(each => each !== undefined) ? patterns : undefined;
}

/** How many rows an answer has if the question does not say. */
const MOST_ROWS = 500;

export function connections(
  sides: Sides,
  { side, from, to, most = MOST_ROWS }: Protocol['connections']['ask'],
): Protocol['connections']['answer'] {
  const matrix = matrixOf(sides, side, from, to);
  const ids = new Map([...membersById(sides, side)].map(([id, { number, endpoint }]) => [
    endpoint.kind === 'workload' ? endpoint.workload : number,
    id,
  ]));
  const idOf = ({ number, endpoint }: Member) => ids.get(endpoint.kind === 'workload' ? endpoint.workload : number)!;
  const cells: ConnectionRow[] = [];
  let left = 0;
  for (const source of matrix.sources) {
    for (const destination of matrix.destinations) {
      if (matrix.isPair(source, destination)) {
        if (cells.length < most) {
          for (const cell of matrix.placedCells(source, destination)) {
            cells.push({
              ...cellJson(cell),
              from: idOf(source),
              to: idOf(destination),
              text: { ...rowTexts(matrix, cell), ports: formatRanges(cell.connections) },
            });
          }
        } else {
          left++;
        }
      }
    }
  }
  return { cells, left };
}

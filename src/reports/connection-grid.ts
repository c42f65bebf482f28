import { rangeJson } from './connection-matrix';
import { formatConnections } from './connections';
import { matrixLines } from './matrix-lines';
import { memberJson } from './members';
import { groupsPicture } from './picture/connection-picture';
import { placesJson } from './place';
import { Inline, Part, Report } from './report';
import type { GroupCellJson } from './schemas/matrix';
import { ConnectionsId } from '../evaluator/flows/connections';
import { foldPairs, GroupCell, GroupedConnections, Grouping } from '../evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../evaluator/queries/connection-matrix';

/** Width of a grid that is not printed on a terminal. */
const DEFAULT_WIDTH = 120;

/** The longest text in a cell. Longer ones are in the legend. */
const CELL_WIDTH = 16;

/** How to print a grid. */
export interface GridLayout {
  /** The columns of the terminal. */
  readonly width?: number;
  /** Says why the pairs are grouped, if no option asks for it. */
  readonly note?: string;
}

/** `cilium-mesh matrix --group-by`: what groups of endpoints allow each other, as a grid. */
export function connectionGridReport(
  matrix: ConnectionMatrix,
  grouping: Grouping,
  { width = DEFAULT_WIDTH, note }: GridLayout = {},
): Report {
  const grouped = new GroupedConnections(matrix, grouping);
  const cells = function* () {
    for (const row of grouped.rows()) {
      yield* row;
    }
  };
  return {
    title: `matrix --group-by ${grouping.kind === 'label' ? `label:${grouping.key}` : grouping.kind}`,
    parts: () => gridParts(matrix, grouped, width, note),
    picture: most => groupsPicture(grouped, grouping, note, most),
    document: {
      field: 'groups',
      items: function* () {
        for (const cell of cells()) {
          yield cellJson(matrix, cell);
        }
      },
    },
    records: {
      columns: ['source', 'destination', 'pairs', 'connecting', 'dependent', 'flows', 'allowed', 'ports'],
      items: function* () {
        for (const { source, destination, common, ...counts } of cells()) {
          yield {
            source: source.name,
            destination: destination.name,
            ...counts,
            ports: common === undefined ? '' : portsText(matrix, common),
          };
        }
      },
    },
  };
}

function gridParts(
  matrix: ConnectionMatrix,
  grouped: GroupedConnections,
  width: number,
  note: string | undefined,
): Part[] {
  const rows = [...grouped.rows()];
  if (rows.length === 0 || grouped.destinations.length === 0) {
    return matrixLines(matrix);
  }
  const legend = new Map<ConnectionsId, string>();
  const texts = rows.map(row => row.map(cell => cellText(matrix, cell, legend)));
  const sum = (field: 'pairs' | 'connecting') => rows.flat().reduce((all, cell) => all + cell[field], 0);
  return [
    ...tables(grouped, texts, width),
    ...[...legend].map(([id, mark]): Part => ({ kind: 'line', text: `${mark}: ${portsText(matrix, id)}` })),
    ...(rows.flat().some(({ connecting, common }) => connecting > 0 && common === undefined) ? [SOME] : []),
    ...dependentNote(rows.flat()),
    ...(note === undefined ? [] : [{ kind: 'line', text: note } as const]),
    ...matrixLines(matrix, { pairs: sum('pairs'), connecting: sum('connecting') }),
  ];
}

/** Says that some verdicts depend on the nodes of pods, which a cell does not show. */
export function dependentNote(cells: ReadonlyArray<{ readonly dependent: number }>): Part[] {
  const dependent = cells.reduce((sum, cell) => sum + cell.dependent, 0);
  const pairs = dependent === 1 ? '1 pair' : `${dependent} pairs`;
  return dependent === 0
    ? []
    : [
      {
        kind: 'line',
        text:
          `the connections of ${pairs} depend on the nodes of pods, because an end has the network of its node: ` +
            'list them with --from and --to, or with --format csv',
      },
    ];
}

const SOME: Part = { kind: 'line', text: 'some (2 of 6): 2 of 6 pairs may connect, not all on the same ports' };

/** The grid, in several tables if its columns do not fit side by side. */
function tables({ sources, destinations }: GroupedConnections, texts: readonly Inline[][], width: number): Part[] {
  const first = Math.max('from \\ to'.length, ...sources.map(({ name }) => name.length));
  const widths = destinations.map(({ name }, column) =>
    Math.max(name.length, ...texts.map(row => plainLength(row[column]))),
  );
  const blocks: number[][] = [[]];
  let used = first;
  widths.forEach((each, column) => {
    const block = blocks.at(-1)!;
    if (block.length > 0 && used + GAP + each > width) {
      blocks.push([column]);
      used = first + GAP + each;
    } else {
      block.push(column);
      used += GAP + each;
    }
  });
  return blocks.flatMap((block, number): Part[] => [
    ...(number === 0 ? [] : [{ kind: 'line', text: '' } as const]),
    {
      kind: 'table',
      columns: [
        { title: 'from \\ to', type: 'endpoint' },
        ...block.map(column => ({ title: destinations[column].name, type: 'text' as const, exact: true })),
      ],
      rows: sources.map(({ name }, row) => [name, ...block.map(column => texts[row][column])]),
    },
  ]);
}

/** Spaces between two columns. */
const GAP = 2;

function plainLength(inline: Inline): number {
  return typeof inline === 'string' ? inline.length : 'tone' in inline ? inline.text.length : 0;
}

function cellText(matrix: ConnectionMatrix, cell: GroupCell, legend: Map<ConnectionsId, string>): Inline {
  const { pairs, connecting, common } = cell;
  if (pairs === 0) {
    return { text: '-', tone: 'faint' };
  }
  if (connecting === 0) {
    return { text: 'none', tone: 'faint' };
  }
  if (common === undefined) {
    return `some (${connecting} of ${pairs})`;
  }
  const ports = portsText(matrix, common);
  if (ports === 'all ports') {
    return 'all';
  }
  const text = ports.replace('; all others denied', '');
  if (text.length <= CELL_WIDTH) {
    return text;
  }
  legend.set(common, legend.get(common) ?? `[${legend.size + 1}]`);
  return legend.get(common)!;
}

function portsText({ space }: ConnectionMatrix, id: ConnectionsId): string {
  return formatConnections(space.table.get(id), [], space.protocols);
}

function cellJson(matrix: ConnectionMatrix, cell: GroupCell): GroupCellJson {
  const { source, destination, pairs, connecting, dependent, flows, allowed } = cell;
  return {
    source: source.name,
    destination: destination.name,
    pairs,
    connecting,
    dependent,
    flows,
    allowed,
    connections: foldPairs(matrix, cell).map(({ sources, destinations, connections, ...places }) => ({
      ...placesJson(places),
      allowed: matrix.space.table.get(connections).map(rangeJson),
      sources: sources.map(memberJson),
      destinations: destinations.map(memberJson),
    })),
  };
}

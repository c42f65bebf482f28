import { formatConnections } from './connections';
import { formatMembers } from './endpoint-names';
import { matrixLines, scopeLines } from './matrix-lines';
import { memberColumns, memberJson, memberRecord } from './members';
import { connectionPicture } from './picture/connection-picture';
import { placesJson, placesRecord } from './place';
import { Column, Inline, Part, Report, Span } from './report';
import type { ConnectionsJson } from './schemas/matrix';
import { formatPort, isAllowed } from '../evaluator/flows/flow';
import { formatPlaces } from '../evaluator/flows/places';
import { CellVerdict } from '../evaluator/queries/cell-verdict';
import { ConnectionCell, ConnectionMatrix } from '../evaluator/queries/connection-matrix';
import { formatMember, keyOf, Member } from '../evaluator/queries/members';

const COLUMNS: readonly Column[] = [
  { title: 'from', type: 'endpoint' },
  { title: 'to', type: 'endpoint' },
  { title: 'allowed', type: 'port' },
  { title: 'denied', type: 'text' },
];

/** `cilium-mesh matrix`: the allowed ports of every pair. */
export function connectionMatrixReport(matrix: ConnectionMatrix, verdict?: CellVerdict): Report {
  function* items(): Generator<ConnectionsJson> {
    for (const cell of matrix.cells(verdict)) {
      yield cellJson(cell);
    }
  }
  return {
    title: 'matrix',
    parts: () => matrixParts(matrix, verdict),
    picture: most => connectionPicture(matrix, verdict, most),
    document: { field: 'flows', items },
    records: {
      columns: [
        ...memberColumns('source'),
        ...memberColumns('destination'),
        ...(matrix.hasPlaces ? ['placement', 'nodes'] : []),
        'allowed',
        'denied',
      ],
      items: function* () {
        for (const cell of matrix.cells(verdict)) {
          yield {
            source: memberRecord(cell.source),
            destination: memberRecord(cell.destination),
            ...placesRecord(cell),
            ...rowTexts(matrix, cell),
          };
        }
      },
    },
  };
}

function matrixParts(matrix: ConnectionMatrix, verdict: CellVerdict | undefined): Part[] {
  let isMarked = false;
  const byPair = new Map<string, boolean>();
  const { rows, isCut } = foldedRows(matrix, verdict, (cell, pair) => {
    byPair.set(pair, byPair.get(pair) === true || cell.connections.length > 0);
    isMarked ||= cell.listening.some(each => each.verdict === 'allowed');
  });
  const [pairs, connecting] = [byPair.size, [...byPair.values()].filter(connects => connects).length];
  if (rows.length === 0) {
    return verdict === undefined ? matrixLines(matrix) : [noPairs(verdict), ...scopeLines(matrix)];
  }
  return [
    { kind: 'table', columns: COLUMNS, rows },
    ...(isCut ? [CUT] : []),
    ...matrixLines(matrix, { pairs, connecting, isMarked, ...(verdict === undefined ? {} : { verdict }) }),
  ];
}

function noPairs(verdict: CellVerdict): Part {
  return { kind: 'line', text: `no pair has the verdict ${verdict}` };
}

interface FoldedRow {
  readonly sources: Map<unknown, Member>;
  readonly destinations: Map<unknown, Member>;
  readonly place: string;
  readonly texts: Inline[];
}

/** The rows of the pairs. Ends that are not workloads, with the same connections to one other end, share a row. */
function foldedRows(
  matrix: ConnectionMatrix,
  verdict: CellVerdict | undefined,
  visit: (cell: ConnectionCell, pair: string) => void,
): { readonly rows: Inline[][]; readonly isCut: boolean } {
  const rows = new Map<string, FoldedRow>();
  const numbers = new Map<unknown, number>();
  const numberOf = (key: unknown) => {
    numbers.set(key, numbers.get(key) ?? numbers.size);
    return numbers.get(key)!;
  };
  const foldKey = (member: Member, other: Member) =>
    (isFolded(member, other) ? member.endpoint.kind.replace('name', 'address') : numberOf(keyOf(member)));
  for (const cell of matrix.cells(verdict)) {
    const { source, destination } = cell;
    const place = formatPlaces(cell, formatMember(source), formatMember(destination));
    visit(cell, `${numberOf(keyOf(source))} ${numberOf(keyOf(destination))}`);
    const texts = rowTexts(matrix, cell);
    const ends = `${foldKey(source, destination)} ${foldKey(destination, source)}${place}`;
    const key = `${ends} ${texts.allowed} ${texts.denied}`;
    const known = rows.get(key) ?? {
      sources: new Map(),
      destinations: new Map(),
      place,
      texts: [
        cell.connections.length === 0 ? faint(texts.allowed) : texts.allowed,
        hasFailed(cell) ? { text: texts.denied, tone: 'bad' as const } : faint(texts.denied),
      ],
    };
    rows.set(key, known);
    known.sources.set(keyOf(source), source);
    known.destinations.set(keyOf(destination), destination);
  }
  let isCut = false;
  const namesOf = (members: ReadonlyMap<unknown, Member>) => {
    const names = formatMembers([...members.values()], matrix.space);
    isCut ||= names.isCut;
    return names.text;
  };
  const shown = [...rows.values()].map(({ sources, destinations, place, texts }) => [
    namesOf(sources),
    `${namesOf(destinations)}${place}`,
    ...texts,
  ]);
  return { rows: shown, isCut };
}

const CUT: Part = { kind: 'line', text: 'some rows have more endpoints than they show: --format json or csv lists all' };

/** Only one end is folded, so a row means each of its pairs. */
function isFolded({ endpoint }: Member, other: Member): boolean {
  return endpoint.kind === 'workload'
    ? false
    : endpoint.kind === 'address' || endpoint.kind === 'name'
      ? other.endpoint.kind !== 'address' && other.endpoint.kind !== 'name'
      : other.endpoint.kind === 'workload';
}

function faint(text: string): Span {
  return { text, tone: 'faint' };
}

function hasFailed({ verdicts }: ConnectionCell): boolean {
  return [...verdicts.egress, ...verdicts.ingress].includes('failed');
}

/** The allowed and the denied ports of a cell, as a row shows them. */
export function rowTexts({ space }: ConnectionMatrix, cell: ConnectionCell): { allowed: string; denied: string } {
  return {
    allowed: formatConnections(cell.connections, cell.listening, space.protocols),
    denied: [formatDenied(cell), formatAudited(cell)].filter(text => text !== '').join('; '),
  };
}

/** Where policies deny ports, and audit mode only reports it: `TCP/80: ingress audited`. */
function formatAudited({ listening, verdicts }: ConnectionCell): string {
  const audited = (ends: { readonly egress: boolean; readonly ingress: boolean }) =>
    [...(ends.egress ? ['egress audited'] : []), ...(ends.ingress ? ['ingress audited'] : [])].join(', ');
  const byEnds = new Map<string, string[]>();
  for (const { egress, ingress, ...port } of listening) {
    const ends = audited({ egress: egress === 'audited', ingress: ingress === 'audited' });
    if (ends !== '') {
      byEnds.set(ends, [...(byEnds.get(ends) ?? []), formatPort(port)]);
    }
  }
  if (byEnds.size > 0) {
    return [...byEnds].map(([ends, ports]) => `${ports.join()}: ${ends}`).join('; ');
  }
  const other = audited({ egress: verdicts.egress.includes('audited'), ingress: verdicts.ingress.includes('audited') });
  return other === '' || listening.length === 0 ? other : `${other} on other ports`;
}

/**
 * Where the declared ports are denied: `TCP/80: egress default-denied`. Without declared ports, where all ports are
 * denied.
 */
function formatDenied({ connections, listening, verdicts }: ConnectionCell): string {
  const byEnds = new Map<string, string[]>();
  for (const { egress, ingress, ...port } of listening.filter(each => each.verdict !== 'allowed')) {
    const ends = [
      ...(isAllowed(egress) ? [] : [`egress ${egress}`]),
      ...(isAllowed(ingress) ? [] : [`ingress ${ingress}`]),
    ].join(', ');
    byEnds.set(ends, [...(byEnds.get(ends) ?? []), formatPort(port)]);
  }
  if (byEnds.size > 0 || connections.length > 0) {
    return [...byEnds].map(([ends, ports]) => `${ports.join()}: ${ends}`).join('; ');
  }
  // an end that allows no port
  const ends = (['egress', 'ingress'] as const).flatMap(direction =>
    verdicts[direction].some(isAllowed) ? [] : [`${direction} ${verdicts[direction].join(' or ')}`],
  );
  return ends.length > 0 ? ends.join(', ') : 'the ends allow different ports';
}

/** A cell in JSON. */
export function cellJson(cell: ConnectionCell): ConnectionsJson {
  const { source, destination, connections, listening, verdicts } = cell;
  return {
    source: memberJson(source),
    destination: memberJson(destination),
    ...placesJson(cell),
    allowed: connections.map(rangeJson),
    listening: listening.map(({ protocol, port, egress, ingress, verdict }) => ({
      protocol,
      port,
      egress,
      ingress,
      verdict,
    })),
    verdicts: { egress: [...verdicts.egress], ingress: [...verdicts.ingress] },
  };
}

/** An allowed range in JSON. */
export function rangeJson({ protocol, first, last, requests }: ConnectionCell['connections'][number]) {
  return {
    protocol,
    first,
    last,
    ...(requests.length === 0
      ? {}
      : {
        requests: requests.map(({ protocol: proxy, rules, unknown }) => ({
          protocol: proxy,
          rules: [...rules],
          unknown: [...unknown],
        })),
      }),
  };
}

import { CommandError, found, Io, Status } from './io';
import { loadConfiguredMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';
import { CELL_VERDICTS, CellVerdict } from '../evaluator/queries/cell-verdict';
import { groupMembers, Grouping, parseGrouping } from '../evaluator/queries/connection-groups';
import { ConnectionMatrix } from '../evaluator/queries/connection-matrix';
import { EndpointPattern, parseEndpointPattern } from '../evaluator/queries/endpoint-pattern';
import { sortedPorts } from '../evaluator/queries/matrix';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { connectionGridReport } from '../reports/connection-grid';
import { connectionMatrixReport } from '../reports/connection-matrix';
import { connectionSummaryReport } from '../reports/connection-summary';
import { matrixReport, memberFlowsReport } from '../reports/matrix';
import { matrixSummaryReport } from '../reports/matrix-summary';
import { meshNotes, withNotes } from '../reports/mesh-notes';
import { Report } from '../reports/report';

export interface MatrixOptions extends MeshOptions, RequestOptions {
  readonly format: string;
  readonly port?: readonly string[];
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly groupBy?: string;
  readonly verdict?: string;
  readonly summary?: boolean;
  readonly all?: boolean;
}

/** Formats that people read show more pairs than this in groups. */
const MOST_PAIRS: { readonly [format: string]: number | undefined } = {
  text: 100,
  markdown: 100,
  svg: 900,
  dot: 10_000,
};

/** The most groups of a grid that no option asks for. */
const MOST_GROUPS = 20;

/** `cilium-mesh matrix`: who may connect to whom, on all ports or on single ones. */
export async function matrixCommand(options: MatrixOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('matrix'));
  const ports = options.port && sortedPorts(options.port.map(portOf));
  const request = requestOf(options);
  const verdict = verdictOf(options.verdict);
  const grouping = groupingOf(options.groupBy);
  checkCombination(options);
  const { mesh } = await loadConfiguredMesh(options, io);
  const [from, to] = [options.from, options.to].map(texts => texts && patterns(mesh, texts));
  const all = options.all ?? false;
  const answer =
    ports || request
      ? portReport(mesh, { from, to, all }, { ports, request, verdict, summary: options.summary })
      : report(found(ConnectionMatrix.of(mesh, { from, to, all })), options, grouping, verdict, io.width);
  const noted = withNotes(answer, meshNotes(mesh));
  await print(noted, options.format, io, { meshes: [mesh], quiet: options.quiet });
  return Status.OK;
}

/** On single ports, pairs of workloads need no classes of other endpoints. */
function portReport(
  mesh: EvaluatedMesh,
  { from, to, all }: { from?: readonly EndpointPattern[]; to?: readonly EndpointPattern[]; all: boolean },
  { ports, request, verdict, summary }: {
    readonly ports: ReturnType<typeof sortedPorts> | undefined;
    readonly request: ReturnType<typeof requestOf>;
    readonly verdict: CellVerdict | undefined;
    readonly summary: boolean | undefined;
  },
): Report {
  const [sources, destinations] = [from, to].map(chosen =>
    chosen === undefined
      ? mesh.workloads
      : chosen.every(each => each.kind === 'workloads')
        ? [...new Set(chosen.flatMap(each => each.workloads))]
        : undefined,
  );
  if (sources && destinations) {
    const scope = { ports, from: sources, to: destinations, all, request };
    return summary ? matrixSummaryReport(mesh, scope) : matrixReport(mesh, scope, verdict);
  }
  if (summary) {
    throw new CommandError('--summary with --port counts workloads only: remove --port, or name workloads');
  }
  const matrix = found(ConnectionMatrix.of(mesh, { from, to, all }));
  if (!ports && matrix.destinations.every(member => matrix.listeningPorts(member).length === 0)) {
    throw new CommandError('the destinations declare no ports: add --port, for example --port TCP/443');
  }
  return memberFlowsReport(matrix, { ports, request }, verdict);
}

function report(
  matrix: ConnectionMatrix,
  { summary, format }: MatrixOptions,
  grouping: Grouping | undefined,
  verdict: CellVerdict | undefined,
  width: number | undefined,
): Report {
  if (summary) {
    return connectionSummaryReport(matrix);
  }
  if (grouping) {
    return connectionGridReport(matrix, grouping, { width });
  }
  const pairs = matrix.sources.length * matrix.destinations.length;
  const most = MOST_PAIRS[format];
  if (verdict !== undefined || most === undefined || pairs <= most) {
    return connectionMatrixReport(matrix, verdict);
  }
  const groups = (by: Grouping) =>
    Math.max(groupMembers(matrix.sources, by).length, groupMembers(matrix.destinations, by).length);
  const fitting = groups({ kind: 'namespace' }) <= MOST_GROUPS ? 'namespace' : 'cluster';
  const note =
    'too many pairs to show here: choose some with --from, --to and --verdict, ' +
    'list all with --format csv or json, or group them by --group-by workload';
  return connectionGridReport(matrix, { kind: fitting }, { width, note });
}

function patterns(mesh: EvaluatedMesh, texts: readonly string[]): EndpointPattern[] {
  return texts.map(text => found(parseEndpointPattern(mesh, text)));
}

function verdictOf(text: string | undefined): CellVerdict | undefined {
  const verdict = CELL_VERDICTS.find(each => each === text);
  if (text !== undefined && !verdict) {
    throw new CommandError(
      `--verdict must be one of ${formatList(CELL_VERDICTS)}, got ${formatValue(text)}` +
        didYouMean(text, CELL_VERDICTS),
    );
  }
  return verdict;
}

const GROUPINGS = ['cluster', 'namespace', 'workload', 'label:KEY'];

function groupingOf(text: string | undefined): Grouping | undefined {
  const grouping = text === undefined ? undefined : parseGrouping(text);
  if (text !== undefined && !grouping) {
    throw new CommandError(
      `--group-by must be one of ${formatList(GROUPINGS)}, got ${formatValue(text)}${didYouMean(text, GROUPINGS)}`,
    );
  }
  return grouping;
}

function checkCombination({ summary, groupBy, verdict, port, http, dns }: MatrixOptions): void {
  const isByPort = port !== undefined || http !== undefined || dns !== undefined;
  if (groupBy !== undefined && isByPort) {
    throw new CommandError('--group-by covers all ports: remove --port, --http and --dns');
  }
  if (verdict !== undefined && (summary || groupBy !== undefined)) {
    throw new CommandError('--verdict chooses pairs, so it cannot be used with --summary or --group-by');
  }
  if (summary && groupBy !== undefined) {
    throw new CommandError('--summary and --group-by cannot be used together: --group-by cluster prints a grid');
  }
}

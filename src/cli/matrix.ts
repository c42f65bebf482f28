import { columns, CommandError, counted, Io, Status } from './io';
import { documentJson, workloadJson } from './json';
import { loadMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { colored } from './verdicts';
import { Reachability } from '../evaluator/flows/reachability';
import { matrix, MatrixFlow, MatrixScope, sortedPorts } from '../evaluator/queries/matrix';
import { selectWorkloads } from '../evaluator/queries/reference';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { shownWorkload, Workload } from '../evaluator/read/workload';

export interface MatrixOptions extends MeshOptions, RequestOptions {
  readonly port?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly summary?: boolean;
  readonly all?: boolean;
}

/** `cilium-mesh matrix`: the verdict of every pair of workloads. */
export async function matrixCommand(options: MatrixOptions, io: Io): Promise<Status> {
  const ports = options.port && sortedPorts(options.port.map(portOf));
  const request = requestOf(options);
  const { mesh } = loadMesh(options);
  const chosen = (text: string | undefined): readonly Workload[] => {
    const found = text === undefined ? mesh.workloads : selectWorkloads(mesh, text);
    if ('problem' in found) {
      throw new CommandError(`${found.problem}; ${found.fix}`);
    }
    return found;
  };
  const scope = { ports, from: chosen(options.from), to: chosen(options.to), all: options.all ?? false, request };
  if (options.summary) {
    const rows = [...summary(mesh, scope, options)];
    if (options.format === 'json') {
      await documentJson('summary', rows, io.out);
    } else {
      await io.out(columns([['FROM', 'TO', 'PORT', 'FLOWS', 'ALLOWED'], ...rows.map(each => [each.source, each.destination, `${each.protocol}/${each.port}`, String(each.flows), String(each.allowed)])]));
    }
    return Status.OK;
  }
  const flows = matrix(mesh, scope);
  if (options.format === 'json') {
    await documentJson('flows', jsonFlows(flows), io.out);
  } else {
    await printFlows(flows, io);
  }
  return Status.OK;
}

/** Lines that are laid out together; more are printed as they come. */
const BLOCK = 10_000;

/** The matrix as a person reads it: a line for each flow, and how many are allowed. */
export async function printFlows(flows: Iterable<MatrixFlow>, io: Io): Promise<void> {
  let [count, allowed] = [0, 0];
  let rows: string[][] = [];
  let widths: number[] = [];
  const print = async (last: boolean) => {
    if (!last) {
      // the widest that verdicts can be, so that the blocks are laid out alike
      widths = rows.reduce((all, row) => row.map((text, index) => Math.max(all[index] ?? 0, text.length)), [...widths, 0, 0, 0, 14, 14].slice(-5));
    }
    await io.out(columns(rows, '', widths));
    rows = [];
  };
  for (const { source, destination, port, egress, ingress, request, verdict } of flows) {
    if (count === 0) {
      rows.push(['FROM', 'TO', 'PORT', 'EGRESS', 'INGRESS', 'VERDICT']);
    }
    const shown = request === undefined ? colored(io, verdict) : `${colored(io, verdict)} (the request: ${request})`;
    rows.push([shownWorkload(source), shownWorkload(destination), `${port.protocol}/${port.port}`, colored(io, egress), colored(io, ingress), shown]);
    count++;
    allowed += verdict === 'allowed' ? 1 : 0;
    if (rows.length >= BLOCK) {
      await print(false);
    }
  }
  await print(true);
  await io.out(count === 0 ? 'No flows: there are no two workloads with a port between them. Name a port with --port, or add the workloads to the manifests.\n'
    : `${counted(count, 'flow')}, ${allowed} allowed\n`);
}

function* jsonFlows(flows: Iterable<MatrixFlow>): Generator<unknown> {
  for (const { source, destination, port, egress, ingress, verdict, request } of flows) {
    const ends = { source: workloadJson(source), destination: workloadJson(destination) };
    yield { ...ends, protocol: port.protocol, port: port.port, egress, ingress, ...request ? { request } : {}, verdict };
  }
}

interface SummaryFlow {
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly port: number;
  readonly flows: number;
  readonly allowed: number;
}

/** Counts per pair of clusters; with ports and without a choice of workloads, without looking at single flows. */
function* summary(mesh: EvaluatedMesh, scope: MatrixScope, options: MatrixOptions): Generator<SummaryFlow> {
  const clusters = mesh.clusters.map(each => each.name).sort();
  if (scope.ports && !scope.request && options.from === undefined && options.to === undefined) {
    const reachability = new Reachability(mesh);
    const rows = scope.ports.flatMap(({ protocol, port }) => reachability.on({ protocol, port }).summary(clusters, scope.all).map(row => ({ ...row, protocol, port })));
    yield* rows.map(({ source, destination, protocol, port, flows, allowed }) => ({ source, destination, protocol, port, flows, allowed })).sort(bySource);
    return;
  }
  const counts = new Map<string, { source: string; destination: string; protocol: string; port: number; flows: number; allowed: number }>();
  for (const { source, destination, port: { protocol, port }, verdict } of matrix(mesh, scope)) {
    const key = `${source.cluster} ${destination.cluster} ${protocol}/${port}`;
    const count = counts.get(key) ?? { source: source.cluster, destination: destination.cluster, protocol, port, flows: 0, allowed: 0 };
    count.flows++;
    count.allowed += verdict === 'allowed' ? 1 : 0;
    counts.set(key, count);
  }
  yield* [...counts.values()].sort(bySource);
}

function bySource(one: SummaryFlow, other: SummaryFlow): number {
  const key = (row: SummaryFlow) => [row.source, row.destination, row.protocol].join(' ');
  return key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : one.port - other.port;
}


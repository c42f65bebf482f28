import { found, Io, Status } from './io';
import { loadMesh, MeshOptions, portOf, RequestOptions, requestOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { sortedPorts } from '../evaluator/queries/matrix';
import { selectWorkloads } from '../evaluator/queries/workload-pattern';
import { Workload } from '../evaluator/read/workload';
import { matrixReport } from '../reports/matrix';
import { matrixSummaryReport } from '../reports/matrix-summary';

export interface MatrixOptions extends MeshOptions, RequestOptions {
  readonly format: string;
  readonly port?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly summary?: boolean;
  readonly all?: boolean;
}

/** `cilium-mesh matrix`: the verdict of every pair of workloads. */
export async function matrixCommand(options: MatrixOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('matrix'));
  const ports = options.port && sortedPorts(options.port.map(portOf));
  const request = requestOf(options);
  const { mesh } = loadMesh(options);
  const chosen = (text: string | undefined): readonly Workload[] =>
    text === undefined ? mesh.workloads : found(selectWorkloads(mesh, text));
  const scope = { ports, from: chosen(options.from), to: chosen(options.to), all: options.all ?? false, request };
  await print((options.summary ? matrixSummaryReport : matrixReport)(mesh, scope), options.format, io);
  return Status.OK;
}

import { writeExpectations } from './expectations-file';
import { CommandError, Io, Status } from './io';
import { loadMesh, MeshOptions, formatProblem, versionOf } from './mesh-options';
import { checkFormat, formatsOf, orList, print } from './print';
import { ReadOptions, readClusters } from './read-clusters';
import { Diagnostic, Severity } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { isProblem } from '../diagnostics/problem';
import { formatValue } from '../diagnostics/texts';
import { readExpectations } from '../evaluator/queries/expectations/expectations';
import { unmetExpectations } from '../evaluator/queries/expectations/unmet';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { checkMesh } from '../evaluator/rules/check';
import { snapshotInput } from '../live/snapshot/snapshot-input';
import { readYaml } from '../manifests/documents';
import { readText } from '../manifests/files';
import { checkReport } from '../reports/check';
import { inputSummary } from '../reports/input-summary';

export interface CheckOptions extends MeshOptions, ReadOptions {
  readonly live?: boolean;
  readonly format: string;
  readonly expect?: string;
  readonly writeExpectations?: string;
  readonly force?: boolean;
  readonly severity?: string;
}

const SEVERITIES: readonly Severity[] = ['info', 'warning', 'error'];

/** `cilium-mesh check`: reports mistakes in the manifests and the mesh. */
export async function checkCommand(options: CheckOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('check'));
  if (options.writeExpectations !== undefined && options.expect !== undefined) {
    throw new CommandError('--write-expectations and --expect cannot be used together: write the file, then compare');
  }
  if (options.force && options.writeExpectations === undefined) {
    throw new CommandError('--force needs --write-expectations');
  }
  const { input, mesh } = options.live
    ? await loadLiveInput(options, io)
    : await loadMesh(withoutContexts(options), io);
  if (options.writeExpectations !== undefined) {
    const count = writeExpectations(mesh, options.writeExpectations, options.force ?? false);
    io.err(`wrote ${count} expectations to ${options.writeExpectations}\n`);
    return Status.OK;
  }
  const least = SEVERITIES.indexOf((options.severity ?? 'info') as Severity);
  if (least < 0) {
    throw new CommandError(
      `--severity must be ${orList(SEVERITIES)}, got ${formatValue(options.severity)}` +
        didYouMean(options.severity, SEVERITIES),
    );
  }
  const findings = [
    ...checkMesh(mesh, input, versionOf(options.cilium)),
    ...expectationFindings(mesh, options.expect),
  ].filter(each => SEVERITIES.indexOf(each.severity) >= least);
  await print(checkReport(findings, inputSummary(mesh)), options.format, io);
  return findings.some(({ severity }) => severity !== 'info') ? Status.FOUND : Status.OK;
}

/** What runs in the clusters, read into memory. */
async function loadLiveInput(options: CheckOptions, io: Io): Promise<ReturnType<typeof loadMesh>> {
  if (options.cluster !== undefined) {
    throw new CommandError('--live and --cluster cannot be used together: name the clusters by --context');
  }
  const input = snapshotInput(await readClusters(options, io));
  return { input, mesh: readMesh(input, { version: versionOf(options.cilium) }) };
}

function withoutContexts(options: CheckOptions): CheckOptions {
  if (options.context !== undefined || options.helmValues) {
    throw new CommandError('--context and --helm-values need --live');
  }
  return options;
}

/** The expectations that are not met, as findings at their lines. */
function expectationFindings(mesh: EvaluatedMesh, file: string | undefined): Diagnostic[] {
  if (file === undefined) {
    return [];
  }
  const text = readText(file);
  const read =
    isProblem(text) ? { value: undefined, line: () => 1, problems: [text.problem] } : readYaml(text.text, file);
  const { expectations, problems } = readExpectations(read.value);
  const placed = problems
    .map(problem => ({ ...problem, line: read.line(problem.path) }))
    .sort((one, other) => one.line - other.line);
  const unusable =
    read.problems.length > 0
      ? read.problems.map(formatProblem)
      : placed.map(({ line, message, fix }) => `${file}:${line}: ${message}\n    fix: ${fix}`);
  if (unusable.length > 0) {
    throw new CommandError(unusable.join('\n'));
  }
  return unmetExpectations(mesh, expectations).map(({ code, path, message, fix }) => ({
    code: code ?? 'expectation-unmet',
    severity: 'error',
    file,
    line: read.line(path),
    path,
    message,
    fix,
  }));
}

import { defaultBaselineFile, writeBaseline } from './baseline-file';
import { loadConfiguration, LoadedConfiguration } from './configuration-file';
import { withConstructs } from './construct-metadata-file';
import { readExpectedFindings } from './expectations';
import { writeExpectations } from './expectations-file';
import { CommandError, Io, Status } from './io';
import { judgedFindings } from './judged-findings';
import { ConfiguredMesh, loadConfiguredMesh, MeshOptions, versionOf } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { ReadOptions, readClusters } from './read-clusters';
import { Severity } from '../diagnostics/diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatValue } from '../diagnostics/texts';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { hasObjects } from '../evaluator/rules/shared/has-objects';
import { SEVERITIES } from '../findings/configuration-schema';
import { countedFindings, Judgement } from '../findings/judgement';
import { exceeds, isAtLeast, Limits } from '../findings/severities';
import { snapshotInput } from '../live/snapshot/snapshot-input';
import { acceptedSummary, judgedReport } from '../reports/check';
import { counted } from '../reports/words';

export interface CheckOptions extends MeshOptions, ReadOptions {
  readonly live?: boolean;
  readonly format: string;
  readonly expect?: string;
  readonly writeExpectations?: string;
  readonly force?: boolean;
  readonly severity?: string;
  readonly failOn?: string;
  readonly maxWarnings?: string;
  readonly baseline?: string;
  /** A file, or true for the default one. */
  readonly writeBaseline?: string | true;
}

/** `cilium-mesh check`: reports mistakes in the manifests and the mesh. */
export async function checkCommand(mesh: string | undefined, options: CheckOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('check'));
  checkCombination(mesh, options);
  const least = severityOf('--severity', options.severity);
  const limits = [severityOf('--fail-on', options.failOn), countOf('--max-warnings', options.maxWarnings)] as const;
  const read = await load({ ...options, mesh: mesh ?? options.mesh }, io);
  if (options.writeExpectations !== undefined) {
    const count = writeExpectations(read.mesh, options.writeExpectations, options.force ?? false);
    io.err(`wrote ${count} expectations to ${options.writeExpectations}\n`);
    return Status.OK;
  }
  const { configuration } = read;
  const expected = options.expect === undefined ? undefined : readExpectedFindings(read.mesh, options.expect);
  const isWriting = options.writeBaseline !== undefined;
  const judged = judgedFindings(read.mesh, read.input, {
    configuration,
    baseline: isWriting ? undefined : (options.baseline ?? configuration.baseline),
    version: versionOf(options.cilium),
    least,
    more: expected?.findings,
    comments: expected?.comments,
  });
  const judgement = withConstructs(judged);
  const findings = countedFindings(judgement);
  if (isWriting) {
    const file = options.writeBaseline === true ? defaultBaselineFile(configuration) : options.writeBaseline!;
    writeBaseline(findings, file, options.force ?? false);
    io.err(`wrote ${counted(findings.length, 'finding')} to ${file}\n`);
    return Status.OK;
  }
  const limit = limitsOf(limits, configuration);
  const warnings = findings.filter(({ severity }) => severity === 'warning').length;
  const isOver = limit.maxWarnings !== undefined && warnings > limit.maxWarnings;
  const shown = options.quiet ? withFailing(judgement, isOver ? 'warning' : limit.failOn) : judgement;
  await printJudgement(shown, read.mesh, options, io);
  if (isOver) {
    io.err(`${counted(warnings, 'warning')}, more than the allowed ${limit.maxWarnings} (--max-warnings)\n`);
  }
  return exceeds(findings, limit) ? Status.FOUND : Status.OK;
}

/** A judgement without the findings that count and do not fail. */
function withFailing(judgement: Judgement, failOn: Severity): Judgement {
  return {
    ...judgement,
    findings: judgement.findings.filter(({ finding, accepted }) => accepted || isAtLeast(finding.severity, failOn)),
  };
}

/** Formats that have no place for the number of findings that do not count. */
const WITHOUT_SUMMARY = ['csv', 'github', 'gitlab'];

async function printJudgement(
  judgement: Judgement,
  mesh: EvaluatedMesh,
  { format, quiet, verbose }: CheckOptions,
  io: Io,
): Promise<void> {
  const report = judgedReport(judgement, { hasInput: hasObjects(mesh), quiet, verbose });
  await print(report, format, io, { meshes: [mesh], quiet });
  const summary = acceptedSummary(judgement);
  if (summary !== undefined && !quiet && WITHOUT_SUMMARY.includes(format)) {
    io.err(`${summary}\n`);
  }
}

function checkCombination(mesh: string | undefined, options: CheckOptions): void {
  if (mesh !== undefined && (options.mesh !== undefined || options.cluster !== undefined)) {
    throw new CommandError(`check ${formatValue(mesh)} already names the mesh: remove --mesh and --cluster`);
  }
  if (options.writeExpectations !== undefined && options.expect !== undefined) {
    throw new CommandError('--write-expectations and --expect cannot be used together: write the file, then compare');
  }
  if (options.writeBaseline !== undefined && options.baseline !== undefined) {
    throw new CommandError('--write-baseline and --baseline cannot be used together: write the file, then compare');
  }
  if (options.writeBaseline !== undefined && options.writeExpectations !== undefined) {
    throw new CommandError('--write-baseline and --write-expectations cannot be used together: write one of the files');
  }
  if (options.force && options.writeExpectations === undefined && options.writeBaseline === undefined) {
    throw new CommandError('--force needs --write-expectations or --write-baseline');
  }
  if (options.live && (mesh ?? options.cluster) !== undefined) {
    throw new CommandError(
      `--live and ${mesh === undefined ? '--cluster' : 'a mesh'} cannot be used together: ` +
        'name the clusters by --context',
    );
  }
  if (!options.live && (options.context !== undefined || options.helmValues)) {
    throw new CommandError('--context and --helm-values need --live');
  }
}

async function load(options: CheckOptions, io: Io): Promise<ConfiguredMesh> {
  if (!options.live) {
    return loadConfiguredMesh(options, io);
  }
  const configuration = loadConfiguration(options);
  const input = snapshotInput(await readClusters(options, io));
  return { input, mesh: readMesh(input, { version: versionOf(options.cilium) }), configuration };
}

function limitsOf(
  [failOn, maxWarnings]: readonly [Severity | undefined, number | undefined],
  configuration: LoadedConfiguration,
): Limits {
  return {
    failOn: failOn ?? configuration.failOn ?? 'warning',
    maxWarnings: maxWarnings ?? configuration.maxWarnings,
  };
}

function severityOf(option: string, text: string | undefined): Severity | undefined {
  const severity = SEVERITIES.find(each => each === text);
  if (text !== undefined && severity === undefined) {
    throw new CommandError(
      `${option} must be ${formatAlternatives([...SEVERITIES].reverse())}, got ${formatValue(text)}` +
        didYouMean(text, SEVERITIES),
    );
  }
  return severity;
}

function countOf(option: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,9}$/.test(text)) {
    throw new CommandError(`${option} must be a whole number from 0, got ${formatValue(text)}`);
  }
  return text === undefined ? undefined : Number(text);
}

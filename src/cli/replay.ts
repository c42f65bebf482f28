import { readBaseAndChange } from './base-diff';
import { readFlowArguments } from './flow-arguments';
import { CommandError, Io, Status } from './io';
import { evaluateInput, loadConfiguredInput, loadConfiguredMesh, MeshOptions, quietIo } from './mesh-options';
import { readPeriod } from './period';
import { checkFormat, formatsOf, print } from './print';
import { checkMapped, readRecording } from './recording';
import { Severity } from '../diagnostics/diagnostic';
import { formatAlternatives, formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { SEVERITIES } from '../findings/configuration-schema';
import { isAtLeast } from '../findings/severities';
import { deniedFlowAdditions } from '../observed/judging/additions';
import { replayFlows } from '../observed/judging/replay';
import { findRuleUse } from '../observed/judging/unused-rules';
import { diffNotes, meshNotes, withNotes } from '../reports/mesh-notes';
import { replayReport } from '../reports/replay';
import { coverageOf } from '../reports/replay-coverage';
import { Report } from '../reports/report';

export interface ReplayOptions extends MeshOptions {
  readonly format: string;
  readonly against?: string;
  readonly since?: string;
  readonly until?: string;
  readonly failOn?: string;
}

/** `cilium-mesh replay FLOWS… [MESH]`: recorded flows, decided by the manifests. */
export async function replayCommand(args: readonly string[], options: ReplayOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('replay'));
  const failOn = severityOf(options.failOn);
  const period = readPeriod(options, Date.now);
  const { sources, mesh: named } = readFlowArguments(args);
  if (named !== undefined && (options.mesh !== undefined || options.cluster !== undefined)) {
    throw new CommandError(`${formatValue(named)} already names the mesh: remove --mesh and --cluster`);
  }
  const { mesh, before } = await readMeshes(named === undefined ? options : { ...options, mesh: named }, io);
  const { recording, files, flows } = await readRecording(sources, before ? [mesh, before] : [mesh], period);
  const replay = replayFlows(flows, mesh, before);
  checkMapped(replay, mesh);
  const coverage = coverageOf(mesh, recording, replay);
  const report = replayReport({
    mesh,
    ...(before ? { before } : {}),
    recording,
    files,
    replay,
    coverage,
    ruleUse: findRuleUse(mesh, replay, coverage.clusters),
    additions: deniedFlowAdditions(mesh, replay),
  });
  const notes = before ? diffNotes(before, mesh) : meshNotes(mesh);
  await print(withNotes(report, notes), options.format, io, {
    meshes: before ? [before, mesh] : [mesh],
    quiet: options.quiet,
  });
  return files.problems.length > 0
    ? Status.UNUSABLE
    : hasFinding(report, failOn)
      ? Status.FOUND
      : Status.OK;
}

function hasFinding({ diagnostics }: Report, failOn: Severity): boolean {
  for (const { severity } of diagnostics!()) {
    if (isAtLeast(severity, failOn)) {
      return true;
    }
  }
  return false;
}

/** The mesh, and the manifests that ran while Hubble recorded: those of --against, or what a base of the mesh has. */
async function readMeshes(
  options: ReplayOptions,
  io: Io,
): Promise<{ readonly mesh: EvaluatedMesh; readonly before?: EvaluatedMesh }> {
  if (options.against === undefined) {
    const input = await loadConfiguredInput(options, io);
    const [before, mesh] = readBaseAndChange(input, quietIo(options, io)) ?? [undefined, evaluateInput(input, options)];
    return { mesh, ...(before ? { before } : {}) };
  }
  const { mesh } = await loadConfiguredMesh(options, io);
  const { mesh: before } = await loadConfiguredMesh(
    { ...options, mesh: options.against, cluster: undefined, base: undefined, prune: undefined, values: undefined },
    io,
  );
  return { mesh, before };
}

function severityOf(text: string = 'warning'): Severity {
  const severity = SEVERITIES.find(each => each === text);
  if (!severity) {
    throw new CommandError(`--fail-on must be ${formatAlternatives(SEVERITIES)}, got ${formatValue(text)}`);
  }
  return severity;
}

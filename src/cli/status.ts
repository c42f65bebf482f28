import { readApplySettings } from './apply';
import { readFlowArguments } from './flow-arguments';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { checkMapped, readRecording } from './recording';
import { withSession } from './session';
import { readConnectionMode } from './up-settings';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { isDrift, readStatus, withFlows } from '../live/observations/cluster-status';
import { statusReport } from '../live/reports/status';
import { agreementByCluster, ClusterAgreement } from '../observed/judging/cluster-agreement';
import { replayFlows } from '../observed/judging/replay';

export interface StatusOptions {
  readonly mesh?: string;
  readonly applySet?: string;
  readonly connectionMode?: string;
  readonly flows?: readonly string[];
  readonly format: string;
}

/** `cilium-mesh status`: the clusters, their connections, and how they differ from the manifests. */
export async function statusCommand(options: StatusOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('status'));
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const connectionMode = readConnectionMode(options.connectionMode, live);
  const settings = { ...readApplySettings(options), connectionMode };
  const agreements = options.flows === undefined ? undefined : await readAgreements(options.flows, mesh);
  const read = await withSession(io, ({ shell }) => readStatus(live, mesh, settings, shell));
  const clusters = agreements ? withFlows(read, agreements) : read;
  await print(statusReport(clusters), options.format, io);
  const problems = clusters.flatMap(each => each.problems);
  // differences from the manifests alone are what apply would change
  return problems.some(each => !isDrift(each)) ? Status.FOUND : problems.length > 0 ? Status.CHANGES : Status.OK;
}

/** How a recording agrees with the manifests, by cluster. */
async function readAgreements(paths: readonly string[], mesh: EvaluatedMesh): Promise<ClusterAgreement[]> {
  const { sources, mesh: named } = readFlowArguments(paths);
  if (named !== undefined) {
    throw new CommandError(`--flows must name recordings, got the mesh ${formatValue(named)}: name it with --mesh`);
  }
  const { files, flows } = await readRecording(sources, [mesh], {});
  if (files.problems.length > 0) {
    const faults = files.problems.map(({ file, message, fix }) => `${file}: ${message}\n    fix: ${fix}`);
    throw new CommandError(faults.join('\n'));
  }
  const replay = replayFlows(flows, mesh);
  checkMapped(replay, mesh);
  return agreementByCluster(mesh, replay.flows);
}

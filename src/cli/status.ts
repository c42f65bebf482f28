import { readApplySettings } from './apply';
import { Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { checkFormat, formatsOf, print } from './print';
import { withSession } from './session';
import { readConnectionMode } from './up-settings';
import { isDrift, readStatus } from '../live/observations/cluster-status';
import { statusReport } from '../live/reports/status';

export interface StatusOptions {
  readonly mesh?: string;
  readonly applySet?: string;
  readonly connectionMode?: string;
  readonly format: string;
}

/** `cilium-mesh status`: the clusters, their connections, and how they differ from the manifests. */
export async function statusCommand(options: StatusOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('status'));
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const connectionMode = readConnectionMode(options.connectionMode, live);
  const settings = { ...readApplySettings(options), connectionMode };
  const clusters = await withSession(io, ({ shell }) => readStatus(live, mesh, settings, shell));
  await print(statusReport(clusters), options.format, io);
  const problems = clusters.flatMap(each => each.problems);
  // differences from the manifests alone are what apply would change
  return problems.some(each => !isDrift(each)) ? Status.FOUND : problems.length > 0 ? Status.CHANGES : Status.OK;
}

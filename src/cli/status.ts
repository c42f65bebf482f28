import { readApplySettings } from './apply';
import { Io, Status } from './io';
import { documentJson } from './json';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { checkFormat } from './print';
import { withSession } from './session';
import { statusJson, statusText } from './status-report';
import { readStatus } from '../live/observations/cluster-status';

export interface StatusOptions {
  readonly mesh?: string;
  readonly applySet?: string;
  readonly format: string;
}

/** `cilium-mesh status`: the clusters, their connections, and how they differ from the manifests. */
export async function statusCommand(options: StatusOptions, io: Io): Promise<Status> {
  checkFormat(options.format, ['text', 'json']);
  const live = loadLiveMesh(options.mesh);
  const { mesh } = loadMesh({ mesh: options.mesh });
  const settings = readApplySettings(options);
  const clusters = await withSession(io, ({ shell }) => readStatus(live, mesh, settings, shell));
  if (options.format === 'json') {
    await documentJson('clusters', clusters.map(statusJson), io.out);
  } else {
    await io.out(statusText(clusters, io));
  }
  return clusters.some(({ problems }) => problems.length > 0) ? Status.FOUND : Status.OK;
}

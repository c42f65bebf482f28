import { readApplySettings } from './apply';
import { verifyCanary } from './canary';
import { readClusterChoice } from './cluster-choice';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { identifyOrRefuse } from './missing-contexts';
import { checkFormat, formatsOf } from './print';
import { firstSet, OptionTexts } from './refused-options';
import { withSession } from './session';
import { refuseTourOptions, VerifyOptions } from './verify';
import { compareWithClusters } from '../live/observations/applied-objects';
import { readAnsweredInstallations } from '../live/observations/installations';
import { planObjects } from '../live/observations/mesh-plan';
import { clustersOf } from '../live/plans/live-mesh';
import { membership, unconnectedClusters } from '../live/plans/membership';

/** Options that choose what `verify --canary` chooses itself, or that are not about it. */
const OTHER_OPTIONS: OptionTexts<VerifyOptions> = {
  from: '--from',
  to: '--to',
  port: '--port',
  only: '--only',
  http: '--http',
  header: '--header',
  tour: '--tour',
};

/**
 * `cilium-mesh verify --canary NAME`: verifies the flows from and to a cluster with the manifests, while the others are
 * as they are. Scripts of plans with a canary call it.
 */
export async function verifyCanaryCommand(
  options: VerifyOptions & { readonly canary: string },
  io: Io,
): Promise<Status> {
  const other = firstSet(options, OTHER_OPTIONS);
  if (other !== undefined) {
    throw new CommandError(`--canary verifies all flows from and to a cluster: remove ${other}`);
  }
  const { canary, applySet, ...more } = options;
  refuseTourOptions(more);
  checkFormat(options.format, formatsOf('verify'));
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const { names } = readClusterChoice({ canary }, live);
  const { mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  const settings = readApplySettings({ mesh: options.mesh, applySet });
  const { during, unconnected } = await withSession(io, async ({ shell }) => {
    const { identified, absent } = await identifyOrRefuse(live, shell, [canary]);
    const existing = identified.map(({ name }) => name);
    const found = await readAnsweredInstallations(clustersOf(live, existing), [canary], shell);
    const { replaced } = membership(live, identified, found.known, settings.applySet);
    const own = { clusters: clustersOf(live, existing) };
    const objects = await compareWithClusters(own, mesh, settings.applySet, shell, [canary]);
    const { during: meshOf } = await planObjects(mesh, objects, settings, shell, {
      clusters: names.filter(name => name === canary),
      absent,
    });
    return {
      during: meshOf([canary]),
      unconnected: unconnectedClusters(canary, live, existing, found, replaced),
    };
  });
  await verifyCanary(live, { name: canary, unconnected }, during, io, options);
  return Status.OK;
}

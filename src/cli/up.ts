import { applyAndShow, ApplyOptions, readApplySettings, refuseErrors } from './apply';
import { executeAndShow } from './execution';
import { refuseOtherClusters } from './identity-refusal';
import { Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { withSession } from './session';
import { readUpSettings, UpChoices } from './up-settings';
import { compareWithClusters, manifestObjects } from '../live/observations/applied-objects';
import { identifyExisting } from '../live/observations/existing-clusters';
import { IdentifiedCluster } from '../live/plans/cluster-identity';
import { LiveCluster, LiveMesh } from '../live/plans/live-mesh';
import { formatScript } from '../live/plans/script';
import { deliveryPlan, upPlan, wholePlan } from '../live/plans/up';
import { Shell } from '../live/runner/shell';

export interface UpOptions extends UpChoices, Omit<ApplyOptions, 'diff' | 'print'> {}

/** `cilium-mesh up`: creates the mesh, or prints the script that does. */
export async function upCommand(options: UpOptions, io: Io): Promise<Status> {
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const settings = readUpSettings(options, live);
  const applySettings = readApplySettings(options);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  refuseErrors(mesh, input, options, io);
  if (options.dryRun) {
    await io.out(formatScript(wholePlan(live, manifestObjects(live, mesh), settings, applySettings)));
    return Status.OK;
  }
  const existing = await withSession(io, ({ shell }) => identifyExisting(live, shell));
  refuseOtherClusters(existing, options);
  const { breakLock } = options;
  const contexts = existing.map(({ context }) => context);
  const authority = authorityOf(live, existing);
  const status = await executeAndShow(upPlan(live, { ...settings, authority }), io, { contexts, breakLock });
  if (status !== Status.OK) {
    return status;
  }
  // the comparison needs clusters that exist
  const objects = await withSession(io, ({ shell }) => compareWithClusters(live, mesh, applySettings.applySet, shell));
  const again = (shell: Shell) => compareWithClusters(live, mesh, applySettings.applySet, shell);
  return applyAndShow(live, objects, deliveryPlan(live, objects, applySettings), applySettings, options, again, io);
}

/** The cluster whose authority the others get: the first one, or the first that exists where that one was lost. */
function authorityOf({ clusters }: LiveMesh, existing: readonly IdentifiedCluster[]): string {
  const exists = ({ name }: LiveCluster) => existing.some(each => each.name === name);
  return (clusters.find(exists) ?? clusters[0]).name;
}

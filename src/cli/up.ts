import { applySettings, applyTo, refuseErrors } from './apply';
import { Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { compareWithClusters, objectsOf } from './live-objects';
import { loadMesh } from './mesh-options';
import { executePlan } from './run-plan';
import { readUpSettings, UpChoices } from './up-settings';
import { script } from '../live/plans/script';
import { deliveryPlan, upPlan, wholePlan } from '../live/plans/up';

export interface UpOptions extends UpChoices {
  readonly mesh?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly applySet?: string;
  readonly forceConflicts?: boolean;
  readonly ignoreFindings?: boolean;
}

/** `cilium-mesh up`: makes the mesh, or prints how. */
export async function upCommand(options: UpOptions, io: Io): Promise<Status> {
  const live = loadLiveMesh(options.mesh);
  const settings = readUpSettings(options, live);
  const applied = applySettings(options);
  const { input, mesh } = loadMesh({ mesh: options.mesh });
  refuseErrors(mesh, input, options, io);
  if (options.dryRun) {
    await io.out(script(wholePlan(live, objectsOf(live, mesh), settings, applied)));
    return Status.OK;
  }
  const status = await executePlan(upPlan(live, settings), io);
  if (status !== Status.OK) {
    return status;
  }
  // only now there are clusters that can be asked what they have
  const objects = await compareWithClusters(live, mesh, applied.applySet, io);
  return applyTo(objects, deliveryPlan(live, objects, applied), applied, options, io);
}

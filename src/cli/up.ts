import { Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { executePlan } from './run-plan';
import { readUpSettings, UpChoices } from './up-settings';
import { script } from '../orchestrator/script';
import { upPlan } from '../orchestrator/up';

export interface UpOptions extends UpChoices {
  readonly mesh?: string;
  readonly dryRun?: boolean;
}

/** `cilium-mesh up`: makes the mesh, or prints how. */
export async function upCommand(options: UpOptions, io: Io): Promise<Status> {
  const mesh = loadLiveMesh(options.mesh);
  const plan = upPlan(mesh, readUpSettings(options, mesh));
  if (options.dryRun) {
    await io.out(script(plan));
    return Status.OK;
  }
  return executePlan(plan, io);
}

import { ApplyOptions, identifiedClusters, readApplySettings, refuseErrors } from './apply';
import { ClusterOptions, readClusterChoice } from './cluster-choice';
import { refuseOtherClusters } from './identity-refusal';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { identifyOrRefuse } from './missing-contexts';
import { planUp } from './plan-up';
import { checkFormat, formatsOf, print } from './print';
import { refuseOtherSets } from './removal-questions';
import { planRotation } from './rotate';
import { withSession } from './session';
import { readUpChoice } from './up';
import { UpChoices, readUpSettings } from './up-settings';
import { formatValue } from '../diagnostics/texts';
import { compareWithClusters } from '../live/observations/applied-objects';
import { planObjects, ReadPlan } from '../live/observations/mesh-plan';
import { isEmptyPlan } from '../live/plans/mesh-plan';
import { planReport } from '../live/reports/plan';

export interface PlanOptions
  extends Pick<UpChoices, 'connectionMode'>,
  Pick<
    ApplyOptions,
    'mesh' | 'applySet' | 'forceConflicts' | 'takeOver' | 'acceptCluster' | 'ignoreFindings'
  >,
  Pick<ClusterOptions, 'cluster' | 'canary'> {
  readonly format: string;
}

/** `cilium-mesh plan [up|apply|rotate]`: what the command would do. Changes nothing. */
export async function planCommand(name: string, options: PlanOptions, io: Io): Promise<Status> {
  checkFormat(options.format, formatsOf('plan'));
  if (name !== 'up' && name !== 'apply' && name !== 'rotate') {
    throw new CommandError(`plan must be followed by up, apply or rotate (default: up), got ${formatValue(name)}`);
  }
  if (name === 'rotate' && (options.cluster ?? options.canary) !== undefined) {
    throw new CommandError('--cluster and --canary are about up and apply: rotate changes all clusters together');
  }
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  if (name === 'rotate') {
    const { plan } = await withSession(io, ({ shell }) => planRotation(live, options, shell, io));
    await print(planReport(plan, name), options.format, io);
    return isEmptyPlan(plan) ? Status.OK : Status.CHANGES;
  }
  const choice = name === 'up' ? readUpChoice(options, live) : readClusterChoice(options, live);
  const settings = readApplySettings(options);
  const upSettings = readUpSettings(options, live);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  refuseErrors(mesh, input, options, io);
  const { plan } = await withSession(io, async ({ shell }): Promise<ReadPlan> => {
    if (name === 'apply') {
      const objects = await compareWithClusters(live, mesh, settings.applySet, shell, choice.names);
      const chosen = objects.filter(each => choice.names.includes(each.name));
      refuseOtherClusters(identifiedClusters(live, objects), options, io);
      refuseOtherSets(chosen, settings, io);
      const { plan: read } = await planObjects(mesh, objects, settings, shell, {
        clusters: choice.names,
        canary: choice.canary,
      });
      return { plan: read, objects: chosen };
    }
    const existing = await identifyOrRefuse(live, shell, choice.names);
    refuseOtherClusters(existing.identified, options, io);
    const request = { live, input, mesh, choice, settings: upSettings, applySettings: settings };
    const planned = await planUp(request, existing, shell);
    refuseOtherSets(planned.objects, settings, io);
    return planned;
  });
  await print(planReport(plan, name), options.format, io);
  return isEmptyPlan(plan) ? Status.OK : Status.CHANGES;
}

import { ApplyOptions, readApplySettings, refuseErrors } from './apply';
import { ClusterChoice, ClusterOptions, readClusterChoice } from './cluster-choice';
import { executeUp } from './execute-up';
import { refuseMissingRequirements } from './execution';
import { refuseOtherClusters } from './identity-refusal';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { loadMesh } from './mesh-options';
import { identifyOrExport } from './missing-contexts';
import { confirmPlan, showPlan } from './plan-question';
import { planUp, UpRequest } from './plan-up';
import { refuseOtherSets } from './removal-questions';
import { withSession } from './session';
import { refuseSuffering } from './suffering-refusal';
import { readUpSettings, UpChoices } from './up-settings';
import { manifestObjects } from '../live/observations/applied-objects';
import { canaryParts, gatedPlan, verificationStep } from '../live/plans/canary';
import { deliverySteps, formatCommandList, ListedStep, planSteps } from '../live/plans/command-list';
import { WAIT } from '../live/plans/limits';
import { clustersOf, LiveMesh } from '../live/plans/live-mesh';
import { Plan } from '../live/plans/plan';
import { formatScript } from '../live/plans/script';
import { upPlan, wholeParts, wholePlan } from '../live/plans/up';

export interface UpOptions extends UpChoices, Omit<ApplyOptions, 'diff' | 'print'> {}

/** `cilium-mesh up`: creates the mesh, or prints the script that does. */
export async function upCommand(options: UpOptions, io: Io): Promise<Status> {
  const { live, renderings } = await loadLiveMesh(options.mesh, io);
  const choice = readUpChoice(options, live);
  const settings = readUpSettings(options, live);
  const applySettings = readApplySettings(options);
  const { input, mesh } = await loadMesh({ mesh: options.mesh }, io, renderings);
  refuseErrors(mesh, input, options, io);
  const request = { live, input, mesh, choice, settings, applySettings };
  if (options.script) {
    await io.out(formatScript(scriptPlan(request)));
    return Status.OK;
  }
  if (options.dryRun) {
    const { title, steps } = listedSteps(request);
    await io.out(formatCommandList(title, steps));
    return Status.OK;
  }
  const own = { clusters: clustersOf(live, choice.names) };
  await withSession(io, ({ shell }) => refuseMissingRequirements(upPlan(own, settings), shell, io));
  const existing = await identifyOrExport(live, options, io, choice.names);
  refuseOtherClusters(existing.identified, options, io);
  const planned = await withSession(io, ({ shell }) => planUp(request, existing, shell));
  refuseOtherSets(planned.objects, applySettings, io);
  showPlan(planned.plan, 'up', io);
  refuseSuffering(planned.plan.order, choice, options, io);
  await confirmPlan(planned.plan, planned.objects, options, io);
  return executeUp(request, planned, options, io);
}

/** The clusters that `up` changes. Throws for Cilium 1.9, whose clusters are connected together. */
export function readUpChoice(options: ClusterOptions, live: LiveMesh): ClusterChoice {
  const choice = readClusterChoice(options, live);
  if ((choice.isPartial || choice.canary !== undefined) && live.clusters.some(({ etcd }) => etcd)) {
    throw new CommandError(
      '--cluster and --canary are not available for Cilium 1.9: up connects all of its clusters together; remove the ' +
        'option',
    );
  }
  return choice;
}

/** The plan of a script, which asks no cluster before it runs. */
function scriptPlan({ live, mesh, choice, settings, applySettings }: UpRequest): Plan {
  const { own, objects, upSettings } = unaskedMesh({ live, mesh, choice, settings });
  const { canary } = choice;
  return canary === undefined
    ? wholePlan(own, objects, upSettings, applySettings)
    : gatedPlan(
      wholeParts(own, objects, { ...upSettings, canary }, applySettings),
      verificationStep(applySettings, canary),
    );
}

/** The commands of the plan, to read. */
function listedSteps({ live, mesh, choice, settings, applySettings }: UpRequest): {
  readonly title: string;
  readonly steps: readonly ListedStep[];
} {
  const { own, objects, upSettings } = unaskedMesh({ live, mesh, choice, settings });
  const plan = upPlan(own, upSettings);
  const { wait = WAIT } = settings;
  const { canary } = choice;
  const delivered = (isWanted: (name: string) => boolean) =>
    deliverySteps({ clusters: own.clusters.filter(({ name }) => isWanted(name)) }, objects, applySettings, wait);
  if (canary === undefined) {
    return { title: plan.title, steps: [...planSteps(plan), ...delivered(() => true)] };
  }
  const { first, rest } = canaryParts(plan, canary);
  const steps = [
    ...planSteps(first),
    ...delivered(name => name === canary),
    ...planSteps({ steps: [verificationStep(applySettings, canary)] }),
    ...planSteps(rest),
    ...delivered(name => name !== canary),
  ];
  return { title: `${plan.title}; first ${canary}`, steps };
}

/** The chosen part of a mesh whose clusters were not asked; the first cluster has the authority of the mesh. */
function unaskedMesh({ live, mesh, choice, settings }: Pick<UpRequest, 'live' | 'mesh' | 'choice' | 'settings'>) {
  const { names, canary, isPartial } = choice;
  const own = { clusters: clustersOf(live, names) };
  return {
    own,
    objects: manifestObjects(own, mesh),
    upSettings: { ...settings, canary, isPartial, ...(isPartial ? { authority: live.clusters[0] } : {}) },
  };
}

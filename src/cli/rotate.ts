import { executeAndShow } from './execution';
import { IdentityOptions, refuseOtherClusters } from './identity-refusal';
import { CommandError, Io, Status } from './io';
import { loadLiveMesh } from './live-mesh';
import { identifyOrRefuse } from './missing-contexts';
import { confirmPlan, showPlan } from './plan-question';
import { changedMeanwhile } from './removal-questions';
import { withSession } from './session';
import { readUpSettings, UpChoices } from './up-settings';
import { otherAuthorities } from '../live/observations/authorities';
import { readInstallations } from '../live/observations/installations';
import { openSteps } from '../live/observations/open-steps';
import { formatCommandList, planSteps } from '../live/plans/command-list';
import { WAIT } from '../live/plans/limits';
import { LiveMesh } from '../live/plans/live-mesh';
import { MeshPlan, stepsPlan } from '../live/plans/mesh-plan';
import { Plan, Step } from '../live/plans/plan';
import { RotatedCluster, rotationFaults, rotationPlan } from '../live/plans/rotation';
import { Shell } from '../live/runner/shell';

export interface RotateOptions extends Pick<UpChoices, 'chartDirectory' | 'timeout'>, IdentityOptions {
  readonly mesh?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly breakLock?: boolean;
}

/** `cilium-mesh rotate`: replaces the certificate authority of Cilium in all clusters. */
export async function rotateCommand(options: RotateOptions, io: Io): Promise<Status> {
  const { live } = await loadLiveMesh(options.mesh, io);
  const { wait } = readUpSettings(options, live);
  const { steps, plan } = await withSession(io, ({ shell }) => planRotation(live, options, shell, io));
  if (options.dryRun) {
    await io.out(formatCommandList(steps.title, planSteps(steps)));
    return Status.OK;
  }
  showPlan(plan, 'rotate', io);
  await confirmPlan(plan, [], options, io);
  const shown = new Set(plan.clusters.flatMap(each => each.steps.map(({ id }) => id)));
  return executeAndShow(steps, io, {
    contexts: live.clusters.map(({ context }) => context),
    breakLock: options.breakLock,
    limit: wait,
    recheck: async shell => {
      const again = await planRotation(live, options, shell, io);
      const others = again.open.filter(({ id }) => !shown.has(id));
      if (others.length > 0) {
        const texts = others.map(({ cluster, title }) => `  ${cluster}: ${title}: was not shown`);
        throw changedMeanwhile('Nothing was changed', texts);
      }
    },
  });
}

/** What `rotate` would do. */
export interface PlannedRotation {
  readonly steps: Plan;
  readonly open: readonly Step[];
  readonly plan: MeshPlan;
}

/** Plans a rotation. Throws where a cluster does not allow one. */
export async function planRotation(
  live: LiveMesh,
  options: Pick<RotateOptions, 'acceptCluster' | 'chartDirectory' | 'timeout'>,
  shell: Shell,
  io: Pick<Io, 'done'>,
): Promise<PlannedRotation> {
  const { chartDirectory, wait = WAIT } = readUpSettings(options, live);
  const { identified: existing } = await identifyOrRefuse(live, shell);
  refuseOtherClusters(existing, options, io);
  const missing = live.clusters.filter(({ name }) => !existing.some(each => each.name === name));
  const { known, unreadable } = await readInstallations(
    live.clusters.filter(each => !missing.includes(each)),
    shell,
  );
  const without = live.clusters.filter(({ name }) => !known.has(name));
  if (without.length > 0) {
    const texts = without.map(({ name, context }) =>
      unreadable.includes(name)
        ? `${name} (context ${context}): the Helm release of Cilium cannot be read`
        : `${name} (context ${context}): Cilium is not installed`,
    );
    throw new CommandError(
      `Nothing was changed: all clusters of a mesh get a new certificate authority together.\n${texts.join('\n')}\n` +
        '    fix: run up first',
      Status.FOUND,
    );
  }
  const clusters = live.clusters.map((cluster): RotatedCluster => ({ cluster, installed: known.get(cluster.name)! }));
  refuseRotation(clusters);
  const others = await otherAuthorities(live.clusters, shell);
  if (others.length > 0) {
    throw new CommandError(
      `Nothing was changed: the certificate authority of ${others.join(', ')} is another one than that of ` +
        `${live.clusters[0].name}.\n    fix: write all authorities into tls.caBundle in every cluster, and give all clusters ` +
        'one authority (Secret kube-system/cilium-ca), then run rotate',
      Status.FOUND,
    );
  }
  const steps = rotationPlan(clusters, { chartDirectory, wait });
  const open = await openSteps(steps, new Set(existing.map(({ name }) => name)), shell);
  return { steps, open, plan: stepsPlan(live.clusters, open) };
}

function refuseRotation(clusters: readonly RotatedCluster[]): void {
  const faults = clusters.flatMap(rotationFaults);
  if (faults.length > 0) {
    const texts = faults.map(({ cluster, problem, fix }) => `${cluster}: ${problem}\n    fix: ${fix}`);
    throw new CommandError(`Nothing was changed.\n${texts.join('\n')}`, Status.FOUND);
  }
}

import { ExecuteOptions, executeApply } from './execute-apply';
import { CommandError, found, Io, Status } from './io';
import { print } from './print';
import { refuseChanges } from './removal-questions';
import { withSession } from './session';
import { verifiedMesh, verifyMesh } from './verify';
import { readMesh } from '../evaluator/read/mesh';
import { applyPlan } from '../live/plans/apply';
import { ApplySettings, ClusterObjects } from '../live/plans/apply-objects';
import { LiveMesh } from '../live/plans/live-mesh';
import { MeshPlan } from '../live/plans/mesh-plan';
import { deliveryPlan } from '../live/plans/up';
import { verificationReport } from '../live/reports/verification';
import { Shell } from '../live/runner/shell';
import { destinations } from '../live/verification/prediction';
import { selectPredictions } from '../live/verification/selection';
import { isAsPredicted, Verification } from '../live/verification/verification';
import { MeshInput } from '../manifests/input';

/** A confirmed plan with a canary. */
export interface CanaryPlan {
  readonly live: LiveMesh;
  readonly canary: string;
  readonly plan: MeshPlan;
  readonly objects: readonly ClusterObjects[];
  readonly settings: ApplySettings;
  readonly isPartial: boolean;
  /** The mesh in which only the canary is changed. */
  readonly during: MeshInput;
  /** Reads the clusters once more. */
  readonly again: (shell: Shell) => Promise<readonly ClusterObjects[]>;
}

/**
 * Changes the canary, waits for its workloads, and verifies the mesh as it is then: the canary with the manifests, the
 * others as they were. If the answers are as predicted, it changes the others.
 */
export async function executeCanary(
  { live, canary, plan, objects, settings, isPartial, during, again }: CanaryPlan,
  options: ExecuteOptions,
  io: Io,
): Promise<Status> {
  const { order } = plan;
  const own = { clusters: live.clusters.filter(({ name }) => name === canary) };
  const first = deliveryPlan(own, objects, settings, { order, isPartial, only: [canary] });
  const status = await executeApply(first, objects, options, again, io);
  if (status !== Status.OK) {
    return status;
  }
  io.err(`verifying ${canary}\n`);
  const mesh = readMesh(during);
  const predictions = found(selectPredictions(mesh, {})).filter(
    each => each.source.cluster === canary || destinations(each).some(({ cluster }) => cluster === canary),
  );
  const verifications = await verifyMesh(live, verifiedMesh(during, mesh), predictions, {}, io);
  await print(verificationReport(verifications), 'text', io);
  if (verifications.every(each => each.outcome === 'not-probed')) {
    throw new CommandError(nothingProbed(canary, verifications), Status.FOUND);
  }
  if (!isAsPredicted(verifications)) {
    throw new CommandError(
      `${canary} was changed, and no other cluster: the answers are not as predicted.\n` +
        '    fix: correct the manifests, or the cluster; to change the others all the same, run the command without ' +
        '--canary',
      Status.FOUND,
    );
  }
  const isOther = ({ name }: ClusterObjects) => name !== canary;
  const others = (await withSession(io, ({ shell }) => again(shell))).filter(isOther);
  refuseChanges(objects.filter(isOther), others, `${canary} was changed, and no other cluster`);
  const rest = { ...order, stages: order.stages.filter(({ cluster }) => cluster !== canary) };
  const second = applyPlan(others, settings, { order: rest, isPartial: true });
  return executeApply(second, others, options, async shell => (await again(shell)).filter(isOther), io);
}

/** Why nothing is known of the canary, and what to do. */
function nothingProbed(canary: string, verifications: readonly Verification[]): string {
  const reasons = [...new Set(verifications.flatMap(({ problem }) => problem ?? []))].sort();
  const some = reasons.slice(0, MOST_REASONS);
  const why =
    verifications.length === 0
      ? [`the manifests have no flow from or to a workload of ${canary} that runs`]
      : [...some, ...(reasons.length > some.length ? [`and ${reasons.length - some.length} more reasons`] : [])];
  return (
    `${canary} was changed, and no other cluster: nothing was probed, so it is not known whether the answers are as ` +
    `predicted.\n${why.map(each => `    ${each}\n`).join('')}` +
    `    fix: choose a canary with running pods that can be probed, or start pods in ${canary} and run the command ` +
    'without --canary, then cilium-mesh verify'
  );
}

/** The reasons that are named. */
const MOST_REASONS = 5;

import { ExecuteOptions, executeApply } from './execute-apply';
import { CommandError, doneSoFar, found, Io, Status } from './io';
import { print } from './print';
import { refuseChanges } from './removal-questions';
import { withSession } from './session';
import { verifiedMesh, verifyMesh, VerifyOptions } from './verify';
import { readMesh } from '../evaluator/read/mesh';
import { applyPlan } from '../live/plans/apply';
import { ApplySettings, ClusterObjects } from '../live/plans/apply-objects';
import { ApplyOrder } from '../live/plans/apply-order';
import { CanaryParts } from '../live/plans/canary';
import { clustersOf, LiveMesh } from '../live/plans/live-mesh';
import { Canary, MeshPlan, objectsSummary } from '../live/plans/mesh-plan';
import { deliveryPlan } from '../live/plans/up';
import { verificationReport } from '../live/reports/verification';
import { Shell } from '../live/runner/shell';
import { destinations } from '../live/verification/prediction';
import { selectPredictions } from '../live/verification/selection';
import { isAsPredicted, Verification } from '../live/verification/verification';
import { MeshInput } from '../manifests/input';

/** A confirmed plan of `apply` with a canary. */
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
  const parts = applyParts({ live, canary, order: plan.order, objects, settings, isPartial });
  const status = await executeApply(parts.first, objects, options, again, io);
  if (status !== Status.OK) {
    return status;
  }
  const after = afterCanary(canary, io);
  await verifyCanary(live, { name: canary, unconnected: [] }, during, io);
  const isOther = ({ name }: ClusterObjects) => name !== canary;
  const now = await withSession(after, ({ shell }) => again(shell));
  refuseChanges(objects.filter(isOther), now, doneSoFar(after));
  const { rest } = applyParts({ live, canary, order: plan.order, objects: now, settings, isPartial });
  return executeApply(rest, now, { ...options, summary: objectsSummary(plan) }, again, after);
}

/** What is said once a canary was changed. */
export function afterCanary(canary: string, io: Io): Io {
  return { ...io, done: `${canary} was changed, and no other cluster` };
}

/** What `apply` does before the canary is verified, and after. */
export function applyParts({
  live,
  canary,
  order,
  objects,
  settings,
  isPartial,
}: Pick<CanaryPlan, 'live' | 'canary' | 'objects' | 'settings' | 'isPartial'> & {
  readonly order: ApplyOrder;
}): CanaryParts {
  const others = objects.flatMap(({ name }) => (name === canary ? [] : [name]));
  const own = { clusters: clustersOf(live, [canary]) };
  const rest = { ...order, stages: order.stages.filter(({ cluster }) => cluster !== canary) };
  return {
    first: deliveryPlan(own, objects, settings, { order, isPartial, only: [canary] }),
    rest: applyPlan(objects, settings, { order: rest, isPartial, only: others }),
  };
}

/**
 * Verifies the flows from and to a canary, in the mesh in which only the canary is changed. Throws unless the answers
 * are as predicted.
 */
export async function verifyCanary(
  live: LiveMesh,
  { name: canary, unconnected }: Canary,
  during: MeshInput,
  io: Io,
  options: Omit<VerifyOptions, 'format' | 'mesh'> & { readonly format?: string } = {},
): Promise<void> {
  io.err(`verifying ${canary}\n`);
  const after = afterCanary(canary, io);
  const isConnected = ({ name }: { readonly name: string }) => !unconnected.includes(name);
  const input = { ...during, clusters: during.clusters.filter(isConnected) };
  const mesh = readMesh(input);
  const predictions = found(selectPredictions(mesh, {})).filter(
    each => each.source.cluster === canary || destinations(each).some(({ cluster }) => cluster === canary),
  );
  const connected = { clusters: live.clusters.filter(isConnected) };
  const verifications = await verifyMesh(connected, verifiedMesh(input, mesh), predictions, options, after);
  await print(verificationReport(verifications), options.format ?? 'text', io);
  if (verifications.every(each => each.outcome === 'not-probed')) {
    throw new CommandError(nothingProbed(canary, doneSoFar(after), verifications), Status.FOUND);
  }
  if (!isAsPredicted(verifications)) {
    throw new CommandError(
      `${doneSoFar(after)}: the answers are not as predicted.\n` +
        '    fix: correct the manifests, or the cluster; to change the others all the same, run the command without ' +
        '--canary',
      Status.FOUND,
    );
  }
}

/** Why nothing is known of the canary, and what to do. */
function nothingProbed(canary: string, done: string, verifications: readonly Verification[]): string {
  const reasons = [...new Set(verifications.flatMap(({ problem }) => problem ?? []))].sort();
  const some = reasons.slice(0, MOST_REASONS);
  const why =
    verifications.length === 0
      ? [`the manifests have no flow from or to a workload of ${canary} that runs`]
      : [...some, ...(reasons.length > some.length ? [`and ${reasons.length - some.length} more reasons`] : [])];
  return (
    `${done}: nothing was probed, so it is not known whether the answers are as predicted.\n` +
    why.map(each => `    ${each}\n`).join('') +
    `    fix: choose a canary with running pods that can be probed, or start pods in ${canary} and run the command ` +
    'without --canary, then cilium-mesh verify'
  );
}

/** The reasons that are named. */
const MOST_REASONS = 5;

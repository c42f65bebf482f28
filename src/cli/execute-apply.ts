import { executeAndShow, giveBackLocks } from './execution';
import { doneSoFar, Io, Status } from './io';
import { refuseChanges } from './removal-questions';
import { readTimeout } from './timeout';
import { ClusterObjects } from '../live/plans/apply-objects';
import { Plan } from '../live/plans/plan';
import { Shell } from '../live/runner/shell';

/** Options about how a plan is executed. */
export interface ExecuteOptions {
  readonly breakLock?: boolean;
  readonly timeout?: string;
  /** What is done when the plan has been executed. */
  readonly summary?: string;
}

/**
 * Executes a plan that applies, if the clusters are still as they were when it was made. `again` reads them once more,
 * under their locks.
 */
export async function executeApply(
  plan: Plan,
  objects: readonly ClusterObjects[],
  { breakLock, timeout, summary }: ExecuteOptions,
  again: (shell: Shell) => Promise<readonly ClusterObjects[]>,
  io: Io,
): Promise<Status> {
  const contexts = objects.map(({ context }) => context);
  if (plan.steps.length === 0) {
    await giveBackLocks(contexts, io);
    return Status.OK;
  }
  return executeAndShow(plan, io, {
    contexts,
    breakLock,
    limit: readTimeout(timeout),
    summary,
    recheck: async shell => refuseChanges(objects, await again(shell), doneSoFar(io)),
  });
}

import { executeAndShow } from './execution';
import { Io, Status } from './io';
import { refuseChanges } from './removal-questions';
import { readTimeout } from './timeout';
import { ClusterObjects } from '../live/plans/apply-objects';
import { Plan } from '../live/plans/plan';
import { Shell } from '../live/runner/shell';

/** Options about how a plan is executed. */
export interface ExecuteOptions {
  readonly breakLock?: boolean;
  readonly timeout?: string;
}

/**
 * Executes a plan that applies, if the clusters are still as they were when it was made. `again` reads them once more,
 * under their locks.
 */
export async function executeApply(
  plan: Plan,
  objects: readonly ClusterObjects[],
  { breakLock, timeout }: ExecuteOptions,
  again: (shell: Shell) => Promise<readonly ClusterObjects[]>,
  io: Io,
): Promise<Status> {
  return plan.steps.length === 0
    ? Status.OK
    : executeAndShow(plan, io, {
      contexts: objects.map(({ context }) => context),
      breakLock,
      limit: readTimeout(timeout),
      recheck: async shell => refuseChanges(objects, await again(shell)),
    });
}

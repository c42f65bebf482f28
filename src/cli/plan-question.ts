import { CommandError, Io, Status } from './io';
import { confirmRemovals, RemovalOptions } from './removal-questions';
import { ClusterObjects } from '../live/plans/apply-objects';
import { isEmptyPlan, MeshPlan } from '../live/plans/mesh-plan';
import { PlannedCommand, planReport } from '../live/reports/plan';
import { text } from '../reports/formats/text';

/** Shows a plan. */
export function showPlan(plan: MeshPlan, command: PlannedCommand, io: Io): void {
  for (const piece of text(planReport(plan, command), io)) {
    io.err(piece);
  }
}

/**
 * Asks for a plan that was shown: on a terminal a question, elsewhere it needs `--yes`. Dangerous removals need a
 * confirmation by name too. Throws unless everything is confirmed.
 */
export async function confirmPlan(
  plan: MeshPlan,
  objects: readonly ClusterObjects[],
  options: RemovalOptions,
  io: Io,
): Promise<void> {
  if (isEmptyPlan(plan)) {
    return;
  }
  if (!options.yes && !(await io.confirm?.('Carry out this plan?'))) {
    throw new CommandError(
      io.confirm
        ? 'Nothing was changed.'
        : 'Nothing was changed: no terminal to ask on. To carry out this plan without asking, add --yes.',
      Status.FOUND,
    );
  }
  await confirmRemovals(objects, options, io);
}

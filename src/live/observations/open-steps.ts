import { UnansweredError } from './answers';
import { inOrder, Plan, Step } from '../plans/plan';
import { check, FailedCommand, InterruptedError, Shell } from '../runner/shell';

/**
 * The steps of a plan that would change something now. The steps of a cluster that does not exist are open, and so are
 * those that need an open step of their cluster: their questions could not be answered. Throws an UnansweredError with
 * all other questions that fail.
 */
export async function openSteps(
  plan: Pick<Plan, 'steps'>,
  existing: ReadonlySet<string>,
  shell: Shell,
): Promise<Step[]> {
  const clusters = plan.steps.flatMap(step => step.cluster ?? []);
  const isMissing = (step: Step) =>
    step.cluster === undefined ? clusters.some(each => !existing.has(each)) : !existing.has(step.cluster);
  const states = new Map<string, Promise<StepState>>();
  const stateOf = (step: Step): Promise<StepState> => {
    const state = states.get(step.id) ?? findState(step);
    states.set(step.id, state);
    return state;
  };
  const findState = async (step: Step): Promise<StepState> => {
    // kind answers which clusters exist, also where a cluster itself does not answer
    const asksHost = step.change === 'create' && step.unless !== undefined;
    if (isMissing(step) && !asksHost) {
      return { isOpen: true };
    }
    const needed = plan.steps.filter(
      each => step.needs.includes(each.id) && (step.cluster === undefined || each.cluster === step.cluster),
    );
    const needs = await Promise.all(needed.map(stateOf));
    if (needs.some(each => each.isOpen)) {
      return { isOpen: true };
    }
    if (step.change === undefined || !step.unless) {
      return { isOpen: step.change !== undefined };
    }
    const verdict = await check(shell, step.unless);
    return verdict.kind === 'unanswered'
      ? { isOpen: false, failed: verdict.question }
      : { isOpen: verdict.kind === 'fails' };
  };
  const ordered = inOrder(plan.steps);
  const found = await Promise.all(ordered.map(stateOf));
  if (shell.interruption.aborted) {
    throw new InterruptedError();
  }
  const failures = found.flatMap(each => each.failed ?? []);
  if (failures.length > 0) {
    throw new UnansweredError(failures);
  }
  return ordered.filter((step, index) => step.change !== undefined && found[index].isOpen);
}

interface StepState {
  readonly isOpen: boolean;
  readonly failed?: FailedCommand;
}

import { ApplySettings } from './apply-objects';
import { Plan, Step } from './plan';
import type { StepChange } from '../../reports/schemas/plan';

/** A plan in two parts: the canary is verified between them. */
export interface CanaryParts {
  readonly first: Plan;
  readonly rest: Plan;
}

/** Connections change clusters at both ends. */
const OF_BOTH_ENDS: ReadonlyArray<StepChange | undefined> = ['connect', 'disconnect'];

/**
 * The steps of the canary and what they need, such as the pre-flight checks of the others, and then all other steps.
 * Connections come in the second part.
 */
export function canaryParts({ steps, ...plan }: Plan, canary: string): CanaryParts {
  const byId = new Map(steps.map(step => [step.id, step]));
  const needed = new Map<string, ReadonlySet<Step>>();
  const neededBy = (step: Step): ReadonlySet<Step> => {
    const known = needed.get(step.id) ?? new Set([step, ...step.needs.flatMap(id => [...neededBy(byId.get(id)!)])]);
    needed.set(step.id, known);
    return known;
  };
  const own = steps.filter(
    step => step.cluster === canary && ![...neededBy(step)].some(({ change }) => OF_BOTH_ENDS.includes(change)),
  );
  const first = new Set(own.flatMap(step => [...neededBy(step)]));
  const rest = steps.filter(step => !first.has(step));
  const ids = new Set(rest.map(({ id }) => id));
  return {
    first: { ...plan, steps: steps.filter(step => first.has(step)) },
    rest: { ...plan, steps: rest.map(step => ({ ...step, needs: step.needs.filter(id => ids.has(id)) })) },
  };
}

/** Both parts as one plan for a script, with the command that verifies the canary between them. */
export function gatedPlan({ first, rest }: CanaryParts, verification: Step): Plan {
  // both parts ask some API servers to validate the manifests
  const again = new Map(rest.steps.map(({ id }) => [id, `then/${id}`]));
  return {
    ...first,
    title: `${first.title.split(': ')[0]}: ${verification.cluster}, and then the others`,
    steps: [
      ...first.steps,
      { ...verification, needs: first.steps.map(({ id }) => id) },
      ...rest.steps.map(step => ({
        ...step,
        id: again.get(step.id)!,
        needs: [verification.id, ...step.needs.map(id => again.get(id)!)],
      })),
    ],
  };
}

/** The step that verifies the canary; it ends a script with status 1 if the answers are not as predicted. */
export function verificationStep({ verifier }: ApplySettings, canary: string): Step {
  return {
    id: `${canary}/verified`,
    title: `verify the flows from and to ${canary}; go on only if the answers are as predicted`,
    cluster: canary,
    needs: [],
    commands: [verifier(canary)],
  };
}

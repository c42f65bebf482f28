import { Command, Condition } from './command';

/**
 * What is to be done, as data: a runner executes it, `--dry-run` prints it as a script.
 *
 * Every step may be run again: what is done already is told by `unless`, or does no harm.
 */
export interface Plan {
  readonly title: string;
  readonly tools: readonly Tool[];
  readonly steps: readonly Step[];
}

/** A program that the plan needs. */
export interface Tool {
  readonly program: string;
  /** What it is needed for. */
  readonly why: string;
  /** Where to get it. */
  readonly from: string;
}

/** One step. Steps that do not need each other can be taken side by side. */
export interface Step {
  /** `<cluster>/<what>`; unique in the plan. */
  readonly id: string;
  readonly title: string;
  readonly cluster?: string;
  /** Steps that must be done before. */
  readonly needs: readonly string[];
  /** The step is done already when this holds. */
  readonly unless?: Condition;
  readonly commands: readonly Command[];
  /** What must hold afterwards, also where the step was done already. */
  readonly ensure?: readonly Guard[];
}

/** A condition without which nothing may go on. */
export interface Guard {
  readonly condition: Condition;
  /** What is wrong when it does not hold, and what to do. */
  readonly otherwise: string;
}

/** The steps in an order in which each comes after those that it needs: as in the plan, as far as that is one. */
export function inOrder(steps: readonly Step[]): Step[] {
  const done = new Set<string>();
  const ordered: Step[] = [];
  let waiting = [...steps];
  while (waiting.length > 0) {
    const ready = waiting.filter(step => step.needs.every(id => done.has(id)));
    if (ready.length === 0) {
      throw new Error(`the steps ${waiting.map(step => step.id).join(', ')} need each other, or steps that there are none of`);
    }
    ready.forEach(step => done.add(step.id));
    ordered.push(...ready);
    waiting = waiting.filter(step => !done.has(step.id));
  }
  return ordered;
}

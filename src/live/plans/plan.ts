import { Citation } from './citation';
import { Command, Condition } from './command';
import { HostDemands } from './host';
import { atLeast, WaitLimit } from './limits';
import type { StepChange } from '../../reports/schemas/plan';

/**
 * What to do, as data: a runner executes it, `--dry-run` prints it as a script.
 *
 * Every step may run again: `unless` finds what is done already, or doing it again changes nothing.
 */
export interface Plan {
  readonly title: string;
  readonly tools: readonly Tool[];
  /** What it needs of the host beside programs. */
  readonly host?: HostDemands;
  readonly steps: readonly Step[];
}

/** A program that the plan needs. */
export interface Tool {
  readonly program: string;
  /** What the plan does with it. */
  readonly purpose: string;
  /** Where to get it. */
  readonly url: string;
  readonly version?: VersionDemand;
}

/** The least version of a program. */
export interface VersionDemand {
  /** Prints the version, and sends no request to a cluster. */
  readonly command: Command;
  /**
   * Finds it in the output; one group. The output of a build without a version does not match, which is not an error.
   */
  readonly pattern: RegExp;
  readonly least: string;
  /** What the plan needs of that version. */
  readonly reason: string;
}

/** One step. Steps that do not need each other can run side by side. */
export interface Step {
  /** `<cluster>/<what>`; unique in the plan. */
  readonly id: string;
  readonly title: string;
  readonly cluster?: string;
  /** What the step changes; undefined for a step that only waits or looks. */
  readonly change?: StepChange;
  /** What Cilium's documentation says about it. */
  readonly source?: Citation;
  /** What the step restarts, such as `Cilium`. */
  readonly restarts?: string;
  /** IDs of the steps that must be done before. */
  readonly needs: readonly string[];
  /** The step is done already when this holds. */
  readonly unless?: Condition;
  readonly commands: readonly Command[];
  readonly intents?: readonly Intent[];
  /** What must hold afterwards, also where the step was done already. */
  readonly ensure?: readonly Guard[];
}

/**
 * What the commands of a step leave unfinished when they, or the program itself, are killed. The runner records it
 * before they start, and deletes the record when they have ended by themselves. So the next run knows what is its own,
 * and undoes nothing else.
 */
export interface Intent {
  /** What the step makes, such as `kind cluster tion`; also the name of the record. */
  readonly what: string;
  /**
   * Prints the IDs of what the commands make, one on each line, such as those of containers. The runner records them
   * while the commands run. Something of the same name with another ID is not this run's, so it is never undone.
   */
  readonly ids: Command;
  /** Holds if it was made, and needs no undo. */
  readonly finished: Condition;
  /** What is left to do then. */
  readonly complete: Pick<Step, 'unless' | 'commands'>;
  readonly undo: readonly Command[];
  /** Seconds after which it is not undone any more: somebody may use it since then. By default it always is. */
  readonly expiry?: number;
}

/** A condition without which the plan must not continue. */
export interface Guard {
  readonly condition: Condition;
  /** What is wrong when it does not hold, and what to do. */
  readonly message: string;
}

/** The kubectl contexts whose clusters a plan changes. No other run may change them meanwhile. */
export function contextsOf({ steps }: Plan): string[] {
  return [...new Set(steps.flatMap(step => step.commands.flatMap(({ context }) => context ?? [])))].sort();
}

/** The plan with at least this limit for each of its commands. */
export function withLeastLimit(plan: Plan, limit: WaitLimit): Plan {
  return {
    ...plan,
    steps: plan.steps.map(step => ({ ...step, commands: step.commands.map(each => atLeast(limit, each)) })),
  };
}

/** The steps in an order in which each comes after those that it needs, and otherwise that of the plan. */
export function inOrder(steps: readonly Step[]): Step[] {
  const done = new Set<string>();
  const ordered: Step[] = [];
  let waiting = [...steps];
  while (waiting.length > 0) {
    const ready = waiting.filter(step => step.needs.every(id => done.has(id)));
    if (ready.length === 0) {
      const ids = waiting.map(step => step.id).join(', ');
      throw new Error(`the steps ${ids} need each other, or steps that do not exist`);
    }
    ready.forEach(step => done.add(step.id));
    ordered.push(...ready);
    waiting = waiting.filter(step => !done.has(step.id));
  }
  return ordered;
}

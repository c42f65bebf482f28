import { Command, Condition } from './command';
import { HostDemands } from './host';

/**
 * What is to be done, as data: a runner executes it, `--dry-run` prints it as a script.
 *
 * Every step may be run again: what is done already is told by `unless`, or does no harm.
 */
export interface Plan {
  readonly title: string;
  readonly tools: readonly Tool[];
  /** What it needs of the host beside programs. */
  readonly host?: HostDemands;
  /** The kubectl contexts that it changes, which no other run may change meanwhile; all that its commands name where this is not said. */
  readonly locks?: readonly string[];
  readonly steps: readonly Step[];
}

/** A program that the plan needs. */
export interface Tool {
  readonly program: string;
  /** What it is needed for. */
  readonly why: string;
  /** Where to get it. */
  readonly from: string;
  readonly version?: VersionDemand;
}

/** The least version of a program. */
export interface VersionDemand {
  /** Prints it, and asks no cluster. */
  readonly command: Command;
  /** Finds it in what is printed; one group. A build without a version prints something else, which is no fault. */
  readonly pattern: RegExp;
  readonly least: string;
  /** What that version brings. */
  readonly because: string;
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
  readonly intent?: Intent;
  /** What must hold afterwards, also where the step was done already. */
  readonly ensure?: readonly Guard[];
}

/**
 * What the commands of a step leave half made when they, or the program itself, are killed. It is written down before they start and struck out when
 * they have ended by themselves, so that the next run can tell what is its own: only that is ever undone.
 */
export interface Intent {
  /** What is made, such as `kind cluster tion`; also what the record is found by. */
  readonly what: string;
  /** It was made to the end: nothing is to be undone. */
  readonly finished: Condition;
  readonly undo: readonly Command[];
}

/** A condition without which nothing may go on. */
export interface Guard {
  readonly condition: Condition;
  /** What is wrong when it does not hold, and what to do. */
  readonly otherwise: string;
}

/** The kubectl contexts that a plan changes. */
export function contextsOf({ locks, steps }: Plan): string[] {
  const after = (args: readonly string[], option: string) => args.flatMap((word, index) => word === option ? args[index + 1] ?? [] : word.startsWith(`${option}=`) ? word.slice(option.length + 1) : []);
  const named = (command: Command): string[] => [
    ...after(command.args, '--context'),
    ...command.program === 'kind' ? after(command.args, '--name').map(name => `kind-${name}`) : [],
  ];
  return [...new Set(locks ?? steps.flatMap(step => step.commands.flatMap(named)))].sort();
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

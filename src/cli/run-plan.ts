import { Answer } from './answer';
import { columns, CommandError, counted, Io, Status } from './io';
import { display, elapsed } from './progress';
import { Command, command } from '../live/plans/command';
import { contextsOf, Plan } from '../live/plans/plan';
import { shown } from '../live/plans/script';
import { Lack, preflight, Preflight } from '../live/runner/preflight';
import { Processes } from '../live/runner/processes';
import { runPlan } from '../live/runner/run-plan';
import { LockedError, State, StateError } from '../live/runner/state';

/**
 * Runs a plan, and shows how it goes on: nothing is changed before it is known that no other run works on the same clusters, and that what it needs is
 * there. Ctrl-C ends what runs, a second one kills it.
 */
export async function executePlan(plan: Plan, io: Io): Promise<Status> {
  const again = io.args ? shown(command('cilium-mesh', ...io.args)) : 'the same command';
  const state = new State(process.env, again);
  const begun = Date.now();
  try {
    state.lock(contextsOf(plan));
    return await interruptible(io, again, async (processes, show) => {
      report(await preflight(plan, processes), io, processes.interrupted);
      const list = display(plan, io);
      show(list.say.bind(list));
      let done = 0;
      try {
        const all = await runPlan(plan, processes, progress => {
          done += progress.kind === 'done' || progress.kind === 'already-done' ? 1 : 0;
          list.show(progress);
        }, state);
        list.end();
        const after = `${done} of ${counted(plan.steps.length, 'step')} after ${elapsed((Date.now() - begun) / 1000)}`;
        io.err(all ? `${io.colors.green('done')} in ${elapsed((Date.now() - begun) / 1000)}\n` : `${processes.interrupted ? 'Interrupted' : io.colors.red('Failed')}: ${after}. To go on: ${again}\n`);
        return all ? Status.OK : processes.interrupted ? Status.INTERRUPTED : Status.FOUND;
      } finally {
        list.end();
      }
    });
  } catch (error) {
    if (error instanceof LockedError || error instanceof StateError) {
      throw new CommandError(error.message);
    }
    throw error;
  } finally {
    state.release();
  }
}

/** How many commands are asked at once: each may be a kubectl of its own, and a handful is enough to wait for all of them in the time of the slowest. */
const AT_ONCE = 8;

/** Asks things of clusters, side by side; the answers are in the order of the commands. An answer that takes too long is one that failed. Ctrl-C ends what runs. */
export async function ask(commands: readonly Command[], io: Io): Promise<Answer[]> {
  return interruptible(io, undefined, async processes => {
    const answers: Answer[] = [];
    let next = 0;
    const worker = async () => {
      while (next < commands.length) {
        const index = next++;
        answers[index] = await processes.run(commands[index], true);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, commands.length) }, worker));
    if (processes.interrupted) {
      throw new CommandError('Interrupted.', Status.INTERRUPTED);
    }
    return answers;
  });
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs something that starts processes. The first signal asks them to end, the second kills them, and the third ends the program as it is. */
async function interruptible<T>(io: Io, again: string | undefined, run: (processes: Processes, show: (say: (text: string) => void) => void) => Promise<T>): Promise<T> {
  const processes = new Processes(process.env);
  let say = io.err;
  let signals = 0;
  const interrupted = () => {
    signals += 1;
    if (signals === 1) {
      say(`\nInterrupted: what runs is asked to end; Ctrl-C again kills it.${again === undefined ? '' : ` To go on: ${again}`}\n`);
      processes.end();
    } else if (signals === 2) {
      say('\nKilled.\n');
      processes.kill();
    } else {
      process.exit(Status.INTERRUPTED);
    }
  };
  SIGNALS.forEach(name => process.on(name, interrupted));
  try {
    return await run(processes, other => {
      say = other;
    });
  } finally {
    SIGNALS.forEach(name => process.removeListener(name, interrupted));
    // where something was thrown
    processes.end();
  }
}

/** Says what is not there, all at once; throws where the plan cannot succeed. */
function report({ lacks, notes }: Preflight, io: Io, interrupted: boolean): void {
  if (interrupted) {
    throw new CommandError('Interrupted: nothing was changed.', Status.INTERRUPTED);
  }
  notes.forEach(note => io.err(`${io.colors.dim('note')} ${note}\n`));
  const missing = lacks.filter(({ severity }) => severity === 'missing');
  if (missing.length > 0) {
    throw new CommandError(`Nothing was changed: this host lacks what the plan needs.\n${table([...missing, ...lacks.filter(({ severity }) => severity === 'warning')])}`.trimEnd());
  }
  if (lacks.length > 0) {
    io.err(`${io.colors.yellow('warning')} this may be too little; the plan goes on:\n${table(lacks)}`);
  }
}

function table(lacks: readonly Lack[]): string {
  return columns([['what', 'found', 'needed', 'what to do'], ...lacks.map(({ severity, what, found, needed, todo }) => [
    what, found, `${severity === 'warning' ? '(better) ' : ''}${needed}`, todo,
  ])], '  ');
}

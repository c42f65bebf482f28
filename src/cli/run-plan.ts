import { columns, CommandError, Io, Status } from './io';
import { Command } from '../orchestrator/command';
import { Plan } from '../orchestrator/plan';
import { Ended, Processes } from '../runner/processes';
import { missingTools, Progress, runPlan } from '../runner/run-plan';

/** Runs a plan, and shows how it goes on. Ctrl-C ends what runs. */
export async function executePlan(plan: Plan, io: Io): Promise<Status> {
  const missing = missingTools(plan.tools);
  if (missing.length > 0) {
    throw new CommandError(`These programs are missing:\n${columns(missing.map(({ program, why, from }) => [program, why, from]), '  ')}`.trimEnd());
  }
  return interruptible(io, async processes => await runPlan(plan, processes, progress => io.err(progressText(progress, io))) ? Status.OK : Status.FOUND);
}

/** What a command answered: its exit status, its standard output, and the last of both streams together for a report. */
export type Answer = Ended;

/** How many commands are asked at once: each may be a kubectl of its own, and a handful is enough to wait for all of them in the time of the slowest. */
const AT_ONCE = 8;

/** Asks things of clusters, side by side; the answers are in the order of the commands. Ctrl-C ends what runs. */
export async function ask(commands: readonly Command[], io: Io): Promise<Answer[]> {
  return interruptible(io, async processes => {
    const answers: Answer[] = [];
    let next = 0;
    const worker = async () => {
      while (next < commands.length) {
        const index = next++;
        answers[index] = await processes.run(commands[index]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, commands.length) }, worker));
    return answers;
  });
}

/** Runs something that starts processes; Ctrl-C and SIGTERM end them. */
async function interruptible<T>(io: Io, run: (processes: Processes) => Promise<T>): Promise<T> {
  const processes = new Processes(process.env);
  const interrupted = () => {
    io.err('\nInterrupted: what runs is ended. The same command goes on from here.\n');
    processes.end();
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    return await run(processes);
  } finally {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
  }
}

function progressText(progress: Progress, { colors }: Io): string {
  const { step, seconds } = progress;
  const what = `${step.cluster === undefined ? '' : `${step.cluster}: `}${step.title}`;
  switch (progress.kind) {
    case 'started': return `${colors.dim('...')} ${what}\n`;
    case 'done': return `${colors.green('done')} ${what} (${seconds.toFixed(0)} s)\n`;
    case 'already-done': return `${colors.green('done')} ${what} (before)\n`;
    case 'failed': {
      const { command, status, last, otherwise } = progress.failure;
      return [
        `${colors.red('FAILED')} ${what} (${seconds.toFixed(0)} s)`,
        ...command === undefined ? [] : [`  command: ${command}`, `  status:  ${status}`],
        ...last ? [`  output:\n${last.replace(/^/gm, '    ')}`] : [],
        `  next:    ${otherwise ?? 'correct what the output says, then run the same command again: it goes on with this step'}`,
      ].join('\n') + '\n';
    }
  }
}

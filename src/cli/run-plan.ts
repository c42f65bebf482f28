import { columns, CommandError, Io, Status } from './io';
import { Plan } from '../orchestrator/plan';
import { Processes } from '../runner/processes';
import { missingTools, Progress, runPlan } from '../runner/run-plan';

/** Runs a plan, and shows how it goes on. Ctrl-C ends what runs. */
export async function executePlan(plan: Plan, io: Io): Promise<Status> {
  const missing = missingTools(plan.tools);
  if (missing.length > 0) {
    throw new CommandError(`These programs are missing:\n${columns(missing.map(({ program, why, from }) => [program, why, from]), '  ')}`.trimEnd());
  }
  const processes = new Processes(process.env);
  const interrupted = () => {
    io.err('\nInterrupted: what runs is ended. The same command goes on from here.\n');
    processes.end();
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  try {
    return await runPlan(plan, processes, progress => io.err(progressText(progress, io))) ? Status.OK : Status.FOUND;
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

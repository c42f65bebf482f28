import * as os from 'os';
import { CommandError, doneSoFar, Io, Status } from './io';
import { createDisplay, Display, elapsed, stepText } from './progress';
import { withSession } from './session';
import { command } from '../live/plans/command';
import { WaitLimit } from '../live/plans/limits';
import { Plan, withLeastLimit } from '../live/plans/plan';
import { formatCommand } from '../live/plans/script';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { ClusterLockedError, ClusterLocks } from '../live/runner/cluster-locks';
import { ClusterWarning, executePlan, ExecutionResult } from '../live/runner/execute-plan';
import { thisHost } from '../live/runner/host';
import { Preflight, preflight } from '../live/runner/preflight';
import { Processes } from '../live/runner/processes';
import { MissingRequirement } from '../live/runner/requirement';
import { Shell } from '../live/runner/shell';
import { LockedError, State } from '../live/runner/state';
import { startWatcher } from '../live/runner/watcher';
import { columns } from '../reports/formats/columns';
import { counted } from '../reports/words';

/** How a plan is executed. */
export interface ExecutionSettings {
  /** The contexts of the clusters that exist: they are locked against runs on other hosts. */
  readonly contexts: readonly string[];
  readonly breakLock?: boolean;
  /** The least limit of each command. */
  readonly limit?: WaitLimit;
  /** Checks, under the locks and before the first step, that the plan is still right; throws if not. */
  readonly recheck?: (shell: Shell) => Promise<void>;
  /** What is done when the plan has been executed. */
  readonly summary?: string;
}

/** Executes a plan and shows its progress. */
export async function executeAndShow(
  plan: Plan,
  io: Io,
  { contexts, breakLock, limit, recheck, summary }: ExecutionSettings,
): Promise<Status> {
  const again = thisCommand(io);
  const state = new State(process.env, again, SYSTEM_CLOCK, startWatcher());
  const host = thisHost(process.env);
  const result = await withSession(
    io,
    async ({ shell, writeWith, end }) => {
      let display: Display | undefined;
      const locks = clusterLocks({ state, io, breakLock, interruption: shell.interruption, end });
      try {
        const execution = {
          shell,
          state,
          host,
          clock: SYSTEM_CLOCK,
          clusterLocks: { locks, contexts },
          recheck: recheck && (() => recheck(shell)),
        };
        return await executePlan(limit ? withLeastLimit(plan, limit) : plan, execution, event => {
          if (event.kind === 'ready') {
            printWarnings(event.preflight, io);
            display = createDisplay(plan, io);
            writeWith(display.write.bind(display));
          } else {
            display?.show(event);
          }
        });
      } finally {
        display?.end();
      }
    },
    again,
  );
  return printResult(result, plan, again, io, summary);
}

/** Gives back locks that an ended run of this host left in clusters in which nothing is to be done. */
export async function giveBackLocks(contexts: readonly string[], io: Io): Promise<void> {
  const state = new State(process.env, thisCommand(io), SYSTEM_CLOCK);
  const ended = state.endedLocks(contexts);
  if (ended.length === 0) {
    return;
  }
  await withSession(io, async ({ shell, end }) => {
    const locks = clusterLocks({ state, io, interruption: shell.interruption, end });
    try {
      await state.lock(ended);
      await locks.lock(ended);
    } catch (error) {
      // it is a lock of another run now
      if (!(error instanceof LockedError || error instanceof ClusterLockedError)) {
        throw error;
      }
    } finally {
      await locks.release();
      state.release();
    }
  });
}

function thisCommand({ args }: Io): string {
  return args ? formatCommand(command('cilium-mesh', ...args)) : 'the same command';
}

function clusterLocks({
  state,
  io,
  breakLock,
  interruption,
  end,
}: {
  readonly state: State;
  readonly io: Io;
  readonly breakLock?: boolean;
  readonly interruption: AbortSignal;
  readonly end: () => void;
}): ClusterLocks {
  return new ClusterLocks({
    // an interruption ends the other processes only: the locks are given back after it
    shell: new Processes(process.env),
    clock: SYSTEM_CLOCK,
    owner: { user: userName(), host: thisHost(process.env).name, ...state.holder },
    breakLock,
    interruption,
    waiting: (context, { host: other, command: text }) =>
      io.err(`${context} is locked by ${text} on ${other}: waiting for a sign of life from it\n`),
    lost: context => {
      io.err(`\nAnother run took the lock of ${context}: this run ends.\n`);
      end();
    },
  });
}

/** Refuses a plan whose requirements this host does not meet, before anything is asked. */
export async function refuseMissingRequirements(plan: Plan, shell: Shell, io: Io): Promise<void> {
  const found = await preflight(plan, shell, thisHost(process.env));
  if (found.requirements.some(({ severity }) => severity === 'missing')) {
    throw missingRequirements(found, io);
  }
}

/** The user of this process; `?` for a number without a name, as containers have. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return '?';
  }
}

function printResult(result: ExecutionResult, plan: Plan, again: string, io: Io, summary?: string): Status {
  const { colors } = io;
  switch (result.kind) {
    case 'missing-requirements':
      throw missingRequirements(result.preflight, io);
    case 'not-started':
      throw new CommandError(
        io.done === undefined ? 'Interrupted: nothing was changed.' : `Interrupted. ${doneSoFar(io)}.`,
        Status.INTERRUPTED,
      );
    case 'done': {
      printServerWarnings(result.warnings, io);
      io.err(`${colors.green('done')} in ${elapsed(result.seconds)}${summary === undefined ? '' : `: ${summary}`}\n`);
      return Status.OK;
    }
    default: {
      const what = result.kind === 'interrupted' ? 'Interrupted' : colors.red('Failed');
      const after = `${result.done.length} of ${counted(plan.steps.length, 'step')} after ${elapsed(result.seconds)}`;
      printServerWarnings(result.warnings, io);
      const left = plan.steps.filter(step => !result.done.includes(step));
      io.err(`${what}: ${after}. Left:\n${left.map(step => `  ${stepText(step)}\n`).join('')}To continue: ${again}\n`);
      return result.kind === 'interrupted' ? Status.INTERRUPTED : Status.FOUND;
    }
  }
}

/** Warnings such as those of PodSecurity, and of deprecated versions. */
function printServerWarnings(warnings: readonly ClusterWarning[], { colors, err }: Io): void {
  warnings.forEach(({ cluster, text }) =>
    err(`${colors.yellow('warning')} ${cluster === undefined ? '' : `${cluster}: `}${text}\n`),
  );
}

function printWarnings({ requirements, notes }: Preflight, io: Io): void {
  printNotes(notes, io);
  if (requirements.length > 0) {
    const title = `${io.colors.yellow('warning')} the host may be too small; the plan continues:`;
    io.err(`${title}\n${requirementTable(requirements)}`);
  }
}

function missingRequirements({ requirements, notes }: Preflight, io: Io): CommandError {
  printNotes(notes, io);
  const bySeverity = (['missing', 'warning'] as const).flatMap(severity =>
    requirements.filter(each => each.severity === severity),
  );
  const message = `${doneSoFar(io)}: this host lacks what the plan needs.\n${requirementTable(bySeverity)}`;
  return new CommandError(message.trimEnd());
}

function printNotes(notes: readonly string[], { colors, err }: Io): void {
  notes.forEach(note => err(`${colors.dim('note')} ${note}\n`));
}

function requirementTable(requirements: readonly MissingRequirement[]): string {
  return columns(
    [
      ['what', 'got', 'required', 'fix'],
      ...requirements.map(({ severity, what, got, required, fix }) => [
        what,
        got,
        `${severity === 'warning' ? '(recommended) ' : ''}${required}`,
        fix,
      ]),
    ],
    '  ',
  );
}

import { Clock } from './clock';
import { check, CommandResult, FailedCommand, Shell } from './shell';
import { State, StateError } from './state';
import { Command } from '../plans/command';
import { Plan, Step } from '../plans/plan';

/** What happens while a plan runs. */
export type Progress =
  | (StepEvent & { readonly kind: 'started' | 'done' | 'already-done' | 'interrupted' })
  /** Undoes what a killed run left unfinished. */
  | (StepEvent & { readonly kind: 'undoing'; readonly what: string })
  | (StepEvent & { readonly kind: 'failed'; readonly failure: Failure });

interface StepEvent {
  readonly step: Step;
  /** Since the start of the step. */
  readonly seconds: number;
}

/** Why a step failed. */
export type Failure =
  /** A command of the step failed. */
  | { readonly kind: 'command'; readonly command: Command; readonly result: CommandResult }
  /** The command that reads the current state failed, so the step did not run. */
  | { readonly kind: 'unanswered'; readonly command: Command; readonly result: CommandResult }
  /** A guard does not hold; with its question, where the failure of that is the answer. */
  | { readonly kind: 'guard'; readonly message: string; readonly question?: FailedCommand }
  /** The state folder cannot be used. */
  | { readonly kind: 'state'; readonly message: string };

/** What a run works with. */
export interface Run {
  readonly shell: Shell;
  readonly state: State;
  readonly clock: Clock;
}

/**
 * Runs a plan: each step as soon as those that it needs are done, side by side. After a failure it starts no further
 * step, and waits for those that run. Returns whether all steps are done.
 */
export async function runPlan(plan: Plan, run: Run, report: (progress: Progress) => void): Promise<boolean> {
  const promises = new Map<string, Promise<boolean>>();
  let failed = false;
  const start = (step: Step): Promise<boolean> => {
    const known = promises.get(step.id);
    if (known) {
      return known;
    }
    const promise = (async () => {
      const needs = await Promise.all(step.needs.map(id => start(plan.steps.find(each => each.id === id)!)));
      if (failed || run.shell.interruption.aborted || needs.includes(false)) {
        return false;
      }
      const progress = await runStep(step, run, report);
      failed ||= progress.kind === 'failed';
      report(progress);
      return progress.kind === 'done' || progress.kind === 'already-done';
    })();
    promises.set(step.id, promise);
    return promise;
  };
  const results = await Promise.all(plan.steps.map(start));
  return !results.includes(false);
}

type Outcome =
  { readonly kind: 'done' | 'already-done' | 'interrupted' } | { readonly kind: 'failed'; readonly failure: Failure };

const INTERRUPTED: Outcome = { kind: 'interrupted' };

/** Runs a step; returns its last event. */
async function runStep(step: Step, run: Run, report: (progress: Progress) => void): Promise<Progress> {
  const since = run.clock.now();
  const seconds = () => (run.clock.now() - since) / 1000;
  report({ kind: 'started', step, seconds: 0 });
  const outcome = await stepOutcome(step, run, what => report({ kind: 'undoing', step, seconds: seconds(), what }));
  return { ...outcome, step, seconds: seconds() };
}

async function stepOutcome(step: Step, run: Run, undoing: (what: string) => void): Promise<Outcome> {
  try {
    return (await undoLeftovers(step, run, undoing)) ?? (await takeStep(step, run));
  } catch (error) {
    if (error instanceof StateError) {
      return { kind: 'failed', failure: { kind: 'state', message: error.message } };
    }
    throw error;
  }
}

/**
 * Undoes what a killed run left unfinished, and keeps what it finished. Returns an outcome where the step cannot
 * continue.
 */
async function undoLeftovers(
  { intent }: Step,
  { shell, state }: Run,
  undoing: (what: string) => void,
): Promise<Outcome | undefined> {
  if (!intent || !state.findIntent(intent.what)) {
    return undefined;
  }
  await state.killLeftovers(intent.what);
  const verdict = await check(shell, intent.finished);
  if (shell.interruption.aborted) {
    return INTERRUPTED;
  }
  // a half-made cluster often cannot answer
  if (verdict.kind !== 'holds') {
    undoing(intent.what);
    const failed = await runAll(intent.undo, shell);
    if (failed) {
      return outcomeOf(failed);
    }
  }
  state.deleteIntent(intent.what);
  return undefined;
}

async function takeStep(step: Step, run: Run): Promise<Outcome> {
  const verdict = step.unless && (await check(run.shell, step.unless));
  if (verdict?.kind === 'unanswered') {
    return unanswered(verdict.question);
  }
  const isDone = verdict?.kind === 'holds';
  const failed = isDone ? undefined : await runCommands(step, run);
  if (failed) {
    return outcomeOf(failed);
  }
  for (const { condition, message } of step.ensure ?? []) {
    const guard = await check(run.shell, condition);
    if (guard.kind === 'unanswered') {
      return unanswered(guard.question);
    }
    if (guard.kind === 'fails') {
      return { kind: 'failed', failure: { kind: 'guard', message, question: guard.question } };
    }
  }
  return { kind: isDone ? 'already-done' : 'done' };
}

/** Runs the commands of a step, with a record of its intent; returns the first failure. */
async function runCommands({ intent, commands }: Step, { shell, state }: Run): Promise<FailedCommand | undefined> {
  if (intent) {
    state.recordIntent(intent.what);
  }
  const failed = await runAll(commands, shell, pids => intent && state.recordIntent(intent.what, pids));
  // a command that ended by itself has cleaned up, and did not make what it refused to touch; one that was killed may
  // have
  if (intent && !(failed && (failed.result.cause !== undefined || failed.result.bySignal))) {
    state.deleteIntent(intent.what);
  }
  return failed;
}

/** Runs commands one after the other; returns the first that fails. */
async function runAll(
  commands: readonly Command[],
  shell: Shell,
  onStart?: (pids: readonly number[]) => void,
): Promise<FailedCommand | undefined> {
  for (const command of commands) {
    const result = await shell.run(command, onStart);
    // kubectl marks this answer of the API server (cmdutil.StandardErrorMessage)
    const isGone = command.isDoneWhenNotFound && /\(NotFound\)/.test(result.tail);
    if (result.status !== 0 && !isGone) {
      return { command, result };
    }
  }
  return undefined;
}

function outcomeOf({ command, result }: FailedCommand): Outcome {
  return result.cause === 'interruption'
    ? INTERRUPTED
    : { kind: 'failed', failure: { kind: 'command', command, result } };
}

/** Without an answer the state is unknown, so nothing is done. */
function unanswered({ command, result }: FailedCommand): Outcome {
  return result.cause === 'interruption'
    ? INTERRUPTED
    : { kind: 'failed', failure: { kind: 'unanswered', command, result } };
}

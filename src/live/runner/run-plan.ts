import { Clock } from './clock';
import { ask, check, CommandResult, FailedCommand, Shell } from './shell';
import { State, StateError } from './state';
import { Command } from '../plans/command';
import { Intent, Plan, Step } from '../plans/plan';

/** What happens while a plan runs. */
export type Progress =
  | (StepEvent & { readonly kind: 'started' | 'already-done' | 'interrupted' })
  /** With what API servers warned about. */
  | (StepEvent & { readonly kind: 'done'; readonly warnings: readonly string[] })
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
  | { readonly kind: 'done'; readonly warnings: readonly string[] }
  | { readonly kind: 'already-done' | 'interrupted' }
  | { readonly kind: 'failed'; readonly failure: Failure };

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

/** Deals with everything that killed runs left. Returns an outcome where the step cannot continue. */
async function undoLeftovers(
  { intents = [] }: Step,
  run: Run,
  undoing: (what: string) => void,
): Promise<Outcome | undefined> {
  for (const intent of intents) {
    const outcome = await undoLeftover(intent, run, undoing);
    if (outcome) {
      return outcome;
    }
  }
  return undefined;
}

/** Completes or undoes what a killed run left, if it is still the same; something else of its name stays as it is. */
async function undoLeftover(
  intent: Intent,
  { shell, state, clock }: Run,
  undoing: (what: string) => void,
): Promise<Outcome | undefined> {
  const record = state.findIntent(intent.what);
  if (!record) {
    return undefined;
  }
  await state.killLeftovers(intent.what);
  const made = await ask(shell, intent.ids);
  if (made.status !== 0) {
    return unanswered({ command: intent.ids, result: made });
  }
  if (isOwn(linesOf(made.output), state.intentIds(intent.what))) {
    const verdict = await check(shell, intent.finished);
    if (shell.interruption.aborted) {
      return INTERRUPTED;
    }
    if (verdict.kind !== 'holds' && isExpired(intent, record.since, clock)) {
      // the guards of the step say what to do; the record stays, as `down` names the cluster by it
      return undefined;
    }
    const failed =
      verdict.kind === 'holds' ? await complete(intent, shell) : await undo(intent, shell, undoing);
    if (failed) {
      return failed;
    }
  }
  state.deleteIntent(intent.what);
  return undefined;
}

/** Whether a record is too old to undo anything by it; also if the clock was set back, or the time is not known. */
function isExpired({ expiry }: Intent, since: string, clock: Clock): boolean {
  return expiry !== undefined && !(Math.abs(clock.now() - Date.parse(since)) <= expiry * 1000);
}

/** Whether everything that exists was made by the run with the record. */
export function isOwn(existing: readonly string[], recorded: readonly string[]): boolean {
  return existing.length > 0 && existing.every(id => recorded.includes(id));
}

async function complete({ complete: { unless, commands } }: Intent, shell: Shell): Promise<Outcome | undefined> {
  const verdict = unless && (await check(shell, unless));
  if (verdict?.kind === 'unanswered') {
    return unanswered(verdict.question);
  }
  const failed = verdict?.kind === 'holds' ? undefined : await runAll(commands, shell);
  return failed && outcomeOf(failed);
}

/** A half-made cluster often cannot answer. */
async function undo(intent: Intent, shell: Shell, undoing: (what: string) => void): Promise<Outcome | undefined> {
  undoing(intent.what);
  const failed = await runAll(intent.undo, shell);
  return failed && outcomeOf(failed);
}

function linesOf(text: string): string[] {
  return text.split('\n').map(line => line.trim()).filter(line => line !== '');
}

async function takeStep(step: Step, run: Run): Promise<Outcome> {
  const verdict = step.unless && (await check(run.shell, step.unless));
  if (verdict?.kind === 'unanswered') {
    return unanswered(verdict.question);
  }
  const isDone = verdict?.kind === 'holds';
  const warnings: string[] = [];
  const shell: Shell = {
    interruption: run.shell.interruption,
    run: async (command, onStart) => {
      const result = await run.shell.run(command, onStart);
      warnings.push(...(result.warnings ?? []));
      return result;
    },
  };
  const failed = isDone ? undefined : await runCommands(step, { ...run, shell });
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
  return isDone ? { kind: 'already-done' } : { kind: 'done', warnings };
}

/** Runs the commands of a step, with a record of its intent; returns the first failure. */
async function runCommands({ intents = [], commands }: Step, run: Run): Promise<FailedCommand | undefined> {
  const act: Act = onStart => runAll(commands, run.shell, onStart);
  return commands.length === 0
    ? undefined
    : intents.reduce((inner, intent): Act => onStart => actWithIntent(intent, inner, run, onStart), act)();
}

/** Runs commands; `onStart` gets the IDs of the processes of each. */
type Act = (onStart?: (pids: readonly number[]) => void) => Promise<CommandFailure | undefined>;

/** The command that failed. The first one of a step that fails by itself has made nothing. */
interface CommandFailure extends FailedCommand {
  readonly isFirst: boolean;
}

/** The time between two looks for what the commands make, in milliseconds; at first less. */
const LOOK = 1000;
const FIRST_LOOK = 100;

/** Runs commands, with a record of what they make. */
async function actWithIntent(
  intent: Intent,
  act: Act,
  { shell, state, clock }: Run,
  onStart?: (pids: readonly number[]) => void,
): Promise<CommandFailure | undefined> {
  let pids: readonly number[] = [];
  let isRunning = true;
  const known = new Set<string>();
  state.recordIntent(intent.what);
  const look = async () => {
    const { status, output } = await ask(shell, intent.ids);
    const more = status === 0 ? linesOf(output).filter(id => !known.has(id)) : [];
    more.forEach(id => known.add(id));
    if (more.length > 0) {
      state.recordIntent(intent.what, pids, [...known]);
    }
  };
  const end = new AbortController();
  // an error ends the step, after its command
  const looking = (async () => {
    for (let wait = FIRST_LOOK; isRunning && !shell.interruption.aborted; wait = Math.min(wait * 2, LOOK)) {
      await clock.sleep(wait, end.signal);
      await look();
    }
  })().catch(error => error);
  const failed = await act(started => {
    pids = started;
    state.recordIntent(intent.what, pids, [...known]);
    onStart?.(started);
  });
  isRunning = false;
  end.abort();
  const error = await looking;
  if (error !== undefined) {
    throw error;
  }
  // a first command that ended by itself has cleaned up, and did not make what it refused to touch; one that was killed
  // may have, and after a later one the first has made it
  const isClean = failed === undefined || (failed.isFirst && endedByItself(failed));
  if (isClean) {
    state.deleteIntent(intent.what);
  }
  return failed;
}

function endedByItself({ result: { cause, bySignal } }: FailedCommand): boolean {
  return cause === undefined && !bySignal;
}

/** Runs commands one after the other; returns the first that fails. */
async function runAll(
  commands: readonly Command[],
  shell: Shell,
  onStart?: (pids: readonly number[]) => void,
): Promise<CommandFailure | undefined> {
  for (const [index, command] of commands.entries()) {
    const result = await shell.run(command, onStart);
    // kubectl marks this answer of the API server (cmdutil.StandardErrorMessage)
    const isGone = command.isDoneWhenNotFound && /\(NotFound\)/.test(result.tail);
    if (result.status !== 0 && !isGone) {
      return { command, result, isFirst: index === 0 };
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

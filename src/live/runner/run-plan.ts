import { Ended, Processes } from './processes';
import { State, StateError } from './state';
import { Command } from '../plans/command';
import { Plan, Step } from '../plans/plan';
import { shown } from '../plans/script';

/** What happens, for whoever shows it. */
export type Progress =
  | { readonly kind: 'started' | 'done' | 'already-done' | 'interrupted'; readonly step: Step; readonly seconds: number }
  /** What a killed run left half made is being undone. */
  | { readonly kind: 'undone'; readonly step: Step; readonly seconds: number; readonly what: string }
  | { readonly kind: 'failed'; readonly step: Step; readonly seconds: number; readonly failure: Failure };

/** Why a step failed. */
export interface Failure {
  /** The command that failed, as it is pasted; none where a condition does not hold. */
  readonly command?: string;
  readonly status?: number;
  /** The last of its output. */
  readonly last?: string;
  /** What to do. */
  readonly otherwise?: string;
}

/**
 * Executes a plan: each step as soon as those that it needs are done, side by side. After a failure no further step is started; those that
 * run are waited for. Returns whether all steps are done.
 */
export async function runPlan(plan: Plan, processes: Processes, report: (progress: Progress) => void, state: State): Promise<boolean> {
  const started = new Map<string, Promise<boolean>>();
  let failed = false;
  const run = (step: Step): Promise<boolean> => {
    const known = started.get(step.id);
    if (known) {
      return known;
    }
    const promise = (async () => {
      const needs = await Promise.all(step.needs.map(id => run(plan.steps.find(each => each.id === id)!)));
      if (failed || processes.interrupted || needs.includes(false)) {
        return false;
      }
      const start = Date.now();
      const seconds = () => (Date.now() - start) / 1000;
      report({ kind: 'started', step, seconds: 0 });
      const { failure, already } = await runStep(step, processes, state, what => report({ kind: 'undone', step, seconds: seconds(), what }));
      if (failure === 'interrupted') {
        report({ kind: 'interrupted', step, seconds: seconds() });
        return false;
      }
      if (failure) {
        failed = true;
        report({ kind: 'failed', step, seconds: seconds(), failure });
        return false;
      }
      report({ kind: already ? 'already-done' : 'done', step, seconds: seconds() });
      return true;
    })();
    started.set(step.id, promise);
    return promise;
  };
  const results = await Promise.all(plan.steps.map(run));
  return !results.includes(false);
}

type Outcome = { readonly failure?: Failure | 'interrupted'; readonly already: boolean };

async function runStep(step: Step, processes: Processes, state: State, undone: (what: string) => void): Promise<Outcome> {
  try {
    return await settle(step, processes, state, undone) ?? await make(step, processes, state);
  } catch (error) {
    if (error instanceof StateError) {
      return { failure: { otherwise: error.message }, already: false };
    }
    throw error;
  }
}

/** What a killed run left half made is undone; what it finished is kept. */
async function settle({ intent }: Step, processes: Processes, state: State, undone: (what: string) => void): Promise<Outcome | undefined> {
  if (!intent || !state.intended(intent.what)) {
    return undefined;
  }
  await state.endLeft(intent.what);
  const verdict = await processes.check(intent.finished);
  if (processes.interrupted) {
    return { failure: 'interrupted', already: false };
  }
  // what is half made often cannot answer
  if (verdict.kind !== 'holds') {
    undone(intent.what);
    const failure = await runAll(intent.undo, processes);
    if (failure) {
      return { failure: failure.failure, already: false };
    }
  }
  state.settled(intent.what);
  return undefined;
}

async function make(step: Step, processes: Processes, state: State): Promise<Outcome> {
  const verdict = step.unless && await processes.check(step.unless);
  if (verdict?.kind === 'unanswered') {
    return { failure: unanswered(verdict.command, verdict.ended), already: false };
  }
  const already = verdict?.kind === 'holds';
  if (!already) {
    if (step.intent) {
      state.intend(step.intent.what);
    }
    const failure = await runAll(step.commands, processes, pids => step.intent && state.intend(step.intent.what, pids));
    // a command that ended by itself has cleaned up, and what it refused to touch is not its own; one that was ended has not
    if (step.intent && !failure?.killed) {
      state.settled(step.intent.what);
    }
    if (failure) {
      return { failure: failure.failure, already };
    }
  }
  for (const { condition, otherwise } of step.ensure ?? []) {
    const held = await processes.check(condition);
    if (held.kind !== 'holds') {
      const { command, ended } = held;
      return { failure: held.kind === 'unanswered' ? unanswered(held.command, held.ended) : { ...command && ended ? shownOf(command, ended) : {}, otherwise }, already };
    }
  }
  return { already };
}

/** Runs commands one after the other; tells the first that fails, and whether it was ended from outside. */
async function runAll(commands: readonly Command[], processes: Processes, started?: (pids: readonly number[]) => void): Promise<{ failure: Failure | 'interrupted'; killed: boolean } | undefined> {
  for (const command of commands) {
    const ended = await processes.run(command, false, started);
    if (ended.status !== 0) {
      return {
        failure: ended.ended === 'interrupted' ? 'interrupted' : shownOf(command, ended),
        killed: ended.ended !== undefined || ended.signalled,
      };
    }
  }
  return undefined;
}

/** A question that failed is neither yes nor no: nothing is made upon it. */
function unanswered(command: Command, ended: Ended): Failure | 'interrupted' {
  return ended.ended === 'interrupted' ? 'interrupted' : {
    ...shownOf(command, ended),
    otherwise: 'this question could not be answered, so that nothing was done upon it: see that it can be (is the API server up, is the context right?), then run the same command again',
  };
}

function shownOf(command: Command, { status, last }: Ended): Failure {
  return { command: shown(command), status, last };
}

import * as fs from 'fs';
import * as path from 'path';
import { Processes } from './processes';
import { Guard, Plan, Step, Tool } from '../orchestrator/plan';
import { shown } from '../orchestrator/script';

/** What happens, for whoever shows it. */
export type Progress =
  | { readonly kind: 'started' | 'done' | 'already-done'; readonly step: Step; readonly seconds: number }
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

/** Programs of a plan that are not in the path. */
export function missingTools(tools: readonly Tool[], env: NodeJS.ProcessEnv = process.env): Tool[] {
  const folders = (env.PATH ?? '').split(path.delimiter);
  return tools.filter(({ program }) => !folders.some(folder => isExecutable(path.join(folder, program))));
}

/**
 * Executes a plan: each step as soon as those that it needs are done, side by side. After a failure no further step is started; those that
 * run are waited for. Returns whether all steps are done.
 */
export async function runPlan(plan: Plan, processes: Processes, report: (progress: Progress) => void): Promise<boolean> {
  const started = new Map<string, Promise<boolean>>();
  let failed = false;
  const run = (step: Step): Promise<boolean> => {
    const known = started.get(step.id);
    if (known) {
      return known;
    }
    const promise = (async () => {
      const needs = await Promise.all(step.needs.map(id => run(plan.steps.find(each => each.id === id)!)));
      if (failed || needs.includes(false)) {
        return false;
      }
      const start = Date.now();
      const seconds = () => (Date.now() - start) / 1000;
      report({ kind: 'started', step, seconds: 0 });
      const { failure, already } = await runStep(step, processes);
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

async function runStep(step: Step, processes: Processes): Promise<{ failure?: Failure; already: boolean }> {
  const already = step.unless !== undefined && await processes.holds(step.unless);
  for (const command of already ? [] : step.commands) {
    const { status, last } = await processes.run(command);
    if (status !== 0) {
      return { already, failure: { command: shown(command), status, last } };
    }
  }
  for (const guard of step.ensure ?? [] as Guard[]) {
    if (!await processes.holds(guard.condition)) {
      return { already, failure: { otherwise: guard.otherwise } };
    }
  }
  return { already };
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

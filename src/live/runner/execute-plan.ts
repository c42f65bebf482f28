import { ClusterLocks } from './cluster-locks';
import { Host } from './host';
import { preflight, Preflight } from './preflight';
import { Progress, Run, runPlan } from './run-plan';
import { contextsOf, Plan, Step } from '../plans/plan';

/** What the execution of a plan works with. */
export interface Execution extends Run {
  readonly host: Host;
  /** The locks in the clusters that exist, and their contexts. */
  readonly clusterLocks?: { readonly locks: ClusterLocks; readonly contexts: readonly string[] };
  /** Checks, under the locks and before the first step, that the plan is still right; throws if not. */
  readonly recheck?: () => Promise<void>;
}

/** What happens during an execution. */
export type ExecutionEvent =
  /** The host has what the plan needs, and its first steps start. */
  { readonly kind: 'ready'; readonly preflight: Preflight } | Progress;

/** What the API server of a cluster warned about. */
export interface ClusterWarning {
  readonly cluster?: string;
  readonly text: string;
}

/** How an execution ended. */
export type ExecutionResult =
  /** Requirements are missing; no step was started. */
  | { readonly kind: 'missing-requirements'; readonly preflight: Preflight }
  /** An interruption came before the first step. */
  | { readonly kind: 'not-started' }
  | {
    readonly kind: 'done' | 'failed' | 'interrupted';
    /** The steps that are done, also those that were done before. */
    readonly done: readonly Step[];
    readonly seconds: number;
    /** What API servers warned about, once for each cluster. */
    readonly warnings: readonly ClusterWarning[];
  };

/**
 * Executes a plan. Before its first step it locks the clusters of the plan against other runs, and checks what the plan
 * needs. Throws a LockedError or ClusterLockedError where another run works on one of the clusters, a LockFailedError
 * where a cluster cannot be locked, and a StateError where the state folder cannot be used.
 */
export async function executePlan(
  plan: Plan,
  execution: Execution,
  report: (event: ExecutionEvent) => void,
): Promise<ExecutionResult> {
  const { shell, state, host, clock } = execution;
  const since = clock.now();
  await state.lock(contextsOf(plan));
  try {
    await execution.clusterLocks?.locks.lock(execution.clusterLocks.contexts);
    await execution.recheck?.();
    const found = await preflight(plan, shell, host);
    if (shell.interruption.aborted) {
      return { kind: 'not-started' };
    }
    if (found.requirements.some(({ severity }) => severity === 'missing')) {
      return { kind: 'missing-requirements', preflight: found };
    }
    report({ kind: 'ready', preflight: found });
    const done: Step[] = [];
    const warnings: ClusterWarning[] = [];
    const all = await runPlan(plan, execution, progress => {
      const { step } = progress;
      if (progress.kind === 'done' || progress.kind === 'already-done') {
        done.push(step);
      }
      if (progress.kind === 'done') {
        for (const text of progress.warnings) {
          if (!warnings.some(each => each.cluster === step.cluster && each.text === text)) {
            warnings.push({ cluster: step.cluster, text });
          }
        }
      }
      report(progress);
    });
    const kind = all ? 'done' : shell.interruption.aborted ? 'interrupted' : 'failed';
    return { kind, done, seconds: (clock.now() - since) / 1000, warnings };
  } finally {
    await execution.clusterLocks?.locks.release();
    state.release();
  }
}

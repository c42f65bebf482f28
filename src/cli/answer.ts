import { CommandError, Status } from './io';
import { MissingProgramError, UnansweredError } from '../live/observations/answers';
import { RefusedObjectsError } from '../live/observations/mesh-plan';
import { exportKubeconfig } from '../live/plans/kube';
import { formatCommand } from '../live/plans/script';
import { ClusterLockedError, LockFailedError } from '../live/runner/cluster-locks';
import { FailedCommand, InterruptedError } from '../live/runner/shell';
import { LockedError, StateError } from '../live/runner/state';

/** A failed command to paste into a shell, with its status and output. */
export function formatFailedCommand({ command, result: { status, tail } }: FailedCommand): string {
  return `${formatCommand(command)}\n  status: ${status}${tail === '' ? '' : `\n${tail.replace(/^/gm, '  ')}`}`;
}

const CHECK_CLUSTERS =
  'Nothing was changed. ' +
  'Check that the clusters run and that the contexts are right (kubectl config get-contexts).';

const REFUSED =
  'Nothing was changed: what the manifests would change is unknown, or an API server refuses them.\n' +
  '    fix: correct what the output says; fields of other field managers can be taken over with --force-conflicts';

/** Converts errors of src/live to errors of a command. `unanswered` follows the questions without answers. */
export function liveError(error: unknown, unanswered: string = CHECK_CLUSTERS): unknown {
  if (error instanceof UnansweredError) {
    const others = error.answered.map(name => ` --cluster ${name}`).join('');
    const choice = others === '' ? [] : [`To change only the clusters that answer, add${others}`];
    const advice = [unanswered, ...contextAdvice(error.questions), ...choice];
    return new CommandError([...error.questions.map(formatFailedCommand), ...advice].join('\n'), Status.FOUND);
  }
  if (error instanceof RefusedObjectsError) {
    return new CommandError([...error.failures.map(formatFailedCommand), REFUSED].join('\n'), Status.FOUND);
  }
  if (error instanceof MissingProgramError) {
    return new CommandError(error.message);
  }
  if (error instanceof InterruptedError) {
    return new CommandError('Interrupted.', Status.INTERRUPTED);
  }
  if (error instanceof LockFailedError) {
    return new CommandError(
      `${formatFailedCommand(error.failed)}\nNothing was changed: a cluster must be locked before it is changed.\n` +
        '    fix: check the context; the user needs the verbs get, create, patch and delete for leases in kube-system',
      Status.FOUND,
    );
  }
  if (error instanceof ClusterLockedError) {
    return new CommandError(error.message, Status.UNUSABLE);
  }
  return error instanceof LockedError || error instanceof StateError ? new CommandError(error.message) : error;
}

/** How to get the contexts of kind clusters that kubectl does not find (client-go, tools/clientcmd). */
function contextAdvice(questions: readonly FailedCommand[]): string[] {
  const names = questions.flatMap(({ command: { context = '' }, result: { tail } }) => {
    const texts = [`context "${context}" does not exist`, `not found for specified context: ${context}`];
    return /^kind-/.test(context) && texts.some(each => tail.includes(each)) ? [context.replace(/^kind-/, '')] : [];
  });
  return [...new Set(names)].map(
    name => `    fix: if the kind cluster ${name} exists, run ${formatCommand(exportKubeconfig(name))}`,
  );
}

import { CommandError, doneSoFar, Io, Status } from './io';
import { unknownContexts } from './kube-contexts';
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

const CHECK_CLUSTERS = 'Check that the clusters run and that the contexts are right (kubectl config get-contexts).';

const REFUSED =
  'what the manifests would change is unknown, or an API server refuses them.\n' +
  '    fix: correct what the output says; fields of other field managers can be taken over with --force-conflicts';

/** Converts errors of src/live to errors of a command. */
export function liveError(error: unknown, io: Pick<Io, 'done'>): unknown {
  const done = doneSoFar(io);
  if (error instanceof UnansweredError) {
    const others = error.answered.map(name => ` --cluster ${name}`).join('');
    const choice = others === '' ? [] : [`To change only the clusters that answer, add${others}`];
    const check = error.questions.some(({ command }) => command.context !== undefined) ? ` ${CHECK_CLUSTERS}` : '';
    const advice = [`${done}.${check}`, ...contextAdvice(error.questions), ...choice];
    return new CommandError([...error.questions.map(formatFailedCommand), ...advice].join('\n'), Status.FOUND);
  }
  if (error instanceof RefusedObjectsError) {
    return new CommandError([...error.failures.map(formatFailedCommand), `${done}: ${REFUSED}`].join('\n'), Status.FOUND);
  }
  if (error instanceof MissingProgramError) {
    return new CommandError(error.message);
  }
  if (error instanceof InterruptedError) {
    return new CommandError(io.done === undefined ? 'Interrupted.' : `Interrupted. ${done}.`, Status.INTERRUPTED);
  }
  if (error instanceof LockFailedError) {
    return new CommandError(
      `${formatFailedCommand(error.failed)}\n${done}: a cluster must be locked before it is changed.\n` +
        '    fix: check the context; the user needs the verbs get, create, patch and delete for leases in kube-system',
      Status.FOUND,
    );
  }
  if (error instanceof ClusterLockedError) {
    return new CommandError(error.message, Status.UNUSABLE);
  }
  return error instanceof LockedError || error instanceof StateError ? new CommandError(error.message) : error;
}

/** What to do about contexts that kubectl does not find (client-go, tools/clientcmd). */
function contextAdvice(questions: readonly FailedCommand[]): string[] {
  const contexts = questions.flatMap(({ command: { context = '' }, result: { tail } }) => {
    const texts = [`context "${context}" does not exist`, `not found for specified context: ${context}`];
    return texts.some(each => tail.includes(each)) ? [context] : [];
  });
  const kind = [...new Set(contexts)].filter(each => each.startsWith('kind-')).map(each => each.replace(/^kind-/, ''));
  return [
    ...(contexts.length === 0 ? [] : unknownContexts(contexts)),
    ...kind.map(name => `    fix: if the kind cluster ${name} exists, run ${formatCommand(exportKubeconfig(name))}`),
  ];
}

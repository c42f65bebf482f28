import { configuredMeshFile } from './configuration-file';
import { CommandError, Io } from './io';
import { unknownContexts } from './kube-contexts';
import { formatProblem } from './mesh-files';
import { withSession } from './session';
import { createSnapshotDisplay } from './snapshot-progress';
import { formatValue } from '../diagnostics/texts';
import { readSnapshotTargets } from '../live/read/snapshot-targets';
import { SYSTEM_CLOCK } from '../live/runner/clock';
import { DEFAULT_CILIUM_NAMESPACE } from '../live/snapshot/rbac';
import { ClusterSnapshot, SnapshotError, SnapshotTarget } from '../live/snapshot/snapshot';
import { takeSnapshot } from '../live/snapshot/take-snapshot';

/** Options of the commands that read clusters. */
export interface ReadOptions {
  readonly mesh?: string;
  readonly context?: readonly string[];
  readonly ciliumNamespace?: string;
  readonly helmValues?: boolean;
  readonly timeout?: string;
}

/** Reads the clusters of the contexts with kubectl, and shows the progress. */
export async function readClusters(options: ReadOptions, io: Io): Promise<ClusterSnapshot[]> {
  const targets = targetsOf(options);
  const seconds = secondsOf(options.timeout ?? '600');
  const ciliumNamespace = ciliumNamespaceOf(options);
  const display = createSnapshotDisplay(targets.length, io);
  try {
    return await withSession(io, ({ shell, writeWith }) => {
      writeWith(text => display.write(text));
      return takeSnapshot(targets, {
        shell,
        clock: SYSTEM_CLOCK,
        ciliumNamespace,
        helmValues: options.helmValues ?? false,
        seconds,
        report: progress => display.show(progress),
      });
    });
  } catch (error) {
    throw error instanceof SnapshotError
      ? new CommandError([error.message, ...unknownContexts(targets.map(each => each.context))].join('\n'))
      : error;
  } finally {
    display.end();
  }
}

/** The namespace of Cilium; it becomes a part of a path. */
export function ciliumNamespaceOf({
  ciliumNamespace = DEFAULT_CILIUM_NAMESPACE,
}: Pick<ReadOptions, 'ciliumNamespace'>): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(ciliumNamespace)) {
    throw new CommandError(`--cilium-namespace must be a name of Kubernetes, got ${formatValue(ciliumNamespace)}`);
  }
  return ciliumNamespace;
}

/** The clusters of the contexts, else of the mesh file. */
export function targetsOf({ context, mesh }: Pick<ReadOptions, 'context' | 'mesh'>): readonly SnapshotTarget[] {
  if (context !== undefined) {
    const twice = context.find((each, index) => context.indexOf(each) !== index);
    if (twice !== undefined) {
      throw new CommandError(`--context ${formatValue(twice)} is named twice`);
    }
    return context.map(name => ({ context: name }));
  }
  const read = readSnapshotTargets(mesh ?? configuredMeshFile());
  if ('problems' in read) {
    const advice = mesh === undefined ? '\nName the contexts with --context, or a mesh file with --mesh.' : '';
    throw new CommandError(`${read.problems.map(formatProblem).join('\n')}${advice}`);
  }
  return read.targets;
}

function secondsOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new CommandError(`--timeout must be a number of seconds from 1, got ${formatValue(text)}`);
  }
  return Number(text);
}

import { Source } from './list-resource';
import { ClusterReader } from './read-cluster';
import { RESOURCES } from './resources';
import { ClusterSnapshot, SnapshotError, SnapshotProgress, SnapshotTarget } from './snapshot';
import { Clock } from '../runner/clock';
import { InterruptedError, Shell } from '../runner/shell';

/** What a snapshot works with. */
export interface SnapshotRun {
  readonly shell: Shell;
  readonly clock: Clock;
  readonly ciliumNamespace: string;
  /** Also reads the values of Cilium's Helm release, which are in a Secret. */
  readonly helmValues: boolean;
  /** The time limit for all clusters. */
  readonly seconds: number;
  report(progress: SnapshotProgress): void;
}

/** Lists at once, for all clusters: each is a process of kubectl, and a page of each list is in memory. */
const AT_ONCE = 8;

/**
 * Reads clusters with kubectl; changes nothing. What cannot be read is a gap of its cluster. Throws a SnapshotError if
 * a cluster does not answer at all: a mesh without it would look like one that never had it.
 */
export async function takeSnapshot(targets: readonly SnapshotTarget[], run: SnapshotRun): Promise<ClusterSnapshot[]> {
  const { shell, clock } = run;
  const deadline = clock.now() + run.seconds * 1000;
  const readers = targets.map(target => {
    const source: Source = { context: target.context, shell, clock, deadline, failing: false };
    return new ClusterReader(target, source, run.ciliumNamespace);
  });
  await throwAll(
    shell,
    readers.map(reader => () => reader.readConfig()),
  );
  if (run.helmValues) {
    await throwAll(
      shell,
      readers.map(reader => () => reader.readHelmValues()),
    );
  }
  // resource by resource, so all clusters are read at the same time
  await throwAll(
    shell,
    RESOURCES.flatMap(resource => readers.map(reader => () => reader.list(resource, run.report))),
  );
  const unread = readers.filter(({ isEmpty }) => isEmpty);
  if (unread.length > 0) {
    throw new SnapshotError(unread.map(reasonOf).join('\n'));
  }
  const clusters = readers.map((reader, index) => reader.result(index));
  refuseEqualNames(clusters);
  return clusters;
}

/** Runs the tasks, some at once; after the last one throws all errors together. */
async function throwAll(shell: Shell, tasks: ReadonlyArray<() => Promise<void>>): Promise<void> {
  const errors: SnapshotError[] = [];
  let next = 0;
  const worker = async () => {
    while (next < tasks.length && !shell.interruption.aborted) {
      try {
        await tasks[next++]();
      } catch (error) {
        if (!(error instanceof SnapshotError)) {
          throw error;
        }
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, tasks.length) }, worker));
  if (shell.interruption.aborted) {
    throw new InterruptedError();
  }
  if (errors.length > 0) {
    throw new SnapshotError(errors.map(({ message }) => message).join('\n'));
  }
}

function reasonOf({ context, unread: [gap] }: ClusterReader): string {
  return `${context}: no objects can be read: ${gap.message}\n    fix: ${gap.fix}`;
}

function refuseEqualNames(clusters: readonly ClusterSnapshot[]): void {
  const faults = clusters.flatMap(({ name, context }, index) => {
    const first = clusters.find(each => each.name === name)!;
    return clusters.indexOf(first) === index
      ? []
      : [
        `the clusters of the contexts ${first.context} and ${context} have the same name, ${name}: ` +
            'Cilium cannot mesh them\n    fix: change cluster.name in one of them, or take a snapshot of each alone',
      ];
  });
  if (faults.length > 0) {
    throw new SnapshotError(faults.join('\n'));
  }
}

import { create } from 'log-update';
import { Io } from './io';
import { formatResource, RESOURCES } from '../live/snapshot/resources';
import { SnapshotProgress } from '../live/snapshot/snapshot';
import { counted } from '../reports/words';

/** Shows the progress of a snapshot on stderr. */
export interface SnapshotDisplay {
  show(progress: SnapshotProgress): void;
  write(text: string): void;
  end(): void;
}

/** On a terminal, one line that changes in place; elsewhere, a line for each list with objects. */
export function createSnapshotDisplay(clusters: number, io: Io): SnapshotDisplay {
  const total = clusters * RESOURCES.length;
  return io.terminal ? terminalDisplay(total, io.terminal) : lineDisplay(io);
}

function lineDisplay({ err, colors }: Io): SnapshotDisplay {
  return {
    show({ context, resource, objects, state }) {
      const list = `${context}: ${formatResource(resource)}`;
      if (state === 'gap') {
        err(`${colors.red('FAILED')} ${list}\n`);
      } else if (state === 'read' && objects > 0) {
        err(`${colors.green('read')} ${list} (${objects})\n`);
      } else if (state === 'page' && objects % 5000 === 0 && objects > 0) {
        err(`${colors.dim('...')} ${list} (${objects})\n`);
      }
    },
    write: err,
    end: () => undefined,
  };
}

function terminalDisplay(total: number, terminal: NodeJS.WriteStream): SnapshotDisplay {
  const log = create(terminal);
  const objects = new Map<string, number>();
  let done = 0;
  return {
    show(progress) {
      const list = `${progress.context}: ${formatResource(progress.resource)}`;
      objects.set(list, progress.objects);
      done += progress.state === 'page' ? 0 : 1;
      const all = [...objects.values()].reduce((sum, each) => sum + each, 0);
      const text = `${done} of ${counted(total, 'list')}, ${counted(all, 'object')}; ${list}`;
      log(text.slice(0, Math.max((terminal.columns || 80) - 1, 0)));
    },
    write(text) {
      log.clear();
      terminal.write(text);
    },
    end() {
      log.clear();
      log.done();
    },
  };
}

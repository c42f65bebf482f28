import * as fs from 'fs';

/** The environment variable by which processes are known that a command started, and that left its process group. */
const MARK = 'CILIUM_MESH_COMMAND';

let marks = 0;

/** The mark of a command, for its environment. No other command of this or another program has the same. */
export function newMark(): { readonly [MARK]: string } {
  marks++;
  return { [MARK]: `${process.pid}-${marks}` };
}

/**
 * Sends a signal to all processes with a mark. Only Linux tells the environment of processes, and a process may have
 * left its variables too.
 */
export function signalMarked(mark: { readonly [MARK]: string }, name: 'SIGTERM' | 'SIGKILL'): void {
  const variable = `${MARK}=${mark[MARK]}`;
  for (const pid of pids()) {
    try {
      if (fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(variable)) {
        process.kill(Number(pid), name);
      }
    } catch {
      // it has ended by itself, or belongs to another user
    }
  }
}

function pids(): string[] {
  try {
    return fs.readdirSync('/proc').filter(entry => /^\d+$/.test(entry));
  } catch {
    return [];
  }
}

import { execFileSync, StdioOptions } from 'child_process';
import * as fs from 'fs';

/** Whether the process of a record still runs, by its number and start. */
export function isRunning({ pid, start }: { readonly pid: number; readonly start: string }): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // the process of another user
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
      return false;
    }
  }
  const now = startOf(pid);
  return now === undefined || start === '' || now === start;
}

/**
 * When a process started, in a form that depends on the system; undefined where unknown, empty for a process that has
 * ended.
 */
export function startOf(pid: number): string | undefined {
  try {
    // the second field, the program's name, may contain spaces and brackets
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // a zombie has ended
    const boot = () => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? '' : `${fields[19]} ${boot()}`;
  } catch {
    try {
      const stdio: StdioOptions = ['ignore', 'pipe', 'ignore'];
      const options = { encoding: 'utf8', stdio, timeout: 5000 } as const;
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], options).trim() || undefined;
    } catch {
      return undefined;
    }
  }
}

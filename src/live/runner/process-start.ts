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
 * Whether a process with this start would be seen here if it still ran: it is of this boot and this PID namespace.
 * Other hosts and containers may have the same name as this one. Only Linux tells.
 */
export function isOfThisSystem(start: string): boolean {
  try {
    return start.endsWith(` ${system()}`);
  } catch {
    return false;
  }
}

/** What numbers of processes are unique in, on Linux. */
function system(): string {
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot} ${fs.readlinkSync('/proc/self/ns/pid')}`;
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
    return fields[0] === 'Z' ? '' : `${fields[19]} ${system()}`;
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

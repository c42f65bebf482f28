import { execFileSync, StdioOptions } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Clock } from './clock';

/** The run that holds a lock or has an intent. */
export interface Holder {
  readonly pid: number;
  /** Start of the process: another one may get the same number later. */
  readonly start: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The record of what a run is making. */
interface IntentRecord extends Holder {
  readonly what: string;
  /** The processes that make it, with their starts; they outlive a program that is killed. */
  readonly children: readonly { readonly pid: number; readonly start: string }[];
}

/** The folder of the program's state cannot be used. */
export class StateError extends Error {
  constructor(folder: string, error: unknown) {
    super(
      `${folder}: cannot write the program's state (${(error as NodeJS.ErrnoException).code ?? error}).\n` +
        '    It records which run works on which cluster, and what a killed run left unfinished.\n' +
        '    fix: free disk space, make the folder writable, or set XDG_STATE_HOME to a writable folder',
    );
  }
}

/** Another run works on the same cluster. */
export class LockedError extends Error {
  constructor(context: string, { pid, command, since }: Holder) {
    super(
      `Another run works on ${context}: ${command}, process ${pid}, since ${since}\n` +
        `    fix: wait for its end, or stop it: kill ${pid}`,
    );
  }
}

/**
 * What must outlive a run, in `${XDG_STATE_HOME:-~/.local/state}/cilium-mesh/`: one file for each lock in `locks/`, and
 * for each intent in `intents/`.
 *
 * - A file appears completely or not at all: it is written under another name and then linked, which fails if the name
 *   exists.
 * - A run takes over the lock of a process that has ended. The start of the process shows whether another one has its
 *   number now.
 */
export class State {
  private readonly folder: string;
  private readonly self: Holder;
  private readonly held: string[] = [];

  constructor(env: NodeJS.ProcessEnv, command: string, clock: Clock) {
    const { XDG_STATE_HOME: home = '' } = env;
    // the specification of XDG_STATE_HOME: ignore a path that is not absolute
    const parent = path.isAbsolute(home) ? home : path.join(env.HOME || os.homedir(), '.local', 'state');
    this.folder = path.join(parent, 'cilium-mesh');
    const since = new Date(clock.now()).toISOString();
    this.self = { pid: process.pid, start: startOf(process.pid) ?? '', command, since };
  }

  /** Locks all of these contexts, or none: then it throws a LockedError with the run that has one. */
  public lock(contexts: readonly string[]): void {
    try {
      // every run locks in the same order, so one of two runs gets all
      [...contexts].sort().forEach(context => this.lockOne(context));
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Gives up all locks. */
  public release(): void {
    for (const file of this.held.splice(0)) {
      fs.rmSync(file, { force: true });
    }
  }

  /** Records what a step is about to make, and then by which processes. The record is on the disk when this returns. */
  public recordIntent(what: string, pids: readonly number[] = []): void {
    this.guard(() => {
      const file = this.file('intents', what);
      const children = pids.map(pid => ({ pid, start: startOf(pid) ?? '' }));
      const intent: IntentRecord = { ...this.self, what, children };
      fs.renameSync(this.writeBeside(file, intent), file);
    });
  }

  /** Deletes a record: the step has made it, or has not started. */
  public deleteIntent(what: string): void {
    this.guard(() => fs.rmSync(this.file('intents', what), { force: true }));
  }

  /** The run that recorded that it makes this, and did not end. */
  public findIntent(what: string): Holder | undefined {
    return this.guard(() => read(this.file('intents', what)));
  }

  /** Kills the processes of a run that has ended; they would continue while the next run undoes their work. */
  public async killLeftovers(what: string): Promise<void> {
    const { children = [] } = (this.guard(() => read(this.file('intents', what))) as Partial<IntentRecord>) ?? {};
    // a process without a known start may be another one now
    const left = () => children.filter(child => child.start !== '' && startOf(child.pid) === child.start);
    for (const { pid } of left()) {
      process.kill(-pid, 'SIGKILL');
    }
    for (let tries = 0; tries < 100 && left().length > 0; tries++) {
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  private lockOne(context: string): void {
    const file = this.file('locks', context);
    for (;;) {
      const isTaken = this.guard(() => {
        const temporary = this.writeBeside(file, this.self);
        try {
          fs.linkSync(temporary, file);
          return true;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
            throw error;
          }
          return false;
        } finally {
          fs.rmSync(temporary, { force: true });
        }
      });
      if (isTaken) {
        this.held.push(file);
        return;
      }
      const holder = this.guard(() => read(file));
      if (holder && isAlive(holder)) {
        throw new LockedError(context, holder);
      }
      this.guard(() => removeStale(file, holder));
    }
  }

  private file(kind: string, name: string): string {
    return path.join(this.folder, kind, `${encodeURIComponent(name)}.json`);
  }

  /** Writes a file beside its place, to the disk; returns its name. */
  private writeBeside(file: string, content: unknown): string {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const temporary = `${file}.${process.pid}.new`;
    const handle = fs.openSync(temporary, 'w', 0o600);
    try {
      fs.writeFileSync(handle, `${JSON.stringify(content)}\n`);
      fs.fsyncSync(handle);
    } catch (error) {
      fs.rmSync(temporary, { force: true });
      throw error;
    } finally {
      fs.closeSync(handle);
    }
    return temporary;
  }

  private guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw new StateError(this.folder, error);
    }
  }
}

/** Removes the lock of a process that has ended. Puts back the lock of another run that took it over meanwhile. */
function removeStale(file: string, stale: Holder | undefined): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      return;
    }
    throw error;
  }
  const found = read(aside);
  if (found && isAlive(found) && JSON.stringify(found) !== JSON.stringify(stale)) {
    fs.linkSync(aside, file);
  }
  fs.rmSync(aside, { force: true });
}

function read(file: string): Holder | undefined {
  try {
    const value = JSON.parse(fs.readFileSync(file, 'utf8'));
    return typeof value?.pid === 'number' ? value : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || code === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/** Whether the process of a record still runs. */
function isAlive({ pid, start }: Holder): boolean {
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
function startOf(pid: number): string | undefined {
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

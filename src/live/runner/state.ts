import { execFileSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';

/** What a run writes down about itself. */
export interface Holder {
  readonly pid: number;
  /** When the process started, so that another one with the same number is not taken for it. */
  readonly start: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

/** What a run makes, and has not ended to make. */
interface Intended extends Holder {
  readonly what: string;
  /** The processes that make it, each with its start; they live on where the program is killed. */
  readonly children: readonly { readonly pid: number; readonly start: string }[];
}

/** The folder of the program's state cannot be used. */
export class StateError extends Error {
  constructor(folder: string, error: unknown) {
    super(`${folder}: the program's state cannot be written there (${(error as NodeJS.ErrnoException).code ?? error}).\n`
      + '    It keeps there which run works on which cluster, and what a killed run left half made.\n'
      + '    fix: make room, or make the folder writable for you, or set XDG_STATE_HOME to a folder that is');
  }
}

/** Another run works on the same cluster. */
export class LockedError extends Error {
  constructor(context: string, { pid, command, since }: Holder) {
    super(`Another run works on ${context}: ${command}, process ${pid}, since ${since}.\n    fix: wait until it has ended, or end it: kill ${pid}`);
  }
}

/**
 * What has to outlive a run, in `${XDG_STATE_HOME:-~/.local/state}/cilium-mesh/`: `locks/` and `intents/`, one file for each, by its name.
 *
 * - A file appears as a whole, or not at all: it is written elsewhere and linked to its name, which fails where there is one.
 * - A lock whose process is gone is taken over; a number that another process got meanwhile is told by the time at which that one started.
 */
export class State {
  private readonly folder: string;
  private readonly self: Holder;
  private readonly held: string[] = [];

  constructor(env: NodeJS.ProcessEnv, command: string) {
    // the specification says to ignore what is not absolute
    const home = env.XDG_STATE_HOME && path.isAbsolute(env.XDG_STATE_HOME) ? env.XDG_STATE_HOME : path.join(env.HOME || os.homedir(), '.local', 'state');
    this.folder = path.join(home, 'cilium-mesh');
    this.self = { pid: process.pid, start: startOf(process.pid) ?? '', command, since: new Date().toISOString() };
  }

  /** Locks all of these contexts, or none: then it throws who has one. */
  public lock(contexts: readonly string[]): void {
    try {
      // in one order everywhere, so that of two runs one gets all
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

  /** Writes down what is about to be made, and then by which processes. On the disk before it returns: it is for the case that nothing can be written later. */
  public intend(what: string, pids: readonly number[] = []): void {
    this.guarded(() => {
      const file = this.file('intents', what);
      const intended: Intended = { ...this.self, what, children: pids.map(pid => ({ pid, start: startOf(pid) ?? '' })) };
      fs.renameSync(this.written(file, intended), file);
    });
  }

  /** It is made, or was not begun. */
  public settled(what: string): void {
    this.guarded(() => fs.rmSync(this.file('intents', what), { force: true }));
  }

  /** Who wrote down that it makes this, and did not end. */
  public intended(what: string): Holder | undefined {
    return this.guarded(() => read(this.file('intents', what)));
  }

  /** Kills what still makes this, though the run that started it is gone: it would go on with what is undone meanwhile. */
  public async endLeft(what: string): Promise<void> {
    const { children = [] } = this.guarded(() => read(this.file('intents', what))) as Partial<Intended> ?? {};
    // a process without a known start may be anybody's by now
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
      const taken = this.guarded(() => {
        const temporary = this.written(file, this.self);
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
      if (taken) {
        this.held.push(file);
        return;
      }
      const holder = this.guarded(() => read(file));
      if (holder && alive(holder)) {
        throw new LockedError(context, holder);
      }
      this.guarded(() => takeAway(file, holder));
    }
  }

  private file(kind: string, name: string): string {
    return path.join(this.folder, kind, `${encodeURIComponent(name)}.json`);
  }

  /** Beside its place, and on the disk. */
  private written(file: string, content: unknown): string {
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

  private guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw new StateError(this.folder, error);
    }
  }
}

/** Removes the lock of a process that is gone. Where another run was faster, what it wrote is put back. */
function takeAway(file: string, stale: Holder | undefined): void {
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
  if (found && alive(found) && JSON.stringify(found) !== JSON.stringify(stale)) {
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

/** Whether the process that wrote this still runs. */
function alive({ pid, start }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // of another user
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') {
      return false;
    }
  }
  const now = startOf(pid);
  return now === undefined || start === '' || now === start;
}

/** When a process started, in whatever words this system has for it; undefined where it has none, empty for one that has ended. */
function startOf(pid: number): string | undefined {
  try {
    // the second field, the program's name, may hold anything, also spaces and brackets
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // it has ended, and nobody has asked how: only its number is left
    return fields[0] === 'Z' ? '' : `${fields[19]} ${fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    try {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], timeout: 5000 }).trim() || undefined;
    } catch {
      return undefined;
    }
  }
}

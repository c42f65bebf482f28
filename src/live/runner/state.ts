import { createHash } from 'crypto';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { Clock } from './clock';
import { isRunning, startOf } from './process-start';

/** The run that holds a lock or has an intent. */
export interface Holder {
  readonly pid: number;
  /** Start of the process: another one may get the same number later. */
  readonly start: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
  /** The process that ends what the run started, should the run be killed. */
  readonly watcher?: { readonly pid: number; readonly start: string };
}

/** The record of what a run is making. */
interface IntentRecord extends Holder {
  readonly what: string;
  /** The processes that make it, with their starts; they outlive a program that is killed. */
  readonly children: readonly { readonly pid: number; readonly start: string }[];
  /** The IDs of what it made so far. */
  readonly ids: readonly string[];
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

  /** `watcher`: the number of the process that ends what the run started. */
  constructor(env: NodeJS.ProcessEnv, command: string, clock: Clock, watcher?: number) {
    const { XDG_STATE_HOME: home = '' } = env;
    // the specification of XDG_STATE_HOME: ignore a path that is not absolute
    const parent = path.isAbsolute(home) ? home : path.join(env.HOME || os.homedir(), '.local', 'state');
    this.folder = path.join(parent, 'cilium-mesh');
    const since = new Date(clock.now()).toISOString();
    const ofWatcher = watcher === undefined ? {} : { watcher: { pid: watcher, start: startOf(watcher) ?? '' } };
    this.self = { pid: process.pid, start: startOf(process.pid) ?? '', command, since, ...ofWatcher };
  }

  /** This run, as its locks name it. */
  public get holder(): Pick<Holder, 'pid' | 'start' | 'command' | 'since'> {
    const { pid, start, command, since } = this.self;
    return { pid, start, command, since };
  }

  /** Locks all of these contexts, or none: then it throws a LockedError with the run that has one. */
  public async lock(contexts: readonly string[]): Promise<void> {
    try {
      // every run locks in the same order, so one of two runs gets all
      for (const context of [...contexts].sort()) {
        await this.lockOne(context);
      }
      await this.removeEnded();
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** The contexts among these that are locked by a run that has ended. */
  public endedLocks(contexts: readonly string[]): string[] {
    return contexts.filter(context => {
      const holder = this.guard(() => read(this.file('locks', context)));
      return holder !== undefined && !isRunning(holder);
    });
  }

  /**
   * Removes the locks of runs that have ended, such as those on clusters that they deleted, and the files that they did
   * not write to their end.
   */
  public async removeEnded(): Promise<void> {
    const files = (kind: string) => {
      const folder = path.join(this.folder, kind);
      const names = this.guard(() => (fs.existsSync(folder) ? fs.readdirSync(folder) : []));
      return names.map(name => path.join(folder, name));
    };
    for (const file of ['locks', 'intents'].flatMap(files)) {
      const [, pid] = /\.json\.(\d+)\.(?:new|old)$/.exec(file) ?? [];
      if (pid !== undefined && !isRunning({ pid: Number(pid), start: '' })) {
        this.guard(() => fs.rmSync(file, { force: true }));
      }
    }
    for (const file of files('locks').filter(name => name.endsWith('.json'))) {
      const holder = this.guard(() => read(file));
      if (holder && !isRunning(holder)) {
        await untilWatched(holder);
        this.guard(() => removeStale(file, holder));
      }
    }
  }

  /** Gives up all locks. */
  public release(): void {
    for (const file of this.held.splice(0)) {
      fs.rmSync(file, { force: true });
    }
  }

  /** Records what a step is about to make, and then by which processes. The record is on the disk when this returns. */
  public recordIntent(what: string, pids: readonly number[] = [], ids: readonly string[] = []): void {
    this.guard(() => {
      const file = this.file('intents', what);
      const children = pids.map(pid => ({ pid, start: startOf(pid) ?? '' }));
      const intent: IntentRecord = { ...this.self, what, children, ids };
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

  /** The IDs of what the run made that recorded this; empty without a record. */
  public intentIds(what: string): readonly string[] {
    const { ids } = (this.guard(() => read(this.file('intents', what))) as Partial<IntentRecord>) ?? {};
    return Array.isArray(ids) ? ids.filter(each => typeof each === 'string') : [];
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

  private async lockOne(context: string): Promise<void> {
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
      if (holder && isRunning(holder)) {
        throw new LockedError(context, holder);
      }
      await untilWatched(holder);
      this.guard(() => removeStale(file, holder));
    }
  }

  private file(kind: string, name: string): string {
    const encoded = encodeURIComponent(name);
    // names of files have at most 255 bytes; others come beside them (writeBeside, removeStale)
    const short = `${encoded.slice(0, 100)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
    return path.join(this.folder, kind, `${encoded.length <= 200 ? encoded : short}.json`);
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

/** Waits until everything that a killed run started has ended: its watcher ends it, and then itself. */
async function untilWatched(holder: Holder | undefined): Promise<void> {
  const { watcher } = holder ?? {};
  for (let tries = 0; watcher && watcher.start !== '' && isRunning(watcher) && tries < 400; tries++) {
    await new Promise(resolve => setTimeout(resolve, 50));
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
  if (found && isRunning(found) && JSON.stringify(found) !== JSON.stringify(stale)) {
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

import { randomUUID } from 'crypto';
import { Clock } from './clock';
import { isOfThisSystem, isRunning } from './process-start';
import { ask, CommandResult, FailedCommand, Shell } from './shell';
import { Command } from '../plans/command';
import {
  createLease,
  deleteLease,
  EXPIRY,
  LeaseOwner,
  leaseQuery,
  LeaseState,
  readLease,
  RENEWAL,
  renewLease,
  takeLease,
} from '../plans/lease';

/** Another run works on a cluster. */
export class ClusterLockedError extends Error {
  constructor(context: string, { user, host, pid, command, since }: LeaseOwner) {
    super(
      `Another run works on the cluster of ${context}: ${command}, process ${pid} of ${user} on ${host}, since ${since}` +
        '\n    fix: wait for its end; if it has ended, or its host is gone, add --break-lock',
    );
  }
}

/** A cluster cannot be locked, so it is not changed. */
export class LockFailedError extends Error {
  constructor(public readonly failed: FailedCommand) {
    super('cannot lock a cluster');
  }
}

/** What the locks of clusters work with. */
export interface LockSettings {
  /** A shell that an interruption of the run does not end: the locks are given back after it. */
  readonly shell: Shell;
  readonly clock: Clock;
  readonly owner: LeaseOwner;
  /** Takes the locks of others at once. */
  readonly breakLock?: boolean;
  /** Interrupts the wait for a lock. */
  readonly interruption: AbortSignal;
  /** Called while another run may still have a lock. */
  readonly waiting?: (context: string, owner: LeaseOwner) => void;
  /** Called when another run took a lock away: this run must end. */
  readonly lost: (context: string) => void;
}

/** The locks of clusters that a run has. */
export class ClusterLocks {
  private readonly holder = randomUUID();
  private readonly held: string[] = [];
  private timer?: NodeJS.Timeout;
  private renewals: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: LockSettings) {}

  /** Locks the clusters of these contexts, or none: then it throws. */
  public async lock(contexts: readonly string[]): Promise<void> {
    try {
      // every run locks in the same order, so one of two runs gets all
      for (const context of [...contexts].sort()) {
        await this.lockOne(context);
        this.held.push(context);
      }
    } catch (error) {
      await this.release();
      throw error;
    }
    this.timer = setInterval(() => this.renew(), RENEWAL * 1000);
    this.timer.unref();
  }

  /** Gives all locks back. A cluster that does not answer, or that is gone, keeps its lock until that expires. */
  public async release(): Promise<void> {
    clearInterval(this.timer);
    await this.renewals;
    await Promise.all(this.held.splice(0).map(context => this.releaseOne(context)));
  }

  /** Tries it twice: nothing else gives the lock back before it expires. */
  private async releaseOne(context: string): Promise<void> {
    for (let tries = 0; tries < 2; tries++) {
      const { state, failed } = await this.read(context);
      if (!failed && state?.holder !== this.holder) {
        return;
      }
      if (state && (await ask(this.settings.shell, deleteLease(context, state))).status === 0) {
        return;
      }
    }
  }

  private async lockOne(context: string): Promise<void> {
    const { shell, owner, breakLock } = this.settings;
    // another run may give its lock back, or take one, between two commands
    for (let tries = 0; ; tries++) {
      const command = createLease(context, this.holder, owner, this.time());
      const result = await ask(shell, command);
      if (result.status === 0) {
        return;
      }
      const { state, failed } = await this.read(context);
      if (failed || (!state && tries > 2)) {
        throw new LockFailedError(failed ?? { command, result });
      }
      if (state && (breakLock || (await this.hasEnded(context, state)))) {
        const taken = await ask(shell, takeLease(context, state, this.holder, owner, this.time()));
        if (taken.status === 0) {
          return;
        }
      }
      if (state && tries > 2) {
        throw new ClusterLockedError(context, state.owner);
      }
    }
  }

  /** Whether the run with a lock has ended; throws if it works. */
  private async hasEnded(context: string, state: LeaseState): Promise<boolean> {
    const { owner, clock, interruption, waiting } = this.settings;
    if (state.owner.host === owner.host && isOfThisSystem(state.owner.start)) {
      if (isRunning(state.owner)) {
        throw new ClusterLockedError(context, state.owner);
      }
      return true;
    }
    waiting?.(context, state.owner);
    for (let seconds = 0; seconds < EXPIRY; seconds += RENEWAL / 2) {
      await clock.sleep((RENEWAL / 2) * 1000, interruption);
      const { state: now, failed } = await this.read(context);
      if (failed) {
        throw new LockFailedError(failed);
      }
      if (interruption.aborted || (now && now.resourceVersion !== state.resourceVersion)) {
        throw new ClusterLockedError(context, now?.owner ?? state.owner);
      }
      if (!now) {
        return true;
      }
    }
    return true;
  }

  private renew(): void {
    this.renewals = Promise.all(
      this.held.map(async context => {
        const { status } = await ask(this.settings.shell, renewLease(context, this.holder, this.time()));
        // a cluster that does not answer, or that the run deletes, is no other run
        const { state } = status === 0 ? { state: undefined } : await this.read(context);
        if (state && state.holder !== this.holder) {
          this.settings.lost(context);
        }
      }),
    );
  }

  private async read(context: string): Promise<{ readonly state?: LeaseState; readonly failed?: FailedCommand }> {
    const command: Command = leaseQuery(context);
    const result: CommandResult = await ask(this.settings.shell, command);
    if (result.status !== 0) {
      return { failed: { command, result } };
    }
    try {
      return result.output.trim() === '' ? {} : { state: readLease(JSON.parse(result.output)) };
    } catch {
      return { failed: { command, result } };
    }
  }

  /** The microseconds that the API requires. */
  private time(): string {
    return new Date(this.settings.clock.now()).toISOString().replace(/Z$/, '000Z');
  }
}

import { setTimeout } from 'timers/promises';

/** The time, and waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Waits; an interruption ends the wait. */
  sleep(milliseconds: number, interruption: AbortSignal): Promise<void>;
}

/** The clock of this machine. */
export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    setTimeout(milliseconds, undefined, { signal }).catch(error => {
      if (!signal.aborted) {
        throw error;
      }
    }),
};

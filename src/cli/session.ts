import { liveError } from './answer';
import { Io, Status } from './io';
import { Processes } from '../live/runner/processes';
import { Follower, Shell } from '../live/runner/shell';

/** How a command runs while it can be interrupted. */
export interface Session {
  readonly shell: Shell & Follower;
  /** Changes where messages about signals go. */
  writeWith(write: (text: string) => void): void;
  /** Ends everything that runs, as an interruption does. */
  end(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs something that starts processes. The first signal asks them to end, the second kills them, and the third exits
 * at once. `again` is the command to continue with.
 */
export async function withSession<T>(io: Io, run: (session: Session) => Promise<T>, again?: string): Promise<T> {
  const processes = new Processes(process.env);
  let write = io.err;
  let signals = 0;
  const handle = () => {
    signals += 1;
    if (signals === 1) {
      const advice = again === undefined ? '' : ` To continue: ${again}`;
      write(`\nInterrupted: waiting for running programs to end; Ctrl-C again kills them.${advice}\n`);
      processes.end();
    } else if (signals === 2) {
      write('\nKilled.\n');
      processes.kill();
    } else {
      process.exit(Status.INTERRUPTED);
    }
  };
  SIGNALS.forEach(name => process.on(name, handle));
  try {
    return await run({
      shell: processes,
      writeWith: other => {
        write = other;
      },
      end: () => processes.end(),
    });
  } catch (error) {
    throw liveError(error, io);
  } finally {
    SIGNALS.forEach(name => process.removeListener(name, handle));
    // after an error, processes may still run
    processes.end();
  }
}

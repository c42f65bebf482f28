import type { Colors } from 'picocolors/types';

/** Where a command writes to: results on `out`, progress and complaints on `err`. */
export interface Io {
  /** A reader that is slower than the command is waited for, where there is much to write. */
  readonly out: (text: string) => void | Promise<void>;
  readonly err: (text: string) => void;
  readonly colors: Colors;
  /** Asks a question that is answered with yes or no; none where there is no terminal to ask on. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Where `err` is a terminal, on which what was written can be changed. */
  readonly terminal?: NodeJS.WriteStream;
  /** What the program was called with, for messages that say what to type to go on. */
  readonly args?: readonly string[];
  /** Version of the program. */
  readonly version?: string;
}

/** Exit status of the program. */
export enum Status {
  OK = 0,
  /** Findings, failed expectations, or differences. */
  FOUND = 1,
  /** Wrong usage, or input that cannot be read. */
  UNUSABLE = 2,
  /** Ended by a signal. */
  INTERRUPTED = 130,
}

/** Ends a command with a message and a status; anything else that is thrown is a defect of the program. */
export class CommandError extends Error {
  constructor(
    message: string,
    public readonly status: Status = Status.UNUSABLE,
  ) {
    super(message);
  }
}

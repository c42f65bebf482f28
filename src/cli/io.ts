import type { Colors } from 'picocolors/types';
import { isProblem } from '../diagnostics/problem';
import type { ReferenceProblem } from '../evaluator/queries/reference-problem';

/** Where a command writes: results to `out`, progress and errors to `err`. */
export interface Io {
  /** Resolves when the reader can take more, so large outputs wait for a slow reader. */
  readonly out: (text: string) => void | Promise<void>;
  readonly err: (text: string) => void;
  readonly colors: Colors;
  /** Columns of the terminal of `out`; undefined without one. */
  readonly width?: number;
  /** Asks a question to be answered with yes or no; undefined without a terminal. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Asks for a text; undefined at the end of the input. Undefined without a terminal. */
  readonly prompt?: (question: string) => Promise<string | undefined>;
  /** Shows a text and waits for Enter; false if the answer is `q` or the input ends. Undefined without a terminal. */
  readonly pause?: (text: string) => Promise<boolean>;
  /** The terminal of `err`, where text can be replaced in place; undefined without one. */
  readonly terminal?: NodeJS.WriteStream;
  /** Arguments of the program, for messages with the command to continue with. */
  readonly args?: readonly string[];
  /** Version of the program. */
  readonly version?: string;
  /** What this run changed so far, for messages about its end; undefined if nothing. */
  readonly done?: string;
}

/** The beginning of a message about the end of a run, without a full stop. */
export function doneSoFar({ done = 'Nothing was changed' }: Pick<Io, 'done'>): string {
  return done;
}

/** Exit status of the program. */
export enum Status {
  OK = 0,
  /** Findings, unmet expectations, differences, or a failed step. */
  FOUND = 1,
  /** Of commands that compare clusters with the mesh: something would change. Their errors end with FOUND. */
  CHANGES = 2,
  /** Invalid arguments, unreadable input, or a host that lacks a requirement. */
  UNUSABLE = 2,
  /** Ended by a signal. */
  INTERRUPTED = 130,
}

/** Ends a command with a message and a status. Any other error that is thrown is a defect of the program. */
export class CommandError extends Error {
  constructor(
    message: string,
    public readonly status: Status = Status.UNUSABLE,
  ) {
    super(message);
  }
}

/** The value that a query found. Ends the command with the problem if it found none. */
export function found<T extends object>(result: T | ReferenceProblem): T {
  if (isProblem<T | ReferenceProblem>(result)) {
    const { problem, fix } = result as ReferenceProblem;
    throw new CommandError(`${problem}; ${fix}`);
  }
  return result as T;
}

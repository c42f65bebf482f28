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
  constructor(message: string, public readonly status: Status = Status.UNUSABLE) {
    super(message);
  }
}

/** Columns of equal width, at least that which is given; the last one is as long as it is. Widths are of the texts as they are seen, without colours. */
export function columns(rows: ReadonlyArray<readonly string[]>, indent: string = '', least: readonly number[] = []): string {
  const widths = rows.reduce<number[]>((all, row) => row.map((text, index) => Math.max(all[index] ?? 0, seen(text))), [...least]);
  return rows.map(row => `${indent}${row.map((text, index) => index === row.length - 1 ? text : text + ' '.repeat(widths[index] - seen(text))).join('  ')}`.trimEnd() + '\n').join('');
}

function seen(text: string): number {
  return text.replace(/\u001b\[\d+m/g, '').length;
}

/** `1 flow`, `2 flows`. */
export function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

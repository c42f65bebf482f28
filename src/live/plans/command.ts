/** A program with its arguments. No argument is ever secret. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** The kubectl context that it works on. */
  readonly context?: string;
  /** Another command whose output is the input of this one: a secret goes from process to process, and nowhere else. */
  readonly input?: Command;
  /** Its standard input, where that is not the output of another command. */
  readonly stdin?: string;
  /** The values of Secrets in `stdin`, which no report may contain: an API server may quote them in an error. */
  readonly secrets?: readonly string[];
  /** Prints `stdin` where that holds a secret, which a script must not contain. */
  readonly printer?: Command;
  /** It serves later runs of this program, such as the mark of a cluster; a list of commands leaves it out. */
  readonly isHousekeeping?: true;
  /** Its answer that the object does not exist means that its work is done. */
  readonly isDoneWhenNotFound?: true;
  /** Environment variables beside the inherited ones. No value is secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its limit of time, where the usual ones do not fit (limits.ts). */
  readonly seconds?: number;
  /** The folder in which it runs, where that is not the working directory. */
  readonly folder?: string;
  /** The bytes that it may print, where its output may have no end. */
  readonly maxOutput?: number;
}

/** A command from its words. */
export function command(program: string, ...args: readonly string[]): Command {
  return { program, args };
}

/** A state of the world, as the output or status of a command shows it. */
export type Condition =
  /** The command exits with status 0. */
  | { readonly kind: 'succeeds'; readonly command: Command }
  /** One line of its output is this text. */
  | { readonly kind: 'prints-line'; readonly command: Command; readonly line: string }
  /** Its output contains all of these texts. */
  | { readonly kind: 'prints'; readonly command: Command; readonly texts: readonly string[] }
  /** Its output is not empty. */
  | { readonly kind: 'prints-anything'; readonly command: Command }
  /** Its output names objects, as `kubectl -o name` prints them; another text is no answer. */
  | { readonly kind: 'names-objects'; readonly command: Command }
  /** Its output names no objects; another text is no answer. */
  | { readonly kind: 'names-no-objects'; readonly command: Command }
  /** Both commands print the same, and their output is not empty. */
  | { readonly kind: 'same-output'; readonly commands: readonly [Command, Command] }
  /** All of these hold. */
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] };

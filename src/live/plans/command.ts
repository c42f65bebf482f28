/** A program with its arguments. Nothing secret is ever an argument. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Another command whose output is this one's input: what is secret goes from process to process, and nowhere else. */
  readonly input?: Command;
  /** What it reads from its standard input, where that is no other command's output. */
  readonly stdin?: string;
  /** Prints `stdin`, where that holds a secret: a script must not. */
  readonly printer?: Command;
  /** Environment variables beside those that it inherits. Nothing secret. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take; what it does decides where this is not said (`secondsOf`). */
  readonly seconds?: number;
}

/** A command from its words. */
export function command(program: string, ...args: readonly string[]): Command {
  return { program, args };
}

/** Something about the world that a command shows. */
export type Condition =
  /** The command exits with status 0. */
  | { readonly kind: 'succeeds'; readonly command: Command }
  /** One line of its output is this text. */
  | { readonly kind: 'prints-line'; readonly command: Command; readonly line: string }
  /** Its output holds this text. */
  | { readonly kind: 'prints'; readonly command: Command; readonly text: string }
  /** It prints something at all. */
  | { readonly kind: 'prints-anything'; readonly command: Command }
  /** It prints nothing. */
  | { readonly kind: 'prints-nothing'; readonly command: Command }
  /** Two commands print the same, and something. */
  | { readonly kind: 'same-output'; readonly commands: readonly [Command, Command] };

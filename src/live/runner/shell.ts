import { Command, Condition } from '../plans/command';
import { QUERY } from '../plans/limits';
import { objectNames } from '../plans/object-names';

/** Runs commands. */
export interface Shell {
  /** Aborted when everything must end. The shell then starts no more commands. */
  readonly interruption: AbortSignal;
  /** Runs a command to its end, or to its limit of time. Never rejects. `onStart` gets the IDs of its processes. */
  run(command: Command, onStart?: (pids: readonly number[]) => void): Promise<CommandResult>;
}

/** Gets the output of a command while it runs. */
export interface FollowedOutput {
  /** The command waits until it resolves. */
  readonly output: (piece: Buffer) => void | Promise<void>;
  readonly errors: (piece: Buffer) => void;
}

/** Runs commands that do not end by themselves. */
export interface Follower {
  /** Aborted when everything must end. */
  readonly interruption: AbortSignal;
  /**
   * Runs a command until `end`, which asks it to end as Ctrl-C does. Rejects only if `sink` does. The result has no
   * output, and ends with the last lines of errors.
   */
  follow(command: Command, sink: FollowedOutput, end: AbortSignal): Promise<CommandResult>;
}

/** What a command left. */
export interface CommandResult {
  /** 127 for a program that cannot be started, 128 for one that was stopped. */
  readonly status: number;
  readonly output: string;
  /** The last lines of both streams, for a report; secrets are hidden. */
  readonly tail: string;
  /** Why it was stopped: its limit of time or of output, or an interruption of the run. */
  readonly cause?: 'timeout' | 'output' | 'interruption';
  /** The program that is not in the path. */
  readonly missing?: string;
  /** What API servers warn about, such as deprecated versions; kubectl prints it on a line of its own. */
  readonly warnings?: readonly string[];
  /** A signal ended it, whoever sent it. */
  readonly bySignal: boolean;
}

/** A command with its result. */
export interface AnsweredCommand {
  readonly command: Command;
  readonly result: CommandResult;
}

/** A command that failed, or whose answer is not what was asked for. */
export type FailedCommand = AnsweredCommand;

/** Whether a condition holds. A question without an answer means neither yes nor no. */
export type Verdict =
  | { readonly kind: 'holds' }
  /** With the question, where its failure is the answer. */
  | { readonly kind: 'fails'; readonly question?: FailedCommand }
  | { readonly kind: 'unanswered'; readonly question: FailedCommand };

/** A person or a signal interrupted the run. */
export class InterruptedError extends Error {}

/** Runs a command that changes nothing and answers soon. */
export function ask(shell: Shell, command: Command): Promise<CommandResult> {
  return shell.run({ seconds: QUERY, ...command });
}

/** How many questions run at once: each may be its own kubectl, and all of them take little longer than the slowest. */
const AT_ONCE = 8;

/** Asks several questions side by side; the results are in the order of the commands. */
export async function askAll(shell: Shell, commands: readonly Command[]): Promise<CommandResult[]> {
  const results: CommandResult[] = [];
  let next = 0;
  const worker = async () => {
    while (next < commands.length) {
      const index = next++;
      results[index] = await ask(shell, commands[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, commands.length) }, worker));
  if (shell.interruption.aborted) {
    throw new InterruptedError();
  }
  return results;
}

/**
 * Checks a condition. Only for `succeeds` a failure is an answer: the output of other commands counts when they
 * succeed.
 */
export async function check(shell: Shell, condition: Condition): Promise<Verdict> {
  switch (condition.kind) {
    case 'succeeds': {
      const { command } = condition;
      const result = await ask(shell, command);
      const kind = result.cause === 'interruption' ? 'unanswered' : 'fails';
      return result.status === 0 ? { kind: 'holds' } : { kind, question: { command, result } };
    }
    case 'same-output':
      return compare(shell, condition.commands, ([one, other]) => one.trim() !== '' && one === other);
    case 'prints-line':
      return prints(shell, condition.command, output => output.split('\n').includes(condition.line));
    case 'prints':
      return prints(shell, condition.command, output => condition.texts.every(text => output.includes(text)));
    case 'prints-anything':
      return prints(shell, condition.command, output => output.trim() !== '');
    case 'names-objects':
      return names(shell, condition.command, count => count > 0);
    case 'names-no-objects':
      return names(shell, condition.command, count => count === 0);
    case 'all': {
      const verdicts = await Promise.all(condition.conditions.map(each => check(shell, each)));
      const verdict = (kind: Verdict['kind']) => verdicts.find(each => each.kind === kind);
      return verdict('unanswered') ?? verdict('fails') ?? { kind: 'holds' };
    }
  }
}

function prints(shell: Shell, command: Command, holds: (output: string) => boolean): Promise<Verdict> {
  return compare(shell, [command], ([output]) => holds(output));
}

async function names(shell: Shell, command: Command, holds: (count: number) => boolean): Promise<Verdict> {
  const result = await ask(shell, command);
  const objects = result.status === 0 ? objectNames(result.output) : undefined;
  if (objects) {
    return { kind: holds(objects.length) ? 'holds' : 'fails' };
  }
  const question = { command, result };
  return { kind: 'unanswered', question: result.status === 0 ? invalidAnswer(question, OBJECT_NAMES) : question };
}

/** What `kubectl -o name` must print. */
export const OBJECT_NAMES = 'names of objects, one a line';

/** The failure of a command that answered something else. `expected` is what it was asked for. */
export function invalidAnswer({ command, result }: AnsweredCommand, expected: string): FailedCommand {
  // the output may contain parts of Secrets
  const got = result.output.trim() === '' ? 'nothing' : 'something else';
  return { command, result: { ...result, tail: `the answer must be ${expected}, got ${got}` } };
}

async function compare(
  shell: Shell,
  commands: readonly Command[],
  holds: (outputs: readonly string[]) => boolean,
): Promise<Verdict> {
  const results = await Promise.all(commands.map(each => ask(shell, each)));
  const failed = results.findIndex(({ status }) => status !== 0);
  if (failed >= 0) {
    return { kind: 'unanswered', question: { command: commands[failed], result: results[failed] } };
  }
  return { kind: holds(results.map(({ output }) => output)) ? 'holds' : 'fails' };
}

import { Command } from '../plans/command';
import { downloadOf } from '../plans/tools';
import { askAll, CommandResult, FailedCommand, Shell } from '../runner/shell';

/** Questions that must have answers failed. */
export class UnansweredError extends Error {
  /** `answered` names the clusters that could be changed without the others. */
  constructor(
    public readonly questions: readonly FailedCommand[],
    public readonly answered: readonly string[] = [],
  ) {
    super('questions without answers');
  }
}

/** A question needs a program that is not in the path. */
export class MissingProgramError extends Error {
  constructor(program: string) {
    const url = downloadOf(program);
    super(`${program} not found in the path\n    fix: ${url === undefined ? 'install it' : `install it: ${url}`}`);
  }
}

/** kubectl printed something other than JSON. */
export class NotJsonError extends Error {
  /** `text` is the beginning of the output. */
  constructor(text: string) {
    super(`kubectl did not print JSON: ${JSON.stringify(text)}`);
  }
}

/** Whether a cluster gave no answer, or an invalid one. */
export function isNoAnswer(error: unknown): boolean {
  return error instanceof UnansweredError || error instanceof NotJsonError;
}

/** Throws a MissingProgramError if a command could not start because its program is missing. */
export function refuseMissingPrograms(results: readonly CommandResult[]): void {
  const missing = results.find(each => each.missing !== undefined)?.missing;
  if (missing !== undefined) {
    throw new MissingProgramError(missing);
  }
}

/**
 * The output of commands that must succeed. Throws a MissingProgramError, or an UnansweredError with all that fail.
 */
export async function answerAll(shell: Shell, commands: readonly Command[]): Promise<string[]> {
  const results = await askAll(shell, commands);
  refuseMissingPrograms(results);
  const answers = commands.map((command, index) => ({ command, result: results[index] }));
  const failed = answers.filter(({ result }) => result.status !== 0);
  if (failed.length > 0) {
    throw new UnansweredError(failed);
  }
  return results.map(({ output }) => output);
}

/** The JSON that kubectl printed. */
export function jsonAnswer(text: string): any {
  try {
    return JSON.parse(text);
  } catch {
    throw new NotJsonError(text.slice(0, 200));
  }
}

/** The objects that kubectl printed: nothing, one, or a list. */
export function itemsOf(text: string): any[] {
  if (text.trim() === '') {
    return [];
  }
  const answer = jsonAnswer(text);
  return Array.isArray(answer?.items) ? answer.items : answer?.kind === 'List' ? [] : [answer];
}

import { Command } from '../plans/command';
import { askAll, FailedCommand, Shell } from '../runner/shell';

/** Questions that must have answers failed. */
export class UnansweredError extends Error {
  constructor(public readonly questions: readonly FailedCommand[]) {
    super('questions without answers');
  }
}

/** kubectl printed something other than JSON. */
export class NotJsonError extends Error {
  /** `text` is the beginning of the output. */
  constructor(text: string) {
    super(`kubectl did not print JSON: ${JSON.stringify(text)}`);
  }
}

/** The output of commands that must succeed. Throws an UnansweredError with all that fail. */
export async function answerAll(shell: Shell, commands: readonly Command[]): Promise<string[]> {
  const results = await askAll(shell, commands);
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

import { createInterface } from 'node:readline/promises';
import { CommandError, Io, Status } from './io';

/** Questions to the person at the terminal. Ctrl-C at a question ends the command. */
export function questions(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Required<Pick<Io, 'confirm' | 'pause' | 'prompt'>> {
  const prompt = (text: string) => askLine(text, input, output, 'Interrupted: nothing was changed.');
  return {
    // only `y` and `yes` confirm
    confirm: async question => /^y(es)?$/i.test((await prompt(`${question} (y/N) `)) ?? ''),
    // `q` ends, and so does the end of the input
    pause: async text => !/^q/i.test((await askLine(text, input, output, 'Interrupted.')) ?? 'q'),
    prompt,
  };
}

/** The answer, without spaces around it; undefined at the end of the input. `interrupted` is the message of Ctrl-C. */
async function askLine(
  text: string,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  interrupted: string,
): Promise<string | undefined> {
  const lines = createInterface({ input, output });
  const abortion = new AbortController();
  let isInterrupted = false;
  lines.once('SIGINT', () => {
    isInterrupted = true;
    abortion.abort();
  });
  const ended = new Promise<undefined>(resolve => lines.once('close', () => resolve(undefined)));
  const answered = lines.question(text, { signal: abortion.signal }).catch(error => {
    if (!abortion.signal.aborted) {
      throw error;
    }
    return undefined;
  });
  try {
    const answer = (await Promise.race([answered, ended]))?.trim();
    if (isInterrupted || answer === undefined) {
      output.write('\n');
    }
    if (isInterrupted) {
      throw new CommandError(interrupted, Status.INTERRUPTED);
    }
    return answer;
  } finally {
    abortion.abort();
    lines.close();
  }
}

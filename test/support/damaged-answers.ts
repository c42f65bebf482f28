import { Command } from '../../src/live/plans/command';
import { formatCommand } from '../../src/live/plans/script';
import { Processes } from '../../src/live/runner/processes';
import { CommandResult } from '../../src/live/runner/shell';

/** What can happen to the answer of a program. */
export const DAMAGES: { readonly [name: string]: (result: CommandResult) => CommandResult } = {
  'missing': result => ({ ...result, output: '', tail: '' }),
  'half': result => ({ ...result, output: result.output.slice(0, result.output.length / 2) }),
  'words': result => ({ ...result, output: 'the server is on fire\n' }),
  'null': result => ({ ...result, output: 'null\n' }),
  'a list': result => ({ ...result, output: '[]\n' }),
  'an empty object': result => ({ ...result, output: '{}\n' }),
  'other types': result => ({ ...result, output: withOtherTypes(result.output) }),
  'late': ({ output }) => ({
    status: 128,
    output: output.slice(0, output.length / 2),
    tail: 'stopped after its limit of 30 s',
    cause: 'timeout',
    bySignal: true,
  }),
};

/** JSON in which each text is a number and each number a text; no JSON becomes a number. */
function withOtherTypes(output: string): string {
  const other = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(other)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, other(each)]))
        : typeof value === 'string'
          ? 7
          : 'seven';
  try {
    return JSON.stringify(other(JSON.parse(output)));
  } catch {
    return '7\n';
  }
}

/** The commands that run while something happens, each once, as they are pasted; needs a mocked `Processes.run`. */
export async function commandsOf(run: () => Promise<unknown>): Promise<string[]> {
  const lines = new Set<string>();
  await answeredBy((command, answer) => {
    lines.add(lineOf(command));
    return answer;
  }, run);
  return [...lines];
}

/** Runs something while each answer to one command is damaged; needs a mocked `Processes.run`. */
export async function withDamage<T>(line: string, damage: string, run: () => Promise<T>): Promise<T> {
  return answeredBy((command, answer) => (lineOf(command) === line ? DAMAGES[damage](answer) : answer), run);
}

async function answeredBy<T>(
  change: (command: Command, answer: CommandResult) => CommandResult,
  run: () => Promise<T>,
): Promise<T> {
  const mock = Processes.prototype.run as jest.MockedFunction<Processes['run']>;
  const original = mock.getMockImplementation()!;
  mock.mockImplementation(async (command, onStart) => change(command, await original(command, onStart)));
  try {
    return await run();
  } finally {
    mock.mockImplementation(original);
  }
}

/** A command without what each run chooses anew. */
function lineOf({ program, args }: Command): string {
  return formatCommand({ program, args: args.map(each => (each.startsWith('[{"op"') ? 'PATCH' : each)) });
}

import { PassThrough } from 'stream';
import { CommandError, Status } from '../../src/cli/io';
import { questions } from '../../src/cli/questions';

/** A terminal on which these keys are pressed, and then nothing more. */
function terminal(keys: string, { ends = false } = {}) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  Object.assign(output, { isTTY: true, columns: 80 });
  output.resume();
  setTimeout(() => (ends ? input.end(keys) : input.write(keys)), 20);
  return questions(input, output);
}

test.each([
  ['y\r', true],
  ['Yes\r', true],
  ['n\r', false],
  ['\r', false],
  ['yesterday\r', false],
])('%j to a question is %s', async (keys, answer) => {
  expect(await terminal(keys).confirm('Remove 2 objects?')).toBe(answer);
});

test('the end of the input confirms nothing', async () => {
  expect(await terminal('', { ends: true }).confirm('Remove 2 objects?')).toBe(false);
  expect(await terminal('\x04').confirm('Remove 2 objects?')).toBe(false);
  expect(await terminal('\x04').prompt('Name: ')).toBeUndefined();
  expect(await terminal('\x04').pause('Next: ')).toBe(false);
});

test('a text is asked for, without spaces around it', async () => {
  expect(await terminal(' tion \r').prompt('Name: ')).toBe('tion');
});

test.each([
  ['confirm', 'Interrupted: nothing was changed.'],
  ['prompt', 'Interrupted: nothing was changed.'],
  // what was before the pause may have changed something
  ['pause', 'Interrupted.'],
] as const)('Ctrl-C at %s ends the command', async (kind, message) => {
  const error = await terminal('\x03')[kind]('Remove?').catch(each => each);
  expect(error).toBeInstanceOf(CommandError);
  expect([error.status, error.message]).toEqual([Status.INTERRUPTED, message]);
});

/**
 * `up --dry-run` of every example, byte for byte: test/cli/up-scripts holds a file for each, `<example>[-<variant>][+<option>].sh`.
 * An empty file is a new one; `UPDATE_SCRIPTS=1 npx jest test/cli/up-scripts` writes them all anew.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { EXAMPLES } from '../support/examples';
import { folderOf, program } from '../support/program';

const FOLDER = path.join(__dirname, 'up-scripts');
const FILES = fs.readdirSync(FOLDER).sort();
const cwd = process.cwd();

/** The example, its variant and the options that a file is named after. */
function named(file: string): { example: string; variant: string[]; options: string[] } {
  const [name, ...options] = path.basename(file, '.sh').split('+');
  const example = EXAMPLES.map(([each]) => each).find(each => name === each || name.startsWith(`${each}-`))!;
  return { example, variant: name === example ? [] : [name.slice(example.length + 1)], options: options.map(option => `--${option}`) };
}

afterEach(() => process.chdir(cwd));

test('every example has a script', () => {
  expect(EXAMPLES.map(([example]) => example).filter(example => !FILES.some(file => named(file).example === example))).toEqual([]);
});

test.each(FILES)('%s', async file => {
  const { example, variant, options } = named(file);
  process.chdir(folderOf(example, ...variant));
  const { status, out, err } = await program('up', '--dry-run', ...options);
  expect([status, err]).toEqual([0, '']);
  if (process.env.UPDATE_SCRIPTS) {
    fs.writeFileSync(path.join(FOLDER, file), out);
  }
  expect(out).toBe(fs.readFileSync(path.join(FOLDER, file), 'utf8'));
  expect(spawnSync('bash', ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

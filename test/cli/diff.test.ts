/**
 * Whole outputs of `diff`. A folder below diffs/ has the meshes `old` and `new`, or one mesh and `command`, and the
 * expected text. A new folder is a new case, without any code.
 */
import * as fs from 'fs';
import * as path from 'path';
import { readArguments } from '../support/arguments';
import { program } from '../support/program';

const FOLDER = path.join(__dirname, 'diffs');
const cwd = process.cwd();

afterAll(() => process.chdir(cwd));

test.each(fs.readdirSync(FOLDER))('%s', async name => {
  const folder = path.join(FOLDER, name);
  process.chdir(folder);
  const args = fs.existsSync('command') ? readArguments(fs.readFileSync('command', 'utf8')) : ['old', 'new'];
  const { out, err, status } = await program('diff', ...args);
  expect(err).toBe('');
  expect(`${out}exit ${status}\n`).toBe(fs.readFileSync('expected.text', 'utf8'));
});

/**
 * Whole outputs of `check` with its configuration, ignores and baselines. A folder below checks/ has the files of a
 * mesh, `command` with the arguments, and in `expected.text` what the program prints. A new folder is a new case,
 * without any code. A folder `written` contains the files that the command writes.
 */
import * as fs from 'fs';
import * as path from 'path';
import { readArguments } from '../support/arguments';
import { folderWith, program } from '../support/program';

const FOLDER = path.join(__dirname, 'checks');
const NOT_READ = ['command', 'expected.text', 'written'];
const cwd = process.cwd();

afterAll(() => process.chdir(cwd));

test.each(fs.readdirSync(FOLDER))('%s', async name => {
  const folder = path.join(FOLDER, name);
  const read = (file: string) => fs.readFileSync(path.join(folder, file), 'utf8');
  const files = filesOf(folder).filter(file => !NOT_READ.includes(file.split('/')[0]));
  process.chdir(folderWith(Object.fromEntries(files.map(file => [file, read(file)]))));
  const { out, err, status } = await program('check', ...readArguments(read('command')));
  expect(`${out}${err === '' ? '' : `stderr:\n${err}`}exit ${status}\n`).toBe(read('expected.text'));
  const written = fs.existsSync(path.join(folder, 'written')) ? filesOf(path.join(folder, 'written')) : [];
  const found = filesOf('.').filter(file => !files.includes(file));
  expect(Object.fromEntries(found.map(file => [file, fs.readFileSync(file, 'utf8')]))).toEqual(
    Object.fromEntries(written.map(file => [file, read(`written/${file}`)])),
  );
});

function filesOf(folder: string): string[] {
  return (fs.readdirSync(folder, { recursive: true }) as string[])
    .filter(file => fs.statSync(path.join(folder, file)).isFile())
    .map(file => file.split(path.sep).join('/'))
    .sort();
}

/**
 * Whole outputs of small meshes. A folder below cases/ holds `command`, the arguments of the program in the folder
 * mesh/, and one file `expected.FORMAT` for each format of that command. A new folder is a new case, without any code.
 */
import * as fs from 'fs';
import * as path from 'path';
import { REPORT_CONTENTS } from '../../src/cli/print';
import { formatsFor } from '../../src/reports/formats/format';
import { readArguments } from '../support/arguments';
import { program } from '../support/program';

const FOLDER = path.join(__dirname, 'cases');
const CASES = fs.readdirSync(FOLDER).map(name => {
  const folder = path.join(FOLDER, name);
  const args = readArguments(fs.readFileSync(path.join(folder, 'command'), 'utf8'));
  const formats = formatsFor(REPORT_CONTENTS[args[0] as keyof typeof REPORT_CONTENTS]);
  return { name, folder, args, formats };
});
const cwd = process.cwd();

afterAll(() => process.chdir(cwd));

test('every command that prints a report has a case', () => {
  // the tests of verify, status, plan, record and snapshot show their reports: these need clusters
  const commands = Object.keys(REPORT_CONTENTS).filter(each => !['verify', 'status', 'plan', 'record', 'snapshot', 'render'].includes(each));
  expect([...new Set(CASES.map(({ args }) => args[0]))].sort()).toEqual(commands.sort());
});

test.each(CASES.map(each => [each.name, each] as const))(
  '%s has an expected file for each format, and no other',
  (_, { folder, formats }) => {
    const expected = fs
      .readdirSync(folder)
      .filter(file => file.startsWith('expected.'))
      .map(file => file.slice('expected.'.length));
    expect(expected.sort()).toEqual([...formats].sort());
  },
);

test.each(CASES.flatMap(each => each.formats.map(format => [each.name, format, each] as const)))(
  '%s as %s',
  async (_, format, { folder, args }) => {
    process.chdir(path.join(__dirname, 'mesh'));
    const { out, err } = await program(...args, '--format', format);
    expect(err).toBe('');
    expect(out).toBe(fs.readFileSync(path.join(folder, `expected.${format}`), 'utf8'));
  },
);

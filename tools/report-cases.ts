/**
 * npx tsx tools/report-cases.ts
 *
 * Updates the expected files of test/reports/cases. Read their differences: the test only proves that the program
 * prints them.
 */
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { formatsOf } from '../src/cli/print';
import { run } from '../src/cli/program';
import { readArguments } from '../test/support/arguments';

async function main(): Promise<void> {
  const folder = path.join(__dirname, '..', 'test', 'reports', 'cases');
  process.chdir(path.join(folder, '..', 'mesh'));
  for (const name of fs.readdirSync(folder)) {
    const args = readArguments(fs.readFileSync(path.join(folder, name, 'command'), 'utf8'));
    for (const format of formatsOf(args[0] as Parameters<typeof formatsOf>[0])) {
      let out = '';
      const write = (written: string) => {
        out += written;
      };
      await run(
        [...args, '--format', format],
        { out: write, err: text => process.stderr.write(text), colors: createColors(false) },
        '0.0.0',
      );
      fs.writeFileSync(path.join(folder, name, `expected.${format}`), out);
    }
  }
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});

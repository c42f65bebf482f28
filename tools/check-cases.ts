/**
 * npx tsx --tsconfig test/tsconfig.json tools/check-cases.ts [case]...
 *
 * Updates `expected.text` and `written` of the cases in test/cli/checks. Read their differences: the test only proves
 * that the program prints and writes them.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { createColors } from 'picocolors';
import { run } from '../src/cli/program';
import { readArguments } from '../test/support/arguments';

const FOLDER = path.join(__dirname, '..', 'test', 'cli', 'checks');
const NOT_READ = ['command', 'expected.text', 'written'];

async function update(name: string): Promise<void> {
  const folder = path.join(FOLDER, name);
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
  fs.cpSync(folder, scratch, { recursive: true });
  NOT_READ.forEach(each => fs.rmSync(path.join(scratch, each), { recursive: true, force: true }));
  const before = filesOf(scratch);
  const args = readArguments(fs.readFileSync(path.join(folder, 'command'), 'utf8'));
  process.chdir(scratch);
  let [out, err] = ['', ''];
  const write = (text: string) => void (out += text);
  const status = await run(['check', ...args], { out: write, err: text => void (err += text), colors: createColors(false) }, '0.0.0');
  fs.writeFileSync(path.join(folder, 'expected.text'), `${out}${err === '' ? '' : `stderr:\n${err}`}exit ${status}\n`);
  fs.rmSync(path.join(folder, 'written'), { recursive: true, force: true });
  filesOf(scratch)
    .filter(file => !before.includes(file))
    .forEach(file => fs.cpSync(path.join(scratch, file), path.join(folder, 'written', file)));
  process.chdir(FOLDER);
  fs.rmSync(scratch, { recursive: true });
}

function filesOf(folder: string): string[] {
  const entries = fs.readdirSync(folder, { recursive: true }) as string[];
  return entries.filter(file => fs.statSync(path.join(folder, file)).isFile());
}

async function main(names: readonly string[]): Promise<void> {
  for (const name of names) {
    await update(name);
  }
}

main(process.argv.length > 2 ? process.argv.slice(2) : fs.readdirSync(FOLDER)).catch(error => {
  console.error(error);
  process.exitCode = 1;
});

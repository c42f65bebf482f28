/**
 * npx tsx tools/commands-doc.ts [document]...
 *
 * Updates the outputs of commands in documents (default: all of docs/). test/docs/console-blocks.test.ts compares them
 * with what the commands print.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { consoleBlocks, outputOf } from './console-blocks';
import { ROOT } from './examples';

const DOCS = path.join(ROOT, 'docs');

async function main(documents: readonly string[]): Promise<void> {
  const files =
    documents.length > 0
      ? documents.map(document => path.resolve(document))
      : fs
        .readdirSync(DOCS)
        .filter(name => name.endsWith('.md'))
        .map(name => path.join(DOCS, name));
  const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
  try {
    for (const file of files) {
      fs.writeFileSync(file, await updated(fs.readFileSync(file, 'utf8'), scratch));
    }
  } finally {
    process.chdir(ROOT);
    fs.rmSync(scratch, { recursive: true });
  }
}

async function updated(document: string, scratch: string): Promise<string> {
  let text = document;
  for (const { text: block, command, example } of consoleBlocks(document)) {
    process.chdir(folderOf(example, scratch));
    const output = await outputOf(command);
    text = text.replace(block, () => `\`\`\`console\n$ cilium-mesh ${command}\n${output}\`\`\``);
  }
  return text;
}

/** A folder in which a reader has run `npm run synth` with these arguments. */
function folderOf(example: readonly string[], scratch: string): string {
  const folder = path.join(scratch, example.join('-'));
  const dist = path.join(folder, 'dist');
  if (!fs.existsSync(folder)) {
    const program = ['--tsconfig', path.join(ROOT, 'test', 'tsconfig.json'), path.join(ROOT, 'tools', 'synth.ts')];
    spawnSync(process.execPath, [require.resolve('tsx/cli'), ...program, ...example], {
      cwd: ROOT,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CDK8S_OUTDIR: dist },
    });
    // its status is 1 where check reports errors
    if (!fs.existsSync(dist)) {
      throw new Error(`npm run synth -- ${example.join(' ')} failed`);
    }
  }
  return folder;
}

main(process.argv.slice(2)).catch(error => {
  console.error(error);
  process.exitCode = 1;
});

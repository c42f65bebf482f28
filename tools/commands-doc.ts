/**
 * npx tsx tools/commands-doc.ts [document]...
 *
 * Updates the outputs of commands in documents (default: all of docs/). test/docs/console-blocks.test.ts compares them
 * with what the commands print.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { consoleBlocks, outputOf } from './console-blocks';
import { ROOT, runExample, runSteps, stepsOf } from './examples';

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
    process.chdir(await folderOf(example, scratch));
    const output = await outputOf(command);
    text = text.replace(block, () => `\`\`\`console\n$ cilium-mesh ${command}\n${output}\`\`\``);
  }
  return text;
}

/** A folder with the output of an example in dist/, and with --steps its steps in dist/steps. */
async function folderOf(example: readonly string[], scratch: string): Promise<string> {
  const folder = path.join(scratch, example.join('-'));
  if (!fs.existsSync(folder)) {
    const [name, ...args] = example;
    const options = args.filter(each => each !== '--steps');
    const steps = args.includes('--steps') ? await stepsOf(name) : undefined;
    const dist = path.join(folder, 'dist');
    const failed =
      (await runExample(name, options, dist)) ||
      (steps ? await runSteps(name, steps, options, path.join(dist, 'steps')) : 0);
    if (failed) {
      throw new Error(`npm run synth -- ${example.join(' ')} failed`);
    }
  }
  return folder;
}

main(process.argv.slice(2)).catch(error => {
  console.error(error);
  process.exitCode = 1;
});

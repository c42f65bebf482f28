/** The commands in docs/ print what the documents show. `npx tsx tools/commands-doc.ts` updates the outputs. */
import * as fs from 'fs';
import * as path from 'path';
import { ConsoleBlock, consoleBlocks, outputOf } from '../../tools/console-blocks';
import { Output, synth, synthSteps } from '../support/examples';
import { temporaryFolder } from '../support/mesh';

const DOCS = path.join(__dirname, '..', '..', 'docs');
const BLOCKS = fs
  .readdirSync(DOCS)
  .filter(name => name.endsWith('.md'))
  .sort()
  .flatMap(name => consoleBlocks(fs.readFileSync(path.join(DOCS, name), 'utf8')).map(block => [name, block] as const));
const CASES = BLOCKS.map(
  ([name, block]) => [`${name}, ${block.example.join(' ')}: ${block.command}`, block] as [string, ConsoleBlock],
);
const cwd = process.cwd();
const folders = new Map<string, string>();

afterEach(() => process.chdir(cwd));

test('commands.md shows commands', () => {
  expect(BLOCKS.filter(([name]) => name === 'commands.md').length).toBeGreaterThan(5);
});

test.each(CASES)('%s', async (_, { example, command, output }) => {
  process.chdir(folderOf(example));
  expect(await outputOf(command)).toBe(output);
});

describe('a document', () => {
  const fence = (kind: string, content: string) => `\`\`\`${kind}\n${content}\n\`\`\`\n`;

  test('reads the last example before a command, and its quotes', async () => {
    const blocks = consoleBlocks(
      [
        fence('sh', 'npm run synth -- kodekloud both   # a comment'),
        fence('text', 'npm run synth -- production'),
        fence('console', "$ cilium-mesh matrix --from '@cluster1' --to \"myapp-deployment@*\"\nFROM"),
        fence('sh', 'npm ci && npm run synth'),
        fence('console', '$ cilium-mesh matrix\nFROM'),
      ].join(''),
    );
    expect(blocks.map(({ example, output }) => [example, output])).toEqual([
      [['kodekloud', 'both'], 'FROM\n'],
      [['isovalent-lab'], 'FROM\n'],
    ]);
    process.chdir(folderOf(blocks[0].example));
    expect(await outputOf(`${blocks[0].command} --port TCP/80 --format csv`)).toContain(
      'cluster1,default,Pod,frontend,cluster1,default,Deployment,myapp-deployment,TCP,80,unenforced,allowed,allowed',
    );
  });

  test('is refused if a command cannot be repeated', () => {
    expect(() => consoleBlocks(fence('console', '$ cilium-mesh matrix\nFROM'))).toThrow(
      'no block sh with "npm run synth" precedes "matrix"',
    );
    expect(() => consoleBlocks(fence('sh', 'npm run synth') + fence('console', '$ kubectl get pods\nNAME'))).toThrow(
      'a console block must begin with "$ cilium-mesh", got "$ kubectl get pods"',
    );
  });
});

/** A folder with the output of an example in dist/, and with --steps its steps in dist/steps. */
function folderOf(example: readonly string[]): string {
  const key = example.join(' ');
  const folder = folders.get(key) ?? temporaryFolder();
  if (!folders.has(key)) {
    const [name, ...args] = example;
    const options = args.filter(each => each !== '--steps');
    const steps = options.length < args.length ? synthSteps(name, ...options) : {};
    const output = Object.keys(steps).length > 0 ? { ...firstStep(steps), ...steps } : synth(name, ...options);
    for (const [file, text] of Object.entries(output)) {
      fs.mkdirSync(path.join(folder, 'dist', path.dirname(file)), { recursive: true });
      fs.writeFileSync(path.join(folder, 'dist', file), text);
    }
    folders.set(key, folder);
  }
  return folder;
}

/** With --steps, `npm run synth` writes the first step to dist/ too. */
function firstStep(steps: Output): Output {
  const [folder] = /^steps\/[^/]+\//.exec(Object.keys(steps).sort()[0])!;
  const files = Object.entries(steps).filter(([file]) => file.startsWith(folder));
  return Object.fromEntries(files.map(([file, text]) => [file.slice(folder.length), text]));
}

/** Every command of the program in docs/ci.md works in a repository as the page describes it, and its YAML is valid. */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { readConfiguration } from '../../src/findings/configuration';
import { folderOf, program } from '../support/program';

const PAGE = fs.readFileSync(path.join(__dirname, '..', '..', 'docs', 'ci.md'), 'utf8');
const YAML = [...PAGE.matchAll(/^```yaml (\S+)\n([\s\S]*?)^```$/gm)].map(([, file, text]) => [file, text] as const);
const COMMANDS = [...new Set([...PAGE.matchAll(/\bnpx cilium-mesh ([^#|>\n]*)/g)].map(([, args]) => args.trim()))];
const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

test('the page has commands and files', () => {
  expect(YAML).toHaveLength(7);
  expect(COMMANDS.length).toBeGreaterThan(8);
});

test.each(YAML)('%s is valid YAML', (_, text) => {
  expect(parse(text)).toEqual(expect.any(Object));
});

test('the configuration is valid', () => {
  const [, text] = YAML.find(([file]) => file === 'cilium-mesh.yaml')!;
  expect(readConfiguration(parse(text)).problems).toEqual([]);
});

// snapshot needs clusters, diff without meshes a base, and report its page: test/cli/snapshot.test.ts,
// test/cli/sources.test.ts, test/report/page.test.ts
const ALONE = COMMANDS.filter(command => !/^(snapshot|diff --|report)/.test(command));

test.each(ALONE)('cilium-mesh %s', async command => {
  const root = folderOf('isovalent-lab', 'ingress-tion');
  for (const name of ['target', 'repository/live', 'repository']) {
    fs.cpSync(path.join(root, 'dist'), path.join(root, name, 'dist'), { recursive: true });
  }
  process.chdir(path.join(root, 'repository'));
  fs.mkdirSync('ci');
  expect((await program('check', '--write-expectations', 'ci/flows.yaml')).status).toBe(0);
  const { status, out, err } = await program(...command.split(' '));
  expect([status === 2, out.length + err.length > 0 || command.includes('--quiet')]).toEqual([false, true]);
});

/** The expectations file in docs/commands.md holds for the example of that page. */
import * as fs from 'fs';
import * as path from 'path';
import { synth } from '../support/examples';
import { folderWith, program } from '../support/program';

const COMMANDS = path.join(__dirname, '..', '..', 'docs', 'commands.md');
const cwd = process.cwd();

afterAll(() => process.chdir(cwd));

test('every entry of the example holds, and fails with another verdict', async () => {
  const [, example] = /^```yaml\n(apiVersion: cilium-mesh\/v1\ndefault: [\s\S]*?)^```$/m.exec(
    fs.readFileSync(COMMANDS, 'utf8'),
  )!;
  const output = Object.entries(synth('isovalent-lab', 'ingress-tion'));
  process.chdir(folderWith({ 'flows.yaml': example, ...Object.fromEntries(output.map(([file, text]) => [`dist/${file}`, text])) }));
  const unmet = async () => {
    const { out } = await program('check', '--expect', 'flows.yaml', '--format', 'json');
    return JSON.parse(out).findings.filter((each: any) => each.code.startsWith('expectation'));
  };
  expect(await unmet()).toEqual([]);
  const entries = example.match(/^- from:/gm)!.length;
  expect(entries).toBeGreaterThan(5);
  const others = { denied: 'allowed', allowed: 'denied', partial: 'allowed' } as const;
  const turned = example
    .replace(/^( {2}verdict: )(allowed|denied|partial)/gm, (_, field, verdict: keyof typeof others) => field + others[verdict])
    .replace('requests: all', 'requests: [HTTP GET /api]')
    .replace(/50 %|100 %/g, '1 %');
  fs.writeFileSync('flows.yaml', turned);
  const lines = new Set((await unmet()).map((each: any) => each.line));
  expect(lines.size).toBe(entries);
});

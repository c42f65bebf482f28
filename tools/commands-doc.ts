/**
 * npx tsx tools/commands-doc.ts
 *
 * Updates the outputs in docs/commands.md. test/docs.test.ts compares them with what the commands print.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { createColors } from 'picocolors';
import { run } from '../src/cli/program';

const ROOT = path.join(__dirname, '..');
const FILE = path.join(ROOT, 'docs', 'commands.md');

async function main(): Promise<void> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cilium-mesh-'));
  spawnSync(
    process.execPath,
    [
      require.resolve('tsx/cli'),
      '--tsconfig',
      path.join(ROOT, 'test', 'tsconfig.json'),
      path.join(ROOT, 'examples', 'isovalent-lab', 'main.ts'),
      'ingress-tion',
    ],
    {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, CDK8S_OUTDIR: path.join(folder, 'dist') },
    },
  );
  process.chdir(folder);
  let text = fs.readFileSync(FILE, 'utf8');
  for (const [block, command] of text.matchAll(/^```console\n\$ cilium-mesh ([^\n]*)\n[\s\S]*?^```$/gm)) {
    let output = '';
    const write = (written: string) => {
      output += written;
    };
    await run(command.split(' '), { out: write, err: write, colors: createColors(false) });
    text = text.replace(block, () => `\`\`\`console\n$ cilium-mesh ${command}\n${output.trimEnd()}\n\`\`\``);
  }
  fs.writeFileSync(FILE, text);
  fs.rmSync(folder, { recursive: true });
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});

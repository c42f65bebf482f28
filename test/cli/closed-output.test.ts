/** A reader of stdout that ends early, such as head. */
import { execFileSync, spawn } from 'child_process';
import { once } from 'events';
import * as fs from 'fs';
import * as path from 'path';
import { temporaryFolder } from '../support/folder';
import { folderOf } from '../support/program';

jest.setTimeout(60_000);

let bundle: string;
let folder: string;

beforeAll(() => {
  folder = folderOf('isovalent-lab');
  fs.cpSync(folderOf('isovalent-lab', 'ingress-tion'), path.join(folder, 'new'), { recursive: true });
  bundle = path.join(temporaryFolder(), 'cilium-mesh.js');
  execFileSync(path.join('node_modules', '.bin', 'esbuild'), [
    'src/cli/main.ts',
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--log-level=warning',
    `--outfile=${bundle}`,
  ]);
});

test.each([
  [0, ['check', '--fail-on', 'error']],
  [0, ['matrix', '--all', '--format', 'json']],
  [1, ['diff', 'dist', 'new/dist', '--format', 'json']],
  [2, ['matrix', '--verdict', 'nothing']],
])('%i is the exit status of %j', async (expected, args) => {
  const child = spawn(process.execPath, [bundle, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const err: string[] = [];
  child.stderr!.on('data', data => err.push(String(data)));
  child.stdout!.destroy();
  const [status, signal] = await once(child, 'close');
  expect([status, signal, err.join('').match(/EPIPE|defect/g)]).toEqual([expected, null, null]);
});

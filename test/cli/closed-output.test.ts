/** Output that cannot be written: a reader of stdout that ends early, such as head, and a full disk. */
import { execFileSync, spawn, spawnSync } from 'child_process';
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

/** Writing to it fails as on a full disk (full(4)); only Linux has it. */
const FULL = '/dev/full';

(fs.existsSync(FULL) ? test : test.skip).each([
  [1, ['check', '--fail-on', 'error']],
  [1, ['matrix', '--all', '--format', 'json']],
  [2, ['matrix', '--verdict', 'nothing']],
])('%i is the exit status of %j where the disk is full, and a message tells why', (expected, args) => {
  const full = fs.openSync(FULL, 'w');
  try {
    const { status, stderr } = spawnSync(process.execPath, [bundle, ...args], { cwd: folder, stdio: ['ignore', full, 'pipe'] });
    const message = 'cannot write the output: ENOSPC: no space left on device, write\n';
    expect([status, String(stderr)]).toEqual([expected, expected === 1 ? message : expect.not.stringContaining('ENOSPC')]);
  } finally {
    fs.closeSync(full);
  }
});

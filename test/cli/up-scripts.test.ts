/**
 * `up --script`, byte for byte, of the two examples whose plans have nothing in common:
 *
 * - `isovalent-lab`: kind clusters, the cilium CLI, one authority, the clustermesh-apiserver;
 * - `aws-shared-services-legacy`: existing clusters, helm, patches, second values, an etcd in each cluster.
 *
 * test/live/plans/up.test.ts asserts the plans of the other examples: their commands, order and objects.
 * `UPDATE_SCRIPTS=1 npx jest test/cli/up-scripts` writes both scripts anew.
 */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { EXAMPLES } from '../support/examples';
import { folderOf, program } from '../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

async function script(example: string, ...variant: string[]): Promise<string> {
  process.chdir(folderOf(example, ...variant));
  const { status, out, err } = await program('up', '--script');
  expect([status, err]).toEqual([0, '']);
  return out;
}

test.each([
  ['isovalent-lab', []],
  ['aws-shared-services', ['legacy']],
])('%s %j', async (example, variant) => {
  const file = path.join(__dirname, 'up-scripts', `${[example, ...variant].join('-')}.sh`);
  const text = await script(example, ...variant);
  if (process.env.UPDATE_SCRIPTS) {
    fs.writeFileSync(file, text);
  }
  expect(text).toBe(fs.readFileSync(file, 'utf8'));
});

test.each(EXAMPLES.map(([example]) => example))('bash reads the script of %s', async example => {
  expect(spawnSync('bash', ['-n'], { input: await script(example), encoding: 'utf8' })).toMatchObject({
    status: 0,
    stderr: '',
  });
});

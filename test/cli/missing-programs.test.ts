/** Commands that talk to clusters, on a host without kubectl and kind. */
import * as fs from 'fs';
import * as path from 'path';
import { folderOf, program } from '../support/program';

const cwd = process.cwd();
const { env } = process;

beforeAll(() => {
  process.chdir(folderOf('isovalent-lab', 'default-deny'));
  fs.mkdirSync('programs');
  process.env = { ...env, PATH: path.resolve('programs') };
});

afterAll(() => {
  process.env = env;
  process.chdir(cwd);
});

const KUBECTL = 'kubectl not found in the path\n    fix: install it: https://kubernetes.io/docs/tasks/tools/\n';
const KIND =
  'kind not found in the path\n    fix: install it: https://kind.sigs.k8s.io/docs/user/quick-start/#installation\n';

// 2 says that there are changes, where a command ends with it
test.each<[args: string[], status: number, message: string]>([
  [['apply'], 2, KUBECTL],
  [['apply', '--diff'], 1, KUBECTL],
  [['verify'], 2, KUBECTL],
  [['status'], 1, KUBECTL],
  [['down'], 2, KIND],
  [['plan'], 1, KIND],
])('%j names the missing program, and where to get it', async (args, status, message) => {
  expect(await program(...args)).toEqual({ status, out: '', err: message });
});

test('down needs kubectl once there are clusters', async () => {
  fs.writeFileSync('programs/kind', '#!/bin/sh\necho koornacht\n', { mode: 0o755 });
  expect(await program('down')).toEqual({ status: 2, out: '', err: KUBECTL });
  fs.rmSync('programs/kind');
});

test('a program that cannot be started', async () => {
  fs.writeFileSync('programs/kind', '', { mode: 0o644 });
  const { status, err } = await program('down');
  expect([status, err]).toEqual([1, expect.stringContaining('cannot start kind (EACCES)')]);
  fs.rmSync('programs/kind');
});

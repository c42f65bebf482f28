/** `init`: a new app repository. The gate installs and runs what it writes (tools/consumer/init.sh). */
import * as fs from 'fs';
import * as path from 'path';
import { clusterOfContext } from '../../src/init/project';
import { VERSIONS } from '../../src/init/versions';
import { temporaryFolder } from '../support/folder';
import { program } from '../support/program';

let folder: string;

beforeEach(() => {
  folder = path.join(temporaryFolder(), 'our-mesh');
});

function filesIn(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(file => fs.statSync(path.join(root, file)).isFile())
    .sort();
}

const read = (file: string) => fs.readFileSync(path.join(folder, file), 'utf8');

test('writes a repository in TypeScript, and prints its files', async () => {
  const { status, out } = await program('init', folder, '--clusters', 'paris,lyon,brest');

  expect(status).toBe(0);
  const written = [
    '.github/workflows/mesh.yaml',
    '.gitignore',
    'README.md',
    'cdk8s.yaml',
    'main.ts',
    'mesh.test.ts',
    'mesh.ts',
    'package.json',
    'tsconfig.json',
  ];
  expect(filesIn(folder)).toEqual(written);
  expect(out).toBe(written.map(file => `${path.join(folder, file)}\n`).join(''));
  expect(read('mesh.ts')).toContain("{ name: 'brest', id: 3, podCidrs: ['10.3.0.0/16'] },");
  expect(read('cdk8s.yaml')).toContain('class: CiliumMeshValidation');
  expect(JSON.parse(read('package.json')).name).toBe('our-mesh');
});

test('writes a repository in Python', async () => {
  expect((await program('init', folder, '--language', 'python')).status).toBe(0);

  expect(filesIn(folder)).toContain('test_mesh.py');
  expect(read('mesh.py')).toContain('ClusterProps(name="lyon", id=2, pod_cidrs=["10.2.0.0/16"]),');
  expect(read('requirements.txt')).toContain('cdk8s-cilium-mesh==0.0.0');
});

test.each(['package.json', 'mesh.ts', '.github'])('replaces nothing: writes no file if %s is there', async name => {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, name), 'ours');

  const { status, out, err } = await program('init', folder);

  expect(status).toBe(2);
  expect(out).toBe('');
  expect(err).toContain(name === '.github' ? 'nothing was written' : `${name} exists already`);
  expect(filesIn(folder)).toEqual([name]);
  expect(read(name)).toBe('ours');
});

test('keeps the files of others in the folder', async () => {
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'LICENSE'), 'ours');

  expect((await program('init', folder)).status).toBe(0);
  expect(read('LICENSE')).toBe('ours');
});

test.each([
  [['--clusters', 'paris'], 'cluster-count'],
  [['--clusters', 'paris,Lyon_1'], 'cluster-name-invalid'],
  [['--clusters', 'paris,paris'], 'cluster-name-duplicate'],
  [['--language', 'pythn'], 'did you mean "python"'],
  [['--clusters', 'a,b', '--context', 'c'], 'cannot be used together'],
])('refuses %p, and writes nothing', async (options, problem) => {
  const { status, err } = await program('init', folder, ...options);

  expect(status).toBe(2);
  expect(err.toLowerCase()).toContain(problem);
  expect(fs.existsSync(folder)).toBe(false);
});

test('takes clusters from contexts of kubectl', async () => {
  const bin = temporaryFolder();
  fs.writeFileSync(path.join(bin, 'kubectl'), '#!/bin/sh\nprintf "kind-paris\\nadmin@lyon\\n"\n', { mode: 0o755 });
  const before = process.env.PATH;
  process.env.PATH = `${bin}:${before}`;
  try {
    expect((await program('init', folder, '--context', 'kind-paris', '--context', 'admin@lyon')).status).toBe(0);
    expect(read('mesh.ts')).toContain("{ name: 'paris', id: 1, podCidrs: ['10.1.0.0/16'], context: 'kind-paris' },");
    expect(read('mesh.ts')).toContain("{ name: 'lyon', id: 2, podCidrs: ['10.2.0.0/16'], context: 'admin@lyon' },");

    const { status, err } = await program('init', `${folder}-2`, '--context', 'kind-pari');
    expect(status).toBe(2);
    expect(err).toContain('unknown context "kind-pari"');
    expect(err).toContain('kind-paris');
  } finally {
    process.env.PATH = before;
  }
});

test.each([
  ['kind-paris', 'paris'],
  ['gke_project_europe-west9_paris', 'paris'],
  ['arn:aws:eks:eu-west-3:123456789012:cluster/paris', 'paris'],
  ['admin@Paris_1', 'paris-1'],
])('the cluster of context %s is %s', (context, cluster) => {
  expect(clusterOfContext(context)).toBe(cluster);
});

test('depends on the versions that this repository is tested with', () => {
  const { devDependencies } = JSON.parse(fs.readFileSync('package.json', 'utf8'));
  expect(VERSIONS['cdk8s-cli']).toBe(devDependencies['cdk8s-cli']);
  expect(VERSIONS.tsx).toBe(devDependencies.tsx);
  expect(VERSIONS.typescript).toBe(devDependencies.typescript);
  expect(VERSIONS['@types/node']).toBe(devDependencies['@types/node']);
});

test('leaves nothing where the disk is full in the middle of a file', async () => {
  const realFs = jest.requireActual<typeof fs>('fs');
  const write = realFs.writeFileSync;
  let writes = 0;
  const spy = jest.spyOn(realFs, 'writeFileSync').mockImplementation((file, text) => {
    if (++writes === 3) {
      write(file, String(text).slice(0, 10));
      throw new Error('ENOSPC: no space left on device, write');
    }
    write(file, text);
  });
  try {
    const { status, err } = await program('init', folder, '--clusters', 'paris,lyon');
    expect([status, err]).toEqual([2, 'nothing was written: ENOSPC: no space left on device, write\n']);
    expect(fs.existsSync(folder)).toBe(false);
  } finally {
    spy.mockRestore();
  }
});

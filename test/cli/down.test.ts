/** `down` in a world that exists only in memory: what it deletes, and above all what it does not. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { commandsOf, DAMAGES, withDamage } from '../support/damaged-answers';
import { LiveWorld } from '../support/live-world';
import { folderWith, program, programWith } from '../support/program';

const cwd = process.cwd();
const { env } = process;
const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n';
const KIND = 'kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n';
let world: LiveWorld;

beforeEach(() => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

/**
 * A mesh of kind clusters with these names, and of clusters that are there already; every kind cluster of `created` was
 * made by `up`.
 */
async function mesh(
  kinds: readonly string[],
  more: { readonly contexts?: readonly string[]; readonly created?: readonly string[] } = {},
): Promise<void> {
  const { contexts = [], created = kinds } = more;
  const place = (name: string) => (contexts.includes(name) ? `context: ${name}` : 'kind: kind.yaml');
  const text = (names: readonly string[]) =>
    'apiVersion: cilium-mesh/v1\nclusters:\n' +
    `${names.map((name, index) =>
      `- {name: ${name}, id: ${index + 1}, manifests: [pod.yaml], ${place(name)}}\n`).join('')}`;
  process.chdir(
    folderWith({
      'pod.yaml': POD,
      'kind.yaml': KIND,
      'mesh.yaml': text([...kinds, ...contexts]),
      'created.yaml': text(created),
    }),
  );
  fs.mkdirSync('bin');
  ['kind', 'cilium', 'kubectl', 'docker'].forEach(name =>
    fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }),
  );
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
  if (created.length > 0) {
    const { status, err } = await program('up', '--yes', '--ignore-findings', '--mesh', 'created.yaml');
    expect([status, err]).toEqual([0, expect.stringContaining('done in')]);
  }
  world.log.length = 0;
}

/** kind clusters that somebody else made. */
function foreign(...names: string[]): void {
  world.instead = line => (line === 'kind get clusters' ? { status: 0, out: `${names.join('\n')}\n` } : undefined);
}

const ARGS = ['down', '--mesh', 'mesh.yaml'];
const down = (...args: string[]) => program(...ARGS, ...args);
const deleted = () => world.log.filter(line => line.startsWith('kind delete')).sort();
const all = (...names: string[]) => names.map(name => `kind delete cluster --name ${name}`);

test('what up created is deleted, each after one more look for its mark', async () => {
  await mesh(['a', 'b']);
  const { status, err } = await down('--yes');
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/^These kind clusters will be deleted, with everything in them: a, b\n[\s\S]*done in/),
  ]);
  expect(deleted()).toEqual(all('a', 'b'));
  for (const name of ['a', 'b']) {
    const before = world.log.slice(0, world.position(`kind delete cluster --name ${name}`));
    expect(
      before.filter(line =>
        line.includes(`--context kind-${name} -n kube-system get configmap created-by-cilium-mesh`),
      ),
    ).toHaveLength(2);
  }
  expect(world.acts().filter(line => !line.startsWith('kind delete'))).toEqual([]);
});

test.each([
  ['those that it recorded', 'c1', all('a'), 0],
  ['others', 'c2', [], 0],
])('a cluster without a mark whose containers are %s of a run that ended early', async (_, id, expected, code) => {
  await mesh(['a']);
  fs.mkdirSync('state/cilium-mesh/intents', { recursive: true });
  const intent = { pid: 1, start: 'before', command: 'cilium-mesh up', since: '', what: 'kind cluster a', ids: ['c1'] };
  fs.writeFileSync('state/cilium-mesh/intents/kind%20cluster%20a.json', JSON.stringify(intent));
  world.instead = line =>
    line.includes('get configmap created-by')
      ? { status: 0, out: '' }
      : line.startsWith('docker ps')
        ? { status: 0, out: `${id}\n` }
        : undefined;
  const { status, err } = await down('--yes');
  expect([status, deleted()]).toEqual([code, expected]);
  expect(err).toContain(
    expected.length > 0
      ? 'A run of up created these, and ended before it could mark them: a\n'
      : 'These clusters are not deleted:\n  a  up did not create it; to delete it, run kind delete cluster --name a\n',
  );
});

test('a second time there is nothing left, and that is no failure', async () => {
  await mesh(['a', 'b']);
  await down('--yes');
  expect(await down('--yes')).toEqual({ status: 0, out: '', err: 'There are no clusters that up created.\n' });
  expect(deleted()).toEqual(all('a', 'b'));
});

test('up after down makes everything anew', async () => {
  await mesh(['a']);
  await down('--yes');
  expect((await program('up', '--yes', '--ignore-findings', '--mesh', 'mesh.yaml')).status).toBe(0);
  expect(world.acts()).toEqual(
    expect.arrayContaining([
      'kind create cluster --name a --config kind.yaml',
      'kubectl --context kind-a -n kube-system create configmap created-by-cilium-mesh',
    ]),
  );
});

describe('the question', () => {
  test('without a terminal and without --yes nothing is deleted', async () => {
    await mesh(['a', 'b']);
    const { status, err } = await down();
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('Nothing was deleted: no terminal to ask on. To delete without asking, add --yes.'),
    ]);
    expect(deleted()).toEqual([]);
  });

  test.each([
    [true, 0, all('a', 'b'), 'done in'],
    [false, 1, [], 'Nothing was deleted.\n'],
  ])('answered with %s', async (answer, status, gone, message) => {
    await mesh(['a', 'b']);
    const questions: string[] = [];
    const result = await programWith(
      {
        confirm: async question => {
          expect(deleted()).toEqual([]);
          questions.push(question);
          return answer;
        },
      },
      ...ARGS,
    );
    expect([result.status, result.err]).toEqual([status, expect.stringContaining(message)]);
    expect([questions, deleted()]).toEqual([['Delete 2 clusters?'], gone]);
  });

  test('is not asked where --yes answers it, or where there is nothing', async () => {
    const confirm = jest.fn(async () => false);
    await mesh(['a']);
    expect((await programWith({ confirm }, ...ARGS, '--yes')).status).toBe(0);
    expect((await programWith({ confirm }, ...ARGS)).status).toBe(0);
    expect(confirm).not.toHaveBeenCalled();
  });
});

describe('down names what it does not delete, and how to', () => {
  test('a kind cluster of the same name that has no mark', async () => {
    await mesh(['a', 'b'], { created: ['a'] });
    foreign('a', 'b');
    const { status, err } = await down('--yes');
    expect([status, err]).toEqual([
      0,
      expect.stringContaining(
        'These clusters are not deleted:\n  b  up did not create it; to delete it, run kind delete cluster --name b\n',
      ),
    ]);
    expect(deleted()).toEqual(all('a'));
  });

  test('a context that was there before', async () => {
    await mesh(['a'], { contexts: ['prod'] });
    const { status, err } = await down('--yes');
    expect([status, err]).toEqual([
      0,
      expect.stringContaining(
        'These clusters are not deleted:\n  prod  the mesh names its context prod: up did not create it\n',
      ),
    ]);
    expect(deleted()).toEqual(all('a'));
    expect(world.log.filter(line => line.includes('--context prod'))).toEqual([]);
  });

  test('a cluster that does not answer', async () => {
    await mesh(['a', 'b']);
    world.instead = line =>
      line.includes('--context kind-b')
        ? { status: 1, out: 'E0101 memcache.go\nThe connection to the server 127.0.0.1:6443 was refused' }
        : undefined;
    const { status, err } = await down('--yes');
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(
        '  b  it does not answer whether up created it (The connection to the server 127.0.0.1:6443 was refused); ' +
          'to delete it, run kind delete cluster --name b\n',
      ),
    ]);
    expect(deleted()).toEqual(all('a'));
  });

  test('where nothing else is there, nothing is asked', async () => {
    await mesh(['a'], { contexts: ['prod'], created: [] });
    foreign('a');
    const { status, err } = await down();
    expect([status, err]).toEqual([
      0,
      'These clusters are not deleted:\n  prod  the mesh names its context prod: up did not create it\n' +
      '  a     up did not create it; to delete it, run kind delete cluster --name a\n' +
        'There are no clusters that up created.\n',
    ]);
    expect(deleted()).toEqual([]);
  });

  test('a kind cluster that is in no mesh', async () => {
    await mesh(['a']);
    foreign('a', 'other');
    const { err } = await down('--yes');
    expect([deleted(), err.includes('other')]).toEqual([all('a'), false]);
  });
});

test.each([
  ['get configmap created-by-cilium-mesh', 'the answer must be names of objects, one a line, got something else'],
  ['kind get clusters', 'the answer must be names of kind clusters, one a line, got something else'],
])('another answer to %s deletes nothing', async (text, message) => {
  await mesh(['a']);
  world.instead = line => (line.includes(text) ? { status: 0, out: 'the server is on fire\n' } : undefined);
  const { status, err } = await down('--yes');
  expect([status, err]).toEqual([1, expect.stringContaining(message)]);
  expect(err).toMatch(/\nNothing was deleted\.\n$/);
  expect(deleted()).toEqual([]);
});

test('whichever answer of a cluster is damaged, only marked clusters are deleted, and one that is left is named', async () => {
  const begin = async () => {
    await mesh(['a', 'b', 'c'], { created: ['a', 'b'] });
    foreign('a', 'b', 'c');
  };
  await begin();
  const lines = (await commandsOf(() => down('--dry-run'))).filter(line => line.includes('--context'));
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    for (const damage of Object.keys(DAMAGES)) {
      await begin();
      const { err } = await withDamage(line, damage, () => down('--yes'));
      const left = ['a', 'b'].filter(name => !deleted().includes(all(name)[0]));
      expect([line, damage, deleted().filter(each => !all('a', 'b').includes(each))]).toEqual([line, damage, []]);
      expect([line, damage, left.filter(name => !err.includes(`  ${name}  `))]).toEqual([line, damage, []]);
    }
  }
});

test('the mark is looked for again, and another answer then deletes nothing', async () => {
  await mesh(['a']);
  let looks = 0;
  world.instead = line =>
    line.includes('get configmap created-by-cilium-mesh') && ++looks > 1 ? { status: 0, out: 'on fire\n' } : undefined;
  const { status, err } = await down('--yes');
  expect([status, err]).toEqual([1, expect.stringContaining('the answer must be names of objects, one a line, got something else')]);
  expect(deleted()).toEqual([]);
});

test('a mesh without a kind cluster needs no kind', async () => {
  await mesh([], { contexts: ['prod'] });
  expect(await down('--yes')).toMatchObject({
    status: 0,
    err: expect.stringContaining('There are no clusters that up created.'),
  });
  expect(world.log).toEqual([]);
});

test('where kind fails, nothing is deleted', async () => {
  await mesh(['a']);
  world.instead = line =>
    line === 'kind get clusters'
      ? { status: 1, out: 'ERROR: failed to list clusters\nCannot connect to the Docker daemon' }
      : undefined;
  const { status, err } = await down('--yes');
  expect([status, err]).toEqual([
    1,
    'kind get clusters\n  status: 1\n  ERROR: failed to list clusters\n  Cannot connect to the Docker daemon\n' +
    'Nothing was deleted.\n',
  ]);
  expect(deleted()).toEqual([]);
});

test('--script prints a script that looks for the mark before it deletes, and deletes nothing', async () => {
  await mesh(['a', 'b'], { created: ['a'] });
  foreign('a', 'b');
  const { status, out, err } = await down('--script');
  expect([status, err]).toEqual([0, expect.stringContaining('  b  up did not create it')]);
  expect(deleted()).toEqual([]);
  expect(out.indexOf('get configmap created-by-cilium-mesh')).toBeLessThan(
    out.indexOf('kind delete cluster --name a\n'),
  );
  expect(out).not.toMatch(/--name b$/m);
  expect(spawnSync('bash', ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test.each([
  ['the mark', 'configmap/created-by-cilium-mesh', 0, 'kind delete cluster --name a\n'],
  ['no mark', '', 1, ''],
])('the script deletes only what has the mark: %s', async (_, mark, status, expected) => {
  await mesh(['a']);
  const { out } = await down('--script');
  fs.writeFileSync('bin/kubectl', `#!/bin/sh\necho '${mark}'\n`);
  fs.writeFileSync('bin/kind', '#!/bin/sh\necho "kind $*" >> asked\n');
  fs.writeFileSync('asked', '');
  const result = spawnSync('bash', ['-c', out], { encoding: 'utf8', env: process.env });
  expect([result.status, fs.readFileSync('asked', 'utf8')]).toEqual([status, expected]);
  expect(result.stderr).toBe(
    status === 0
      ? ''
      : 'the kind cluster a has lost the mark of up, so it is not deleted; to delete it, run kind delete cluster ' +
        '--name a\n',
  );
});

test('a cluster that lost its mark after the question is left alone, and the next run deletes the others', async () => {
  await mesh(['a', 'b']);
  const { status, err } = await programWith(
    {
      confirm: async () => {
        world.instead = line =>
          line.includes('--context kind-b -n kube-system get configmap') ? { status: 0, out: '' } : undefined;
        return true;
      },
    },
    ...ARGS,
  );
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      'the kind cluster b has lost the mark of up, so it is not deleted; to delete it, run kind delete cluster ' +
      '--name b\n',
    ),
  ]);
  expect(deleted()).not.toContain('kind delete cluster --name b');
  expect((await down('--yes')).status).toBe(0);
  expect(deleted()).toEqual(all('a'));
});

test('one that cannot be deleted does not keep the others, and is tried again', async () => {
  await mesh(['a', 'b']);
  world.broken = 'kind delete cluster --name a';
  expect((await down('--yes')).status).toBe(1);
  expect(deleted()).toEqual(all('a', 'b'));
  world.broken = undefined;
  expect(await down('--yes')).toMatchObject({
    status: 0,
    err: expect.stringContaining('with everything in them: a\n'),
  });
});

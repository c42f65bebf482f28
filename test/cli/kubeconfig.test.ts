/** Kind clusters whose contexts are not in the kubeconfig, with a world in memory. */
import * as fs from 'fs';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { LiveWorld } from '../support/live-world';
import { folderOf, program, programWith } from '../support/program';

const cwd = process.cwd();
const { env } = process;
let world: LiveWorld;
let contexts: string[];

beforeEach(async () => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
  process.chdir(folderOf('isovalent-lab'));
  fs.mkdirSync('bin');
  ['kind', 'cilium', 'kubectl', 'docker'].forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
  expect((await program('up', '--yes')).status).toBe(0);
  contexts = ['kind-koornacht'];
  world.log.length = 0;
  world.instead = line => {
    const context = /--context (\S+)/.exec(line)?.[1];
    if (line === 'kubectl config get-contexts -o name') {
      return { status: 0, out: `${contexts.join('\n')}\n` };
    }
    if (line.startsWith('kind export kubeconfig')) {
      contexts.push(`kind-${/--name (\S+)/.exec(line)![1]}`);
    }
    return context !== undefined && !contexts.includes(context)
      ? { status: 1, out: `error: context "${context}" does not exist` }
      : undefined;
  };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const exported = () => world.log.filter(line => line.startsWith('kind export'));
const MISSING = 'The kind cluster tion exists, but the kubeconfig has no context kind-tion.\n';

test('up adds them when asked, and then finds the mesh as it is', async () => {
  const asked: string[] = [];
  const confirm = async (question: string) => asked.push(question) > 0;
  const { status, err } = await programWith({ confirm }, 'up');
  expect([status, asked, exported()]).toEqual([
    0,
    ['Add 1 context to the kubeconfig, and make the last one the current one?', 'Carry out this plan?'],
    ['kind export kubeconfig --name tion'],
  ]);
  expect(err).toContain(MISSING);
  expect(world.acts().filter(line => /^kind (create|delete)|install|connect/.test(line) && !/wait/.test(line))).toEqual([]);
});

test('without a terminal it needs --yes; nothing is changed after no', async () => {
  expect(await program('up')).toEqual({
    status: 1,
    out: '',
    err: `${MISSING}Nothing was changed: up needs the contexts.\n    fix: kind export kubeconfig --name tion, or add --yes\n`,
  });
  expect((await programWith({ confirm: async () => false }, 'up')).status).toBe(1);
  expect(exported()).toEqual([]);
  expect((await program('up', '--yes')).status).toBe(0);
  expect(exported()).toEqual(['kind export kubeconfig --name tion']);
});

test('an export into another file than kubectl reads is told', async () => {
  const before = world.instead!;
  world.instead = line => (line.startsWith('kind export') ? { status: 0, out: '' } : before(line));
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('still has no context kind-tion.\n    fix: check the variable KUBECONFIG'),
  ]);
});

test('plan, apply and status name the command', async () => {
  expect(await program('plan')).toMatchObject({ status: 1, err: `${MISSING}    fix: kind export kubeconfig --name tion\n` });
  expect(await program('apply', '--yes')).toMatchObject({
    status: 1,
    err: expect.stringContaining('\n    fix: if the kind cluster tion exists, run kind export kubeconfig --name tion\n'),
  });
});

test('a cluster that does not answer for another reason is no missing context', async () => {
  contexts = ['kind-koornacht', 'kind-tion'];
  world.instead = line =>
    line === 'kubectl config get-contexts -o name'
      ? { status: 0, out: `${contexts.join('\n')}\n` }
      : /--context kind-tion/.test(line)
        ? { status: 1, out: 'The connection to the server was refused' }
        : undefined;
  expect((await program('up', '--yes')).err).not.toContain('kubeconfig has no context');
  expect(exported()).toEqual([]);
});

test('a half-made cluster, which does not answer, needs no context', async () => {
  const before = world.instead!;
  world.instead = line => (line.includes('/dev/stdin') ? { status: 1, out: 'refused' } : before(line));
  const { err } = await program('up', '--yes');
  expect([exported(), err]).toEqual([[], expect.stringContaining('or answer yet')]);
});

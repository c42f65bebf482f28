/** `--cluster` and `--canary` of `up` and its plan, with a world in memory. */
import * as fs from 'fs';
import { gzipSync } from 'zlib';
import { LiveWorld } from '../support/live-world';
import { folderOf, folderWith, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

/** The predictions that were verified, by their ends; the world has no pods to send requests from. */
let verified: string[];
let outcome: string;
let atVerification: () => void;
jest.mock('../../src/live/verification/verify', () => ({
  ...jest.requireActual('../../src/live/verification/verify'),
  verify: (...args: any[]) => {
    const probed = { requests: 1, level: 0.001, answers: [], repeated: false, drops: new Map() };
    const end = ({ name, cluster }: any) => `${name}@${cluster}`;
    verified.push(...args[2].filter((each: any) => each.destination.cluster).map((each: any) => `${end(each.source)} ${end(each.destination)}`));
    atVerification();
    return Promise.resolve(args[2].map((prediction: any) => ({ ...probed, outcome, prediction })));
  },
}));

const cwd = process.cwd();
const { env } = process;
let world: LiveWorld;
/** The connections of the releases of Cilium, by context. */
let releases: { [context: string]: { version: string; peers: string[] } };
/** The contexts that do not answer. */
let silent: string[];

const deployment = (app: string) =>
  `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${app}, namespace: default}\nspec: {selector: ` +
  `{matchLabels: {app: ${app}}}, template: {metadata: {labels: {app: ${app}}}, spec: {containers: ` +
  '[{name: c, image: i, ports: [{containerPort: 80}]}]}}}\n';

beforeEach(() => {
  [verified, outcome, atVerification, releases, silent] = [[], 'as-predicted', () => undefined, {}, []];
  world = new LiveWorld();
  world.install();
  world.instead = line => {
    const context = /--(?:kube-)?context (\S+)/.exec(line)?.[1] ?? '';
    const release = releases[context];
    return silent.includes(context)
      ? { status: 1, out: 'connection refused' }
      : release && /status=deployed.*jsonpath/.test(line)
        ? { status: 0, out: encode(release) }
        : undefined;
  };
  const clusters = ['a', 'b', 'c'].map(
    (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [pods.yaml], context: ${name}}\n`,
  );
  process.chdir(
    folderWith({
      'pods.yaml': ['web', 'api'].map(deployment).join(''),
      'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`,
    }),
  );
  fs.mkdirSync('bin');
  ['cilium', 'kubectl', 'helm'].forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env = { ...env, PATH: `${process.cwd()}/bin:${env.PATH}`, XDG_STATE_HOME: `${process.cwd()}/state` };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

function encode({ version, peers }: { version: string; peers: string[] }): string {
  const clusters = Object.fromEntries(peers.map(name => [name, { ips: ['192.0.2.1'] }]));
  const release = { chart: { metadata: { version } }, config: { clustermesh: { config: { clusters } } } };
  return `${Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64')}\n`;
}

/** Cilium runs in all three clusters, which are connected. */
async function running(version: string = '1.20.2'): Promise<void> {
  expect((await up()).status).toBe(0);
  world.log.length = 0;
  for (const name of ['a', 'b', 'c']) {
    releases[name] = { version, peers: ['a', 'b', 'c'].filter(each => each !== name) };
  }
}

const MESH = ['--ignore-findings', '--mesh', 'mesh.yaml'];
const up = (...args: string[]) => program('up', '--yes', ...MESH, ...args);
const plan = (...args: string[]) => program('plan', ...MESH, ...args);
const at = (text: string) => world.log.findIndex(line => line.includes(text));
const lines = (text: string) => world.log.filter(line => line.includes(text));
const STAGES = 'stage 1: b alone\nstage 2: verify the flows from and to b';
const NOT_CONNECTED = ', without a, c: not connected yet\nstage 3: a, c, the connections, only if the answers are as predicted\n\nb (b)\n';

test('a new mesh begins with the canary, which makes the authority; it is verified without the others', async () => {
  const { out } = await plan('--canary', 'b');
  expect(out.startsWith(STAGES + NOT_CONNECTED)).toBe(true);
  let done = 0;
  atVerification = () => (done = world.log.length);
  expect((await up('--canary', 'b')).status).toBe(0);
  const acts = (from: number, to: number, context: string) =>
    world.log
      .slice(from, to)
      .filter(line => / (install|enable|connect) |apply .*-f -$/.test(line) && line.includes(`context ${context}`) && !line.includes('dry-run'));
  expect(acts(0, done, 'b').map(line => line.split(' ')[0])).toEqual(expect.arrayContaining(['cilium', 'kubectl']));
  const others = ['a', 'c'].flatMap(each => acts(0, done, each)).filter(line => line.startsWith('cilium') || line.includes('--validate=strict'));
  expect(others.filter(line => !line.includes('cilium-mesh-cilium-mesh'))).toEqual([]);
  expect(at('clustermesh connect')).toBeGreaterThan(done);
  expect(lines('get secret cilium-ca -o yaml').map(line => /--context (\S+)/.exec(line)![1])).toEqual(['b', 'b']);
  expect([...new Set(verified)].sort()).toEqual(['api@b web@b', 'web@b api@b']);
  expect(acts(done, world.log.length, 'a').some(line => line.startsWith('cilium install'))).toBe(true);
});

test.each(['different', 'not-probed'])('if the answers of the canary are %s, no other cluster is changed', async result => {
  outcome = result;
  const { status, err } = await up('--canary', 'b');
  expect([status, err]).toEqual([1, expect.stringContaining('b was changed, and no other cluster: ')]);
  expect([lines('cilium install --version').length, lines('clustermesh connect').length]).toEqual([1, 0]);
});

test('in a mesh that runs, the canary is upgraded after the checks of all, and verified before the others', async () => {
  await running('1.19.5');
  const { out } = await plan('--canary', 'b');
  expect(out).toContain(
    'stage 1: b alone, after the pre-flight checks of a, c\nstage 2: verify the flows from and to b\n' +
      'stage 3: a, c, the connections, only if the answers are as predicted\n\nb (b)\n',
  );
  const json = JSON.parse((await plan('--canary', 'b', '--format', 'json')).out);
  expect([schemaFaults('plan', json), json.canary, json.stages.map((each: any) => each.clusters), json.stages[1].without]).toEqual([
    [],
    'b',
    [['b'], ['b'], ['a', 'c']],
    [],
  ]);
  world.log.length = 0;
  let done = 0;
  atVerification = () => (done = world.log.length);
  expect((await up('--canary', 'b')).status).toBe(0);
  const upgrades = world.log.flatMap((line, index) => (line.startsWith('cilium upgrade') ? [[line.split('--context ')[1], index < done]] : []));
  expect(upgrades).toEqual([['b', true], ['a', false], ['c', false]]);
  expect(lines('helm install cilium-preflight').length).toBe(3);
  expect(at('helm install cilium-preflight')).toBeLessThan(at('cilium upgrade'));
});

test('a canary that would be too far from another cluster is refused, with what Cilium says', async () => {
  await running('1.19.5');
  releases.c.version = '1.18.8';
  fs.writeFileSync('mesh.yaml', fs.readFileSync('mesh.yaml', 'utf8').replace(/(name: c.*)}/, '$1, ciliumVersion: 1.19.5}'));
  expect((await plan()).status).toBe(2);
  expect(await up('--canary', 'a')).toMatchObject({
    status: 1,
    err: expect.stringContaining(
      'a: Cilium 1.20.2 would run beside 1.18.8 in c: the versions of all clusters must differ by no more than one minor',
    ),
  });
  expect(lines('cilium upgrade')).toEqual([]);
});

test('--cluster changes nothing else, connects nothing, and needs no answer of the others', async () => {
  await running();
  releases.b.peers = ['a'];
  fs.appendFileSync('pods.yaml', deployment('new'));
  silent = ['c'];
  expect((await up()).err).toContain('connection refused');
  const { status, out } = await plan('--cluster', 'b');
  expect([status, out]).toEqual([2, expect.stringContaining('  left for up without --cluster, as it changes both ends: connect to c\n')]);
  expect(out).not.toContain('a (a)');
  expect(JSON.parse((await plan('--cluster', 'b', '--format', 'json')).out).clusters).toEqual([
    expect.objectContaining({ name: 'b', leftConnections: [{ change: 'connect', cluster: 'c' }] }),
  ]);
  world.log.length = 0;
  expect((await up('--cluster', 'b', '--accept-suffering')).status).toBe(0);
  const changes = world.acts().filter(line => !/--context b( |$)|--version|rollout status/.test(line) && !line.includes(' apply --dry-run'));
  expect(changes.filter(line => / (apply|create|delete|patch|install|upgrade|connect|disconnect) /.test(line))).toEqual([]);
});

describe('a run that ends later says what it did before, not that nothing was changed', () => {
  /** From its call number `from` on, a command fails. */
  const failing = (text: string, from: number, once: (log: readonly string[]) => boolean = () => true) => {
    const { instead } = world;
    let calls = 0;
    world.instead = line =>
      line.includes(text) && once(world.log) && ++calls >= from ? { status: 1, out: 'refused' } : instead?.(line);
  };
  const isConnected = (log: readonly string[]) => log.some(line => line.includes('clustermesh connect'));

  test.each([
    ['the clusters do not answer', 'api-resources', '. Check that the clusters run and that the contexts are right'],
    ['a cluster cannot be locked', 'cilium-mesh-lock', ': a cluster must be locked before it is changed.'],
  ])('where %s before the manifests', async (_, text, end) => {
    failing(text, 1, isConnected);
    const { status, err } = await up();
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(`\nThe steps before the manifests are done, and no manifest was applied${end}`),
    ]);
    expect(err).not.toContain('Nothing was changed');
  });

  test('where the first steps had nothing to do', async () => {
    await running();
    fs.appendFileSync('pods.yaml', deployment('new'));
    // the plan, then the state before the manifests
    failing('--context a api-resources', 2);
    const { status, err } = await up();
    expect([status, err]).toEqual([1, expect.stringContaining('\nNothing was changed. Check that the clusters run')]);
    expect(lines('apply --server-side').filter(line => !line.includes('--dry-run'))).toEqual([]);
  });

  test('after the canary', async () => {
    atVerification = () => (silent = ['a', 'b', 'c']);
    const { status, err } = await up('--canary', 'b');
    expect([status, err]).toEqual([1, expect.stringContaining('\nb was changed, and no other cluster: a cluster must be locked')]);
    expect(err).not.toContain('Nothing was changed');
  });

  test('between the other clusters and their manifests', async () => {
    failing('api-resources', 1, isConnected);
    const { status, err } = await up('--canary', 'b');
    expect([status, err]).toEqual([1, expect.stringContaining('\nb was changed; of the others, all but their manifests. Check')]);
    expect(err).not.toContain('Nothing was changed');
  });
});

test('a new cluster is not installed with an authority of its own while the others do not answer', async () => {
  silent = ['a', 'c'];
  expect(await up('--cluster', 'b')).toMatchObject({
    status: 1,
    err:
      'Nothing was changed: b would get a new certificate authority, and a, c may have the one of the mesh, but does not ' +
      'answer.\n    fix: run the command again when a, c answers\n',
  });
  expect(lines('cilium install --version')).toEqual([]);
});

test('a cluster is not upgraded beside one whose version is not known', async () => {
  await running('1.19.5');
  silent = ['c'];
  expect((await up('--cluster', 'b')).err).toContain(
    'c: does not answer, so it is not known whether b would be within one minor version of it: ',
  );
  expect(lines('cilium upgrade')).toEqual([]);
});

test('a new cluster of the mesh gets the authority of one that is not changed', async () => {
  releases.a = { version: '1.20.2', peers: [] };
  expect((await up('--cluster', 'b', '--accept-suffering')).status).toBe(0);
  expect(lines('get secret cilium-ca -o yaml')).toEqual(['kubectl --context a -n kube-system get secret cilium-ca -o yaml --request-timeout=20s']);
  expect(lines('cilium install --version').map(line => line.split('--context ')[1])).toEqual(['b']);
  expect(lines('clustermesh connect')).toEqual([]);
});

test('--dry-run and --script have the canary, its verification, and then the others', async () => {
  const verify = 'cilium-mesh verify --mesh mesh.yaml --apply-set cilium-mesh --canary b';
  for (const option of ['--dry-run', '--script']) {
    const { status, out } = await up(option, '--canary', 'b');
    const all = out.split('\n').map(each => each.trim());
    const gate = all.indexOf(verify);
    const index = (text: string) => all.findIndex(each => each.startsWith(text));
    expect([option, status, gate > 0]).toEqual([option, 0, true]);
    const installs = ['b', 'a', 'c'].map(each => all.findIndex(line => line.startsWith('cilium install') && line.endsWith(each)));
    expect([option, ...installs].map(each => (each as number) < gate)).toEqual([false, true, false, false]);
    expect([index('cilium clustermesh connect') > gate, index('kubectl --context b apply') < gate]).toEqual([true, true]);
    const partial = await up(option, '--cluster', 'b');
    expect(partial.out).not.toMatch(/clustermesh connect|--context c/);
  }
  expect(world.log).toEqual([]);
});

test('a plan cites what the documentation of Cilium says about each kind of step, once', async () => {
  const { out } = await plan();
  const cited = (text: string) => out.split(`\n      Cilium: ${text}`).length - 1;
  const setup = '(Documentation/network/clustermesh/setup.rst, v1.20.2)\n';
  expect([
    cited(`copy the CA before Cluster Mesh is enabled, so both clusters generate certificates signed by the same CA ${setup}`),
    cited(`enable it in every cluster: that deploys the clustermesh-apiserver and generates the certificates ${setup}`),
    cited(`connect in one direction only: the connection is established in both ${setup}`),
  ]).toEqual([1, 1, 1]);
  expect((await plan('--connection-mode', 'unicast')).out).not.toContain('connect in one direction only');
});

test('Cilium 1.9 connects all clusters together', async () => {
  process.chdir(folderOf('aws-shared-services', 'legacy'));
  const [name] = /name: (\S+)/.exec(fs.readFileSync('dist/mesh/mesh.yaml', 'utf8'))!.slice(1);
  const { err } = await program('up', '--yes', '--ignore-findings', '--cluster', name);
  expect(err).toContain('--cluster and --canary are not available for Cilium 1.9');
});

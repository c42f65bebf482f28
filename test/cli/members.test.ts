/** Clusters that leave a mesh, are built again, or come back from nothing, with a world in memory. */
import * as fs from 'fs';
import { gzipSync } from 'zlib';
import { Processes } from '../../src/live/runner/processes';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { LiveWorld } from '../support/live-world';
import { folderWith, program } from '../support/program';

const POD = 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n';
const cwd = process.cwd();
const { env } = process;
let world: LiveWorld;
/** What each cluster records: the clusters that `up` connected, with their UIDs. */
let records: { [context: string]: { [name: string]: string } };
/** What the release of each cluster connects to. */
let connections: { [context: string]: unknown };
let silent: string[];

const encode = (release: unknown) =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');

beforeEach(() => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
  [records, connections, silent] = [{}, {}, []];
  world.instead = line => {
    const context = /--context (\S+)/.exec(line)?.[1] ?? '';
    if (silent.includes(context)) {
      return { status: 1, out: `error: context "${context}" does not exist` };
    }
    if (/status=deployed.*jsonpath/.test(line) && connections[context] !== undefined) {
      const values = { clustermesh: { config: { clusters: connections[context] } } };
      return { status: 0, out: encode({ chart: { metadata: { version: '1.20.2' } }, config: values }) };
    }
    if (line.includes('get configmaps cilium-config') && records[context]) {
      const uids = Object.entries(records[context]);
      const connected = Object.fromEntries(uids.map(([name, uid]) => [name, { uid, context: name }]));
      const data = { 'name': context, 'connected.cilium-mesh': JSON.stringify(connected) };
      return { status: 0, out: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-mesh-clusters' }, data }) };
    }
    return undefined;
  };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

function mesh(...names: string[]): void {
  const clusters = names.map(
    name => `- {name: ${name}, id: ${'abc'.indexOf(name) + 1}, manifests: [none.yaml], context: ${name}}\n`,
  );
  process.chdir(
    folderWith({ 'none.yaml': POD, 'mesh.yaml': `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}` }),
  );
  fs.mkdirSync('bin');
  ['cilium', 'kubectl', 'helm'].forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
}

const up = (...args: string[]) => program('up', '--yes', '--ignore-findings', '--mesh', 'mesh.yaml', ...args);
const plan = (...args: string[]) => program('plan', '--ignore-findings', '--mesh', 'mesh.yaml', ...args);
const commands = (text: string) => world.log.filter(line => line.includes(text));
const inputs = (text: string) =>
  (Processes.prototype.run as jest.Mock).mock.calls
    .filter(([{ program: name, args }]) => [name, ...args].join(' ').includes(text))
    .map(([{ stdin }]) => stdin as string);
const uids = (...names: string[]) => Object.fromEntries(names.map(name => [name, `uid-of-${name}`]));

describe('a cluster that left', () => {
  beforeEach(() => {
    mesh('a', 'b');
    records = { a: uids('a', 'b', 'c'), b: uids('a', 'b', 'c') };
    connections = { a: { b: {}, c: {} }, b: { a: {}, c: {} } };
  });

  test('is disconnected at both ends, and the record then forgets it', async () => {
    expect((await plan()).out).toContain('\nthe mesh\n  - disconnect c (context c), which left the mesh\n');
    world.log.length = 0;
    expect((await up()).status).toBe(0);
    expect(commands('clustermesh disconnect')).toEqual([
      'cilium clustermesh disconnect --destination-context a,b --context c',
    ]);
    const recorded = inputs('--field-manager cilium-mesh-cilium-mesh').filter(each => each?.includes('connected.'));
    expect(recorded).toHaveLength(2);
    recorded.forEach(each => expect(each).not.toContain('uid-of-c'));
  });

  test('apply keeps it in the record, so the next up still finds it', async () => {
    expect((await program('apply', '--yes', '--ignore-findings', '--mesh', 'mesh.yaml')).status).toBe(0);
    const recorded = inputs('--field-manager cilium-mesh-cilium-mesh').filter(each => each?.includes('connected.'));
    expect(recorded).toHaveLength(2);
    recorded.forEach(each => expect(each).toContain('uid-of-c'));
    expect(commands('clustermesh disconnect')).toEqual([]);
  });

  test.each([
    ['does not answer', () => silent.push('c')],
    ['is another cluster now', () => Object.values(records).forEach(each => (each.c = 'uid-of-the-old-one'))],
  ])('whose context %s: the others forget it, and its own side stays, which the plan says', async (_, change) => {
    change();
    expect((await plan()).out).toContain(
      '  - disconnect c, which left the mesh and does not answer as the context c: its own connections stay\n',
    );
    world.log.length = 0;
    expect((await up()).status).toBe(0);
    expect(commands('--reset-then-reuse-values')).toEqual(
      ['a', 'b'].map(name => `cilium upgrade --version 1.20.2 --reset-then-reuse-values --values - --context ${name}`),
    );
    expect(inputs('--reset-then-reuse-values').map(each => JSON.parse(each))).toEqual(
      Array(2).fill({ clustermesh: { config: { clusters: { c: null } } } }),
    );
    expect(commands('clustermesh disconnect')).toEqual([]);
  });

  test('in a release with a list, which Helm replaces as a whole: all other entries stay as they are', async () => {
    silent.push('c');
    const other = { name: 'other-mesh', ips: ['192.0.2.1'], port: 2379, enabled: false };
    connections = { a: [{ name: 'b', ips: ['192.0.2.7'] }, { name: 'c' }, other], b: { a: {} } };
    expect((await up()).status).toBe(0);
    expect(inputs('--reset-then-reuse-values').map(each => JSON.parse(each))).toEqual([
      { clustermesh: { config: { clusters: [{ name: 'b', ips: ['192.0.2.7'] }, other] } } },
    ]);
  });

  test('is left alone where this program did not connect it', async () => {
    records = { a: uids('a', 'b'), b: uids('a', 'b') };
    const { out } = await plan();
    expect(out).not.toContain('disconnect');
    expect(out).toContain('\n  stays: the connection to c, not in the mesh file\n');
    const { clusters } = JSON.parse((await plan('--format', 'json')).out);
    expect(clusters.map((each: any) => each.otherConnections)).toEqual([['c'], ['c']]);
    expect((await up()).status).toBe(0);
    expect(commands('disconnect')).toEqual([]);
  });
});

describe('a cluster that was built again', () => {
  beforeEach(async () => {
    mesh('a', 'b');
    expect((await up()).status).toBe(0);
    records = { a: { a: 'uid-of-a', b: 'uid-of-the-old-b' } };
    connections = { a: { b: {} } };
    world.log.length = 0;
  });

  test('is connected again, and nothing waits for its old addresses before', async () => {
    expect((await plan()).out).toContain('\nthe mesh\n  + connect the clusters\n');
    world.log.length = 0;
    expect((await up()).status).toBe(0);
    const connected = world.position('cilium clustermesh connect --destination-context b');
    expect(world.position('--context a -n kube-system rollout status deployment/clustermesh-apiserver')).toBeLessThan(
      connected,
    );
    const waits = world.log.flatMap((line, index) =>
      line === 'cilium clustermesh status --wait --wait-duration 10m --context a' ? [index] : [],
    );
    expect(waits.map(each => each > connected)).toEqual([true]);
  });

  test('the same cluster is not connected again', async () => {
    records = { a: uids('a', 'b'), b: uids('a', 'b') };
    expect((await plan()).out).not.toContain('connect the clusters');
  });
});

test('the first cluster comes back from nothing: it gets the authority of the others', async () => {
  mesh('a', 'b', 'c');
  // a exists again, without Cilium
  connections = { b: { a: {}, c: {} }, c: { a: {}, b: {} } };
  records = { b: uids('b', 'c'), c: uids('b', 'c') };
  const { out } = await plan();
  expect(out).toMatch(/^a \(a\)\n {2}\+ copy the certificate authority of b\n/);
  world.log.length = 0;
  expect((await up()).status).toBe(0);
  expect(commands(' create -f -').filter(line => /authority|create -f -/.test(line) && !line.includes('lock'))).toContain(
    'kubectl --context a create -f -',
  );
  expect(world.position('--context b -n kube-system get secret cilium-ca -o yaml')).toBeLessThan(
    world.position('cilium install', '--context a'),
  );
});

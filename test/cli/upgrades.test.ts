/** Upgrades of Cilium in a mesh that runs: the plan, Cilium's own check, and their order, with a world in memory. */
import * as fs from 'fs';
import { gzipSync } from 'zlib';
import { parse } from 'yaml';
import { Processes } from '../../src/live/runner/processes';
import { CONTAINERS_ELSEWHERE } from '../support/containers';
import { LiveWorld } from '../support/live-world';
import { folderOf, program, programWith } from '../support/program';
import { schemaFaults } from '../support/schemas';

const cwd = process.cwd();
const { env } = process;
let world: LiveWorld;
let releases: { [context: string]: { version: string; values: any } };

beforeEach(async () => {
  world = new LiveWorld();
  world.install();
  process.env = { ...env, ...CONTAINERS_ELSEWHERE };
  // its policies have another meaning before Cilium 1.19
  process.chdir(folderOf('cilium-docs', 'upgrade-implicit'));
  fs.mkdirSync('bin');
  ['kind', 'cilium', 'kubectl', 'docker', 'helm'].forEach(name =>
    fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }),
  );
  process.env.PATH = `${process.cwd()}/bin:${env.PATH}`;
  process.env.XDG_STATE_HOME = `${process.cwd()}/state`;
  expect((await program('up', '--yes', '--ignore-findings')).status).toBe(0);
  world.log.length = 0;
  releases = {};
  world.instead = line => {
    const release = releases[/--context (\S+)/.exec(line)?.[1] ?? ''];
    return release && /status=deployed.*jsonpath/.test(line)
      ? { status: 0, out: `${encode({ chart: { metadata: { version: release.version } }, config: release.values })}\n` }
      : undefined;
  };
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const encode = (release: unknown) =>
  Buffer.from(gzipSync(JSON.stringify(release)).toString('base64')).toString('base64');
const valuesOf = (name: string) => parse(fs.readFileSync(`dist/mesh/${name}.values.yaml`, 'utf8'));
const installed = (version: string, more: object = {}) =>
  ['cluster1', 'cluster2'].forEach(name => {
    releases[`kind-${name}`] = { version, values: { ...valuesOf(name), ...more } };
  });
const up = (...args: string[]) => program('up', '--yes', '--ignore-findings', ...args);
const plan = (...args: string[]) => program('plan', '--ignore-findings', ...args);
const positions = (...texts: string[]) => texts.map(text => world.log.findIndex(line => line.includes(text)));

test('before another version, the check passes in all clusters, is removed, and then the oldest is upgraded first', async () => {
  installed('1.19.5');
  releases['kind-cluster1'].version = '1.20.1';
  expect((await up()).status).toBe(0);
  const order = positions(
    'helm install cilium-preflight cilium --repo https://helm.cilium.io --version 1.20.2 --namespace kube-system ' +
      '--values - --kube-context kind-cluster2',
    'kubectl --context kind-cluster2 -n kube-system rollout status daemonset/cilium-pre-flight-check --timeout=10m',
    'kubectl --context kind-cluster2 -n kube-system rollout status deployment/cilium-pre-flight-check --timeout=10m',
    'cilium upgrade --version 1.20.2 --reset-then-reuse-values --values dist/mesh/cluster2.values.yaml ' +
      '--set upgradeCompatibility=1.19 --context kind-cluster2',
    'kubectl --context kind-cluster2 -n kube-system rollout restart daemonset/cilium deployment/cilium-operator',
    'cilium upgrade --version 1.20.2 --reset-then-reuse-values --values dist/mesh/cluster1.values.yaml --context',
  );
  expect(order).toEqual([...order].sort((one, other) => one - other));
  expect(order[0]).toBeGreaterThan(0);
  const removals = world.log.flatMap((line, index) => (line.startsWith('helm uninstall cilium-preflight') ? [index] : []));
  // what a killed run may have left, and the check itself; in both clusters
  expect([removals.length, Math.max(...removals) < order[3]]).toEqual([4, true]);
});

test('the check gets no values of Hubble and Cluster Mesh, with which the chart would make a new authority', async () => {
  installed('1.19.5', { k8sServiceHost: '10.0.0.1', hubble: { relay: { enabled: true } } });
  await up();
  const run = Processes.prototype.run as jest.Mock;
  const inputs = run.mock.calls
    .filter(([{ program: name, args }]) => name === 'helm' && args[0] === 'install')
    .map(([{ stdin }]) => JSON.parse(stdin));
  expect(inputs).toEqual(
    Array(2).fill({
      k8sServiceHost: '10.0.0.1',
      agent: false,
      operator: { enabled: false },
      preflight: { enabled: true },
    }),
  );
});

test('a check that does not pass stops everything, and stays', async () => {
  installed('1.19.5');
  world.broken = 'rollout status deployment/cilium-pre-flight-check';
  const { status, err } = await up();
  expect([status, err]).toEqual([1, expect.stringContaining('\nFAILED cluster1: wait until the pre-flight check passes')]);
  expect(world.log.filter(line => line.startsWith('cilium upgrade'))).toEqual([]);
});

test('other values alone need no check', async () => {
  installed('1.20.2', { debug: { enabled: true } });
  fs.appendFileSync('dist/mesh/cluster1.values.yaml', 'debug: {enabled: false}\n');
  const { out } = await plan();
  expect(out).toContain('  ~ change values of Cilium: debug.enabled true -> false (restarts Cilium)\n');
  expect(out).not.toContain('pre-flight');
  expect((await up()).status).toBe(0);
  expect(world.log.filter(line => line.startsWith('helm install'))).toEqual([]);
});

test('an older version is called a downgrade', async () => {
  installed('1.20.2');
  fs.writeFileSync('dist/mesh/mesh.yaml', fs.readFileSync('dist/mesh/mesh.yaml', 'utf8').replace(/1\.20\.2/g, '1.19.2'));
  const { out } = await plan();
  expect(out).toContain('\n  ~ downgrade Cilium from 1.20.2 to 1.19.2 (restarts Cilium)\n');
  expect(out).toContain('\nwhat the downgrade changes (cluster1: 1.20.2 to 1.19.2, cluster2: 1.20.2 to 1.19.2)\n');
});

test('the plan shows the steps with their sources, and the flows that the upgrade changes, before the question', async () => {
  installed('1.18.8');
  fs.writeFileSync('dist/mesh/mesh.yaml', fs.readFileSync('dist/mesh/mesh.yaml', 'utf8').replace(/1\.20\.2/g, '1.19.2'));
  const { status, out } = await plan();
  expect(status).toBe(2);
  expect(out).toMatch(
    /^cluster1 \(kind-cluster1\)\n {2}\+ run Cilium's pre-flight check for 1\.19\.2\n {6}Cilium: .*\(Documentation\/operations\/upgrade\.rst, v1\.20\.2\)\n {2}~ upgrade Cilium from 1\.18\.8 to 1\.19\.2.* \(restarts Cilium\)\n {6}Cilium: .*one minor release at a time/,
  );
  expect(out).toContain(
    '\nwhat the upgrade changes (cluster1: 1.18.8 to 1.19.2, cluster2: 1.18.8 to 1.19.2)\n',
  );
  expect(out).toMatch(/\n {2}flows: 0 gained, [1-9]\d* lost; services: 0 changed\n/);
  const asked: string[] = [];
  const { err } = await programWith({ confirm: async text => asked.push(text) < 0 }, 'up', '--ignore-findings');
  expect([asked, err]).toEqual([['Carry out this plan?'], expect.stringContaining('what the upgrade changes')]);
  const document = JSON.parse((await plan('--format', 'json')).out);
  expect(schemaFaults('plan', document)).toEqual([]);
  expect(document.upgrade.clusters).toEqual(
    ['cluster1', 'cluster2'].map(name => ({ name, from: '1.18.8', to: '1.19.2' })),
  );
  expect(document.upgrade.flows.every((each: any) => each.change === 'lost')).toBe(true);
  expect(document.clusters[0].steps[0]).toMatchObject({ change: 'check', source: { version: '1.20.2' } });
  expect((await plan('--format', 'markdown')).out).toContain('what the upgrade changes');
});

test('a cluster that would be left two minor versions behind another one stops the upgrade', async () => {
  installed('1.19.5');
  releases['kind-cluster2'].version = '1.18.8';
  const file = fs.readFileSync('dist/mesh/mesh.yaml', 'utf8');
  const [before, after] = file.split('- name: cluster2');
  fs.writeFileSync('dist/mesh/mesh.yaml', `${before}- name: cluster2${after.replace('1.20.2', '1.18.8')}`);
  for (const { status, err } of [await up(), await plan()]) {
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(
        'Nothing was changed.\ncluster1: Cilium 1.20.2 would run beside 1.18.8 in cluster2: the versions of all clusters ' +
          'must differ by no more than one minor version (Documentation/network/clustermesh/setup.rst, v1.20.2)\n' +
          '    fix: first bring cluster2 within one minor version of 1.20.2\n',
      ),
    ]);
  }
});

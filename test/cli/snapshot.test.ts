/** `snapshot` and `check --live` with API servers in memory; with real ones, see acceptance/. */
import * as fs from 'fs';
import * as path from 'path';
import { parseAllDocuments } from 'yaml';
import { Processes } from '../../src/live/runner/processes';
import { SHOP_A, SHOP_B } from '../live/snapshot/shop';
import { ApiServers } from '../support/api-server';
import { folderWith, program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const cwd = process.cwd();
let servers: ApiServers;
/** What `helm get values` prints, if it is permitted. */
let helmValues: object | undefined;
let helmCalls: string[];

const MESH = `apiVersion: cilium-mesh/v1
clusters:
- {name: a, id: 1, manifests: [nowhere], context: kind-a}
- {name: b, id: 2, manifests: [nowhere], context: kind-b}
`;

beforeEach(() => {
  process.chdir(folderWith({ 'mesh.yaml': MESH }));
  servers = new ApiServers().add('kind-a', ...SHOP_A).add('kind-b', ...SHOP_B);
  helmCalls = [];
  helmValues = undefined;
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async command => {
    if (command.program === 'helm') {
      helmCalls.push(command.args.join(' '));
      return helmValues
        ? { status: 0, output: JSON.stringify(helmValues), tail: '', bySignal: false }
        : { status: 1, output: '', tail: 'Error: secrets is forbidden: User "eve" cannot list', bySignal: false };
    }
    return servers.run(command);
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.chdir(cwd);
});

const CONTEXTS = ['--context', 'kind-a', '--context', 'kind-b'];
const read = (file: string) => fs.readFileSync(file, 'utf8');

test('writes a folder that other commands read', async () => {
  const { status, out, err } = await program('snapshot', ...CONTEXTS, '-o', 'live');
  expect([status, out.split('\n').map(line => line.split(/ {2,}/))]).toEqual([
    0,
    [
      ['CLUSTER', 'ID', 'CONTEXT', 'CILIUM', 'WORKLOADS', 'PODS', 'SERVICES', 'POLICIES', 'SETTINGS FROM'],
      ['a', '1', 'kind-a', '1.20.2', '8', '10', '1', '1', 'cilium-config'],
      ['b', '2', 'kind-b', '1.20.2', '3', '1', '0', '1', 'cilium-config'],
      ['live: 2 clusters. To check it: cilium-mesh check --mesh live/mesh.yaml'],
      [''],
    ],
  ]);
  expect(err).toContain('read kind-a: pods (10)\n');
  const expected = path.join(__dirname, '..', 'live', 'snapshot', 'expected');
  expect(read('live/a/pods.yaml')).toBe(read(path.join(expected, 'a', 'pods.yaml')));
  const matrix = await program('matrix', '--mesh', 'live/mesh.yaml', '--from', 'shop/toolbox@a', '--to', 'shop/api@b');
  expect([matrix.status, matrix.err]).toEqual([0, '']);
  expect(matrix.out).toMatch(/toolbox@a +shop\/api@b +(all ports|TCP)/);
  expect(matrix.out).toMatch(/1 pair, 1 may connect/);
});

test('the contexts of a mesh file, whose manifests need not exist', async () => {
  const { status } = await program('snapshot', '--mesh', 'mesh.yaml', '-o', 'live');
  expect([status, read('live/mesh.yaml').match(/context: .*/g)]).toEqual([0, ['context: kind-a', 'context: kind-b']]);
});

test('as JSON', async () => {
  servers.forbid('kind-b', 'networkpolicies');
  const { status, out } = await program('snapshot', ...CONTEXTS, '-o', 'live', '--format', 'json');
  const document = JSON.parse(out);
  expect([status, schemaFaults('snapshot', document)]).toEqual([1, []]);
  expect(document.clusters[1].gaps).toEqual([
    {
      what: 'networkpolicies.networking.k8s.io',
      reason: 'forbidden',
      message: 'Error from server (Forbidden): networkpolicies is forbidden: User "eve" cannot list resource',
      fix:
        'add {apiGroups: ["networking.k8s.io"], resources: [networkpolicies], verbs: [list]} to your ClusterRole ' +
        '(cilium-mesh snapshot --print-rbac prints it whole)',
    },
  ]);
});

test('a gap: status 1, its fix, and check of the folder names it', async () => {
  servers.forbid('kind-b', 'networkpolicies');
  const { status, out } = await program('snapshot', ...CONTEXTS, '-o', 'live');
  expect([status, out]).toEqual([
    1,
    expect.stringMatching(/unknown b: networkpolicies\.networking\.k8s\.io: Error from/),
  ]);
  expect(out).toMatch(/\n {2}fix: add \{apiGroups: /);
  // what is known is not a number of all policies
  expect(out).toMatch(/kind-b .* 1 \+ \?/);
  const check = await program('check', '--mesh', 'live/mesh.yaml');
  expect(check.out).toContain('unknown policies: the snapshot of b could not read networkpolicies.networking.k8s.io');
});

test('--print-rbac prints roles without Secrets, and asks no cluster', async () => {
  const { status, out } = await program('snapshot', '--print-rbac', '--cilium-namespace', 'cilium');
  const [clusterRole, role] = parseAllDocuments(out).map(document => document.toJS());
  expect([status, servers.log]).toEqual([0, []]);
  expect(clusterRole.rules.flatMap(({ verbs }: any) => verbs)).toEqual(clusterRole.rules.map(() => 'list'));
  const resources = clusterRole.rules.flatMap((rule: any) =>
    rule.resources.map((each: any) => `${each}.${rule.apiGroups}`),
  );
  expect(resources).toEqual(
    expect.arrayContaining(['pods.', 'ciliumcidrgroups.cilium.io', 'gateways.gateway.networking.k8s.io']),
  );
  expect(resources.filter((each: string) => /secret|configmap/.test(each))).toEqual([]);
  expect([role.metadata.namespace, role.rules]).toEqual([
    'cilium',
    [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['cilium-config'], verbs: ['get'] }],
  ]);
});

describe('--helm-values', () => {
  test('is the only way to a Secret, and keeps known settings only', async () => {
    await program('snapshot', ...CONTEXTS, '-o', 'live');
    expect(helmCalls).toEqual([]);
    helmValues = {
      clustermesh: {
        apiserver: { service: { type: 'NodePort' }, tls: { ca: { key: 'tls-key' } } },
        config: { clusters: [{ name: 'b', ips: ['192.0.2.1'], port: 2379, tls: { key: 'tls-key' } }] },
      },
      // the agents run with another value
      policyEnforcementMode: 'never',
      extraEnv: [{ name: 'TOKEN', value: 'hunter2' }],
    };
    expect((await program('snapshot', '--context', 'kind-a', '--helm-values', '-o', 'live')).status).toBe(0);
    expect(helmCalls).toEqual(['get values cilium --namespace kube-system --output json --kube-context kind-a']);
    const values = read('live/a.values.yaml');
    expect(values).toContain('type: NodePort');
    expect(values).toContain('192.0.2.1');
    expect(values).toContain('policyEnforcementMode: default');
    expect(values).not.toMatch(/tls-key|hunter2/);
  });

  test('without permission is a gap, and cilium-config counts', async () => {
    const { status, out } = await program('snapshot', '--context', 'kind-a', '--helm-values', '-o', 'live');
    expect([status, out]).toEqual([1, expect.stringContaining('unknown a: helm-values: Error: secrets is forbidden')]);
    expect(read('live/a.values.yaml')).toContain('policyDefaultLocalCluster: false');
  });
});

test('check --live checks the clusters without a folder', async () => {
  const { status, out, err } = await program('check', '--live', ...CONTEXTS);
  expect([status, err]).toEqual([1, expect.stringContaining('read kind-a: pods (10)')]);
  expect(out).toMatch(/kind-a CiliumNetworkPolicy shop\/web \(a\) \[half-open\]/);
  expect(fs.readdirSync('.')).toEqual(['mesh.yaml']);
  const folder = await program('check', '--live', '--mesh', 'mesh.yaml', '--format', 'json');
  expect(JSON.parse(folder.out).findings.map(({ code }: any) => code)).toContain('half-open');
});

test('a folder of somebody else is refused before any cluster is asked', async () => {
  fs.mkdirSync('mine');
  fs.writeFileSync('mine/notes.txt', '');
  const { status, err } = await program('snapshot', ...CONTEXTS, '-o', 'mine');
  expect([status, servers.log, fs.readdirSync('mine')]).toEqual([2, [], ['notes.txt']]);
  expect(err).toMatch(
    /^mine contains files, and no snapshot: cilium-mesh replaces only folders that it wrote itself\n/,
  );
});

test('a cluster that does not answer: nothing is written', async () => {
  await program('snapshot', ...CONTEXTS, '-o', 'live');
  const before = read('live/mesh.yaml');
  const { status, err } = await program('snapshot', ...CONTEXTS, '--context', 'kind-c', '-o', 'live');
  expect([status, err]).toEqual([
    2,
    expect.stringContaining(
      'kind-c: could not read the cluster: error: context "kind-c" does not exist\n' +
        '    fix: check the context (kubectl config get-contexts) and its API server\n',
    ),
  ]);
  expect(read('live/mesh.yaml')).toBe(before);
});

test('of a context that kubectl does not know, the nearest one is named', async () => {
  const bin = folderWith({});
  fs.writeFileSync(path.join(bin, 'kubectl'), '#!/bin/sh\nprintf "kind-a\\nkind-b\\nproduction\\n"\n', { mode: 0o755 });
  const before = process.env.PATH;
  process.env.PATH = `${bin}:${before}`;
  try {
    const { status, err } = await program('snapshot', '--context', 'kind-a', '--context', 'produktion', '-o', 'live');
    expect([status, fs.existsSync('live')]).toEqual([2, false]);
    expect(err).toContain(
      'produktion: could not read the cluster: error: context "produktion" does not exist\n' +
        '    fix: check the context (kubectl config get-contexts) and its API server\n' +
        'unknown context "produktion" (did you mean "production"?); those of kubectl are kind-a, kind-b, production\n',
    );
    fs.writeFileSync('mesh.yaml', MESH.replace('context: kind-b', 'context: kind_b'));
    expect((await program('check', '--live')).err).toContain(
      'unknown context "kind_b" (did you mean "kind-b"?); those of kubectl are kind-a, kind-b, production\n',
    );
  } finally {
    process.env.PATH = before;
  }
});

test('without contexts, those of ./mesh.yaml count; without it, the usage is wrong', async () => {
  expect((await program('snapshot', '-o', 'live')).status).toBe(0);
  expect(read('live/mesh.yaml').match(/context: .*/g)).toEqual(['context: kind-a', 'context: kind-b']);
  fs.rmSync('mesh.yaml');
  const requests = servers.log.length;
  const { status, err } = await program('snapshot', '-o', 'other');
  expect([status, err, servers.log.length]).toEqual([
    2,
    expect.stringMatching(/file-missing[^]*Name the contexts with --context/),
    requests,
  ]);
});

test.each<[string, string[], RegExp]>([
  ['no folder', ['snapshot', ...CONTEXTS], /--output must name the folder to write/],
  ['a context twice', ['snapshot', '--context', 'a', '--context', 'a', '-o', 'live'], /--context "a" is named twice/],
  ['no time', ['snapshot', ...CONTEXTS, '-o', 'live', '--timeout', '0'], /--timeout must be a number of seconds/],
  [
    'a namespace that is a path',
    ['snapshot', ...CONTEXTS, '-o', 'live', '--cilium-namespace', '../x'],
    /--cilium-namespace must be a name of Kubernetes, got "..\/x"/,
  ],
  ['an unknown format', ['snapshot', ...CONTEXTS, '-o', 'live', '--format', 'junit'], /--format must be/],
  ['contexts of manifests', ['check', '--context', 'kind-a'], /--context and --helm-values need --live/],
  ['clusters of both kinds', ['check', '--live', '--cluster', 'a=b'], /--live and --cluster cannot be used together/],
])('wrong usage: %s', async (_, args, message) => {
  const { status, err } = await program(...args);
  expect([status, err, servers.log]).toEqual([2, expect.stringMatching(message), []]);
});

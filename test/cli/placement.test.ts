/** Verdicts that depend on the nodes of pods: `explain` shows those on one node and on two, summaries count both. */
import { folderWith, program } from '../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

const pod = (name: string, fields: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\n` +
  `spec: {${fields}containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}\n---\n`;

const PODS = pod('web', '') + pod('shop', '') + pod('agent', 'hostNetwork: true, ');

const policy = (rules: string) =>
  'apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: web}\n' +
  `spec: {endpointSelector: {matchLabels: {app: web}}, ${rules}}\n`;

const flows = async (from: string, to: string) => {
  const { out } = await program('explain', from, to, '--cluster', 'a=a.yaml', '--cluster', 'b=b.yaml', '-o', 'json');
  return JSON.parse(out).flows.map(({ placement, verdict }: any) => [placement, verdict]);
};

const meshWith = (rules: string) => process.chdir(folderWith({ 'a.yaml': PODS + policy(rules), 'b.yaml': PODS }));

test('the host of a pod may always reach it, other nodes only by a rule', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  expect(await flows('agent@a', 'web@a')).toEqual([
    ['same-node', 'allowed'],
    ['other-node', 'denied'],
  ]);
});

test('a rule for the host opens egress to the own node only', async () => {
  meshWith('egress: [{toEntities: [host]}]');
  expect(await flows('web@a', 'agent@a')).toEqual([
    ['same-node', 'allowed'],
    ['other-node', 'denied'],
  ]);
});

test('ends in two clusters are never on one node', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  expect(await flows('agent@b', 'web@a')).toEqual([[undefined, 'denied']]);
});

test('equal verdicts are one, and so are those of other pods', async () => {
  meshWith('ingress: [{fromEntities: [host, remote-node]}]');
  expect(await flows('agent@a', 'web@a')).toEqual([[undefined, 'allowed']]);
  expect(await flows('shop@a', 'web@a')).toEqual([[undefined, 'denied']]);
});

test('the text names the places', async () => {
  meshWith('ingress: [{fromEntities: [world]}]');
  const { out } = await program('explain', 'agent@a', 'web@a', '--cluster', 'a=a.yaml');
  expect(out.match(/^agent@a -> .*$/gm)).toEqual([
    'agent@a -> web@a TCP/80 on one node: allowed',
    'agent@a -> web@a TCP/80 on two nodes: denied',
  ]);
});

const json = async (...args: string[]) =>
  JSON.parse((await program('matrix', '--cluster', 'a=a.yaml', '--cluster', 'b=b.yaml', '-o', 'json', ...args)).out);

test.each([
  ['egress: [{toEntities: [host]}]'],
  ['ingress: [{fromEntities: [world]}]'],
  ['ingress: [{fromEntities: [world]}], ingressDeny: [{fromEntities: [remote-node]}]'],
])('summaries and groups count the flows that the matrix lists: %s', async rules => {
  meshWith(rules);
  const { flows: listed } = await json('--port', '80');
  expect(listed.filter(({ placement }: any) => placement === 'same-node').length).toBeGreaterThan(0);
  const counts = new Map<string, { flows: number; allowed: number }>();
  for (const { source, destination, verdict } of listed) {
    const key = `${source.cluster} ${destination.cluster}`;
    const count = counts.get(key) ?? { flows: 0, allowed: 0 };
    counts.set(key, count);
    count.flows++;
    count.allowed += verdict === 'allowed' ? 1 : 0;
  }
  const counted = (rows: any[]) =>
    new Map(rows.map(({ source, destination, flows: all, allowed }) => [
      `${source} ${destination}`,
      { flows: all, allowed },
    ]));
  expect(counted((await json('--port', '80', '--summary')).summary)).toEqual(counts);
  expect(counted((await json('--port', '80', '--summary', '--from', '*', '--to', '*')).summary)).toEqual(counts);
  // all pods declare TCP/80 only
  expect(counted((await json('--summary')).summary)).toEqual(counts);
  expect(counted((await json('--group-by', 'cluster')).groups)).toEqual(counts);
});

test('groups hold the connections on each node, and count pairs that connect on one node only', async () => {
  meshWith('egress: [{toEntities: [host]}]');
  const { groups } = await json('--group-by', 'workload', '--from', 'web@a', '--to', 'agent@a');
  expect(groups).toMatchObject([
    { pairs: 1, connecting: 1, dependent: 1, connections: [{ placement: 'same-node', allowed: expect.any(Array) }] },
  ]);
  const { out } = await program('matrix', '--cluster', 'a=a.yaml', '--group-by', 'cluster');
  expect(out).toContain('1 pair connects on one node otherwise than on two');
});

test('nodes that policies tell apart have verdicts of their own', async () => {
  const node = (name: string) => `apiVersion: v1\nkind: Node\nmetadata: {name: ${name}, labels: {role: ${name}}}\n---\n`;
  const host =
    'apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: gateways}\n' +
    'spec: {nodeSelector: {matchLabels: {role: gateway}}, ingress: [{fromEntities: [cluster]}]}\n';
  process.chdir(
    folderWith({ 'a.yaml': node('gateway') + node('worker') + PODS + host, 'v.yaml': 'hostFirewall: {enabled: true}\n' }),
  );
  const args = ['explain', 'world:192.0.2.1', 'agent@a', '--cluster', 'a=a.yaml', '--values', 'a=v.yaml'];
  const { out } = await program(...args);
  expect(out.match(/^world:.*$/gm)).toEqual([
    'world:192.0.2.1 -> agent@a TCP/80 if agent@a runs on gateway: denied',
    'world:192.0.2.1 -> agent@a TCP/80 if agent@a runs on worker: allowed',
  ]);
  const { flows: all } = JSON.parse((await program(...args, '-o', 'json')).out);
  expect(all.map(({ nodes, verdict }: any) => [nodes, verdict])).toEqual([
    [[{ destination: 'gateway' }], 'denied'],
    [[{ destination: 'worker' }], 'allowed'],
  ]);
});

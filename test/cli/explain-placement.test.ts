/** Verdicts that depend on the nodes of pods: `explain` shows those on one node and on two. */
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

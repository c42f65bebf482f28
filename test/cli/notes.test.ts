/** What limits an answer is part of it: refused policies, audit mode, objects that are not rendered. */
import { folderWith, program } from '../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

const PODS = ['web', 'shop']
  .map(
    name =>
      `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\n` +
      'spec: {containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}\n',
  )
  .join('---\n');

const policy = (name: string, spec: string) =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}}\n` +
  `spec: {endpointSelector: {matchLabels: {app: web}}, ${spec}}\n`;

const REFUSED =
  '1 policy is refused by Cilium or the API server, so it enforces nothing: CiliumNetworkPolicy web (a); ' +
  'cilium-mesh check shows the reasons';

test.each([
  ['matrix'],
  ['matrix', '--port', 'TCP/80'],
  ['matrix', '--summary'],
  ['matrix', '--group-by', 'cluster'],
  ['explain', 'shop@a', 'web@a'],
])('refused policies: %s %s %s', async (...args) => {
  process.chdir(folderWith({ 'a.yaml': PODS + policy('web', 'ingres: [{}]') }));
  const [text, json] = [
    await program(...args, '--cluster', 'a=a.yaml'),
    await program(...args, '--cluster', 'a=a.yaml', '--format', 'json'),
  ];
  expect(text.out).toContain(`note: ${REFUSED}\n`);
  expect(JSON.parse(json.out).notes).toEqual([REFUSED]);
});

test('several refused policies are counted, and some are named', async () => {
  const policies = ['b', 'c', 'd', 'e', 'f'].map(name => policy(name, 'ingres: [{}]')).join('');
  process.chdir(folderWith({ 'a.yaml': PODS + policies }));
  const { out } = await program('matrix', '--cluster', 'a=a.yaml');
  expect(out).toContain(
    'note: 5 policies are refused by Cilium or the API server, so they enforce nothing: CiliumNetworkPolicy b (a), ' +
      'CiliumNetworkPolicy c (a), CiliumNetworkPolicy d (a) and 2 more; cilium-mesh check shows the reasons',
  );
});

test('objects of several files, of which the last one counts', async () => {
  process.chdir(folderWith({ 'a/one.yaml': PODS, 'a/two.yaml': PODS + policy('web', 'ingress: [{}]') }));
  const note = '2 objects are in several files, and the last one counts: Pod default/web (a), Pod default/shop (a)';
  for (const args of [['matrix'], ['explain', 'shop@a', 'web@a']]) {
    const { out } = await program(...args, '--cluster', 'a=a');
    expect(out).toContain(`note: ${note}; cilium-mesh check shows the files\n`);
  }
});

test('explain names the settings that are not modelled', async () => {
  process.chdir(folderWith({ 'a.yaml': PODS, 'v.yaml': 'policyCIDRMatchMode: [nodes, pods]' }));
  const { out } = await program('explain', 'shop@a', 'web@a', '--cluster', 'a=a.yaml', '--values', 'a=v.yaml');
  expect(out).toContain('note: the setting policyCIDRMatchMode of a is not modelled\n');
});

test('without limits there is no note', async () => {
  process.chdir(folderWith({ 'a.yaml': PODS + policy('web', 'ingress: [{}]') }));
  const { out } = await program('matrix', '--cluster', 'a=a.yaml', '--format', 'json');
  expect(JSON.parse(out).notes).toBeUndefined();
});

test('matrix shows which ends are audited', async () => {
  process.chdir(
    folderWith({ 'a.yaml': PODS + policy('web', 'ingress: [{fromEntities: [world]}]'), 'v.yaml': 'policyAuditMode: true' }),
  );
  const { out } = await program('matrix', '--cluster', 'a=a.yaml', '--values', 'a=v.yaml');
  expect(out).toMatch(/^shop@a +web@a +all ports \(TCP 80\*\) +TCP\/80: ingress audited$/m);
  expect(out).toContain(
    'note: policyAuditMode in a: Cilium only reports what policies deny there; such flows are allowed with the ' +
      'verdict audited\n',
  );
});

test('matrix of a mesh of HelmReleases says that nothing was rendered', async () => {
  const release = 'apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\n';
  process.chdir(folderWith({ 'a.yaml': release }));
  const { out } = await program('matrix', '--cluster', 'a=a.yaml');
  expect(out).toContain('Read 1 cluster, 0 workloads, 0 policies, 0 Services from 1 file; 1 HelmRelease not rendered.\n');
});

test('a policy counts once, however many documents it has', async () => {
  const twice = policy('web', 'ingress: [{}]');
  process.chdir(folderWith({ 'a.yaml': PODS + twice + twice }));
  const { out } = await program('matrix', '--cluster', 'a=a.yaml');
  expect(out).toContain('Read 1 cluster, 2 workloads, 1 policy, 0 Services from 1 file.\n');
});

test.each(['constructor', '__proto__', 'toString'])('a label named %s is a label like others', async key => {
  process.chdir(folderWith({ 'a.yaml': PODS }));
  const { out } = await program('matrix', '--group-by', `label:${key}`, '--cluster', 'a=a.yaml', '--format', 'json');
  expect(JSON.parse(out).groups.map((each: any) => each.source)).toEqual([`no ${key}`]);
});

test('a Service that asks for a label named constructor does not select the pods of a StatefulSet', async () => {
  const set =
    '---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\nspec:\n  replicas: 2\n' +
    '  selector: {matchLabels: {app: db}}\n  template: {metadata: {labels: {app: db}}, spec: {containers: ' +
    '[{name: c, image: c, ports: [{containerPort: 80}]}]}}\n---\napiVersion: v1\nkind: Service\n' +
    'metadata: {name: db}\nspec: {selector: {app: db, constructor: x}, ports: [{port: 80}]}\n';
  process.chdir(folderWith({ 'a.yaml': PODS + set }));
  const { out } = await program('backends', 'db', '--cluster', 'a=a.yaml', '--format', 'json');
  expect(JSON.parse(out).services[0].clients[0].backends).toEqual([]);
});

/** The order that `plan` shows and `apply` takes, with a stand-in for kubectl; its law is in test/evaluator/. */
import * as fs from 'fs';
import * as path from 'path';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { program } from '../support/program';
import { schemaFaults } from '../support/schemas';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');

const cwd = process.cwd();
const { env } = process;
let state: string;

beforeEach(() => {
  state = temporaryFolder();
  process.env = { ...env, STATE: state, XDG_STATE_HOME: path.join(state, 'home') };
  process.chdir(temporaryFolder());
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async ({ args, stdin = '' }) => {
    const { status, out, err } = kubectl([...args], stdin, process.env);
    return { status, output: out, tail: `${out}${err}`.trim(), bySignal: false };
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const deployment = (app: string, labels = '') =>
  `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${app}, namespace: default}\nspec: {selector: ` +
  `{matchLabels: {app: ${app}}}, template: {metadata: {labels: {app: ${app}${labels}}}, spec: {containers: ` +
  '[{name: c, image: i}]}}}\n';
const policy = (name: string, app: string, spec: string) =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${spec}}\n`;
const peer = (app: string, cluster = 'a') =>
  `{matchLabels: {'k8s:io.cilium.k8s.policy.cluster': ${cluster}, app: ${app}}}`;
const from = (app: string) => `ingress: [{fromEndpoints: [${peer(app)}]}]`;
const PODS = ['web', 'api', 'db'].map(app => deployment(app)).join('');

function write(a: string, b: string = PODS): void {
  const clusters = ['a', 'b'].map(
    (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [${name}.yaml], context: ${name}}\n`,
  );
  fs.writeFileSync('mesh.yaml', `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`);
  fs.writeFileSync('a.yaml', a);
  fs.writeFileSync('b.yaml', b);
}

const MESH = ['--ignore-findings', '--mesh', 'mesh.yaml'];
const plan = (...args: string[]) => program('plan', 'apply', ...MESH, ...args);
const apply = (...args: string[]) => program('apply', '--yes', ...MESH, ...args);
const log = () => fs.readFileSync(path.join(state, 'log'), 'utf8').trimEnd().split('\n');
const forget = () => fs.rmSync(path.join(state, 'log'));
/** The objects that were applied and deleted, in this order. */
const happened = () =>
  log().flatMap(each => {
    const [, verb, cluster, kind, name] = /^(applied|deleted) (\S+) (\w+)\.\S+ default\/(\S+)$/.exec(each) ?? [];
    return verb === undefined || kind === 'ApplySet' ? [] : `${verb} ${kind} ${name} in ${cluster}`;
  });
const policies = () => happened().filter(each => each.includes('CiliumNetworkPolicy'));

test('an allow moves to a wider policy: the new one comes before the old one shrinks', async () => {
  write(PODS + policy('narrow', 'web', from('api')));
  await apply();
  forget();
  write(PODS + policy('narrow', 'web', from('db')) + policy('wide', 'web', from('api')));
  expect((await plan()).out).toContain(
    '\n\nno flow is interrupted or opened between the 2 changes that flows depend on\n1 object to add, 1 to change',
  );
  expect((await apply()).status).toBe(0);
  expect(policies()).toEqual(['applied CiliumNetworkPolicy wide in a', 'applied CiliumNetworkPolicy narrow in a']);
});

test('a cluster closes a flow before another one opens its half of it', async () => {
  const web = (app: string) => policy('web', 'web', `egress: [{toEndpoints: [${peer(app, 'b')}]}]`);
  write(PODS + web('db'));
  await apply();
  forget();
  write(PODS + web('api'), PODS + policy('deny', 'api', 'ingress: [{}]'));
  expect((await apply()).status).toBe(0);
  expect(policies()).toEqual(['applied CiliumNetworkPolicy deny in b', 'applied CiliumNetworkPolicy web in a']);
});

test('where no order helps, the plan says which flows suffer, and between which changes', async () => {
  write(PODS);
  await apply();
  forget();
  write(PODS + policy('one', 'web', from('api')) + policy('other', 'web', from('db')));
  const { status, out } = await plan();
  expect([status, out]).toEqual([
    2,
    [
      'a (a)',
      '  + CiliumNetworkPolicy default/one',
      '  + CiliumNetworkPolicy default/other',
      '',
      'the order of 2 changes that flows depend on',
      '  1. a: apply CiliumNetworkPolicy default/one, CiliumNetworkPolicy default/other',
      '  ! db@a -> web@a all ports: interrupted after CiliumNetworkPolicy default/one in a (step 1), until ' +
        'CiliumNetworkPolicy default/other in a (step 1)',
      '  no order of these changes avoids this: all were tried',
      '',
      '2 objects to add, 0 to change, 0 to remove',
      '',
    ].join('\n'),
  ]);
  const { out: markdown } = await plan('--format', 'markdown');
  expect(markdown).toContain('interrupted after CiliumNetworkPolicy default/one in a');
  const { out: csv } = await plan('--format', 'csv');
  expect(csv).toContain(',interrupted,db@a -> web@a all ports,');
  const document = JSON.parse((await plan('--format', 'json')).out);
  const object = (name: string) => ({ group: 'cilium.io', kind: 'CiliumNetworkPolicy', namespace: 'default', name });
  expect(schemaFaults('plan', document)).toEqual([]);
  expect(document.order).toMatchObject({
    verdict: 'suffering',
    changes: 2,
    steps: [{ cluster: 'a', action: 'apply', objects: [object('one'), object('other')] }],
    suffering: [
      {
        kind: 'interrupted',
        sources: ['db@a'],
        destinations: ['web@a'],
        ranges: expect.arrayContaining([{ protocol: 'TCP', first: 1, last: 65535 }]),
        after: { step: 1, cluster: 'a', object: object('one') },
        until: { step: 1, cluster: 'a', object: object('other') },
      },
    ],
    exhausted: true,
    notKnown: [],
  });
});

test('policies that pods need are removed only when those pods have ended', async () => {
  const deny = policy('deny', 'web', 'ingress: [{}]');
  write(PODS + deny);
  await apply();
  forget();
  write(['api', 'db'].map(app => deployment(app)).join(''));
  expect((await apply('--confirm', 'a')).status).toBe(0);
  const calls = log().filter(each => /^deleted a (Dep|CiliumNet)|wait --for=delete/.test(each));
  expect(calls).toEqual([
    'deleted a Deployment.apps default/web',
    'kubectl --context a -n default wait --for=delete deployment.apps/web --timeout=10m',
    'deleted a CiliumNetworkPolicy.cilium.io default/deny',
  ]);
});

test('a policy that only old pods need stays until they are replaced', async () => {
  const both = `ingress: [{fromEndpoints: [${peer('api')}, {matchLabels: {'k8s:io.cilium.k8s.policy.cluster': a, tier: front}}]}]`;
  write(PODS + policy('web', 'web', both));
  await apply();
  forget();
  const front = 'ingress: [{fromEndpoints: [{matchLabels: {\'k8s:io.cilium.k8s.policy.cluster\': a, tier: front}}]}]';
  write(deployment('web') + deployment('api', ', tier: front') + deployment('db') + policy('web', 'web', front));
  expect((await apply()).status).toBe(0);
  const calls = log().filter(each => /^applied a (Deployment\.apps default\/api|CiliumNet)|rollout/.test(each));
  expect(calls).toEqual([
    'applied a Deployment.apps default/api',
    'kubectl --context a -n default rollout status deployment/api --timeout=10m',
    'applied a CiliumNetworkPolicy.cilium.io default/web',
  ]);
});

test('an API server that refuses a removal keeps everything away', async () => {
  write(PODS + policy('old', 'web', from('api')));
  await apply();
  forget();
  write(PODS + policy('new', 'web', from('api')));
  process.env.FAIL = '--context a delete --raw /apis/cilium.io';
  const { status, err } = await apply();
  expect([status, err]).toEqual([1, expect.stringContaining('Left:\n  a: ask the API server to validate the manifests and the removals\n')]);
  expect(happened()).toEqual([]);
});

test('the image and the replicas of a workload change no flow, so no order is shown', async () => {
  write(PODS + policy('one', 'web', from('api')));
  await apply();
  write(PODS.replaceAll('image: i', 'image: j') + policy('one', 'web', from('db')));
  const { out } = await plan();
  expect(out).toContain('~ Deployment default/api (restarts its pods)');
  expect(out).not.toContain('flows');
});

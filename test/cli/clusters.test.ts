/** `--cluster` and `--canary` of `apply` and `plan apply`, with a stand-in for kubectl. */
import * as fs from 'fs';
import * as path from 'path';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { program } from '../support/program';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');

/** The predictions that were verified; the stand-in has no pods, so without this nothing is probed. */
let verified: any[] | undefined;
jest.mock('../../src/live/verification/verify', () => {
  const actual = jest.requireActual('../../src/live/verification/verify');
  const probed = { outcome: 'as-predicted', requests: 1, level: 0.001, answers: [], repeated: false, drops: new Map() };
  return {
    ...actual,
    verify: (...args: any[]) => {
      if (!verified) {
        return actual.verify(...args);
      }
      verified.push(...args[2]);
      return Promise.resolve(args[2].map((prediction: any) => ({ ...probed, prediction })));
    },
  };
});

const cwd = process.cwd();
const { env } = process;
let state: string;

beforeEach(() => {
  state = temporaryFolder();
  verified = undefined;
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

const deployment = (app: string) =>
  `---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${app}, namespace: default}\nspec: {selector: ` +
  `{matchLabels: {app: ${app}}}, template: {metadata: {labels: {app: ${app}}}, spec: {containers: ` +
  '[{name: c, image: i, ports: [{containerPort: 80}]}]}}}\n';
const policy = (name: string, app: string, spec: string) =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${spec}}\n`;
const PODS = ['web', 'api', 'db'].map(deployment).join('');
const web = (app: string) =>
  policy('web', 'web', `egress: [{toEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.policy.cluster': b, app: ${app}}}]}]`);
const DENY = policy('deny', 'api', 'ingress: [{}]');

function write(a: string, b: string): void {
  const clusters = ['a', 'b'].map(
    (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [${name}.yaml], context: ${name}}\n`,
  );
  fs.writeFileSync('mesh.yaml', `apiVersion: cilium-mesh/v1\nclusters:\n${clusters.join('')}`);
  fs.writeFileSync('a.yaml', a);
  fs.writeFileSync('b.yaml', b);
}

const MESH = ['--ignore-findings', '--mesh', 'mesh.yaml'];
const apply = (...args: string[]) => program('apply', '--yes', ...MESH, ...args);
const log = () => fs.readFileSync(path.join(state, 'log'), 'utf8').trimEnd().split('\n');
const forget = () => fs.rmSync(path.join(state, 'log'));
const applied = () =>
  log().flatMap(each => {
    const [, cluster, name] = /^applied (\S+) CiliumNetworkPolicy\.\S+ default\/(\S+)$/.exec(each) ?? [];
    return name === undefined ? [] : `${name} in ${cluster}`;
  });
const recordOf = (cluster: string): any =>
  JSON.parse(fs.readFileSync(path.join(state, `${cluster}.json`), 'utf8')).find(
    (each: any) => each.metadata.name === 'cilium-mesh-clusters',
  ).data;

test('only the chosen cluster is changed and locked; what is known of the others stays recorded', async () => {
  write(PODS, PODS);
  await apply();
  const before = recordOf('a');
  forget();
  write(PODS + web('api'), PODS + DENY);
  expect(await apply('--cluster', 'b')).toMatchObject({ status: 0, err: expect.not.stringContaining('a (a)') });
  expect([applied(), log().some(each => each.includes('--context a create'))]).toEqual([['deny in b'], false]);
  process.env.UIDS = JSON.stringify({ a: 'rebuilt' });
  expect((await apply('--cluster', 'a', '--accept-cluster', 'a')).status).toBe(0);
  expect([Object.keys(recordOf('a')).sort(), recordOf('a')]).not.toEqual([Object.keys(before).sort(), before]);
  expect(Object.keys(recordOf('a')).sort()).toEqual(Object.keys(before).sort());
});

test('a cluster that does not answer does not keep an allow from another one; the plan says what is not known', async () => {
  write(PODS, PODS);
  await apply();
  write(PODS + web('api'), PODS);
  process.env.FAIL = '--context b';
  const { status, err } = await apply();
  expect([status, err]).toEqual([1, expect.stringContaining('\nTo change only the clusters that answer, add --cluster a\n')]);
  forget();
  const plan = await program('plan', 'apply', ...MESH, '--cluster', 'a');
  expect([plan.status, plan.out]).toEqual([
    2,
    'a (a)\n  + CiliumNetworkPolicy default/web\n\n' +
      'not known: what b enforces: its objects were not read, so only the policies of the other clusters are judged\n' +
      '1 object to add, 0 to change, 0 to remove\n',
  ]);
  expect((await apply('--cluster', 'a')).status).toBe(0);
  expect(applied()).toEqual(['web in a']);
});

test('where the law needs the other cluster, the run is refused, and says which', async () => {
  write(PODS + web('db'), PODS);
  await apply();
  forget();
  write(PODS + web('api'), PODS + DENY);
  const { status, err } = await apply('--cluster', 'a');
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      '\nweb@a -> api@b all ports: opened after CiliumNetworkPolicy default/web in a (step 1), until the changes of b\n' +
        'Nothing was changed: these flows would suffer until b is changed too.\n' +
        '    fix: change these clusters in the same run: --cluster b. To change the clusters despite that, add ' +
        '--accept-suffering\n',
    ),
  ]);
  expect(applied()).toEqual([]);
  expect((await apply('--canary', 'a')).err).toContain('    fix: choose another canary, or none.');
  expect(applied()).toEqual([]);
  expect((await apply('--cluster', 'a', '--accept-suffering')).status).toBe(0);
  expect(applied()).toEqual(['web in a']);
});

test('a canary whose answers are not as predicted keeps the others as they are', async () => {
  write(PODS, PODS);
  await apply();
  forget();
  write(PODS + web('api'), PODS + DENY);
  // the stand-in has no pods to send requests from
  const { status, err } = await apply('--canary', 'b');
  expect([status, applied()]).toEqual([1, ['deny in b']]);
  expect(err).toContain('verifying b\n');
  // every API server accepted everything before
  expect(log().findIndex(each => each.startsWith('kubectl --context a apply') && each.includes('--dry-run=server -f'))).toBeLessThan(
    log().findIndex(each => each.startsWith('applied b CiliumNetworkPolicy')),
  );
});

test('after a canary whose answers are as predicted, the others are changed', async () => {
  write(PODS, PODS);
  await apply();
  forget();
  write(PODS + web('api'), PODS + DENY);
  verified = [];
  const { status, err } = await apply('--canary', 'b');
  expect([status, applied()]).toEqual([0, ['deny in b', 'web in a']]);
  expect(err).toMatch(/\ndone in \d+ s\nverifying b\n/);
  // the mesh in which only b is changed: web of a still reaches db of b, and nobody api of b
  const flows = new Map(
    verified.map(each => {
      const [from, to] = [each.source, each.destination].map(({ name, cluster }) => `${name}@${cluster}`);
      return [`${from} ${to}`, each];
    }),
  );
  expect(['web@a db@b', 'web@a api@b'].map(each => flows.get(each).stoppedIn)).toEqual([undefined, 'b']);
  expect([...flows.keys()].filter(each => !each.includes('@b'))).toEqual([]);
});

test.each([
  [['--cluster', 'c'], '--cluster must be a cluster of the mesh (a, b), got "c"'],
  [['--cluster', 'a', '--cluster', 'a'], '--cluster "a" is named twice'],
  [['--cluster', 'a', '--canary', 'b'], '--canary must be one of the chosen clusters (a), got "b"'],
  [['--cluster', 'a', '--canary', 'a'], '--canary a needs other clusters to change after it: remove the option'],
])('mistakes: %j', async (args, message) => {
  write(PODS, PODS);
  expect(await apply(...args)).toMatchObject({ status: 2, err: expect.stringContaining(message) });
});

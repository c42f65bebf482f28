/** `--cluster` and `--canary` of `apply` and `plan apply`, with a stand-in for kubectl. */
import * as fs from 'fs';
import * as path from 'path';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { program } from '../support/program';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');

/** The predictions that were verified; the stand-in has no pods, so without this nothing is probed. */
let verified: any[] | undefined;
let outcome: string;
jest.mock('../../src/live/verification/verify', () => {
  const actual = jest.requireActual('../../src/live/verification/verify');
  const probed = { requests: 1, level: 0.001, answers: [], repeated: false, drops: new Map() };
  return {
    ...actual,
    verify: (...args: any[]) => {
      if (!verified) {
        return actual.verify(...args);
      }
      verified.push(...args[2]);
      return Promise.resolve(args[2].map((prediction: any) => ({ ...probed, outcome, prediction })));
    },
  };
});

const cwd = process.cwd();
const { env } = process;
let state: string;

beforeEach(() => {
  state = temporaryFolder();
  [verified, outcome] = [undefined, 'as-predicted'];
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
  const denied = PODS + policy('base', 'web', 'egress: [{}]');
  write(denied, PODS);
  await apply();
  write(denied + web('api'), PODS);
  process.env.FAIL = '--context b';
  const { status, err } = await apply();
  expect([status, err]).toEqual([1, expect.stringContaining('\nTo change only the clusters that answer, add --cluster a\n')]);
  forget();
  const plan = await program('plan', 'apply', ...MESH, '--cluster', 'a');
  expect([plan.status, plan.out]).toEqual([
    2,
    'a (a)\n  + CiliumNetworkPolicy default/web\n\n' +
      'not known: what b runs and enforces: it was not read, so its pods count as in its manifests, and only the ' +
      'policies of the other clusters are judged\n' +
      '1 object to add, 0 to change, 0 to remove\n',
  ]);
  expect((await apply('--cluster', 'a')).status).toBe(0);
  expect(applied()).toEqual(['web in a', 'base in a']);
});

const db = (label: string, more = '') =>
  policy('db', 'db', `ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.policy.cluster': a, ${label}}}]${more}}]`);
const REFUSAL =
  'Nothing was changed: a was not read, so it is not known which flows with a these changes interrupt or open. ' +
  'Only policies that add allows, and no default deny, interrupt none.\n' +
  '    fix: run the command again when a can be read. To change the clusters despite that, add --accept-suffering\n';
const LABELLED = PODS.replace('labels: {app: web}', 'labels: {app: web, team: xx}');

test('labels that only the manifests of an unread cluster have do not count as those of its pods', async () => {
  write(PODS, PODS + db('app: web'));
  await apply();
  write(LABELLED, PODS + db('team: xx'));
  expect((await apply('--cluster', 'b')).err).toContain('web@a -> db@b all ports: interrupted');
  process.env.FAIL = '--context a';
  forget();
  const { status, err } = await apply('--cluster', 'b');
  expect([status, err, applied()]).toEqual([1, expect.stringContaining(REFUSAL), []]);
  const plan = ['plan', 'apply', ...MESH, '--cluster', 'b'];
  expect((await program(...plan)).out).toContain('; flows with a may be interrupted or opened\n');
  expect(JSON.parse((await program(...plan, '--format', 'json')).out).order.verdict).toBe('unknown');
  expect((await program(...plan, '--format', 'csv')).out).toContain(',unknown,');
  expect([(await apply('--cluster', 'b', '--accept-suffering')).status, applied()]).toEqual([0, ['db in b']]);
});

const TCP = (rules = '') => `, toPorts: [{ports: [{port: "80", protocol: TCP}]${rules}}]`;
test.each([
  ['an allow that turns default deny on', '', db('team: xx'), false],
  ['default deny', '', policy('db', 'db', 'ingress: [{}]'), false],
  ['a denial', policy('base', 'db', 'ingress: [{}]'), policy('db', 'db', 'ingressDeny: [{fromEntities: [all]}]'), false],
  ['layer 7', policy('base', 'db', 'ingress: [{}]'), db('team: xx', TCP(', rules: {http: [{method: GET}]}')), false],
  ['other pods', policy('base', 'api', 'ingress: [{}]'), db('team: xx'), false],
  ['the other direction', policy('base', 'db', 'egress: [{}]'), db('team: xx'), false],
  ['an allow for pods with default deny', policy('base', 'db', 'ingress: [{}]'), db('team: xx', TCP()), true],
])('without an unread cluster, only added allows are applied: %s', async (_, constant, added, isSafe) => {
  write(PODS, PODS + constant);
  await apply();
  forget();
  write(LABELLED, PODS + constant + added);
  process.env.FAIL = '--context a';
  const { status, err } = await apply('--cluster', 'b');
  expect([status, applied()]).toEqual(isSafe ? [0, ['db in b', 'base in b']] : [1, []]);
  expect(err.includes(REFUSAL)).toBe(!isSafe);
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
  expect((await program('plan', 'apply', ...MESH, '--canary', 'a')).out).toContain(
    '  no order of these changes that begins with a avoids this: all were tried\n',
  );
  expect(applied()).toEqual([]);
  expect((await apply('--cluster', 'a', '--accept-suffering')).status).toBe(0);
  expect(applied()).toEqual(['web in a']);
});

test('a canary of which nothing can be probed keeps the others as they are', async () => {
  write(PODS, PODS);
  await apply();
  forget();
  write(PODS + web('api'), PODS + DENY);
  // the stand-in has no pods to send requests from
  const { status, err } = await apply('--canary', 'b');
  expect([status, applied()]).toEqual([1, ['deny in b']]);
  expect(err).toContain('verifying b\n');
  expect(err).toContain(
    'b was changed, and no other cluster: nothing was probed, so it is not known whether the answers are as predicted.\n' +
      '    api@a has no running pod\n',
  );
  expect(err).toContain('\n    fix: choose a canary with running pods that can be probed, or start pods in b and run ');
  expect(err).not.toContain('correct the manifests');
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
  const { out } = await program('plan', 'apply', ...MESH, '--canary', 'b');
  expect(out).toMatch(
    /^stage 1: b alone\nstage 2: verify the flows from and to b\nstage 3: a, only if the answers are as predicted\n\nb \(b\)\n {2}\+ .*deny\n\na \(a\)\n/,
  );
  const json = await program('plan', 'apply', ...MESH, '--canary', 'b', '--format', 'json');
  expect(JSON.parse(json.out).canary).toBe('b');
  verified = [];
  const { status, err } = await apply('--canary', 'b');
  expect(err).toMatch(/\ndone in \d+ s: 2 objects added, 0 changed, 0 removed\n$/);
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

test('a canary whose answers are not as predicted keeps the others as they are', async () => {
  write(PODS, PODS);
  await apply();
  forget();
  write(PODS + web('api'), PODS + DENY);
  [verified, outcome] = [[], 'different'];
  const { status, err } = await apply('--canary', 'b');
  expect([status, applied()]).toEqual([1, ['deny in b']]);
  expect(err).toContain('b was changed, and no other cluster: the answers are not as predicted.\n    fix: correct the manifests');
});

test.each([
  [['--cluster', 'c'], '--cluster must be a cluster of the mesh (a, b), got "c"'],
  [['--cluster', 'a', '--cluster', 'a'], '--cluster "a" is named twice'],
  [['--cluster', 'a', '--canary', 'b'], '--canary must be one of the chosen clusters (a), got "b"'],
  [['--cluster', 'a', '--print', 'b/objects'], '--print must be CLUSTER/STEP, with a cluster (a) and a step '],
  [['--cluster', 'a', '--canary', 'a'], '--canary a needs other clusters to change after it: remove the option'],
])('mistakes: %j', async (args, message) => {
  write(PODS, PODS);
  expect(await apply(...args)).toMatchObject({ status: 2, err: expect.stringContaining(message) });
});

test('--diff, --dry-run and --script have the canary first, and its verification before the others', async () => {
  write(PODS, PODS);
  await apply();
  write(PODS + web('api'), PODS + DENY);
  const diff = await apply('--canary', 'b', '--diff');
  expect([diff.status, diff.out.indexOf('deny') < diff.out.indexOf('web')]).toEqual([2, true]);
  expect((await apply('--cluster', 'b', '--diff')).out).not.toContain('web');
  const verify = 'cilium-mesh verify --mesh mesh.yaml --apply-set cilium-mesh --canary b';
  expect((await apply('--canary', 'b', '--dry-run')).out).toBe(
    '# apply: a, b\n\n' +
      '# b: apply the manifests\nkubectl --context b apply --server-side -f b.yaml\n\n' +
      `# b: wait for the workloads\n${['web', 'api', 'db']
        .map(each => `kubectl --context b -n default rollout status deployment/${each} --timeout=10m\n`)
        .join('')}\n` +
      `# b: verify the flows from and to b; go on only if the answers are as predicted\n${verify}\n\n` +
      '# a: apply the manifests\nkubectl --context a apply --server-side -f a.yaml\n',
  );
  const script = (await apply('--canary', 'b', '--script')).out.split('\n');
  const at = (pattern: RegExp) => script.findIndex(line => pattern.test(line));
  const last = (pattern: RegExp) => script.map(line => pattern.test(line)).lastIndexOf(true);
  const isApplied = (context: string) => new RegExp(`^kubectl --context ${context} apply (?!.*(dry-run|applyset|cilium-mesh-cilium-mesh))`);
  const gate = script.indexOf(verify);
  expect([last(isApplied('b')) < gate, gate < at(isApplied('a')), at(isApplied('b')) > 0]).toEqual([true, true, true]);
  expect(at(/^kubectl --context a apply .*dry-run=server/)).toBeLessThan(at(isApplied('b')));
});

test('verify --canary asks for the mesh in which only the canary has its manifests', async () => {
  write(PODS, PODS);
  await apply();
  write(PODS + web('api'), PODS + DENY);
  verified = [];
  const verify = ['verify', '--mesh', 'mesh.yaml', '--canary', 'b'];
  expect((await program(...verify)).status).toBe(0);
  const stoppedIn = (from: string, to: string) =>
    verified!.find(each => `${each.source.name}@${each.source.cluster}` === from && `${each.destination.name}@${each.destination.cluster}` === to)
      .stoppedIn;
  // a is as it is, without its new policy
  expect([stoppedIn('web@a', 'db@b'), stoppedIn('web@a', 'api@b'), stoppedIn('web@b', 'api@b')]).toEqual([undefined, 'b', 'b']);
  expect(verified.filter(each => each.source.cluster === 'a' && each.destination.cluster === 'a')).toEqual([]);
  outcome = 'different';
  expect(await program(...verify)).toMatchObject({ status: 1, err: expect.stringContaining('not as predicted') });
  expect(await program(...verify, '--from', 'web@a')).toMatchObject({
    status: 2,
    err: '--canary verifies all flows from and to a cluster: remove --from\n',
  });
});

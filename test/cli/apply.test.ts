/** `apply` with a stand-in for kubectl that keeps objects and apply sets; with the real one, see acceptance/. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import * as fc from 'fast-check';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { folderOf, program } from '../support/program';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');

const cwd = process.cwd();
const { env } = process;
const STAND_INS = path.join(__dirname, '..', 'support', 'stand-ins');
let state: string;
/** Called after each call of kubectl. */
let watch: (context: string) => void = () => undefined;

beforeEach(() => {
  state = temporaryFolder();
  process.env = {
    ...env,
    STATE: state,
    XDG_STATE_HOME: path.join(state, 'home'),
    PATH: `${STAND_INS}${path.delimiter}${env.PATH}`,
    NODE_PATH: path.join(cwd, 'node_modules'),
  };
  // in this process: starting hundreds of programs would take minutes
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async ({ args, stdin = '', env: variables }) => {
    const { status, out, err } = kubectl([...args], stdin, { ...process.env, ...variables });
    watch(args[args.indexOf('--context') + 1]);
    return { status, output: out, tail: `${out}${err}`.trim(), bySignal: false };
  });
  lab('default-deny');
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const lab = (step: string) => process.chdir(folderOf('isovalent-lab', step));
const log = () => fs.readFileSync(path.join(state, 'log'), 'utf8').trimEnd().split('\n');
const happened = (verb: string) =>
  log()
    .filter(line => line.startsWith(`${verb} `))
    .map(line => line.slice(verb.length + 1));
const forget = () => fs.rmSync(path.join(state, 'log'));
const objects = (context: string): any[] => JSON.parse(fs.readFileSync(path.join(state, `${context}.json`), 'utf8'));
const names = (context: string) =>
  objects(context)
    .filter(each => each.metadata.labels?.['applyset.kubernetes.io/part-of'])
    .map(each => `${each.kind}/${each.metadata.name}`)
    .sort();
const position = (text: string) => {
  const index = log().findIndex(line => line.includes(text));
  expect([text, index >= 0]).toEqual([text, true]);
  return index;
};

/** Two existing clusters with policies of every sort. */
function policies(both: string, onlyA: string = ''): void {
  process.chdir(temporaryFolder());
  fs.writeFileSync(
    'mesh.yaml',
    [
      'apiVersion: cilium-mesh/v1',
      'clusters:',
      ...['a', 'b'].map(
        (name, index) => `- {name: ${name}, id: ${index + 1}, manifests: [${name}.yaml], context: ${name}}`,
      ),
    ].join('\n'),
  );
  fs.writeFileSync('a.yaml', both + onlyA);
  fs.writeFileSync('b.yaml', both);
}

const policy = (name: string, spec: string) =>
  `---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: ${name}, namespace: default}\n` +
  `spec: ${spec}\n`;
const DENY = policy('deny', '{endpointSelector: {}, ingress: [{}]}');
const DNS = policy(
  'dns',
  '{endpointSelector: {}, egress: [{toEntities: [cluster], toPorts: [{ports: [{port: "53"}]}]}]}',
);
const ALLOW = policy(
  'allow',
  '{endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEndpoints: [{matchLabels: {app: db}}]}], egress: ' +
    '[{toEndpoints: [{matchLabels: {app: db}}]}]}',
);
const WEB =
  '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n' +
  'spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: ' +
  '[{name: web, image: web}]}}}\n';

const apply = (...args: string[]) => program('apply', '--ignore-findings', '--mesh', 'mesh.yaml', ...args);

test('every cluster gets its objects, each in its apply set', async () => {
  expect(await program('apply')).toMatchObject({ status: 0, out: '' });
  expect(names('kind-koornacht')).toEqual([
    'CiliumNetworkPolicy/default-deny',
    'ConfigMap/rebel-base-response',
    'Deployment/rebel-base',
    'Deployment/x-wing',
    'Service/rebel-base',
  ]);
  const sets = new Map(
    objects('kind-koornacht')
      .filter(each => each.kind === 'ApplySet')
      .map(each => [each.metadata.labels['applyset.kubernetes.io/id'], each.metadata.name]),
  );
  const setOf = (kind: string) =>
    sets.get(
      objects('kind-koornacht').find(each => each.kind === kind).metadata.labels['applyset.kubernetes.io/part-of'],
    );
  expect(['Service', 'CiliumNetworkPolicy', 'Deployment'].map(setOf)).toEqual([
    'cilium-mesh-objects',
    'cilium-mesh-objects',
    'cilium-mesh-backends',
  ]);
});

test('all API servers are asked before anything is changed, and one that refuses keeps everything away', async () => {
  process.env.FAIL = '--context kind-tion apply --server-side --validate=strict --dry-run=server';
  const { status, err } = await program('apply');
  expect(status).toBe(1);
  expect(err).toContain(
    'FAILED tion: ask the API server to validate the manifests (0 s)\n' +
      '  command: kubectl --context kind-tion apply --server-side --validate=strict --dry-run=server -f -\n' +
      '  status:  1\n' +
      '  output:\n    Error from server: it is broken\n' +
      '  next:    correct the cause, then run the command again: it continues with this step\n',
  );
  expect(names('kind-koornacht')).toEqual([]);
  delete process.env.FAIL;
  expect((await program('apply')).status).toBe(0);
});

test('what allows comes before what denies, the narrow before the wide, and workloads last', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  expect((await apply()).status).toBe(0);
  const order = (context: string) =>
    happened('applied')
      .filter(line => line.startsWith(`${context} `) && !/ApplySet|CustomResource/.test(line))
      .map(line => /\/(\w+)$/.exec(line)![1]);
  expect(order('a')).toEqual(['allow', 'dns', 'deny', 'web']);
  for (const [one, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    expect(position(`applied ${one} CiliumNetworkPolicy.cilium.io default/allow`)).toBeLessThan(
      position(`applied ${other} CiliumNetworkPolicy.cilium.io default/deny`),
    );
    expect(position(`applied ${one} CiliumNetworkPolicy.cilium.io default/deny`)).toBeLessThan(
      position(`applied ${other} Deployment.apps default/web`),
    );
  }
});

test('what denies goes before what allows', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  await apply();
  forget();
  policies(WEB);
  const { status, err } = await apply('--yes');
  expect([status, err]).toEqual([0, expect.stringContaining('a: CiliumNetworkPolicy default/deny\n')]);
  for (const [one, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    expect(position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/deny`)).toBeLessThan(
      position(`deleted ${other} CiliumNetworkPolicy.cilium.io default/dns`),
    );
    expect(position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/dns`)).toBeLessThan(
      position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/allow`),
    );
  }
  expect(names('a')).toEqual(['Deployment/web']);
});

test('a policy that leaves while another comes stays until that one stands', async () => {
  policies(WEB + DENY + ALLOW);
  await apply();
  forget();
  const other = ALLOW.replace('name: allow', 'name: instead');
  policies(WEB + DENY + other);
  expect((await apply('--yes')).status).toBe(0);
  expect(position('applied b CiliumNetworkPolicy.cilium.io default/instead')).toBeLessThan(
    position('deleted a CiliumNetworkPolicy.cilium.io default/allow'),
  );
  expect(happened('pruned')).toEqual([]);
  expect(names('a')).toEqual(['CiliumNetworkPolicy/deny', 'CiliumNetworkPolicy/instead', 'Deployment/web']);
});

test('a policy that only denies from now on is never away', async () => {
  policies(WEB + ALLOW + policy('both', '{endpointSelector: {}, ingress: [{fromEntities: [all]}]}'));
  await apply();
  forget();
  policies(WEB + ALLOW + policy('both', '{endpointSelector: {}, ingress: [{}]}'));
  const { status, err } = await apply();
  expect([status, err]).toEqual([0, expect.not.stringContaining('removed')]);
  expect([happened('pruned'), happened('deleted')]).toEqual([[], []]);
  expect(names('b')).toContain('CiliumNetworkPolicy/both');
});

test('what left is shown, and removed only when somebody says so', async () => {
  await program('apply');
  lab('global');
  const { status, err } = await program('apply');
  expect(status).toBe(1);
  expect(err).toContain(
    'These objects left the mesh and will be removed:\n  koornacht: CiliumNetworkPolicy default/default-deny\n' +
      '  tion: CiliumNetworkPolicy default/default-deny\n',
  );
  expect(err).toContain('\nNothing was changed: no terminal to ask on. To remove without asking, add --yes.\n');
  expect(names('kind-tion')).toContain('CiliumNetworkPolicy/default-deny');
  expect((await program('apply', '--yes')).status).toBe(0);
  expect(names('kind-tion')).not.toContain('CiliumNetworkPolicy/default-deny');
});

test('objects of another program under the same name are not removed', async () => {
  await program('apply');
  policies(WEB);
  fs.copyFileSync(path.join(state, 'kind-koornacht.json'), path.join(state, 'a.json'));
  const { status, err } = await apply('--yes');
  expect([status, err]).toEqual([
    1,
    'a: no object with the apply set name cilium-mesh is in this mesh: ' +
      'ConfigMap default/rebel-base-response, Deployment default/rebel-base, Deployment default/x-wing, ' +
      'Service default/rebel-base, CiliumNetworkPolicy default/default-deny\n' +
      'Another program seems to use this name. Choose another one with --apply-set NAME. ' +
      'If this mesh replaces that program, first remove its objects (kubectl delete).\n',
  ]);
  expect(names('a')).toContain('Service/rebel-base');
  expect((await apply('--apply-set', 'web')).status).toBe(0);
  expect(names('a')).toEqual(expect.arrayContaining(['Service/rebel-base', 'Deployment/web']));
});

test('after a failure in the middle the next run goes on, and nothing is left over', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  await apply();
  policies(WEB + DENY.replace('name: deny', 'name: other') + ALLOW);
  for (const broken of [
    'b apply --server-side --validate=strict -f',
    'a apply --server-side --validate=strict --prune ' +
      '--applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-denies',
    'b delete',
    'a apply --server-side --validate=strict --prune ' +
      '--applyset=applysets.cdk8s-cilium-mesh.github.io/cilium-mesh-objects',
  ]) {
    process.env.FAIL = `--context ${broken}`;
    expect([broken, (await apply('--yes')).status]).toEqual([broken, 1]);
  }
  delete process.env.FAIL;
  expect((await apply('--yes')).status).toBe(0);
  expect([names('a'), names('b')]).toEqual([
    ['CiliumNetworkPolicy/allow', 'CiliumNetworkPolicy/other', 'Deployment/web'],
    ['CiliumNetworkPolicy/allow', 'CiliumNetworkPolicy/other', 'Deployment/web'],
  ]);
});

test('a law: an allow never comes after the deny it belongs to, nor goes before it, whatever fails in between', async () => {
  const ALLOWS: { readonly [name: string]: string } = {
    one: ALLOW.replace('name: allow', 'name: one'),
    two: ALLOW.replace('name: allow', 'name: two'),
    wide: DNS.replace('name: dns', 'name: wide'),
  };
  const DENIES: { readonly [name: string]: string } = {
    shut: DENY.replace('name: deny', 'name: shut'),
    closed: DENY.replace('name: deny', 'name: closed'),
  };
  const some = fc.subarray([...Object.keys(ALLOWS), ...Object.keys(DENIES)]);
  const there = (context: string) =>
    fs.existsSync(path.join(state, `${context}.json`))
      ? names(context)
        .filter(each => each.startsWith('Cilium'))
        .map(each => each.split('/')[1])
      : [];
  const broken = fc.option(
    fc
      .tuple(
        fc.constantFrom('a', 'b'),
        fc.constantFrom(
          'apply --server-side --validate=strict --prune',
          'apply --server-side --validate=strict -f',
          'delete',
        ),
      )
      .map(each => each.join(' ')),
  );
  await fc.assert(
    fc.asyncProperty(some, some, some, broken, async (before, middle, after, fail) => {
      ['a', 'b'].forEach(context => fs.rmSync(path.join(state, `${context}.json`), { force: true }));
      const run = async (wanted: readonly string[], failing: string | null) => {
        policies(WEB + wanted.map(name => ALLOWS[name] ?? DENIES[name]).join(''));
        const had: { [context: string]: string[] } = { a: there('a'), b: there('b') };
        const wrong: string[] = [];
        watch = context => {
          const now = there(context);
          if (now.some(name => DENIES[name] && wanted.includes(name) && !had[context].includes(name))) {
            wrong.push(
              ...['a', 'b'].flatMap(each =>
                wanted
                  .filter(name => ALLOWS[name] && !there(each).includes(name))
                  .map(name => `${name} is not in ${each} before a deny in ${context}`),
              ),
            );
          }
          if (now.some(name => DENIES[name] && !wanted.includes(name))) {
            wrong.push(
              ...had[context]
                .filter(name => ALLOWS[name] && !now.includes(name))
                .map(name => `${name} left ${context} before a deny`),
            );
          }
        };
        process.env.FAIL = failing === null ? '' : `--context ${failing}`;
        const { status } = await apply('--yes');
        process.env.FAIL = '';
        watch = () => undefined;
        expect(wrong).toEqual([]);
        return status;
      };
      await run(before, null);
      await run(middle, fail);
      expect(await run(after, null)).toBe(0);
      expect([there('a'), there('b')].map(each => each.sort())).toEqual([[...after].sort(), [...after].sort()]);
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('namespaces and definitions come first, and are never removed', async () => {
  const namespace = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n';
  policies(WEB, namespace);
  await apply();
  expect(happened('applied').find(line => line.startsWith('a '))).toBe('a Namespace /shop');
  expect(objects('a').find(each => each.kind === 'Namespace').metadata.labels).toBeUndefined();
  policies(WEB);
  expect((await apply()).status).toBe(0);
  expect(objects('a').some(each => each.kind === 'Namespace')).toBe(true);
});

test('what Kubernetes copies the labels of Services and Endpoints to is no member of a set', async () => {
  const service =
    '---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: default}\nspec: {ports: [{port: 80}]}\n';
  const endpoints = '---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: web, namespace: default}\n';
  const slice =
    '---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: by-hand, namespace: default}\n' +
    'addressType: IPv4\nendpoints: []\n';
  policies(WEB + service + endpoints + slice);
  await apply();
  const file = path.join(state, 'a.json');
  const given = objects('a');
  const copies = ['Service', 'Endpoints'].map(kind => {
    const { labels } = given.find(each => each.kind === kind).metadata;
    return {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `copied-from-${kind}`, namespace: 'default', labels },
    };
  });
  fs.writeFileSync(file, JSON.stringify([...given, ...copies]));
  const { status, err } = await apply();
  expect([status, err]).toEqual([0, expect.not.stringContaining('removed')]);
  expect(names('a')).toEqual(
    expect.arrayContaining([
      'EndpointSlice/by-hand',
      'EndpointSlice/copied-from-Service',
      'EndpointSlice/copied-from-Endpoints',
      'Endpoints/web',
    ]),
  );
});

test('an object without a namespace is put into default, whatever the context says', async () => {
  policies(WEB.replace(', namespace: default', ''));
  await apply();
  expect(objects('a').find(each => each.kind === 'Deployment').metadata.namespace).toBe('default');
  const { status, err } = await apply('--diff');
  expect([status, err]).toEqual([0, 'The clusters match the manifests.\n']);
});

test('a mesh with errors is not applied unless that is asked for', async () => {
  policies(policy('wrong', '{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "99999"}]}]}]}'));
  const { status, err } = await program('apply', '--mesh', 'mesh.yaml');
  expect([status, err]).toEqual([
    1,
    expect.stringMatching(
      /^error a.yaml:\d+[\s\S]*\nNothing was applied\. Correct the errors, or apply despite them with --ignore-findings\.\n$/,
    ),
  ]);
  expect(fs.existsSync(path.join(state, 'log'))).toBe(false);
});

test('errors that the configuration accepts do not prevent it', async () => {
  policies(policy('wrong', '{endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "99999"}]}]}]}'));
  const { err } = await program('apply', '--mesh', 'mesh.yaml');
  const [, code] = /\[([a-z-]+)\]/.exec(err)!;
  fs.writeFileSync('cilium-mesh.yaml', `apiVersion: cilium-mesh/v1\nseverities: {${code}: warning}\n`);
  expect(await program('apply', '--mesh', 'mesh.yaml')).toMatchObject({ status: 0 });
  fs.rmSync('cilium-mesh.yaml');
});

test('--diff shows what would change, and changes nothing', async () => {
  await program('apply');
  expect(await program('apply', '--diff')).toMatchObject({ status: 0, out: '' });
  lab('global');
  forget();
  const { status, out } = await program('apply', '--diff');
  expect(status).toBe(1);
  const removed = 'removed: CiliumNetworkPolicy default/default-deny\n';
  expect(out).toBe(`koornacht\nchanged Service default/rebel-base\n${removed}\ntion\n${removed}`);
  expect(happened('applied')).toEqual([]);
});

test('--dry-run prints a script that does the same', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  await apply();
  const before = ['a', 'b'].map(context => fs.readFileSync(path.join(state, `${context}.json`), 'utf8'));
  policies(WEB.replace('image: web', 'image: "web:2"') + DENY);
  const { status, out } = await apply('--dry-run');
  expect(status).toBe(0);
  await apply('--yes');
  const after = ['a', 'b'].map(objects);
  ['a', 'b'].forEach((context, index) => fs.writeFileSync(path.join(state, `${context}.json`), before[index]));
  expect(spawnSync('bash', ['-c', out], { encoding: 'utf8', env: process.env })).toMatchObject({
    status: 0,
    stderr: '',
  });
  expect(['a', 'b'].map(objects)).toEqual(after);
}, 60_000);

test('all clusters that do not answer are named at once', async () => {
  process.env.FAIL = 'get customresourcedefinitions';
  const { status, err } = await program('apply');
  expect(status).toBe(1);
  expect(err.match(/^kubectl --context kind-(koornacht|tion) get/gm)).toHaveLength(2);
  expect(err).toContain(
    '\n  status: 1\n  Error from server: it is broken\nNothing was changed. ' +
      'Check that the clusters run and that the contexts are right (kubectl config get-contexts).\n',
  );
});

test.each([
  ['Web', 'Web'],
  ['a_b', 'a_b'],
  ['', ''],
])('--apply-set %j is refused', async name => {
  expect(await program('apply', '--apply-set', name)).toEqual({
    status: 2,
    out: '',
    err:
      '--apply-set must be a name of Kubernetes (lower-case letters, digits and "-", up to 52 characters), got ' +
      `${JSON.stringify(name)}\n`,
  });
});

/** `apply` with a stand-in for kubectl that keeps objects and apply sets; with the real one, see acceptance/. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import * as fc from 'fast-check';
import { startOf } from '../../src/live/runner/process-start';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { folderOf, program, programWith } from '../support/program';

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

const apply = (...args: string[]) => program('apply', '--yes', '--ignore-findings', '--mesh', 'mesh.yaml', ...args);

test('every cluster gets its objects, each in its apply set', async () => {
  expect(await program('apply', '--yes')).toMatchObject({ status: 0, out: '' });
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
  const { status, err } = await program('apply', '--yes');
  expect(status).toBe(1);
  expect(err).toBe(
    'kubectl --context kind-tion apply --server-side --validate=strict --dry-run=server -o json -f -\n' +
      '  status: 1\n  Error from server: it is broken\n' +
      'Nothing was changed: what the manifests would change is unknown, or an API server refuses them.\n' +
      '    fix: correct what the output says; fields of other field managers can be taken over with --force-conflicts\n',
  );
  expect(happened('applied')).toEqual([]);
  delete process.env.FAIL;
  expect((await program('apply', '--yes')).status).toBe(0);
});

test('what allows comes before what denies, the narrow before the wide, and workloads last', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  expect((await apply()).status).toBe(0);
  const order = (context: string) =>
    happened('applied')
      .filter(line => line.startsWith(`${context} `) && !/ApplySet|CustomResource|ConfigMap/.test(line))
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
  expect([status, err]).toEqual([0, expect.stringContaining('a (a)\n  - CiliumNetworkPolicy default/deny\n')]);
  for (const [one, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    expect(position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/deny`)).toBeLessThan(
      position(`deleted ${other} CiliumNetworkPolicy.cilium.io default/dns`),
    );
    // web may ask DNS before and after: without dns, allow would stop it
    expect(position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/allow`)).toBeLessThan(
      position(`deleted ${one} CiliumNetworkPolicy.cilium.io default/dns`),
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
  expect([status, err]).toEqual([0, expect.stringContaining('0 objects to add, 2 to change, 0 to remove\n')]);
  expect([happened('pruned'), happened('deleted')]).toEqual([[], []]);
  expect(names('b')).toContain('CiliumNetworkPolicy/both');
});

test('what left is shown, and removed only when somebody says so', async () => {
  await program('apply', '--yes');
  lab('global');
  const { status, err } = await program('apply');
  expect([status, err]).toEqual([
    1,
    'koornacht (kind-koornacht)\n  ~ Service default/rebel-base\n' +
      '      metadata.annotations["service.cilium.io/shared"]: "false" removed\n' +
      '  - CiliumNetworkPolicy default/default-deny\n' +
      '\ntion (kind-tion)\n  - CiliumNetworkPolicy default/default-deny\n' +
      '\nno flow is interrupted or opened between the 2 changes that flows depend on\n' +
      '0 objects to add, 1 to change, 2 to remove\n' +
      'Nothing was changed: no terminal to ask on. To carry out this plan without asking, add --yes.\n',
  ]);
  expect(names('kind-tion')).toContain('CiliumNetworkPolicy/default-deny');
  expect((await program('apply', '--yes')).status).toBe(0);
  expect(names('kind-tion')).not.toContain('CiliumNetworkPolicy/default-deny');
});

test('objects of another program under the same name are not removed', async () => {
  await program('apply', '--yes');
  policies(WEB);
  const others = objects('kind-koornacht').filter(each => each.metadata.name !== 'cilium-mesh-clusters');
  fs.writeFileSync(path.join(state, 'a.json'), JSON.stringify(others));
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
  for (const [broken, call] of [
    ['b apply --server-side --validate=strict -f', 1],
    ['a apply --server-side --validate=strict -f', 2],
    ['a apply --server-side --validate=strict -f', 3],
    ['b delete --raw /apis/cilium.io', 1],
    ['a delete --raw /apis/cilium.io', 1],
  ] as const) {
    forget();
    process.env.FAIL = `--context ${broken}`;
    process.env.FAIL_AT = String(call);
    expect([broken, call, (await apply('--yes')).status]).toEqual([broken, call, 1]);
  }
  delete process.env.FAIL;
  delete process.env.FAIL_AT;
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
          'apply --server-side --validate=strict -f',
          'delete --raw /apis/cilium.io',
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
        const { status } = await apply('--yes', '--confirm', 'a', '--confirm', 'b');
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

test('an object that was created again since it was shown is not removed', async () => {
  policies(WEB + ALLOW + DENY);
  await apply();
  policies(WEB + DENY);
  // someone replaces the policy after the comparison, before its removal
  let isReplaced = false;
  forget();
  watch = () => {
    if (!isReplaced && log().some(line => line.includes('--dry-run=server -f'))) {
      isReplaced = true;
      const file = path.join(state, 'a.json');
      const { uid } = objects('a').find(each => each.metadata.name === 'allow').metadata;
      fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(`"${uid}"`, '"another"'));
    }
  };
  const { status, err } = await apply('--yes');
  watch = () => undefined;
  expect([status, err]).toEqual([1, expect.stringContaining('Precondition failed: UID in precondition: uid-')]);
  expect(names('a')).toContain('CiliumNetworkPolicy/allow');
  expect((await apply('--yes')).status).toBe(0);
  expect(names('a')).toEqual(['CiliumNetworkPolicy/deny', 'Deployment/web']);
});

test('what joins the set while the question waits is not removed: the run stops, and says what changed', async () => {
  policies(WEB + DENY + ALLOW);
  await apply();
  const folder = process.cwd();
  policies(WEB + DENY);
  const mine = process.cwd();
  const asked: string[] = [];
  const confirm = async (question: string) => {
    asked.push(question);
    process.chdir(folder);
    fs.writeFileSync('a.yaml', WEB + DENY + ALLOW + ALLOW.replace('name: allow', 'name: urgent'));
    expect((await apply()).status).toBe(0);
    process.chdir(mine);
    forget();
    return true;
  };
  const { status, err } = await programWith({ confirm }, 'apply', '--ignore-findings', '--mesh', 'mesh.yaml');
  expect([asked, status, err]).toEqual([
    ['Carry out this plan?'],
    1,
    expect.stringMatching(
      new RegExp(
        '\nNothing was changed: the clusters changed since the plan was made\\.\n' +
          '  a: CiliumNetworkPolicy default/urgent would be removed, and was not shown\n' +
          '    fix: run the command again, and look at its plan\n$',
      ),
    ),
  ]);
  expect([happened('applied'), happened('deleted')]).toEqual([[], []]);
  expect(names('a')).toContain('CiliumNetworkPolicy/urgent');
});

test('a cluster that another run works on is not changed, and its lock stays; --break-lock takes it', async () => {
  policies(WEB);
  const owner = { user: 'ann', host: os.hostname(), pid: process.pid, start: startOf(process.pid), command: 'x', since: 'y' };
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: 'cilium-mesh',
      namespace: 'kube-system',
      uid: 'lease',
      resourceVersion: '1',
      annotations: { 'cilium-mesh/owner': JSON.stringify(owner) },
    },
    spec: { holderIdentity: 'another', leaseDurationSeconds: 40 },
  };
  fs.writeFileSync(path.join(state, 'b.json'), JSON.stringify([lease]));
  const { status, err } = await apply();
  expect([status, err]).toEqual([
    2,
    expect.stringMatching(
      new RegExp(
        `\nAnother run works on the cluster of b: x, process ${process.pid} of ann on ${os.hostname()}, since y\n` +
          '    fix: wait for its end; if it has ended, or its host is gone, add --break-lock\n$',
      ),
    ),
  ]);
  expect([happened('applied'), objects('b'), objects('a')]).toEqual([[], [lease], []]);
  expect((await apply('--break-lock')).status).toBe(0);
  expect(objects('b').some(each => each.kind === 'Lease')).toBe(false);
});

describe('a removal that needs more than --yes', () => {
  const MANY = Array.from({ length: 24 }, (_, index) => policy(`p${index}`, '{endpointSelector: {}, ingress: [{}]}'));
  const kept = () => names('a').filter(each => each.startsWith('Cilium')).length;

  test('all objects of a cluster', async () => {
    policies(WEB + DENY);
    await apply();
    policies('# nothing\n');
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      'a (a)\n  - Deployment default/web\n  - CiliumNetworkPolicy default/deny\n' +
        '\nb (b)\n  - Deployment default/web\n  - CiliumNetworkPolicy default/deny\n' +
        '\nno flow is interrupted or opened between the 4 changes that flows depend on' +
        '\n0 objects to add, 0 to change, 4 to remove\n' +
        'warning a: all 2 objects of its apply sets would be removed: are the manifests empty?\n' +
        'warning b: all 2 objects of its apply sets would be removed: are the manifests empty?\n' +
        'Nothing was changed: --yes does not confirm this.\n' +
        '    fix: check the manifests; if all of this must go, add --confirm a --confirm b\n',
    ]);
    expect(names('b')).toEqual(['CiliumNetworkPolicy/deny', 'Deployment/web']);
    expect((await apply('--yes', '--confirm', 'a')).status).toBe(1);
    expect((await apply('--yes', '--confirm', 'a', '--confirm', 'b')).status).toBe(0);
    expect([names('a'), names('b')]).toEqual([[], []]);
  });

  test('more than half of the objects, or than --max-removals', async () => {
    policies(WEB + MANY.join(''));
    await apply();
    policies(WEB + MANY.slice(0, 10).join(''));
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('warning a: 14 objects would be removed, more than 12 (--max-removals)\n'),
    ]);
    expect(kept()).toBe(24);
    policies(WEB + MANY.slice(0, 20).join(''));
    expect((await apply('--yes', '--max-removals', '3')).status).toBe(1);
    expect(kept()).toBe(24);
    expect((await apply('--yes', '--max-removals', '4')).status).toBe(0);
    expect(kept()).toBe(20);
  });

  test('sets in which more leaves than stays while something else comes', async () => {
    policies(DENY + WEB + ALLOW);
    await apply();
    policies(DENY + WEB.replace(/web/g, 'other') + ALLOW.replace('name: allow', 'name: other'));
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      expect.stringContaining(
        'warning a: 2 objects would be removed, and only 1 kept: another program may use the same apply set',
      ),
    ]);
    expect(names('a')).toEqual(['CiliumNetworkPolicy/allow', 'CiliumNetworkPolicy/deny', 'Deployment/web']);
  });

  test('a claim of a volume, by its name; on a terminal the name is asked for', async () => {
    const claim =
      '---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: default}\nspec: {}\n';
    policies(WEB + DENY, claim);
    await apply();
    policies(WEB + DENY);
    expect((await apply('--yes')).status).toBe(1);
    const asked: string[] = [];
    const answers = (name: string | undefined) => ({
      confirm: async () => true,
      prompt: async (question: string) => {
        asked.push(question);
        return name;
      },
    });
    const ask = (name: string | undefined) =>
      programWith(answers(name), 'apply', '--ignore-findings', '--mesh', 'mesh.yaml');
    for (const name of [undefined, '', 'y', 'date']) {
      expect((await ask(name)).status).toBe(1);
      expect(names('a')).toContain('PersistentVolumeClaim/data');
    }
    expect((await ask('data')).status).toBe(0);
    expect(asked[0]).toBe('To remove this, type the name data: ');
    expect(names('a')).not.toContain('PersistentVolumeClaim/data');
  });
});

test('an object of another set is not taken, and its owner is named', async () => {
  policies(DENY);
  await apply('--apply-set', 'team1');
  policies(DENY + ALLOW);
  const { status, err } = await apply('--apply-set', 'team2');
  expect([status, err]).toEqual([
    1,
    'a (context a): CiliumNetworkPolicy default/deny belongs to the apply set team1-denies, not to team2\n' +
      'b (context b): CiliumNetworkPolicy default/deny belongs to the apply set team1-denies, not to team2\n' +
      'Nothing was changed. An object belongs to one apply set: the other program would change or remove it.\n' +
      '    fix: leave the object out of one of the two programs, or move it to this mesh with --take-over\n',
  ]);
  expect(names('a')).toEqual(['CiliumNetworkPolicy/deny']);
  expect((await apply('--apply-set', 'team2', '--take-over')).status).toBe(0);
  // the first program neither takes it back nor removes it
  policies(DENY);
  expect((await apply('--apply-set', 'team1', '--yes')).status).toBe(1);
  policies(ALLOW.replace('name: allow', 'name: mine'));
  expect((await apply('--apply-set', 'team1', '--yes')).status).toBe(0);
  expect(names('a')).toEqual(['CiliumNetworkPolicy/allow', 'CiliumNetworkPolicy/deny', 'CiliumNetworkPolicy/mine']);
});

describe('the cluster that a context leads to', () => {
  const config = (context: string, data: object) => {
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cilium-config', namespace: 'kube-system' }, data };
    fs.writeFileSync(path.join(state, `${context}.json`), JSON.stringify([...(read(context) ?? []), map]));
  };
  const read = (context: string) =>
    fs.existsSync(path.join(state, `${context}.json`)) ? objects(context) : undefined;
  const head = 'Nothing was changed: a context leads to another cluster than the mesh file says.\n';

  test('contexts that are swapped', async () => {
    policies(WEB + DENY, ALLOW);
    await apply();
    const text = fs.readFileSync('mesh.yaml', 'utf8');
    fs.writeFileSync(
      'mesh.yaml',
      text.replace('context: a', 'context: x').replace('context: b', 'context: a').replace('context: x', 'context: b'),
    );
    forget();
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      `${head}a (context b): this cluster was applied to as b\n` +
        '    fix: write the context of a (kubectl config get-contexts); if the cluster was renamed, delete the record: ' +
        'kubectl --context b -n kube-system delete configmap cilium-mesh-clusters\n' +
        'b (context a): this cluster was applied to as a\n' +
        '    fix: write the context of b (kubectl config get-contexts); if the cluster was renamed, delete the record: ' +
        'kubectl --context a -n kube-system delete configmap cilium-mesh-clusters\n',
    ]);
    expect([happened('applied'), happened('deleted')]).toEqual([[], []]);
  });

  test('another name or ID of Cilium, before anything was ever applied', async () => {
    policies(WEB + DENY);
    config('a', { 'cluster-name': 'b', 'cluster-id': '2' });
    config('b', { 'cluster-name': 'b', 'cluster-id': '3' });
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      `${head}a (context a): Cilium's cluster-name must be a, got b\n` +
        '    fix: write the context of a (kubectl config get-contexts); if this is the cluster, correct its name in ' +
        'the mesh file, or in cluster.name of its Helm values\n' +
        "b (context b): Cilium's cluster-id must be 2, got 3\n" +
        '    fix: write the context of b (kubectl config get-contexts); if this is the cluster, correct its ID in ' +
        'the mesh file, or in cluster.id of its Helm values\n',
    ]);
    expect(happened('applied')).toEqual([]);
  });

  test('a cluster that was built again, until it is accepted', async () => {
    policies(WEB + DENY);
    await apply();
    fs.rmSync(path.join(state, 'b.json'));
    process.env.UIDS = JSON.stringify({ b: 'another' });
    forget();
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      `${head}b (context b): kube-system has the UID another, and a knows b by uid-of-b\n` +
        '    fix: write the context of b (kubectl config get-contexts); if b was built again, add --accept-cluster b\n',
    ]);
    expect(happened('applied')).toEqual([]);
    expect((await apply('--yes', '--accept-cluster', 'b')).status).toBe(0);
    expect((await apply('--yes')).status).toBe(0);
  });

  test('two contexts of one cluster', async () => {
    policies(WEB + DENY);
    process.env.UIDS = JSON.stringify({ a: 'one', b: 'one' });
    const { status, err } = await apply('--yes');
    expect([status, err]).toEqual([
      1,
      `${head}b (context b): is the same cluster as a (context a), kube-system has the UID one\n` +
        '    fix: write the context of b (kubectl config get-contexts)\n',
    ]);
    expect(happened('applied')).toEqual([]);
  });
});

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
      metadata: { name: `copied-from-${kind}`, namespace: 'default', uid: `uid-of-copy-${kind}`, labels },
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

test('the same for a kind that only the API server knows, and for one that the manifests define', async () => {
  const definition =
    '---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n' +
    'spec: {group: example.org, scope: Namespaced, names: {plural: things, kind: Thing}, versions: [{name: v1}]}\n';
  const thing = '---\napiVersion: example.org/v1\nkind: Thing\nmetadata: {name: one}\n';
  policies(WEB + definition + thing);
  await apply();
  policies(WEB + thing.replace('one', 'two'));
  const { status, err } = await apply();
  expect([status, err]).toEqual([0, expect.stringContaining('  + Thing default/two\n  - Thing default/one\n')]);
  expect(objects('a').flatMap(({ kind, metadata }) => (kind === 'Thing' ? [`${metadata.namespace}/${metadata.name}`] : []))).toEqual([
    'default/two',
  ]);
  expect(await apply('--diff')).toMatchObject({ status: 0, err: 'The clusters match the manifests.\n' });
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
  expect(await program('apply', '--yes', '--mesh', 'mesh.yaml')).toMatchObject({ status: 0 });
  fs.rmSync('cilium-mesh.yaml');
});

test('--diff shows what would change, and changes nothing', async () => {
  await program('apply', '--yes');
  expect(await program('apply', '--diff')).toMatchObject({ status: 0, out: '' });
  lab('global');
  forget();
  const { status, out } = await program('apply', '--diff');
  expect(status).toBe(2);
  const removed = 'removed: CiliumNetworkPolicy default/default-deny\n';
  expect(out).toBe(`koornacht\nchanged Service default/rebel-base\n${removed}\ntion\n${removed}`);
  expect(happened('applied')).toEqual([]);
});

test('--diff shows no copy of a Secret that its annotations have', async () => {
  policies(WEB);
  await apply();
  const header = (name: string) => `diff -u -N LIVE-1/${name} MERGED-2/${name}\n`;
  const copy = (kind: string) =>
    `     kubectl.kubernetes.io/last-applied-configuration: '{"data":{"password":"aHVudGVyMi1wYXNz"},"kind":"${kind}"}'\n`;
  const standIn = jest.mocked(Processes.prototype.run).getMockImplementation()!;
  jest.mocked(Processes.prototype.run).mockImplementation(async command => {
    const output = header('v1.Secret.default.db') + copy('Secret') + header('v1.ConfigMap.default.one') + copy('ConfigMap');
    return command.args.includes('diff') ? { status: 1, output, tail: output, bySignal: false } : standIn(command);
  });
  const { status, out } = await program('apply', '--diff', '--mesh', 'mesh.yaml');
  expect(status).toBe(2);
  const [secret, other] = out.split('diff -u -N ').slice(1);
  expect([secret.includes('aHVudGVyMi1wYXNz'), secret.includes('(hidden)'), other.includes(copy('ConfigMap'))]).toEqual([
    false,
    true,
    true,
  ]);
});

test('--script prints a script that does the same', async () => {
  policies(WEB + DENY + DNS + ALLOW);
  await apply();
  const before = ['a', 'b'].map(context => fs.readFileSync(path.join(state, `${context}.json`), 'utf8'));
  policies(WEB.replace('image: web', 'image: "web:2"') + DENY);
  const { status, out } = await apply('--script');
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
  process.env.FAIL = 'get namespace kube-system';
  const { status, err } = await program('apply', '--yes');
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

test('objects without a workload, Service or policy are applied, and no objects at all are refused', async () => {
  const folder = temporaryFolder();
  process.chdir(folder);
  fs.writeFileSync(
    'mesh.yaml',
    'apiVersion: cilium-mesh/v1\nclusters: [{name: a, id: 1, context: a, manifests: [a.yaml]}]\n',
  );
  fs.writeFileSync('a.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: prices, namespace: default}\n');
  expect((await program('apply', '--yes', '--mesh', 'mesh.yaml')).status).toBe(0);
  expect(names('a')).toEqual(['ConfigMap/prices']);
  fs.writeFileSync('a.yaml', '# nothing\n');
  const { status, err } = await program('apply', '--yes', '--mesh', 'mesh.yaml');
  expect([status, err]).toEqual([1, expect.stringContaining('[nothing-to-check]')]);
  expect(names('a')).toEqual(['ConfigMap/prices']);
});

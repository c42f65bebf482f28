/** `plan`, and the plan that `apply` shows, with a stand-in for kubectl; with the real one, see acceptance/. */
import * as fs from 'fs';
import * as path from 'path';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { program, programWith } from '../support/program';
import { schemaFaults } from '../support/schemas';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');

const cwd = process.cwd();
const { env } = process;
let state: string;
/** What kubectl warns about, by a text of its arguments. */
let warnings: { [text: string]: string[] } = {};

const WEB = (image: string, replicas = 1) =>
  '---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: default}\n' +
  `spec: {replicas: ${replicas}, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, ` +
  `spec: {containers: [{name: web, image: "${image}"}]}}}\n`;
const CONFIG = (name: string, value: string) =>
  `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default}\ndata: {key: ${value}}\n`;
const SECRET = (value: string) =>
  `---\napiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: default}\nstringData: {password: ${value}}\n`;

beforeEach(() => {
  state = temporaryFolder();
  process.env = { ...env, STATE: state, XDG_STATE_HOME: path.join(state, 'home') };
  process.chdir(temporaryFolder());
  warnings = {};
  jest.spyOn(Processes.prototype, 'run').mockImplementation(async ({ args, stdin = '' }) => {
    const { status, out, err } = kubectl([...args], stdin, process.env);
    const found = Object.entries(warnings).find(([text]) => args.join(' ').includes(text));
    return { status, output: out, tail: `${out}${err}`.trim(), bySignal: false, ...(found ? { warnings: found[1] } : {}) };
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

function write(a: string, b: string = a): void {
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
const file = (context: string) => path.join(state, `${context}.json`);
const change = (context: string, edit: (text: string) => string) =>
  fs.writeFileSync(file(context), edit(fs.readFileSync(file(context), 'utf8')));

test('what is added, changed with its fields, removed and restarted; 2 for changes, 0 for none', async () => {
  write(WEB('web:1') + CONFIG('stays', 'old') + CONFIG('leaves', 'x') + SECRET('first-secret'));
  await apply();
  expect(await plan()).toEqual({ status: 0, out: 'Nothing to change.\n', err: '' });
  write(WEB('web:2', 3) + CONFIG('stays', 'new') + CONFIG('comes', 'x') + SECRET('second-secret'));
  const { status, out } = await plan();
  expect([status, out.split('\n\n')[0]]).toEqual([
    2,
    [
      'a (a)',
      '  + ConfigMap default/comes',
      '  ~ ConfigMap default/stays',
      '      data.key: "old" -> "new"',
      '  ~ Secret default/key',
      '      stringData.password: changed (hidden)',
      '  ~ Deployment default/web (restarts its pods)',
      '      spec.replicas: 1 -> 3',
      '      spec.template.spec.containers[web].image: "web:1" -> "web:2"',
      '  - ConfigMap default/leaves',
    ].join('\n'),
  ]);
  expect(out).toMatch(/\n2 objects to add, 6 to change, 2 to remove, 2 workloads to restart\n$/);
  for (const format of ['json', 'markdown', 'csv']) {
    const printed = await plan('--format', format);
    expect([format, printed.status, printed.out]).toEqual([format, 2, expect.not.stringMatching(/first-|second-secret/)]);
  }
  const document = JSON.parse((await plan('--format', 'json')).out);
  expect([schemaFaults('plan', document), document.clusters[0].changed.map((each: any) => each.restarts)]).toEqual([
    [],
    [false, false, true],
  ]);
  expect((await apply()).status).toBe(0);
  expect((await plan()).status).toBe(0);
});

test('errors are status 1: usage, files, refusals, clusters that do not answer', async () => {
  write(CONFIG('one', 'x'));
  expect(await plan('--formt', 'json')).toMatchObject({ status: 1, out: '' });
  expect(await program('plan', 'down', ...MESH)).toMatchObject({
    status: 1,
    err: 'plan must be followed by up, apply or rotate (default: up), got "down"\n',
  });
  expect(await program('plan', 'apply', '--mesh', 'nowhere.yaml')).toMatchObject({ status: 1, out: '' });
  for (const broken of ['--dry-run=server', 'get namespace']) {
    process.env.FAIL = `--context b ${broken === 'get namespace' ? broken : 'apply --server-side --validate=strict'}`;
    expect([broken, await plan()]).toEqual([broken, expect.objectContaining({ status: 1, out: '' })]);
  }
});

test('a kind that is not served yet is not asked about, which the plan says', async () => {
  const definition =
    '---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: cars.x.io}\n' +
    'spec: {group: x.io, scope: Namespaced, names: {kind: Car, plural: cars}, versions: [{name: v1}]}\n';
  const car = '---\napiVersion: x.io/v1\nkind: Car\nmetadata: {name: one, namespace: default}\n';
  write(definition + car);
  const { status, out } = await plan();
  expect([status, out]).toEqual([
    2,
    expect.stringContaining(
      '  + CustomResourceDefinition cars.x.io\n  + Car default/one\n' +
        '  not asked: whether the API server accepts 1 object: it does not serve Car yet\n',
    ),
  ]);
});

test('an object that exists, and that no run applied, is changed and not added', async () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', namespace: 'default' }, data: { key: 'by-hand' } };
  fs.writeFileSync(file('a'), JSON.stringify([object]));
  write(CONFIG('one', 'x'));
  expect((await plan()).out).toContain('  ~ ConfigMap default/one\n      data.key: "by-hand" -> "x"\n');
});

describe('the question', () => {
  test('is asked on a terminal; elsewhere --yes is needed; nothing is asked where nothing changes', async () => {
    write(CONFIG('one', 'x'));
    expect(await program('apply', ...MESH)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/\n2 objects to add, .*\nNothing was changed: no terminal to ask on\. .* add --yes\.\n$/),
    });
    const asked: string[] = [];
    const answer = (yes: boolean) => ({
      confirm: async (question: string) => {
        asked.push(question);
        return yes;
      },
    });
    expect((await programWith(answer(false), 'apply', ...MESH)).status).toBe(1);
    expect(fs.readFileSync(path.join(state, 'log'), 'utf8')).not.toContain('applied');
    expect((await programWith(answer(true), 'apply', ...MESH)).status).toBe(0);
    expect(await programWith(answer(true), 'apply', ...MESH)).toMatchObject({ status: 0, err: 'Nothing to change.\n' });
    expect(asked).toEqual(['Carry out this plan?', 'Carry out this plan?']);
  });

  test.each<[string, (text: string) => string, string | undefined]>([
    ['a field that the manifest sets', text => text.replace('"key":"x"', '"key":"other"'), 'changed: data.key'],
    [
      'a field that it does not set',
      text => text.replace('"key":"x"', '"key":"x","more":"y"'),
      undefined,
    ],
  ])('what changes before the answer stops the run: %s', async (_, edit, message) => {
    write(CONFIG('one', 'x'));
    await apply();
    write(CONFIG('one', 'new'));
    const confirm = async () => {
      change('a', edit);
      return true;
    };
    const { status, err } = await programWith({ confirm }, 'apply', ...MESH);
    expect([status, err.includes(`  a: ConfigMap default/one ${message}\n`)]).toEqual(
      message === undefined ? [0, false] : [1, true],
    );
    expect(fs.readFileSync(file('a'), 'utf8').includes('"key":"new"')).toBe(message === undefined);
  });
});

test('warnings of API servers are told at the end, once for each cluster', async () => {
  write(CONFIG('one', 'x') + WEB('web:1'));
  warnings = { '--context b apply --server-side --validate=strict -f': ['would violate PodSecurity "restricted"'] };
  const { status, err } = await apply();
  expect([status, err]).toEqual([
    0,
    expect.stringMatching(/\nwarning b: would violate PodSecurity "restricted"\ndone in \d+ s: 4 objects added, 0 changed, 0 removed\n$/),
  ]);
});

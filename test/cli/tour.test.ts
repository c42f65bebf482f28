/** `verify --tour` with stand-ins for kubectl and the pods: the pods answer as the objects say that are applied. */
import * as fs from 'fs';
import * as path from 'path';
import { Processes } from '../../src/live/runner/processes';
import { temporaryFolder } from '../support/mesh';
import { folderOf, program, programWith } from '../support/program';

const { kubectl } = jest.requireActual('../support/stand-ins/kubectl.js');
const cwd = process.cwd();
const { env } = process;
const TITLES: { readonly [step: string]: string } = {
  'not-global': 'alone',
  'global': 'together',
  'default-deny': 'no answer',
};
let state: string;
let refused: string | undefined;

const objects = (context: string): any[] =>
  fs.existsSync(path.join(state, `${context}.json`))
    ? JSON.parse(fs.readFileSync(path.join(state, `${context}.json`), 'utf8'))
    : [];

/** Answers of a request to the service: nobody under default deny, both clusters where it is global, else its own. */
function answers(context: string, requests: number): string {
  const there = objects(context);
  const isGlobal = there.some(
    each => each.kind === 'Service' && each.metadata.annotations?.['service.cilium.io/global'] === 'true',
  );
  const names = there.some(each => each.kind === 'CiliumNetworkPolicy')
    ? []
    : isGlobal
      ? ['Koornacht', 'Tion']
      : [context === 'kind-tion' ? 'Tion' : 'Koornacht'];
  return Array.from({ length: requests }, (_, index) =>
    names.length === 0
      ? 'cilium-mesh curl 28  cilium-mesh-measured 000 0.0'
      : `cilium-mesh curl 0 {"Cluster": "${names[index % names.length]}"} cilium-mesh-measured 200 0.1`,
  ).join('\n');
}

beforeEach(() => {
  state = temporaryFolder();
  refused = undefined;
  process.env = {
    ...env,
    STATE: state,
    XDG_STATE_HOME: path.join(state, 'home'),
    PATH: `${path.join(__dirname, '..', 'support', 'stand-ins')}${path.delimiter}${env.PATH}`,
  };
  process.chdir(temporaryFolder());
  Object.entries(TITLES).forEach(([step, title], index) => {
    const folder = path.join('dist', 'steps', `0${index + 1}-${step}`);
    fs.cpSync(path.join(folderOf('isovalent-lab', step), 'dist'), folder, { recursive: true });
    const requests = ['koornacht', 'tion'].map(each => ({ from: `x-wing@${each}`, to: 'svc/default/rebel-base' }));
    fs.writeFileSync(path.join(folder, 'step.yaml'), JSON.stringify({ title, requests }));
  });
  jest
    .spyOn(Processes.prototype, 'run')
    .mockImplementation(async ({ program: name, args, stdin = '', env: variables }) => {
      const context = args[args.indexOf('--context') + 1];
      const ended = (output: string, status: number = 0) => ({ status, output, tail: output, bySignal: false });
      if (name === 'hubble') {
        return ended('');
      } else if (args.includes('pods')) {
        return ended(
          JSON.stringify({
            items: ['x-wing-0', 'rebel-base-0', 'rebel-base-1'].map(pod => ({
              apiVersion: 'v1',
              kind: 'Pod',
              metadata: { name: pod, labels: { name: pod.slice(0, -2) } },
              status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
            })),
          }),
        );
      } else if (args.includes('exec')) {
        return ended(answers(context, Number(args[args.lastIndexOf('sh') + 1])));
      } else if (refused !== undefined && args.includes('apply') && stdin.includes(refused)) {
        return ended('Error from server (Forbidden)', 1);
      }
      const { status, out, err } = kubectl([...args], stdin, { ...process.env, ...variables });
      return { status, output: out, tail: `${out}${err}`.trim(), bySignal: false };
    });
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

const tour = (...args: string[]) =>
  program('verify', '--tour', '--settle', '0', '--only', 'services', '--from', 'x-wing@koornacht', ...args);

test('every step is applied, verified and explained, in the order of the folders', async () => {
  const { status, out } = await tour('--yes');
  expect([status, out.match(/^\d\d-.*$/gm)]).toEqual([
    0,
    ['01-not-global: alone', '02-global: together', '03-default-deny: no answer'],
  ]);
  expect(
    out.match(/^x-wing@koornacht +svc.*(?:as predicted|DIFFERENT)$/gm)!.map(line => line.split(/ {2,}/).slice(3)),
  ).toEqual([
    ['koornacht 100 %', '24 koornacht', 'as predicted'],
    ['koornacht 50 % (54 to 78 of 132), tion 50 % (54 to 78 of 132)', '66 koornacht, 66 tion', 'as predicted'],
    ['dropped in koornacht 100 %', '24 unanswered; Hubble in koornacht: no drop', 'as predicted'],
  ]);
  expect(out).toMatch(/why: [\s\S]*default-deny/);
  expect(out).toContain('3 steps, all as predicted');
});

test('a step probes what its step.yaml names, unless options select something', async () => {
  const probes = (out: string) =>
    out.match(/^\S+@\S+ .*(?:as predicted|DIFFERENT)$/gm)?.map(line => line.split(/ +/, 2));
  const { status, out } = await program('verify', '--tour', '--settle', '0', '--yes', '--step', 'global');
  expect([status, probes(out)]).toEqual([
    0,
    [
      ['x-wing@koornacht', 'svc/default/rebel-base'],
      ['x-wing@tion', 'svc/default/rebel-base'],
    ],
  ]);
  fs.rmSync('dist/steps/02-global/step.yaml');
  const all = await program('verify', '--tour', '--settle', '0', '--yes', '--step', '02-global', '--requests', '2');
  expect(probes(all.out)).toHaveLength(10);
  expect(all.out).toMatch(/^\n02-global\nFROM/);
});

describe('--step', () => {
  test('takes these steps, in the order of the tour', async () => {
    const { status, out } = await tour('--yes', '--step', '03-default-deny', '--step', 'not-global');
    expect([status, out.match(/^\d\d-.*$/gm)]).toEqual([0, ['01-not-global: alone', '03-default-deny: no answer']]);
    expect(out).toContain('2 steps, all as predicted');
  });

  test('answers an unknown name with the nearest and the list', async () => {
    expect(await tour('--yes', '--step', 'defualt-deny')).toEqual({
      status: 2,
      out: '',
      err:
        '--step: unknown step "defualt-deny" (did you mean "default-deny"?)\n' +
        'The steps are: 01-not-global, 02-global, 03-default-deny\n',
    });
  });
});

describe('--pause', () => {
  test('waits before each next step, and ends where asked', async () => {
    const questions: string[] = [];
    const pause = async (text: string) => questions.push(text) < 2;
    const { status, out, err } = await programWith({ pause }, 'verify', '--tour', '--pause', '--yes', '--settle', '0');
    expect([status, out.match(/^\d\d-.*$/gm)]).toEqual([0, ['01-not-global: alone', '02-global: together']]);
    expect(questions).toEqual([
      '\nNext: 02-global: together. Enter continues, q ends the tour: ',
      '\nNext: 03-default-deny: no answer. Enter continues, q ends the tour: ',
    ]);
    expect(err).toContain(
      'The tour ends before 03-default-deny. To take one step: cilium-mesh verify --tour --step 03-default-deny\n',
    );
    expect(objects('kind-koornacht').some(each => each.kind === 'CiliumNetworkPolicy')).toBe(false);
  });

  test('needs a terminal', async () => {
    expect(await tour('--yes', '--pause')).toEqual({
      status: 2,
      out: '',
      err: '--pause needs a terminal to wait on\n',
    });
    expect(fs.existsSync(path.join(state, 'log'))).toBe(false);
  });
});

test('a step.yaml with mistakes is refused before anything is applied', async () => {
  const file = path.join('dist', 'steps', '02-global', 'step.yaml');
  fs.writeFileSync(file, 'titel: together\nrequests:\n- {from: x-wing@tion}\n');
  expect(await tour('--yes')).toEqual({
    status: 2,
    out: '',
    err:
      `${file}:1: unknown field "titel" (did you mean "title"?)\n` +
      '    fix: correct the name of the field, or remove it; the fields are title, requests\n' +
      `${file}:3: requests[0].to is missing\n    fix: write to: a pattern of workloads, or a service such as svc/default/rebel-base\n`,
  });
  fs.writeFileSync(file, 'title: [a\n');
  expect(await tour('--yes')).toMatchObject({ status: 2, err: expect.stringContaining(`${file}:`) });
  fs.writeFileSync(file, 'requests:\n- {from: y-wing@tion, to: rebel-base}\n');
  expect(await program('verify', '--tour', '--yes')).toMatchObject({
    status: 2,
    err: expect.stringContaining('"y-wing@tion"'),
  });
  expect(fs.existsSync(path.join(state, 'log'))).toBe(false);
});

test('going back removes what a step has no more', async () => {
  await tour('--yes');
  fs.renameSync('dist/steps/03-default-deny', 'dist/steps/00-default-deny');
  const { status, err } = await tour('--yes');
  expect([status, err]).toEqual([0, expect.stringMatching(/\nkoornacht \(kind-koornacht\)\n(  .*\n)+  - CiliumNetworkPolicy default\/default-deny\n/)]);
  expect(objects('kind-koornacht').some(each => each.kind === 'CiliumNetworkPolicy')).toBe(false);
});

test('a step that is not as predicted does not end the tour', async () => {
  fs.cpSync('dist/steps/02-global', 'dist/steps/02-wrong', { recursive: true });
  const file = 'dist/steps/02-wrong/koornacht.k8s.yaml';
  // the evaluator expects tion alone, the stand-ins know nothing of affinity
  fs.writeFileSync(
    file,
    fs
      .readFileSync(file, 'utf8')
      .replace(
        'service.cilium.io/global: "true"',
        'service.cilium.io/global: "true"\n    service.cilium.io/affinity: remote',
      ),
  );
  const { status, out } = await tour('--yes');
  expect([status, out]).toEqual([1, expect.stringContaining('4 steps, not as predicted: 02-wrong')]);
  expect(out).toMatch(/DIFFERENT[\s\S]*03-default-deny: no answer/);
});

test('the explanation is about the request of the probes', async () => {
  fs.appendFileSync(
    'dist/steps/02-global/koornacht.k8s.yaml',
    `---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: get-only, namespace: default}
spec:
  endpointSelector: {matchLabels: {name: rebel-base}}
  ingress: [{toPorts: [{ports: [{port: "80", protocol: TCP}], rules: {http: [{method: GET}]}}]}]
`,
  );
  const { out } = await tour('--yes', '--http', 'DELETE /');
  expect(out).toContain('why: x-wing@koornacht -> svc/default/rebel-base@koornacht TCP/80: partial, 50 % of requests');
  expect(out).toContain('    the request: denied\n');
});

test('a step that cannot be applied ends it', async () => {
  refused = 'default-deny';
  const { status, out, err } = await tour('--yes');
  expect([status, err]).toEqual([
    1,
    expect.stringMatching(
      /\nThe tour ends here: 03-default-deny was not applied\. To see its state: cilium-mesh status --mesh dist\/steps\/03-default-deny\/mesh\/mesh\.yaml\n$/,
    ),
  ]);
  expect(out).toContain('02-global: together');
});

test('one step is announced as one', async () => {
  expect(await tour('--step', 'global')).toMatchObject({
    status: 1,
    err:
      '1 step will be applied to kind-koornacht, kind-tion; it removes what is not in its mesh.\n' +
      'Nothing was changed: no terminal to ask on. To continue without asking, add --yes.\n',
  });
});

test('nothing is applied without a yes, and nothing before every step was read', async () => {
  expect(await tour()).toMatchObject({
    status: 1,
    err:
      '3 steps will be applied to kind-koornacht, kind-tion, one after the other; each removes what is not in its ' +
      'mesh.\n' +
      'Nothing was changed: no terminal to ask on. To continue without asking, add --yes.\n',
  });
  fs.rmSync('dist/steps/02-global/tion.k8s.yaml');
  expect(await tour('--yes')).toMatchObject({ status: 2, err: expect.stringContaining('tion.k8s.yaml') });
  expect(fs.existsSync(path.join(state, 'log'))).toBe(false);
});

const fix = (folder: string) =>
  `    fix: write each step to a folder of its own: cdk8s synth --output ${folder}/01-NAME\n`;

test.each([
  [['--tour', 'nowhere'], `--tour must be a folder with a folder for each step, got "nowhere"\n${fix('nowhere')}`],
  [
    ['--tour', 'dist/steps/01-not-global/mesh'],
    `--tour must be a folder with a folder for each step, got "dist/steps/01-not-global/mesh"\n${fix('dist/steps/01-not-global/mesh')}`,
  ],
  [['--predict'], '--predict needs --tour\n'],
  [['--step', 'global'], '--step needs --tour\n'],
  [['--pause'], '--pause needs --tour\n'],
  [['--yes'], '--yes needs --tour\n'],
  [['--apply-set', 'lab'], '--apply-set needs --tour\n'],
  [['--force-conflicts'], '--force-conflicts needs --tour\n'],
  [['--ignore-findings'], '--ignore-findings needs --tour\n'],
  [['--tour', '--format', 'json'], '--tour prints text only; for json or junit, verify each step separately\n'],
])('%j is refused', async (args, message) => {
  expect(await program('verify', ...args)).toEqual({ status: 2, out: '', err: message });
});

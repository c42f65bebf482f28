/** `npm run synth`: what it prints and writes, and how it answers wrong arguments. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { temporaryFolder } from './support/mesh';
import { program } from './support/program';
import { STEPS } from '../examples/isovalent-lab/steps';

const ROOT = path.join(__dirname, '..');
const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

function synth(folder: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [require.resolve('tsx/cli'), '--tsconfig', path.join(ROOT, 'test', 'tsconfig.json'), 'tools/synth.ts', ...args],
    { cwd: ROOT, encoding: 'utf8', env: { ...process.env, CDK8S_OUTDIR: path.join(folder, 'dist'), NO_COLOR: '1' } },
  );
  return { status, out: stdout, err: stderr };
}

test('a step: its title, its backends, and commands that work', async () => {
  const folder = temporaryFolder();
  const { status, out, err } = synth(folder, 'isovalent-lab', 'failover', '--cilium-version', '1.18.4');
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(/^isovalent-lab failover --cilium-version 1\.18\.4: koornacht scaled to 0: tion answers all\n/);
  expect(out).toContain('  cluster tion (ID 2, Cilium 1.18.4)\n');
  const printed = [...out.matchAll(/^\$ npm run cilium-mesh -- (.*)\n([^$]*)/gm)].map(([, command, text]) => [
    command,
    text.trim(),
  ]);
  expect(printed.map(([command]) => command)).toEqual(['backends rebel-base', 'matrix', 'check']);
  process.chdir(folder);
  expect((await program('backends', 'rebel-base')).out.trim()).toBe(printed[0][1]);

  const next = [...out.slice(out.indexOf('\nNext:\n')).matchAll(/^ {2}(.*?) +# .*$/gm)].map(([, command]) => command);
  expect(next).toContain('npm run synth -- isovalent-lab global-again --cilium-version 1.18.4');
  const ours = next.flatMap(command => /^npm run cilium-mesh -- (.*)$/.exec(command)?.[1] ?? []);
  expect(ours.length).toBeGreaterThan(2);
  for (const command of ours) {
    expect([command, await program(...command.split(' '))]).toEqual([
      command,
      expect.objectContaining({ status: 0, err: '' }),
    ]);
  }
});

test('--steps writes the first step to dist/, and each step with its requests', async () => {
  const folder = temporaryFolder();
  const { status, out } = synth(folder, 'isovalent-lab', '--steps');
  expect([status, out.split('\n', 1)]).toEqual([0, [`isovalent-lab not-global: ${STEPS['not-global'].title}`]]);
  process.chdir(folder);
  const { out: tour } = await program('verify', '--tour', '--predict');
  expect([...tour.matchAll(/^\d\d-(\S+): .*$/gm)].map(([, name]) => name)).toEqual(Object.keys(STEPS));
  expect(tour.match(/^x-wing@/gm)).toHaveLength(20);
  const first = (file: string) => fs.readFileSync(path.join(folder, 'dist', file), 'utf8');
  expect(first('tion.k8s.yaml')).toBe(first('steps/01-not-global/tion.k8s.yaml'));
}, 120_000);

test.each([[['--cilium-version', '1.18.4', 'failover']], [['--cilium-version=1.18.4', 'failover']]])(
  'the variant may follow the version: %j',
  args => {
    const { status, out, err } = synth(temporaryFolder(), 'isovalent-lab', ...args);
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^isovalent-lab failover --cilium-version 1\.18\.4: koornacht scaled to 0: tion answers all\n/);
    expect(out).toContain('  cluster tion (ID 2, Cilium 1.18.4)\n');
  },
);

test('--help prints the usage, and writes nothing', () => {
  const folder = temporaryFolder();
  const { status, out, err } = synth(folder, 'isovalent-lab', '--help');
  expect([status, err]).toEqual([0, '']);
  expect(out).toMatch(/^usage: npm run synth -- \[example\] \[variant\] \[--cilium-version VERSION\] \[--steps\]\n/);
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('--steps of an example without steps is no error, but says so', () => {
  const folder = temporaryFolder();
  const { status, out, err } = synth(folder, 'cilium-docs', '--steps');
  expect([status, err]).toEqual([0, '']);
  expect(out).toContain('  cilium-docs has no steps, so --steps wrote only dist/.\n');
  expect(fs.existsSync(path.join(folder, 'dist', 'steps'))).toBe(false);
});

test.each([
  [['kodeclowd'], 'Unknown example "kodeclowd" (did you mean "kodekloud"?).\nusage: '],
  [
    ['isovalent-lab', 'failovr'],
    'Unknown variant "failovr" (did you mean "failover"?). The variants are: not-global, ',
  ],
  [['isovalent-lab', 'failovr', '--steps'], 'Unknown variant "failovr" (did you mean "failover"?). '],
  [['production', 'eu'], 'Unknown variant "eu". The variants are: standard, host-firewall.\n'],
  [
    ['isovalent-lab', 'global', 'shared'],
    'Unknown argument "shared". Allowed are: [variant] [--cilium-version VERSION]. ',
  ],
  [['isovalent-lab', '--stepps'], 'Unknown option "--stepps" (did you mean "--steps"?).\nusage: '],
  [['isovalent-lab', '--cilium-version', '--steps'], '--cilium-version needs a version of Cilium, for example 1.18.4\n'],
  [['isovalent-lab', '--cilium-version'], '--cilium-version needs a version of Cilium, for example 1.18.4\n'],
  [['isovalent-lab', '--cilium-version', '1.18'], 'MeshError: defaults.ciliumVersion: unsupported version'],
])('%j is refused, and dist/ stays', (args, message) => {
  const folder = temporaryFolder();
  fs.mkdirSync(path.join(folder, 'dist'));
  const { status, out, err } = synth(folder, ...args);
  expect([status === 0, out, err]).toEqual([false, '', expect.stringContaining(message)]);
  expect(fs.readdirSync(folder)).toEqual(['dist']);
});

/** `up` as a process of its own: what two runs, signals, and a program that is killed leave behind. */
import { ChildProcess, execFileSync, spawn } from 'child_process';
import { once } from 'events';
import * as fs from 'fs';
import * as path from 'path';
import { createColors } from 'picocolors';
import { run as runProgram } from '../../src/cli/program';
import { temporaryFolder } from '../support/folder';
import { meshTools } from '../support/mesh-tools';
import { folderOf } from '../support/program';
import { StandIns, until } from '../support/stand-ins';

/** A hook that waits in a command until the file `go` exists; it ends when it gets SIGTERM. */
const BLOCK = (text: string) =>
  `if [[ "$line" == *'${text}'* ]]; then touch "$STATE/blocked"; while [[ ! -e "$STATE/go" ]]; do sleep 0.02; done; fi`;

jest.setTimeout(60_000); // it starts hundreds of processes

let bundle: string;
let folder: string;
let programs: StandIns;
const runs: ChildProcess[] = [];

beforeAll(() => {
  // as it is published: one file
  bundle = path.join(temporaryFolder(), 'cilium-mesh.js');
  execFileSync(path.join('node_modules', '.bin', 'esbuild'), [
    'src/cli/main.ts',
    '--bundle',
    '--platform=node',
    '--target=node20',
    '--log-level=warning',
    `--outfile=${bundle}`,
  ]);
});

beforeEach(() => {
  folder = folderOf('isovalent-lab');
  programs = meshTools();
});

afterEach(() => {
  fs.writeFileSync(path.join(programs.state, 'go'), '');
  runs.splice(0).forEach(child => child.kill('SIGKILL'));
});

interface Run {
  readonly child: ChildProcess;
  readonly ended: Promise<{ status: number | null; err: string }>;
}

function up(...args: string[]): Run {
  const child = spawn(process.execPath, [bundle, 'up', '--yes', ...args], {
    cwd: folder,
    env: programs.env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  runs.push(child);
  const err: string[] = [];
  child.stderr!.on('data', data => err.push(String(data)));
  return { child, ended: once(child, 'close').then(([status]) => ({ status, err: err.join('') })) };
}

const exists = (name: string) => programs.exists(name);
const hook = (text: string) => programs.hook(text);
const unhook = () => programs.unhook();
const kept = (kind: string) => {
  const records = path.join(programs.env.XDG_STATE_HOME!, 'cilium-mesh', kind);
  return fs.existsSync(records) ? fs.readdirSync(records).sort() : [];
};
/** Of the records of what runs make, those of clusters: Helm may have been at work in the other cluster. */
const keptClusters = () => kept('intents').filter(each => each.startsWith('kind%20cluster'));
const acts = () =>
  programs
    .log()
    .filter(line => /^kind (create|delete)|^cilium (install|clustermesh (enable|connect))| apply | create /.test(line));

/** A run that creates tion, and has gone on with koornacht. */
async function creatingTion(): Promise<Run> {
  hook(BLOCK('kind create cluster --name tion'));
  const started = up();
  await until(() => exists('blocked') && exists('installed-kind-koornacht') && hasRecorded('kind cluster tion'));
  return started;
}

/** Whether a run has recorded the containers that it makes; it looks for them at intervals. */
function hasRecorded(what: string): boolean {
  const file = path.join(
    programs.env.XDG_STATE_HOME!,
    'cilium-mesh',
    'intents',
    `${encodeURIComponent(what)}.json`,
  );
  return fs.existsSync(file) && JSON.parse(fs.readFileSync(file, 'utf8')).ids?.length > 0;
}

test('what is missing, too old and in use is told in one table, and nothing is changed', async () => {
  fs.rmSync(path.join(programs.env.PATH!.split(path.delimiter)[0], 'kind'));
  hook(
    '[[ "$line" != "cilium version"* ]] || { echo "cilium-cli: v0.15.0 compiled with go1.21"; exit; }\n' +
      '[[ "$line" != "docker info"* ]] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }',
  );
  const { status, err } = await up().ended;
  expect(status).toBe(2);
  expect(err).toMatch(
    /^Nothing was changed: this host lacks what the plan needs\.\n {2}what +got +required +fix\n {2}kind +not in the path .*\n {2}cilium +0\.15\.0 .*\n/,
  );
  expect(err).toMatch(/\n {2}container runtime: docker +Cannot connect .*\n$/);
  expect(acts()).toEqual([]);
  expect(kept('locks')).toEqual([]);
});

test('an API server that answers 500 is told; nothing is installed again', async () => {
  expect((await up().ended).status).toBe(0);
  fs.rmSync(path.join(programs.state, 'log'));
  hook(
    '[[ "$line" != *status=deployed* ]] || { echo "Error from server (InternalError): an error on the server" >&2; ' +
      'exit 1; }',
  );
  const { status, err } = await up('--mesh', 'dist/mesh/mesh.yaml').ended;
  expect(status).toBe(1);
  expect(err).toMatch(/^kubectl --context kind-koornacht .*owner=helm.*\n {2}status: 1\n {2}.*InternalError/);
  expect(err).toMatch(/\nNothing was changed\. Check that the clusters run /);
  expect(acts().filter(line => line.includes('install'))).toEqual([]);
});

test('two at once: the second says who works there, and changes nothing', async () => {
  const first = await creatingTion();
  const second = await up().ended;
  const { pid } = first.child;
  expect(second.err).toMatch(
    new RegExp(
      `\\nAnother run works on kind-koornacht: cilium-mesh up --yes, process ${pid}, since 20[^ ]+Z\n {4}fix: wait for its end, or stop it: kill ${pid}\n$`,
    ),
  );
  expect(second.status).toBe(2);
  fs.writeFileSync(path.join(programs.state, 'go'), '');
  expect((await first.ended).status).toBe(0);
  expect([kept('locks'), kept('intents')]).toEqual([[], []]);
  expect(acts().filter(line => line.startsWith('kind create'))).toHaveLength(2);
});

test('killed in the middle: the next run takes over its locks, ends what it left running, and makes exactly that cluster again', async () => {
  const killed = await creatingTion();
  killed.child.kill('SIGKILL');
  await killed.ended;
  expect([kept('locks'), keptClusters()]).toEqual([
    ['kind-koornacht.json', 'kind-tion.json'],
    ['kind%20cluster%20tion.json'],
  ]);
  unhook();
  const { status, err } = await up().ended;
  expect([status, err]).toEqual([
    0,
    expect.stringContaining(
      'tion: create the kind cluster: undoing the kind cluster tion, which a killed run left unfinished\n',
    ),
  ]);
  expect(
    programs
      .log()
      .filter(line => /^kind (create|delete)/.test(line))
      .map(line => line.split(' ').slice(1, 5).join(' '))
      .sort(),
  ).toEqual([
    'create cluster --name koornacht',
    'create cluster --name tion',
    'create cluster --name tion',
    'delete cluster --name tion',
  ]);
  expect([kept('locks'), kept('intents')]).toEqual([[], []]);
});

test('a Helm operation that was killed is recognised and repeated; one of another program is not touched', async () => {
  const pending = path.join(programs.state, 'pending-kind-koornacht');
  const install = 'cilium install --version 1.20.2 --values dist/mesh/koornacht';
  hook(`[[ "$line" != '${install}'* ]] || echo uid-of-the-record > '${pending}'\n${BLOCK(install)}`);
  const killed = up();
  await until(() => exists('blocked') && hasRecorded('Helm operation on Cilium in kind-koornacht'));
  killed.child.kill('SIGKILL');
  await killed.ended;
  unhook();
  const { status, err } = await up().ended;
  expect([status, err]).toEqual([
    0,
    expect.stringContaining(
      'koornacht: look for unfinished Helm operations: undoing the Helm operation on Cilium in kind-koornacht, which a ' +
        'killed run left unfinished\n',
    ),
  ]);
  expect(programs.log().filter(line => line.startsWith(install))).toHaveLength(2);
  expect([kept('locks'), kept('intents')]).toEqual([[], []]);
  fs.writeFileSync(pending, 'uid-of-another\n');
  expect(await up().ended).toMatchObject({
    status: 1,
    err: expect.stringContaining('a Helm operation on Cilium in koornacht has not ended. Wait for it; '),
  });
  expect(fs.readFileSync(pending, 'utf8')).toBe('uid-of-another\n');
});

test('a half-made cluster of another program is never deleted', async () => {
  fs.writeFileSync(path.join(programs.state, 'node-kind-tion'), '');
  const { status, err } = await up().ended;
  expect([status, err]).toEqual([
    1,
    expect.stringContaining(
      '\n  next:    the kind cluster tion exists, but the API server of the context ' +
        'kind-tion does not answer. If its nodes are stopped, start their containers. If the kubeconfig lacks the ' +
        'context, run kind export kubeconfig --name tion. If a killed run of kind left the cluster unfinished, delete it (kind delete cluster --name tion), then run up again\n',
    ),
  ]);
  expect(err).toMatch(/^FAILED tion: create the kind cluster \(/m);
  expect(acts().filter(line => line.includes('tion') && line.startsWith('kind'))).toEqual([]);
});

test('Ctrl-C ends what runs; the same command goes on', async () => {
  const first = await creatingTion();
  first.child.kill('SIGINT');
  const { status, err } = await first.ended;
  expect(status).toBe(130);
  expect(err).toMatch(/\nInterrupted: .* To continue: cilium-mesh up --yes\n[\s\S]*ended tion: create the kind cluster/);
  expect(err).toMatch(/\nInterrupted: \d of \d+ steps after \d+ s\. Left:\n( {2}.*\n)+To continue: cilium-mesh up --yes\n$/);
  expect(err).not.toContain('FAILED');
  expect([kept('locks'), keptClusters()]).toEqual([[], ['kind%20cluster%20tion.json']]);
  unhook();
  expect((await up().ended).status).toBe(0);
  expect(acts()).toContain('kind delete cluster --name tion');
});

test('a second Ctrl-C kills what does not end', async () => {
  hook(
    'if [[ "$line" == \'kind create\'*tion.kind* ]]; then trap \'\' TERM; touch "$STATE/blocked"; while :; do sleep ' +
      '10; done; fi',
  );
  const run = up();
  await until(() => exists('blocked') && exists('installed-kind-koornacht'));
  const asked = new Promise<void>(resolve =>
    run.child.stderr!.on('data', data => /Interrupted/.test(String(data)) && resolve()),
  );
  run.child.kill('SIGINT');
  await asked;
  run.child.kill('SIGINT');
  const { status, err } = await run.ended;
  expect([status, err]).toEqual([130, expect.stringMatching(/Ctrl-C again kills them\.[\s\S]*\nKilled\.\n/)]);
  expect([kept('locks'), keptClusters()]).toEqual([[], ['kind%20cluster%20tion.json']]);
});

test('a state folder that cannot be written is told before anything is changed', async () => {
  fs.writeFileSync(programs.env.XDG_STATE_HOME!, '');
  const { status, err } = await up().ended;
  expect([status, err]).toEqual([
    2,
    expect.stringMatching(/home\/cilium-mesh: cannot write the program's state \(\w+\)\.[\s\S]*XDG_STATE_HOME/),
  ]);
  expect(acts()).toEqual([]);
});

test('what a failing copy of the authority prints shows nothing of it', async () => {
  hook('[[ "$line" != *"create -f -"* ]] || { echo "cannot create:" >&2; cat >&2; echo hunter2-key >&2; exit 1; }');
  const { status, err } = await up().ended;
  expect([status, err]).toEqual([1, expect.stringContaining('cannot create:')]);
  expect(err).not.toMatch(/aHVudGVyMi1rZXk|hunter2/);
});

test('on a terminal one line for each cluster, and what it waits for', async () => {
  const written: string[] = [];
  const terminal = {
    columns: 100,
    rows: 40,
    write: (text: string) => written.push(text),
  } as unknown as NodeJS.WriteStream;
  const { env } = process;
  const cwd = process.cwd();
  process.env = programs.env;
  process.chdir(folder);
  hook(BLOCK('cilium install'));
  try {
    const running = runProgram(['up', '--yes'], {
      out: () => undefined,
      err: text => void written.push(text),
      colors: createColors(false),
      terminal,
    });
    await until(
      () =>
        /tion: waits for koornacht: install Cilium 1\.20\.2\n/.test(written.join('')) &&
        /. koornacht: install Cilium 1\.20\.2 \(\d+ s\)\n/.test(written.join('')),
    );
    expect(written.join('')).toMatch(/\n2 of \d+ steps, \d+ s/);
    fs.writeFileSync(path.join(programs.state, 'go'), '');
    expect(await running).toBe(0);
    expect(written.join('')).toMatch(/done tion: wait for the workloads[\s\S]*done in \d+ s: 13 objects added, 0 changed, 0 removed\n$/);
  } finally {
    process.env = env;
    process.chdir(cwd);
  }
});

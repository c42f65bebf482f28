/** Completion: what may stand at the cursor, and the scripts in real shells. */
import { execFileSync, spawnSync } from 'child_process';
import * as fs from 'fs';
import * as path from 'path';
import { temporaryFolder } from '../support/folder';
import { folderOf, program } from '../support/program';

jest.setTimeout(60_000);

let lab: string;

beforeAll(() => {
  lab = folderOf('isovalent-lab');
});

async function complete(...words: string[]): Promise<string[]> {
  const before = process.cwd();
  process.chdir(lab);
  try {
    const { status, out } = await program('complete', '--', ...words);
    expect(status).toBe(0);
    return out.split('\n').filter(line => line !== '').map(line => line.split('\t')[0]);
  } finally {
    process.chdir(before);
  }
}

test('commands, without hidden ones', async () => {
  expect(await complete('ex')).toEqual(['explain']);
  expect(await complete('comp')).toEqual(['completion']);
  expect(await complete('')).toEqual(expect.arrayContaining(['check', 'init', 'matrix', 'report', 'up']));
});

test('options that may follow: a second --mesh may not, a second --port may', async () => {
  expect(await complete('matrix', '--ver')).toEqual(['--verbose', '--verdict']);
  expect(await complete('matrix', '--mesh', 'dist', '--me')).toEqual([]);
  expect(await complete('matrix', '--port', 'TCP/80', '--por')).toEqual(['--port']);
});

test('values that the program knows', async () => {
  expect(await complete('matrix', '--verdict', 'd')).toEqual(['default-denied', 'denied']);
  expect(await complete('check', '--format', 'sa')).toEqual(['sarif']);
  expect(await complete('check', '--format=sa')).toEqual(['--format=sarif']);
  expect(await complete('completion', '')).toEqual(['bash', 'fish', 'zsh']);
  expect(await complete('init', '--language', 'p')).toEqual(['python']);
});

test('workloads, services and clusters of the mesh', async () => {
  expect(await complete('explain', 'x-wing@')).toEqual(['x-wing@koornacht', 'x-wing@tion']);
  expect(await complete('explain', 'x-wing@tion', 'svc/')).toEqual(['svc/default/rebel-base']);
  expect(await complete('backends', '--from-cluster', '')).toEqual(['koornacht', 'tion']);
  expect(await complete('backends', '--scale', 'rebel-base@k')).toEqual(['rebel-base@koornacht=']);
  expect(await complete('matrix', '--from', '@')).toEqual(['@koornacht', '@tion']);
});

test('files, and those behind the name of a cluster', async () => {
  expect(await complete('check', 'di')).toEqual(['dist/']);
  expect(await complete('check', 'dist/k')).toEqual(['dist/koornacht.k8s.yaml']);
  expect(await complete('matrix', '--cluster', 'a=dist/k')).toEqual(['a=dist/koornacht.k8s.yaml']);
});

test('a mesh that cannot be read has no workloads, and no message', async () => {
  const { status, out, err } = await program('complete', '--', 'explain', '--mesh', 'nowhere.yaml', 'x');
  expect({ status, out, err }).toEqual({ status: 0, out: '', err: '' });
});

describe('in shells', () => {
  let bin: string;

  beforeAll(() => {
    bin = temporaryFolder();
    execFileSync(path.join('node_modules', '.bin', 'esbuild'), [
      'src/cli/main.ts',
      '--bundle',
      '--platform=node',
      '--log-level=error',
      `--outfile=${path.join(bin, 'cilium-mesh')}`,
    ]);
    fs.chmodSync(path.join(bin, 'cilium-mesh'), 0o755);
  });

  const inShell = (shell: string, ...args: string[]) =>
    execFileSync(shell, args, {
      cwd: lab,
      encoding: 'utf8',
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .filter(line => line !== '');

  /** What bash puts into COMPREPLY: the part behind the last of its word breaks. */
  const inBash = (line: string, words: readonly string[]) =>
    inShell(
      'bash',
      '--norc',
      '-c',
      `COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
      source <(cilium-mesh completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1} COMP_WORDS=("\${@:2}") COMP_CWORD=$(($# - 2))
      _cilium_mesh cilium-mesh
      printf '%s\\n' "\${COMPREPLY[@]}"`,
      'bash',
      line,
      ...words,
    );

  test('bash: a word of several pieces is completed behind its last break', () => {
    expect(inBash('cilium-mesh exp', ['cilium-mesh', 'exp'])).toEqual(['explain']);
    expect(inBash('cilium-mesh explain x-wing@t', ['cilium-mesh', 'explain', 'x-wing', '@', 't'])).toEqual(['tion']);
    expect(inBash('cilium-mesh explain x-wing@tion svc/', ['cilium-mesh', 'explain', 'x-wing', '@', 'tion', 'svc/'])).toEqual([
      'svc/default/rebel-base',
    ]);
    expect(inBash('cilium-mesh matrix --mesh ', ['cilium-mesh', 'matrix', '--mesh', ''])).toEqual(['dist/']);
  });

  test('bash: nothing that was typed is run', () => {
    const file = path.join(lab, 'run');
    inBash(`cilium-mesh explain $(touch ${file}) x`, ['cilium-mesh', 'explain', `$(touch ${file})`, 'x']);
    expect(fs.existsSync(file)).toBe(false);
  });

  const fish = spawnSync('fish', ['--version']).status === 0;
  (fish ? test : test.skip)('fish', () => {
    const inFish = (line: string) =>
      inShell('fish', '-c', `cilium-mesh completion fish | source; complete -C '${line}'`).map(each => each.split('\t')[0]);
    expect(inFish('cilium-mesh exp')).toEqual(['explain']);
    expect(inFish('cilium-mesh explain x-wing@t')).toEqual(['x-wing@tion']);
    expect(inFish('cilium-mesh backends --from-cluster ')).toEqual(['koornacht', 'tion']);
  });
});

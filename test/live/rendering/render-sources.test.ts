/**
 * Programs that render sources: which one runs, what its output is kept for, and how it is stopped.
 */
import * as fs from 'fs';
import * as path from 'path';
import { renderInputs } from '../../../src/live/rendering/input-hash';
import { RenderCache } from '../../../src/live/rendering/render-cache';
import { RENDER_LIMITS, RenderLimits, renderSources } from '../../../src/live/rendering/render-sources';
import { thisHost } from '../../../src/live/runner/host';
import { Processes } from '../../../src/live/runner/processes';
import { RenderedSource } from '../../../src/manifests/sources/source';
import { folderWith } from '../../support/program';
import { StandIns, standIns, until } from '../../support/stand-ins';

const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

const VERSION = 'case "$1" in version) if [ -e "$STATE/version" ]; then cat "$STATE/version"; else echo v1; fi; exit;; esac\n';
const KUSTOMIZE: RenderedSource = { kind: 'kustomize', folder: 'overlay' };
const HELM: RenderedSource = {
  kind: 'helm',
  chart: 'chart',
  isRemote: false,
  release: 'shop',
  namespace: 'shop',
  values: ['values.yaml'],
};

function at(files: { readonly [file: string]: string }): void {
  process.chdir(folderWith(files));
}

async function render(programs: StandIns, source: RenderedSource, limits: RenderLimits = RENDER_LIMITS) {
  const reported: string[] = [];
  const renderings = await renderSources([source, { ...source }], {
    shell: new Processes(programs.env, 1),
    cache: new RenderCache({ ...programs.env, XDG_CACHE_HOME: programs.state }, Date.now),
    env: programs.env,
    find: thisHost(programs.env).find,
    limits,
    report: (each, done, total) => reported.push(`${each.kind} ${done}/${total}`),
  });
  expect([renderings.size, reported]).toEqual([1, [`${source.kind} 1/1`]]);
  return [...renderings.values()][0];
}

/** The calls that render, without those that ask for a version. */
function calls(programs: StandIns): string[] {
  return programs.log().filter(each => !/ version\b/.test(each));
}

const OVERLAY = {
  'overlay/kustomization.yaml': 'resources: [../base, x.yaml]\n',
  'overlay/x.yaml': 'a: 1\n',
  'base/kustomization.yml': 'resources: [y.yaml]\n',
  'base/y.yaml': 'b: 1\n',
};

describe('a kustomization', () => {
  test('is built by kustomize, or else by kubectl', async () => {
    at(OVERLAY);
    const both = standIns({ kustomize: `${VERSION}echo "by: kustomize"`, kubectl: `${VERSION}echo "by: kubectl"` });
    expect(await render(both, KUSTOMIZE)).toMatchObject({ text: 'by: kustomize\n' });
    const kubectl = standIns({ kubectl: `${VERSION}echo "by: kubectl"` });
    expect(await render(kubectl, KUSTOMIZE)).toMatchObject({ text: 'by: kubectl\n' });
    expect(kubectl.log().sort()).toEqual(['kubectl kustomize -- ./overlay', 'kubectl version --client -o json']);
  });

  test('without either names both, and where to get them', async () => {
    at(OVERLAY);
    expect(await render(standIns(), KUSTOMIZE)).toEqual({
      code: 'renderer-missing',
      message: 'kustomize:overlay needs kustomize or kubectl, which is not in the path',
      fix:
        'install it (kustomize: https://kubectl.docs.kubernetes.io/installation/kustomize/, ' +
        'kubectl: https://kubernetes.io/docs/tasks/tools/)',
    });
  });

  test('is built again exactly if something that it is made from changes', async () => {
    at(OVERLAY);
    const programs = standIns({ kustomize: `${VERSION}cat overlay/x.yaml base/y.yaml` });
    const built = async () => {
      const before = calls(programs).length;
      const rendering = await render(programs, KUSTOMIZE);
      return [calls(programs).length - before, 'text' in rendering ? rendering.text : rendering];
    };
    expect(await built()).toEqual([1, 'a: 1\nb: 1\n']);
    expect(await built()).toEqual([0, 'a: 1\nb: 1\n']);
    fs.writeFileSync('base/y.yaml', 'b: 2\n');
    expect(await built()).toEqual([1, 'a: 1\nb: 2\n']);
    fs.writeFileSync('base/y.yaml', 'b: 1\n');
    expect(await built()).toEqual([0, 'a: 1\nb: 1\n']);
    fs.writeFileSync('base/another.txt', '');
    expect((await built())[0]).toBe(1);
    fs.writeFileSync(path.join(programs.state, 'version'), 'v2');
    expect((await built())[0]).toBe(1);
    expect((await built())[0]).toBe(0);
    programs.write('kustomize', `${VERSION}echo "c: 1"`);
    expect(await built()).toEqual([1, 'c: 1\n']);
    programs.env.KUSTOMIZE_PLUGIN_HOME = '/elsewhere';
    expect((await built())[0]).toBe(1);
  });

  test.each<[string, { readonly [file: string]: string }]>([
    ['a remote base', { 'overlay/kustomization.yaml': 'resources: ["github.com/example/shop//base?ref=v1"]\n' }],
    ['a URL', { 'overlay/kustomization.yaml': 'resources: ["https://example.org/x.yaml"]\n' }],
    ['a base that is missing', { 'overlay/kustomization.yaml': 'resources: [../nothing]\n' }],
    ['a plugin', { 'overlay/kustomization.yaml': 'generators: [x.yaml]\n' }],
    ['a chart', { 'overlay/kustomization.yaml': 'helmCharts: [{name: x}]\n' }],
    [
      'variables of the environment',
      { 'overlay/kustomization.yaml': 'configMapGenerator: [{name: x, envs: [x.yaml]}]\n' },
    ],
    ['a base with a remote one', { 'base/kustomization.yml': 'resources: ["git@example.org:x.git"]\n' }],
    ['a base that is broken', { 'base/kustomization.yml': 'resources: [\n' }],
  ])('with %s is never kept', async (_, files) => {
    at({ ...OVERLAY, ...files });
    const programs = standIns({ kustomize: `${VERSION}echo "a: 1"` });
    await render(programs, KUSTOMIZE);
    await render(programs, KUSTOMIZE);
    expect(calls(programs).length).toBe(2);
    expect(renderInputs(KUSTOMIZE).hash).toBeUndefined();
  });

  test('with links out of its folder is made from what they lead to', () => {
    at({ ...OVERLAY, 'elsewhere/z.yaml': 'z: 1\n' });
    fs.symlinkSync(path.resolve('elsewhere/z.yaml'), 'base/link.yaml');
    fs.symlinkSync(path.resolve('base'), 'base/circle');
    const { hash } = renderInputs(KUSTOMIZE);
    fs.writeFileSync('elsewhere/z.yaml', 'z: 2\n');
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(renderInputs(KUSTOMIZE).hash).not.toBe(hash);
    fs.rmSync('elsewhere/z.yaml');
    expect(renderInputs(KUSTOMIZE)).toEqual({ files: [] });
  });
});

test('a chart is made from all of its files and its values', async () => {
  at({ 'chart/Chart.yaml': 'name: shop\n', 'chart/templates/a.yaml': '', 'values.yaml': 'a: 1\n' });
  const programs = standIns({ helm: `${VERSION}echo "a: 1"` });
  const built = async () => {
    await render(programs, HELM);
    return calls(programs).length;
  };
  expect([await built(), await built()]).toEqual([1, 1]);
  fs.writeFileSync('values.yaml', 'a: 2\n');
  expect(await built()).toBe(2);
  fs.writeFileSync('chart/.helmignore', '*.md\n');
  expect(await built()).toBe(3);
  await render(programs, { ...HELM, namespace: 'other' });
  expect(calls(programs).length).toBe(4);
  await render(programs, { ...HELM, chart: 'oci://registry.example.org/shop', isRemote: true });
  await render(programs, { ...HELM, chart: 'oci://registry.example.org/shop', isRemote: true });
  expect(calls(programs).length).toBe(6);
});

test('a program without a version is not kept, and neither is what changes while it runs', async () => {
  at(OVERLAY);
  const silent = standIns({ kustomize: 'case "$1" in version) exit 1;; esac\necho "a: 1"' });
  await render(silent, KUSTOMIZE);
  await render(silent, KUSTOMIZE);
  expect(calls(silent).length).toBe(2);
  const changing = standIns({ kustomize: `${VERSION}echo "x: $RANDOM" > base/y.yaml; cat base/y.yaml` });
  await render(changing, KUSTOMIZE);
  expect(fs.existsSync(path.join(changing.state, 'cilium-mesh'))).toBe(false);
});

test('a kept rendering that is damaged is made again, and only the user can read it', async () => {
  at(OVERLAY);
  const programs = standIns({ kustomize: `${VERSION}echo "a: 1"` });
  await render(programs, KUSTOMIZE);
  const folder = path.join(programs.state, 'cilium-mesh', 'renderings');
  const [file] = fs.readdirSync(folder).map(name => path.join(folder, name));
  expect([folder, file].map(each => fs.statSync(each).mode % 0o1000)).toEqual([0o700, 0o600]);
  fs.appendFileSync(file, 'b: 1\n');
  expect(await render(programs, KUSTOMIZE)).toMatchObject({ text: 'a: 1\n' });
  expect(calls(programs).length).toBe(2);
});

describe('a program', () => {
  const COMMAND: RenderedSource = { kind: 'command', command: ['render', 'a b', '$(touch x)'], folder: 'sub' };

  test('runs in the folder of mesh.yaml, without a shell, and every time', async () => {
    at({ 'sub/x.txt': '' });
    const programs = standIns({ render: 'echo "$PWD|$1|$2"' });
    expect(await render(programs, COMMAND)).toEqual({ text: `${path.resolve('sub')}|a b|$(touch x)\n`, files: [] });
    await render(programs, COMMAND);
    expect([programs.log().length, fs.existsSync('sub/x')]).toEqual([2, false]);
  });

  test('that is missing is named', async () => {
    at({ 'sub/x.txt': '' });
    expect(await render(standIns(), COMMAND)).toEqual({
      code: 'renderer-missing',
      message: 'command:render needs render, which is not in the path',
      fix: 'install it, or correct the name of the program',
    });
    expect(await render(standIns(), { ...COMMAND, command: ['./render'] })).toMatchObject({ code: 'renderer-missing' });
  });

  test('that fails is named with its error, and the command to run', async () => {
    at({ 'sub/x.txt': '' });
    const programs = standIns({ render: 'echo "a: 1"; echo "Error: no such file" >&2; exit 3' });
    expect(await render(programs, COMMAND)).toEqual({
      code: 'render-failed',
      message: 'command:render cannot be rendered',
      got: expect.stringContaining('Error: no such file'),
      fix: "run `render 'a b' '$(touch x)'`, and correct what it reports",
    });
  });

  test('that never ends is stopped, with the programs that it started', async () => {
    at({ 'sub/x.txt': '' });
    const programs = standIns({ render: 'sleep 60 & echo $! > "$STATE/pid"; wait' });
    expect(await render(programs, COMMAND, { seconds: 0.5, output: 1000 })).toMatchObject({
      code: 'render-limit',
      message: 'command:render was not rendered within 0.5 s, so its program was stopped',
    });
    const pid = Number(fs.readFileSync(path.join(programs.state, 'pid'), 'utf8'));
    // whoever adopted it reaps it a moment later
    await until(() => !isAlive(pid));
  });

  test.each(['1', '2'])('that prints without end is stopped (stream %s)', async stream => {
    at({ 'sub/x.txt': '' });
    const programs = standIns({ render: `while :; do echo "a: 1" >&${stream}; done` });
    expect(await render(programs, COMMAND, { seconds: 60, output: 100_000 })).toMatchObject({
      code: 'render-limit',
      message: 'command:render prints more than 100000 bytes, so its program was stopped',
    });
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * `cilium-mesh render` of trees of Flux and Argo CD, with stand-ins for kustomize and helm. acceptance/sources.test.ts
 * renders the same trees with the real ones.
 */
import * as fs from 'fs';
import * as path from 'path';
import { folderWith, program } from '../../support/program';
import { describeRendering, TREES } from '../../support/rendered-trees';
import { standIns } from '../../support/stand-ins';

// each test starts programs
jest.setTimeout(120_000);

const cwd = process.cwd();
const { env } = process;

afterEach(() => {
  process.chdir(cwd);
  process.env = env;
});

const SCRIPTS = path.join(__dirname, '..', '..', 'support', 'stand-ins');

/** A folder with these files, and with programs in the path. */
function at(files: { readonly [file: string]: string }, ...programs: readonly string[]): void {
  process.chdir(folderWith(files));
  const { env: own, state } = standIns(
    Object.fromEntries(programs.map(name => [name, `exec node ${path.join(SCRIPTS, `${name}.js`)} "$@"`])),
  );
  process.env = { ...own, XDG_CACHE_HOME: state };
}

const APPLICATION = (name: string, spec: string) =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: ${name}, namespace: argocd}\nspec: ${spec}\n`;

const SERVICE = (name: string) => `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: a}}\n`;

describe.each(['flux', 'argo'])('%s', tree => {
  const render = async () => {
    const { status, out, err } = await program(
      ...['render', path.join(TREES, tree), '-o', 'out', '--repo', 'https://example.org/fleet', '--format', 'json'],
    );
    expect([status, err]).toEqual([1, '']);
    return describeRendering('out', JSON.parse(out));
  };

  test('is built as far as it can be, and says what is not', async () => {
    at({}, 'kustomize', 'helm');
    expect(await render()).toBe(fs.readFileSync(path.join(TREES, `${tree}.txt`), 'utf8'));
  });

  test('gives the same bytes again, which check reads', async () => {
    at({}, 'kustomize', 'helm');
    const bytes = () =>
      fs
        .readdirSync('out', { recursive: true, encoding: 'utf8' })
        .filter(file => fs.statSync(path.join('out', file)).isFile())
        .map(file => [file, fs.readFileSync(path.join('out', file), 'utf8')]);
    await render();
    const first = bytes();
    await render();
    expect(bytes()).toEqual(first);
    const { status, err } = await program('matrix', '--mesh', 'out/mesh.yaml', '--format', 'json');
    expect([status, err]).toEqual([0, '']);
  });

  test('says for each object that a program for it is missing', async () => {
    at({});
    expect(await render()).toMatch(/not built: renderer-missing: /);
  });
});

describe('an output folder', () => {
  const TREE = {
    'tree/app.yaml': APPLICATION('a', '{source: {repoURL: x, path: k8s}, destination: {name: paris}}'),
    'tree/k8s/a.yaml': SERVICE('a'),
  };

  test('of something else is not replaced, and nothing is rendered', async () => {
    at({ ...TREE, 'out/notes.txt': 'mine' });
    expect(await program('render', 'tree', '-o', 'out')).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('out contains files, and no rendering: cilium-mesh replaces only folders that it wrote'),
    });
    expect(fs.readFileSync('out/notes.txt', 'utf8')).toBe('mine');
  });

  test('in the tree is not part of the tree', async () => {
    at(TREE);
    const first = await program('render', 'tree', '-o', 'tree/k8s/out', '--format', 'json');
    expect(first).toMatchObject({ status: 0, err: '' });
    expect(await program('render', 'tree', '-o', 'tree/k8s/out', '--format', 'json')).toEqual(first);
    expect(JSON.parse(first.out).clusters).toEqual([
      { name: 'paris', parts: 1, objects: 1, workloads: 0, notBuilt: [] },
    ]);
  });

  test('contains no content of Secrets', async () => {
    at({ ...TREE, 'tree/k8s/s.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: hidden}\n' });
    await program('render', 'tree', '-o', 'out');
    const text = fs.readFileSync('out/paris/application-argocd-a.yaml', 'utf8');
    expect([text.includes('kind: Secret'), text.includes('hidden')]).toEqual([true, false]);
  });
});

test.each([
  ['nothing', /^"nothing" must be a folder$/m],
  ['empty', /^empty contains no Kustomization or HelmRelease of Flux and no Application of Argo CD$/m],
])('a folder that is no tree is refused: %s', async (folder, message) => {
  at({ 'empty/a.yaml': SERVICE('a') });
  expect(await program('render', folder, '-o', 'out')).toMatchObject({ status: 2, err: expect.stringMatching(message) });
  expect(fs.existsSync('out')).toBe(false);
});

test('links out of the tree are not followed', async () => {
  at({
    'tree/app.yaml': APPLICATION('a', '{source: {repoURL: x, path: link}, destination: {name: paris}}'),
    'outside/a.yaml': SERVICE('a'),
  });
  fs.symlinkSync(path.resolve('outside'), 'tree/link');
  const { out } = await program('render', 'tree', '-o', 'out', '--format', 'json');
  expect(JSON.parse(out).clusters[0].notBuilt).toEqual([
    { object: 'Application argocd/a', reason: 'path-missing', detail: 'link' },
  ]);
});

test('an archive of a chart is found by its exact version', async () => {
  at(
    {
      'tree/app.yaml': APPLICATION(
        'a',
        '{source: {repoURL: https://x, chart: redis, targetRevision: 1.2.3}, destination: {name: paris}}',
      ),
      'charts/redis-1.2.3.tgz': 'archive',
    },
  );
  process.env.PATH = `${path.resolve('bin')}${path.delimiter}${process.env.PATH}`;
  fs.mkdirSync('bin');
  fs.writeFileSync('bin/helm', '#!/usr/bin/env bash\necho "apiVersion: v1"; echo "kind: Service"; echo "metadata: {name: \\"$#\\"}"\n', { mode: 0o755 });
  const { status } = await program('render', 'tree', '-o', 'out', '--charts', 'charts');
  expect([status, fs.readdirSync('out/paris')]).toEqual([0, ['application-argocd-a.yaml']]);
});

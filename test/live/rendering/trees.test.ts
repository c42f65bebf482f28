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

describe('the clusters of a tree of Flux', () => {
  const KUSTOMIZATION = (name: string, folder: string, more = '') =>
    'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n' +
    `metadata: {name: ${name}, namespace: flux-system}\n` +
    `spec: {path: ${folder}, sourceRef: {kind: GitRepository, name: flux-system}${more}}\n`;
  const clustersOf = async (...args: string[]) => {
    const { status, out, err } = await program('render', 'tree', '-o', 'out', '--format', 'json', ...args);
    return out === ''
      ? { status, err }
      : JSON.parse(out).clusters.map(({ name, objects }: any) => `${name}: ${objects}`);
  };

  test('are not what a Kustomization around them applies', async () => {
    at({
      'tree/all/boot/flux-system/gotk-sync.yaml': KUSTOMIZATION('flux-system', './all/boot'),
      'tree/all/boot/flux-system/all.yaml': KUSTOMIZATION('all', './all/'),
      'tree/all/web/flux.yaml': KUSTOMIZATION('web', './all/web'),
      'tree/all/web/web.yaml': SERVICE('web'),
    });
    expect((await clustersOf()).map((each: string) => each.split(':')[0])).toEqual(['all']);
  });

  const FLEET = {
    'tree/clusters/paris/flux-system/gotk-sync.yaml': KUSTOMIZATION('flux-system', 'clusters/paris'),
    'tree/clusters/paris/kafka.yaml': KUSTOMIZATION('kafka', 'apps/kafka'),
    // of another cluster
    'tree/clusters/paris/lyon.yaml': KUSTOMIZATION('lyon', 'clusters/lyon', ', kubeConfig: {secretRef: {name: lyon}}'),
    'tree/clusters/lyon/flux-system/gotk-sync.yaml': KUSTOMIZATION('flux-system', 'clusters/lyon'),
    'tree/clusters/lyon/web.yaml': SERVICE('web'),
    'tree/apps/kafka/flux.yaml': KUSTOMIZATION('kafka', 'apps/kafka'),
    'tree/apps/kafka/kafka.yaml': SERVICE('kafka'),
    'tree/clusters/paris/more.yaml': KUSTOMIZATION('more', 'more'),
    'tree/more/kustomization.yaml': 'resources: [../apps/operator/flux.yaml]\n',
    'tree/apps/operator/flux.yaml': KUSTOMIZATION('operator', 'apps/operator'),
    'tree/apps/operator/web.yaml': SERVICE('operator'),
    'tree/apps/unused/flux.yaml': KUSTOMIZATION('unused', 'apps/unused'),
    'tree/apps/unused/web.yaml': SERVICE('unused'),
  };

  test('are not applications with a Kustomization beside them that a cluster applies', async () => {
    at(FLEET, 'kustomize');
    expect(await clustersOf()).toEqual(['lyon: 1', 'paris: 3', 'unused: 1']);
  });

  test('are the folders and files that --root names', async () => {
    at(FLEET, 'kustomize');
    expect(await clustersOf('--root', 'clusters/lyon/')).toEqual(['lyon: 1']);
    expect(await clustersOf('--root', 'clusters/paris', '--root', './apps/operator/flux.yaml')).toEqual([
      'flux: 1',
      'paris: 3',
    ]);
    expect(await clustersOf('--root', 'nowhere', '--root', '../tree', '--root', '/')).toEqual({
      status: 2,
      err: '--root must name a file or folder in tree, relative to it, got "nowhere", "../tree", "/"\n',
    });
    expect(await clustersOf('--root', 'clusters/lyon', '--root', './clusters/lyon/')).toMatchObject({
      status: 2,
      err: '--root names "./clusters/lyon/" twice: each root is one cluster\n',
    });
    expect(await clustersOf('--root', 'clusters/lyon/web.yaml')).toEqual({
      status: 2,
      err: expect.stringMatching(/^tree\/clusters\/lyon\/web.yaml contains no Kustomization or HelmRelease/),
    });
  });

  test('are found beside links to them, and --root may name these links', async () => {
    at(FLEET, 'kustomize');
    fs.symlinkSync('../clusters', 'tree/apps/loop');
    expect(await clustersOf()).toEqual(['lyon: 1', 'paris: 3', 'unused: 1']);
    expect(await clustersOf('--root', 'apps/loop/lyon')).toEqual(['lyon: 1']);
    fs.mkdirSync('outside');
    fs.symlinkSync('../outside', 'tree/out');
    expect(await clustersOf('--root', 'out')).toEqual({
      status: 2,
      err: '--root must name a file or folder in tree, relative to it, got "out"\n',
    });
  });

  const BESIDE = {
    'tree/clusters/paris/flux-system/gotk-sync.yaml': KUSTOMIZATION('flux-system', 'clusters/paris'),
    'tree/clusters/paris/web.yaml': KUSTOMIZATION('web', 'apps/web'),
    'tree/apps/web/web.yaml': SERVICE('web'),
    'tree/shared/policy.yaml': SERVICE('shared'),
    'secret.yaml': SERVICE('secret'),
  };

  test('load files of the tree that are out of the folder of a kustomization', async () => {
    at({ ...BESIDE, 'tree/apps/web/kustomization.yaml': 'resources: [web.yaml, ../../shared/policy.yaml]\n' }, 'kustomize');
    expect(await clustersOf()).toEqual(['paris: 2']);
  });

  test.each([
    ['a file of a generator', 'configMapGenerator: [{name: a, files: ["x.json=https://example.org/x.json"]}]', 'remote-base', 'https://example.org/x.json'],
    ['a patch', 'resources: [web.yaml]\npatches: [{path: http://example.org/p.yaml}]', 'remote-base', 'http://example.org/p.yaml'],
    ['a short name of GitHub', 'resources: ["gh:example/shop"]', 'remote-base', 'gh:example/shop'],
    ['what may be a repository', 'resources: [example.org/shop]', 'path-missing', 'apps/web/example.org/shop'],
    ['an invalid kustomization', 'resources: [', 'render-failed', 'apps/web/kustomization.yaml is invalid'],
  ])('fetch nothing: %s', async (_name, kustomization, reason, detail) => {
    at({ ...BESIDE, 'tree/apps/web/kustomization.yaml': `${kustomization}\n` }, 'kustomize');
    const { out } = await program('render', 'tree', '-o', 'out', '--format', 'json');
    expect(JSON.parse(out).clusters[0].notBuilt).toEqual([{ object: 'Kustomization flux-system/web', reason, detail }]);
  });

  const KSOPS = 'apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: a}\nfiles: [a.enc.yaml]\n';

  test.each([
    ['a file', 'resources: [web.yaml]\ngenerators: [ksops.yaml]', 'apps/web/ksops.yaml'],
    ['a file of a base', 'resources: [../base]', 'apps/base/ksops.yaml'],
    ['in place', `resources: [web.yaml]\ngenerators:\n- ${JSON.stringify(KSOPS)}`, 'apps/web/kustomization.yaml'],
  ])('decrypt nothing: ksops as %s', async (_name, kustomization, detail) => {
    at(
      {
        ...BESIDE,
        'tree/apps/web/kustomization.yaml': `${kustomization}\n`,
        'tree/apps/web/ksops.yaml': KSOPS,
        'tree/apps/base/kustomization.yaml': 'generators: [./ksops.yaml]\n',
        'tree/apps/base/ksops.yaml': KSOPS,
      },
      'kustomize',
    );
    const { out } = await program('render', 'tree', '-o', 'out', '--format', 'json');
    expect(JSON.parse(out).clusters[0].notBuilt).toEqual([
      { object: 'Kustomization flux-system/web', reason: 'ksops', detail },
    ]);
  });

  test('read inline texts that contain URLs', async () => {
    const kustomization =
      'resources: [web.yaml]\nconfigMapGenerator: [{name: a, literals: ["x=https://example.org"]}]\n' +
      'patches: [{patch: \'[{"op": "add", "path": "/spec/x", "value": "https://example.org"}]\'}]\n';
    at({ ...BESIDE, 'tree/apps/web/kustomization.yaml': kustomization }, 'kustomize');
    expect(await clustersOf()).toEqual(['paris: 1']);
  });

  test('load none out of the tree', async () => {
    const kustomization = 'resources: [web.yaml, ../../shared/policy.yaml, ../../../secret.yaml]\n';
    at({ ...BESIDE, 'tree/apps/web/kustomization.yaml': kustomization }, 'kustomize');
    const { out } = await program('render', 'tree', '-o', 'out', '--format', 'json');
    expect(JSON.parse(out).clusters[0].notBuilt).toEqual([
      {
        object: 'Kustomization flux-system/web',
        reason: 'render-failed',
        detail: expect.stringContaining("is not in or below './tree/apps/web'"),
      },
    ]);
  });

  test('are not applied by a Kustomization of the root of another repository', async () => {
    const other = KUSTOMIZATION('other', './').replace('name: flux-system}}', 'name: other}}');
    at(
      {
        'tree/flux/apps.yaml': KUSTOMIZATION('apps', 'apps'),
        'tree/apps/web/flux.yaml': KUSTOMIZATION('web', 'apps/web/app'),
        'tree/apps/web/app/web.yaml': SERVICE('web'),
        'tree/apps/other/flux.yaml': other,
      },
      'kustomize',
    );
    // both apps and web apply the Service, which is there once
    expect(await clustersOf()).toEqual(['tree: 2']);
  });

  test('have the files of a path that is a link', async () => {
    at(
      {
        'tree/flux/apps.yaml': KUSTOMIZATION('apps', 'current/shop'),
        'tree/releases/2/shop/web.yaml': SERVICE('web'),
        'tree/releases/2/shop/more/kustomization.yaml': 'resources: [cart.yaml]\n',
        'tree/releases/2/shop/more/cart.yaml': SERVICE('cart'),
      },
      'kustomize',
    );
    fs.symlinkSync('releases/2', 'tree/current');
    expect(await clustersOf()).toEqual(['tree: 2']);
  });

  test('of Argo CD are those of the Applications there', async () => {
    at({
      'tree/a/app.yaml': APPLICATION('a', '{source: {repoURL: x, path: k8s}, destination: {name: paris}}'),
      'tree/b/app.yaml': APPLICATION('b', '{source: {repoURL: x, path: k8s}, destination: {name: lyon}}'),
      'tree/k8s/a.yaml': SERVICE('a'),
    });
    expect(await clustersOf('--root', 'b')).toEqual(['lyon: 1']);
  });
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

test.each([
  ['', [{ object: 'Application argocd/a', reason: 'values-unknown', detail: 'none.yaml' }]],
  [', ignoreMissingValueFiles: true', []],
])('a missing file of values%s', async (more, notBuilt) => {
  at(
    {
      'tree/app.yaml': APPLICATION(
        'a',
        `{source: {repoURL: x, path: chart, helm: {valueFiles: [none.yaml]${more}}}, destination: {name: paris}}`,
      ),
      'tree/chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'tree/chart/values.yaml': '{}\n',
      'tree/chart/templates/web.yaml': SERVICE('web'),
    },
    'helm',
  );
  const { out } = await program('render', 'tree', '-o', 'out', '--format', 'json');
  expect(JSON.parse(out).clusters[0].notBuilt).toEqual(notBuilt);
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

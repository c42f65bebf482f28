/**
 * Sources of manifests: what programs render, snapshots, and a base below the manifests.
 */
import * as fs from 'fs';
import { expectReported } from './cases';
import { readClusterArguments } from '../../src/manifests/cluster-arguments';
import { parsePruneSelector } from '../../src/manifests/layers/prune-selector';
import { meshFileSources, readMeshFile } from '../../src/manifests/mesh-input';
import { renderCommands } from '../../src/manifests/sources/render-command';
import { Rendering } from '../../src/manifests/sources/rendering';
import { isRendered, parseSource, RenderedSource, sourceKey } from '../../src/manifests/sources/source';
import { folderWith } from '../support/program';

const cwd = process.cwd();
afterEach(() => process.chdir(cwd));

const POLICY = (name: string, more: string = '') =>
  `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: ${name}\n${more}spec:\n  endpointSelector: {}\n`;

const MESH = (cluster: string) => `apiVersion: cilium-mesh/v1\nclusters:\n- name: east\n  id: 1\n${cluster}`;

function at(files: { readonly [file: string]: string }): void {
  process.chdir(folderWith(files));
}

/** Reads ./mesh.yaml; `renderings` are those of its sources in their order. */
function read(renderings: readonly Rendering[] = [], options: { keepGoing?: boolean } = {}) {
  const sources = meshFileSources('mesh.yaml');
  return readMeshFile('mesh.yaml', {
    ...options,
    renderings: new Map(sources.map((source, index) => [sourceKey(source), renderings[index]])),
  });
}

describe('sources in mesh.yaml', () => {
  test('lose what kustomize drops of them', () => {
    const local = (value: string) => `  annotations: {config.kubernetes.io/local-config: "${value}"}\n`;
    at({
      'mesh.yaml': MESH('  manifests: [app, other.yaml]\n'),
      'app/kustomization.yaml': 'resources: [a.yaml, ../other.yaml]\n',
      'app/a.yaml': POLICY('a', local('true')),
      'app/b.yaml': POLICY('b', local('true')),
      'other.yaml': `${POLICY('c', local(''))}---\n${POLICY('d', local('false'))}`,
    });
    const { input, problems } = read();
    const [{ manifests, notes }] = input.clusters;

    expect(problems).toEqual([]);
    // nothing says that kustomize builds a file which it does not name, or one in another source
    expect(manifests.map(({ object }) => object.metadata.name)).toEqual(['b', 'c', 'd']);
    expectReported('objects for local tools', notes.filter(({ code }) => code === 'local-config'));
  });

  test('are rendered by commands that take no path, name or value for an option', () => {
    at({
      'sub/mesh.yaml': MESH(`  manifests:
  - kustomize: -overlay
  - helm: {chart: --post-renderer, release: --debug, namespace: --kubeconfig, values: [-v.yaml], kubeVersion: "1.30"}
  - helm: {chart: shop, repo: https://charts.example.org, version: 1.2.3, apiVersions: [monitoring.coreos.com/v1]}
  - helm: {chart: oci://registry.example.org/charts/cart}
  - flux: {kustomization: apps.yaml, name: -apps, path: ../apps}
  - command: [jsonnet, -y, main.jsonnet]
`),
    });
    const commands = meshFileSources('sub/mesh.yaml').map(each =>
      renderCommands(each).map(({ program, args, folder }) => [folder ?? '', program, ...args].join(' ')),
    );
    expect(commands).toEqual([
      [' kustomize build -- ./sub/-overlay', ' kubectl kustomize -- ./sub/-overlay'],
      [
        ' helm template --namespace=--kubeconfig --include-crds --skip-tests --values=./sub/-v.yaml --kube-version=1.30 ' +
          '-- --debug ./sub/--post-renderer',
      ],
      [
        ' helm template --namespace=default --include-crds --skip-tests --repo=https://charts.example.org ' +
          '--version=1.2.3 --api-versions=monitoring.coreos.com/v1 -- shop shop',
      ],
      [
        ' helm template --namespace=default --include-crds --skip-tests -- cart oci://registry.example.org/charts/cart',
      ],
      [
        ' flux build kustomization --path=./apps --kustomization-file=./sub/apps.yaml --dry-run ' +
          '--strict-substitute -- -apps',
      ],
      ['sub jsonnet -y main.jsonnet'],
    ]);
  });

  test.each<[string, RenderedSource['kind'] | 'path' | 'snapshot']>([
    ['kustomize:overlays/paris', 'kustomize'],
    ['helm:charts/shop', 'helm'],
    ['snapshot:live', 'snapshot'],
    ['./kustomize:overlays', 'path'],
    ['kustomize:', 'path'],
    ['command:rm', 'path'],
    ['k8s/paris', 'path'],
  ])('the argument %s is of the kind %s', (text, kind) => {
    const source = parseSource(text);
    expect([source.kind, isRendered(source)]).toEqual([kind, kind !== 'path' && kind !== 'snapshot']);
  });

  test('must each name exactly one kind', () => {
    at({ 'mesh.yaml': MESH('  manifests:\n  - {}\n  - {kustomize: a, snapshot: b}\n') });
    expectReported('a source of no kind and one of two kinds', read().problems);
  });

  test('keep the file and line of what they are made from', () => {
    at({
      'mesh.yaml': MESH('  manifests:\n  - kustomize: overlay\n  - helm: {chart: chart, namespace: shop}\n  - command: [x]\n'),
      'overlay/kustomization.yaml': 'resources: [../base]\nnamespace: shop\n',
      'base/kustomization.yaml': 'resources: [policies.yaml]\n',
      'base/policies.yaml': `${POLICY('one')}---\n${POLICY('two')}`,
      'chart/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      'chart/templates/policy.yaml': `# {{ .Values.x }}\n${POLICY('{{ .Release.Name }}')}`,
    });
    const overlay = ['overlay/kustomization.yaml', 'base/kustomization.yaml', 'base/policies.yaml'];
    const { input, problems } = read([
      {
        text: [POLICY('two', '  namespace: shop\n'), POLICY('generated', '  namespace: shop\n')].join('---\n'),
        files: overlay,
      },
      {
        text: `---\n# Source: shop/templates/policy.yaml\n${POLICY('shop')}---\n# Source: shop/charts/x/y.yaml\n${POLICY('x')}`,
        files: ['chart/Chart.yaml', 'chart/templates/policy.yaml'],
      },
      { text: POLICY('z'), files: [] },
    ]);
    expect(problems).toEqual([]);
    expect(
      input.clusters[0].manifests.map(each => [
        each.object.metadata.namespace,
        each.object.metadata.name,
        each.source,
        `${each.file}:${each.line('spec.endpointSelector')}`,
      ]),
    ).toEqual([
      ['shop', 'two', 'kustomize:overlay', 'base/policies.yaml:13'],
      ['shop', 'generated', 'kustomize:overlay', 'overlay/kustomization.yaml:1'],
      ['shop', 'shop', 'helm:chart', 'chart/templates/policy.yaml:3'],
      ['shop', 'x', 'helm:chart', 'chart/Chart.yaml:1'],
      [undefined, 'z', 'command:x', 'mesh.yaml:8'],
    ]);
  });

  test.each([
    ['[base, east]', ['base/all.yaml', 'east/own.yaml'], 3],
    ['[east, base]', ['east/linked.yaml', 'east/own.yaml'], 3],
    ['[east/linked.yaml, ., base]', ['east/linked.yaml', 'east/own.yaml'], 5],
  ])('%s read a file once, whatever links and folders lead to it', (sources, files, count) => {
    at({
      'mesh.yaml': MESH(`  manifests: ${sources}\n`),
      'base/kustomization.yaml': 'resources: [all.yaml, broken.yaml]\n',
      'base/all.yaml': `# cilium-mesh/ignore: policy-selects-nothing all\n${POLICY('all')}`,
      'east/own.yaml': POLICY('own'),
    });
    fs.symlinkSync('../base/all.yaml', 'east/linked.yaml');
    const { input, problems } = read();
    const [{ manifests, notes, comments, kustomized, files: counts }] = input.clusters;
    expect(problems).toEqual([]);
    expect(manifests.map(({ file }) => file)).toEqual(files);
    expect(comments?.map(({ file }) => file)).toEqual([files[0]]);
    expect([...kustomized ?? []].filter(file => manifests.some(each => each.file === file))).toEqual([files[0]]);
    expect(notes.filter(({ code }) => code === 'kustomization').map(({ file }) => file)).toEqual(['base/kustomization.yaml']);
    expect(counts?.read).toBe(count);
  });

  test('say which excluded files a program renders all the same', () => {
    at({ 'mesh.yaml': `exclude: [debug/]\n${MESH('  manifests:\n  - kustomize: overlay\n')}` });
    const files = ['overlay/kustomization.yaml', 'overlay/debug/a.yaml', 'debug/b.yaml'];
    const [{ notes }] = read([{ text: POLICY('a'), files }]).input.clusters;
    expectReported('excluded files that a program renders', notes);
  });

  test('that cannot be rendered are problems, and left out with keepGoing', () => {
    at({
      'mesh.yaml': MESH(
        '  manifests:\n  - kustomize: overlay\n  - command: [jsonnet, main.jsonnet]\n  - helm: {chart: chart}\n',
      ),
    });
    const renderings: Rendering[] = [
      {
        code: 'renderer-missing',
        message: 'kustomize:overlay needs kustomize or kubectl, which is not in the path',
        fix:
          'install it (kustomize: https://kubectl.docs.kubernetes.io/installation/kustomize/, ' +
          'kubectl: https://kubernetes.io/docs/tasks/tools/)',
      },
      {
        code: 'render-failed',
        message: 'command:jsonnet cannot be rendered',
        got: 'no such file',
        fix: 'run `jsonnet main.jsonnet`, and correct what it reports',
      },
      {
        code: 'render-limit',
        message: 'helm:chart was not rendered within 120 s, so its program was stopped',
        fix: 'run `helm template chart`, and correct what it reports',
      },
    ];
    expectReported('sources that cannot be rendered', read(renderings).problems);
    const kept = read(renderings, { keepGoing: true });
    expect(kept.problems).toEqual([]);
    expect(kept.input.clusters[0].notes.map(({ code, line, message }) => [code, line, message])).toEqual([
      [
        'document-invalid',
        6,
        'kustomize:overlay needs kustomize or kubectl, which is not in the path, so it is left out. ' +
          'It may contain objects that matter, so verdicts may be wrong',
      ],
      ['document-invalid', 7, expect.stringContaining('command:jsonnet cannot be rendered, so it is left out.')],
      ['document-invalid', 8, expect.stringContaining('helm:chart was not rendered within 120 s')],
    ]);
  });

  test('whose output is invalid name the line of the output', () => {
    at({ 'mesh.yaml': MESH('  manifests:\n  - command: [x]\n') });
    const { problems } = read([{ text: `${POLICY('a')}---\nkind: Service\napiVersion: v1\nmetadata: {name: 5}\n`, files: [] }]);
    expect(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([
      'mesh.yaml:6: metadata.name of this Service must be text (line 10 of what command:x renders)',
    ]);
  });
});

const SNAPSHOT = {
  'live/.cilium-mesh-snapshot': '',
  'live/mesh.yaml': `apiVersion: cilium-mesh/v1
clusters:
- {name: east, id: 7, context: admin, manifests: [east], values: east.values.yaml, ciliumVersion: 1.18.3, podCIDRs: [10.0.0.0/8], gaps: [{what: nodes, reason: forbidden}]}
`,
  'live/east.values.yaml': 'cluster: {name: east}\n',
  'live/east/p.yaml': POLICY('running'),
};

describe('snapshots', () => {
  test('give their objects, and what the cluster does not set itself', () => {
    at({ ...SNAPSHOT, 'mesh.yaml': MESH('  manifests:\n  - snapshot: live\n  ciliumVersion: 1.20.2\n') });
    const { input, problems } = read();
    const [{ id, settings, values, manifests }] = input.clusters;
    expect(problems).toEqual([]);
    expect([id, manifests.map(each => each.file), values?.file]).toEqual([1, ['live/east/p.yaml'], 'live/east.values.yaml']);
    expect(settings).toEqual({
      name: 'east',
      id: 1,
      manifests: [{ snapshot: 'live' }],
      ciliumVersion: '1.20.2',
      podCIDRs: ['10.0.0.0/8'],
      gaps: [{ what: 'nodes', reason: 'forbidden' }],
    });
  });

  test('have gaps also for a path into them', () => {
    at(SNAPSHOT);
    const { input } = readClusterArguments([{ name: 'paris', source: 'live/east' }]);
    expect(input.clusters[0].settings.gaps).toEqual([{ what: 'nodes', reason: 'forbidden' }]);
  });

  test('have each gap once in their own mesh file', () => {
    at(SNAPSHOT);
    const { input } = readMeshFile('live/mesh.yaml');
    expect(input!.clusters[0].settings.gaps).toEqual([{ what: 'nodes', reason: 'forbidden' }]);
  });

  test('are refused that are none, or lack the cluster', () => {
    at({
      ...SNAPSHOT,
      'live/mesh.yaml': SNAPSHOT['live/mesh.yaml'].replace('east, id', 'eest, id'),
      'mesh.yaml': MESH('  manifests: [{snapshot: nothing},\n    {snapshot: live}]\n'),
    });
    expectReported('snapshots that are none, or lack the cluster', read().problems);
  });
});

describe('a base', () => {
  const DEPLOYMENT = (name: string, more: string) =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: ${name}, namespace: shop, labels: {app: ${name}, set: shop}}\n${more}`;

  const of = (base: string, manifests: string, prune?: string) => {
    at({ 'base/all.yaml': base, 'new/all.yaml': manifests });
    const { input, problems } = readClusterArguments([{ name: 'east', source: 'new' }], {
      base: [{ name: 'east', text: 'base' }],
      ...(prune === undefined ? {} : { prune: [{ name: 'east', text: prune }] }),
    });
    expect(problems).toEqual([]);
    const [{ manifests: all, applied = [], layers }] = input.clusters;
    const names = (each: typeof all) => each.map(({ object, file }) => `${object.kind} ${object.metadata.name} ${file}`);
    return { all: names(all), applied: names(applied), deleted: names(layers!.deleted), layers: layers! };
  };

  test('has its objects replaced by their identity, in any version of their group', () => {
    const { all, applied, layers } = of(
      [
        DEPLOYMENT('web', 'spec: {replicas: 1}\n'),
        DEPLOYMENT('db', ''),
        POLICY('p'),
        POLICY('p', '  namespace: shop\n'),
        'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n',
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
      ].join('---\n'),
      [
        DEPLOYMENT('web', 'spec: {replicas: 2}\n').replace('apps/v1', 'apps/v1beta2'),
        POLICY('p', '  namespace: default\n'),
        POLICY('q'),
        'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n',
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: ignored}\n',
      ].join('---\n'),
    );
    expect(all).toEqual([
      'Deployment db base/all.yaml',
      'CiliumNetworkPolicy p base/all.yaml',
      'Service web base/all.yaml',
      'Deployment web new/all.yaml',
      'CiliumNetworkPolicy p new/all.yaml',
      'CiliumNetworkPolicy q new/all.yaml',
      'Service web new/all.yaml',
      'Namespace shop new/all.yaml',
    ]);
    expect(applied.every(each => each.endsWith('new/all.yaml'))).toBe(true);
    expect([layers.base.length, layers.replaced, layers.added, layers.deleted]).toEqual([6, 3, 2, []]);
  });

  test.each([
    ['a kustomization', {
      'new/kustomization.yaml': 'namespace: shop\nnamePrefix: ""\nlabels: [{pairs: {a: b}}]\nresources: [all.yaml]\n',
    }],
    ['Flux', {
      'new/a.yaml':
        'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a, namespace: flux-system}\n' +
        'spec: {path: ./new, targetNamespace: shop, sourceRef: {kind: GitRepository, name: flux-system}}\n',
    }],
    ['Argo CD', {
      '.git/config': '[remote "origin"]\nurl = https://example.com/a\n',
      'new/a.yaml':
        'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n' +
        'spec: {source: {path: new, repoURL: "https://example.com/a"}, destination: {namespace: shop}}\n',
    }],
  ])('has objects replaced in the namespace that %s sets', (_, files: { [file: string]: string }) => {
    at({
      'base/all.yaml': `${POLICY('p', '  namespace: shop\n')}---\n${POLICY('q', '  namespace: shop\n')}`,
      'new/all.yaml': `${POLICY('p')}---\n${POLICY('r', '  namespace: other\n')}`,
      ...files,
    });
    const [{ manifests, layers, notes }] = readClusterArguments([{ name: 'east', source: 'new' }], {
      base: [{ name: 'east', text: 'base' }],
    }).input.clusters;
    const policies = manifests.filter(({ object }) => object.kind === 'CiliumNetworkPolicy');
    expect(policies.map(({ object: { metadata }, file }) => `${metadata.namespace}/${metadata.name} ${file}`)).toEqual([
      'shop/q base/all.yaml',
      'shop/p new/all.yaml',
      'other/r new/all.yaml',
    ]);
    expect(policies[1].line('metadata.name')).toBe(4);
    expect(layers!.replaced).toBe(1);
    expect(notes.filter(({ code }) => code === 'namespace-unknown')).toEqual([]);
  });

  test('is said to have objects in other namespaces than those that write none', () => {
    at({
      'base/all.yaml': [POLICY('p', '  namespace: shop\n'), POLICY('p', '  namespace: media\n'), POLICY('q')].join('---\n'),
      'base/more.yaml': POLICY('q', '  namespace: shop\n'),
      'new/all.yaml': [POLICY('p'), POLICY('q'), POLICY('new')].join('---\n'),
    });
    const { input } = readClusterArguments([{ name: 'east', source: 'new' }], {
      base: [{ name: 'east', text: 'base' }],
    });
    expectReported('objects whose namespace is unknown', input.clusters[0].notes);
  });

  const POD = (name: string, owner: string) =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: shop, labels: {set: shop}, ownerReferences: [{kind: ReplicaSet, name: ${owner}, controller: true}]}\n`;
  const SET = (name: string, owner: string) =>
    `apiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: ${name}, namespace: shop, labels: {set: shop}, ownerReferences: [{kind: Deployment, name: ${owner}, controller: true}]}\n`;

  test('loses what the prune rule selects and the manifests do not contain, with what belongs to it', () => {
    const base = [
      DEPLOYMENT('web', ''),
      SET('web-1', 'web'),
      POD('web-1-a', 'web-1'),
      DEPLOYMENT('db', ''),
      SET('db-1', 'db'),
      POD('db-1-a', 'db-1'),
      DEPLOYMENT('other', '').replace('set: shop', 'set: other'),
      'apiVersion: v1\nkind: Service\nmetadata: {name: db, namespace: shop, labels: {set: shop}}\n',
      'apiVersion: v1\nkind: Endpoints\nmetadata: {name: db, namespace: shop, labels: {set: shop}}\n',
      'apiVersion: v1\nkind: Endpoints\nmetadata: {name: web, namespace: shop, labels: {set: shop}}\n',
      'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop, labels: {set: shop}}\n',
    ].join('---\n');
    const manifests = [DEPLOYMENT('web', ''), 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n'].join('---\n');
    expect(of(base, manifests).deleted).toEqual([]);
    const { deleted, all, layers } = of(base, manifests, 'set=shop');
    expect([...deleted].sort()).toEqual([
      'Deployment db base/all.yaml',
      'Endpoints db base/all.yaml',
      'Pod db-1-a base/all.yaml',
      'ReplicaSet db-1 base/all.yaml',
      'Service db base/all.yaml',
    ]);
    // its Deployment is replaced, and with it the pods that it has now
    expect(layers.outdated.map(({ object }) => `${object.kind} ${object.metadata.name}`)).toEqual([
      'ReplicaSet web-1',
      'Pod web-1-a',
    ]);
    expect(all).toEqual(['Deployment other base/all.yaml', 'Endpoints web base/all.yaml', 'Deployment web new/all.yaml', 'Service web new/all.yaml']);
    expect(layers.prune).toBe('set=shop');
  });

  test('loses all of a deleted namespace', () => {
    const { deleted } = of(
      [
        'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {set: shop}}\n',
        DEPLOYMENT('web', '').replace(', set: shop', ''),
        POLICY('p'),
      ].join('---\n'),
      POLICY('q'),
      'set=shop',
    );
    expect(deleted).toEqual(['Namespace shop base/all.yaml', 'Deployment web base/all.yaml']);
  });

  test.each<[string, object, boolean]>([
    ['a=b', { a: 'b' }, true],
    ['a==b,c', { a: 'b', c: '' }, true],
    ['a=b,c', { a: 'b' }, false],
    ['a in (b, c)', { a: 'c' }, true],
    ['a in (b,c),d=e', { a: 'd', d: 'e' }, false],
    ['example.org/a=b', {}, false],
  ])('the prune rule %s selects %j: %s', (text, labels, selected) => {
    expect(parsePruneSelector(text)!.selects(labels)).toBe(selected);
  });

  test.each(['', ',', 'a!=b', '!a', 'a notin (b)', 'a=', '=b', 'a in ()', 'a=b,', 'a b'])(
    'the prune rule %j is refused',
    text => expect(parsePruneSelector(text)).toBeUndefined(),
  );

  test('is needed by a prune rule, which must select something', () => {
    at({
      'p.yaml': POLICY('p'),
      'mesh.yaml': MESH('  manifests: [p.yaml]\n  prune: app=shop\n- name: west\n  id: 2\n  manifests: [p.yaml]\n  base: [p.yaml]\n  prune: app!=shop\n'),
    });
    expectReported('prune without a base, and with a selector of everything', read().problems);
  });

  test('must be of a cluster', () => {
    at({ 'p.yaml': POLICY('p') });
    const { problems } = readClusterArguments([{ name: 'east', source: 'p.yaml' }], {
      base: [{ name: 'wast', text: 'live' }],
      prune: [{ name: 'wast', text: 'app=shop' }],
    });
    expectReported('the base and prune rule of an unknown cluster', problems);
  });
});

test('workloads that only mesh.yaml declares count where no object has their pods', () => {
  at({
    'mesh.yaml': MESH(`  manifests: [apps.yaml]
  workloads:
  - {name: cart, namespace: shop, labels: {app: cart}}
  - {name: web, namespace: shop, labels: {app: web}}
  - {name: web, labels: {app: web}}
`),
    'apps.yaml':
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: frontend, namespace: shop}\n' +
      'spec: {template: {metadata: {labels: {app: web, tier: front}}}}\n',
  });
  const { input } = read();
  const [{ manifests, applied }] = input.clusters;
  expect(
    manifests.map(each => [each.object.kind, each.object.metadata.namespace, each.object.metadata.name, each.line()]),
  ).toEqual([
    ['Deployment', 'shop', 'frontend', 1],
    ['Workload', 'shop', 'cart', 7],
    ['Workload', 'default', 'web', 9],
  ]);
  expect(applied!.map(each => each.object.kind)).toEqual(['Deployment']);
});

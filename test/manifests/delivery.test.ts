/** Variables and releases of Flux, Applications of Argo CD: what is built, and what is unknown. */
import { planApplication } from '../../src/manifests/delivery/application';
import { argoClusters, expandApplicationSet } from '../../src/manifests/delivery/application-set';
import { changedFiles } from '../../src/manifests/delivery/changed-files';
import { parametersOf, ArgoTree } from '../../src/manifests/delivery/generators';
import { planRelease } from '../../src/manifests/delivery/helm-release';
import { isSubstitutionDisabled, substitute } from '../../src/manifests/delivery/substitute';
import { dataOf } from '../../src/manifests/delivery/values';
import { readManifests } from '../../src/manifests/documents';

describe('variables of Flux', () => {
  const variables = new Map([
    ['A', 'a'],
    ['EMPTY', ''],
  ]);

  test.each<[text: string, complete: string, incomplete: string, unknown: string[]]>([
    ['x${A}y', 'xay', 'xay', []],
    ['${B}', '', '${B}', ['B']],
    ['${B:=d}', 'd', '${B:=d}', ['B']],
    ['${B:-d}-${A}', 'd-a', '${B:-d}-a', ['B']],
    ['${A:-d}', 'a', 'a', []],
    ['${EMPTY:-d}${EMPTY=e}${EMPTY}', 'de', 'de', []],
    // no syntax of this envsubst
    ['${B-}', '${B-}', '${B-}', ['B']],
    ['$${A} $A $(A) ${1} $$A', '${A} $A $(A) ${1} $A', '${A} $A $(A) ${1} $A', []],
    ['$${B=${A}}', '${B=a}', '${B=a}', []],
    ['${B:=${A}}.x', 'a.x', '${B:=${A}}.x', ['B']],
    ['${A:=${B}}.x', 'a.x', 'a.x', []],
    ['${EMPTY:=x-${B:-${A}}-y}', 'x-a-y', 'x-${B:-${A}}-y', ['B']],
    ['${A^^}${A^}${A,,}${A,}${EMPTY^}', 'AAaa', 'AAaa', []],
    ['${B:=${A^^}}', 'A', '${B:=${A^^}}', ['B']],
    ['${A:0:1}${A:1}${A:0:5}', 'aa', 'aa', []],
    ['${A:-', '${A:-', '${A:-', ['A']],
    ['${A:-${B}', '${A:-${B}', '${A:-${B}', ['A']],
    ['{"a": "${A"}', '{"a": "${A"}', '{"a": "${A"}', ['A']],
    ['${A/a/b}', '${A/a/b}', '${A/a/b}', ['A']],
    ['${A:=$&}', 'a', 'a', []],
  ])('%s', (text, complete, incomplete, unknown) => {
    expect(substitute(text, variables, true).text).toBe(complete);
    expect(substitute(text, variables, false)).toEqual({ text: incomplete, unknown });
  });

  test('the time for nested defaults grows with their number', () => {
    const text = '${A:-${'.repeat(20_000);
    expect(substitute(text, variables, true).text).toBe(text);
  });

  test('values are taken as they are', () => {
    expect(substitute('${A}', new Map([['A', '$& ${A} $1']]), true).text).toBe('$& ${A} $1');
  });

  test.each(['labels', 'annotations'])('can be disabled by %s', field => {
    const metadata = { name: 'a', [field]: { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' } };
    expect([isSubstitutionDisabled({ metadata }), isSubstitutionDisabled({ metadata: {} })]).toEqual([true, false]);
  });
});

describe('data', () => {
  test.each<[string, object, object | undefined]>([
    ['a ConfigMap', { kind: 'ConfigMap', data: { a: 1 } }, { a: '1' }],
    ['a Secret', { kind: 'Secret', data: { a: 'YsO8' }, stringData: { b: 'c' } }, { a: 'bü', b: 'c' }],
    ['a Secret that SOPS encrypts', { kind: 'Secret', data: { a: 'YQ==' }, sops: {} }, undefined],
    ['a Secret with encrypted text', { kind: 'Secret', stringData: { a: 'ENC[AES256]' } }, undefined],
    ['a Secret with other bytes', { kind: 'Secret', data: { a: '/w==' } }, undefined],
    ['nothing', { kind: 'Secret' }, {}],
  ])('of %s', (_, object, expected) => {
    const data = dataOf(object);
    expect(data && Object.fromEntries(data)).toEqual(expected);
  });
});

describe('a HelmRelease', () => {
  const objects = [
    { kind: 'ConfigMap', metadata: { namespace: 'shop', name: 'values' }, data: { 'values.yaml': 'a: {b: 1, c: 2}', 'bad': '[1' } },
    { kind: 'OCIRepository', metadata: { namespace: 'shop', name: 'oci' }, spec: { url: 'oci://x.org/charts/web', ref: { tag: '1.2.3' } } },
  ];
  const plan = (spec: object) =>
    planRelease(
      { kind: 'HelmRelease', metadata: { name: 'web', namespace: 'shop' }, spec },
      {
        find: (kind, namespace, name) =>
          objects.find(each =>
            each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name,
          ),
        isTree: (kind, namespace, name) => `${kind} ${namespace}/${name}` === 'GitRepository shop/own',
      },
    );
  const chart = { spec: { chart: './charts/web', sourceRef: { kind: 'GitRepository', name: 'own' } } };

  test('merges values in their order, and is named after its target', () => {
    expect(
      plan({
        chart,
        targetNamespace: 'web',
        valuesFrom: [{ kind: 'ConfigMap', name: 'values' }],
        values: { a: { c: 3 }, d: 4 },
        postRenderers: [{ kustomize: { patches: [] } }],
      }),
    ).toEqual({
      chart: { kind: 'path', path: './charts/web' },
      release: 'web-web',
      namespace: 'web',
      values: { a: { b: 1, c: 3 }, d: 4 },
      postRenderers: [{ patches: [] }],
    });
  });

  test.each<[string, object, object]>([
    ['a chart in an artifact', { chartRef: { kind: 'OCIRepository', name: 'oci' } }, { kind: 'archive', name: 'web', version: '1.2.3' }],
    [
      'a chart of a chart repository',
      { chart: { spec: { chart: 'redis', version: 'v1.0.0-rc.1', sourceRef: { kind: 'HelmRepository', name: 'x' } } } },
      { kind: 'archive', name: 'redis', version: 'v1.0.0-rc.1' },
    ],
  ])('has %s', (_, spec, expected) => {
    expect(plan(spec)).toMatchObject({ chart: expected });
  });

  test.each<[string, object, string]>([
    ['kubeConfig', { chart, kubeConfig: {} }, 'other-cluster'],
    ['a source of its own', { chart: { spec: { chart: 'x', sourceRef: { kind: 'GitRepository', name: 'other' } } } }, 'other-source'],
    ['a bucket', { chart: { spec: { chart: 'x', sourceRef: { kind: 'Bucket', name: 'own' } } } }, 'other-source'],
    ['a range', { chart: { spec: { chart: 'x', version: '>=1.0.0', sourceRef: { kind: 'HelmRepository' } } } }, 'version-range'],
    ['no version', { chart: { spec: { chart: 'x', sourceRef: { kind: 'HelmRepository' } } } }, 'version-range'],
    ['no chart', {}, 'unsupported'],
    ['the old field of a values file', { chart: { spec: { ...chart.spec, valuesFile: 'a.yaml' } } }, 'unsupported'],
    [
      'values files of a chart of a repository',
      { chart: { spec: { chart: 'x', version: '1.0.0', valuesFiles: ['a.yaml'], sourceRef: { kind: 'HelmRepository' } } } },
      'unsupported',
    ],
    ['missing values', { chart, valuesFrom: [{ kind: 'Secret', name: 'x' }] }, 'values-unknown'],
    ['a missing key', { chart, valuesFrom: [{ kind: 'ConfigMap', name: 'values', valuesKey: 'x' }] }, 'values-unknown'],
    ['invalid values', { chart, valuesFrom: [{ kind: 'ConfigMap', name: 'values', valuesKey: 'bad' }] }, 'values-unknown'],
    [
      'a path with a list',
      { chart, valuesFrom: [{ kind: 'ConfigMap', name: 'values', valuesKey: 'bad', targetPath: 'a[0]' }] },
      'values-unknown',
    ],
    ['an artifact that is missing', { chartRef: { kind: 'OCIRepository', name: 'x' } }, 'other-source'],
  ])('with %s is not built', (_, spec, reason) => {
    expect(plan(spec)).toMatchObject({ reason });
  });
});

describe('an Application', () => {
  const plan = (spec: object) => planApplication({ metadata: { name: 'web' }, spec }, url => url === 'own');
  const source = { repoURL: 'own', path: 'charts/web' };

  test('has values of other sources, and values in their order', () => {
    expect(
      plan({
        destination: { namespace: 'shop' },
        sources: [
          { repoURL: 'own', ref: 'values' },
          {
            ...source,
            helm: {
              valueFiles: ['$values/env/paris.yaml', 'values.yaml'],
              values: 'a: {b: 1, c: 1}',
              valuesObject: { a: { c: 2 } },
              parameters: [{ name: 'a.d', value: 'true' }, { name: 'a.e', value: '1', forceString: true }],
            },
          },
        ],
      }),
    ).toEqual({
      namespace: 'shop',
      sources: [
        {
          kind: 'path',
          path: 'charts/web',
          helm: {
            release: 'web',
            valueFiles: ['/env/paris.yaml', 'values.yaml'],
            ignoresMissing: false,
            values: { a: { b: 1, c: 2, d: true, e: '1' } },
          },
          kustomize: {},
          directory: { recurse: false, include: undefined, exclude: undefined },
        },
      ],
    });
  });

  test.each<[string, object, string]>([
    ['another repository', { source: { ...source, repoURL: 'other' } }, 'other-source'],
    ['values of another repository', { sources: [{ ref: 'v', repoURL: 'other' }, { ...source, helm: { valueFiles: ['$v/a.yaml'] } }] }, 'values-unknown'],
    ['values of a URL', { source: { ...source, helm: { valueFiles: ['https://x.org/a.yaml'] } } }, 'values-unknown'],
    ['variables of Argo CD', { source: { ...source, helm: { values: 'a: $ARGOCD_APP_NAME' } } }, 'unsupported'],
    ['a parameter of a list', { source: { ...source, helm: { parameters: [{ name: 'a[0]', value: 'x' }] } } }, 'unsupported'],
    ['files as parameters', { source: { ...source, helm: { fileParameters: [] } } }, 'unsupported'],
    ['components', { source: { ...source, kustomize: { components: ['x'] } } }, 'unsupported'],
    ['Jsonnet', { source: { ...source, directory: { jsonnet: {} } } }, 'plugin'],
    ['a range', { source: { repoURL: 'x', chart: 'redis', targetRevision: '1.*' } }, 'version-range'],
    ['no source', {}, 'unsupported'],
  ])('with %s is not built', (_, spec, reason) => {
    expect(plan(spec)).toMatchObject({ reason });
  });
});

describe('an ApplicationSet', () => {
  const clusters = argoClusters([
    {
      kind: 'Secret',
      metadata: { name: 'paris-1', labels: { 'argocd.argoproj.io/secret-type': 'cluster', 'example.org/env': 'prod' } },
      stringData: { name: 'Paris_1', server: 'https://paris' },
    },
    { kind: 'Secret', metadata: { name: 'other' }, stringData: { name: 'x' } },
  ]);
  const contents: { readonly [file: string]: unknown } = {
    'apps/cart/a.yaml': {},
    'apps/cart/deep/b.yaml': {},
    'apps/web_1/a.yaml': {},
    'apps/.hidden/a.yaml': {},
    'clusters/eu/paris/config.json': { cluster: { name: 'paris', zone: '' }, tags: ['x'] },
    'clusters/eu/lyon/config.json': [{ cluster: { name: 'lyon' } }, { cluster: { name: 'lyon-2' } }],
    'clusters/bad.json': 'text',
  };
  const tree: ArgoTree = {
    clusters,
    isTree: url => url === 'own',
    files: Object.keys(contents).sort(),
    value: file => ({ value: contents[file] }),
  };
  const names = (spec: object) => {
    const result = expandApplicationSet({ metadata: { name: 'set', namespace: 'argocd' }, spec }, tree);
    return Array.isArray(result) ? result.map(each => each.metadata.name) : result.reason;
  };
  const template = (name: string) => ({ metadata: { name }, spec: {} });

  test.each<[string, object, string[] | string]>([
    ['a list', { generators: [{ list: { elements: [{ a: 'x' }, { a: 'y' }] } }], template: template('{{a}}-{{ a }}') }, ['x-x', 'y-y']],
    [
      'clusters by their labels',
      {
        generators: [{ clusters: { selector: { matchLabels: { 'example.org/env': 'prod' } }, values: { t: '1' } } }],
        template: template('{{nameNormalized}}-{{metadata.labels.example.org/env}}-{{values.t}}'),
      },
      ['paris-1-prod-1'],
    ],
    [
      'clusters by expressions',
      {
        generators: [{ clusters: { selector: { matchExpressions: [{ key: 'x', operator: 'DoesNotExist' }, { key: 'example.org/env', operator: 'In', values: ['prod'] }] } } }],
        template: template('{{name}}'),
      },
      ['Paris_1'],
    ],
    ['all clusters, and its own', { generators: [{ clusters: {} }], template: template('{{name}}') }, ['Paris_1', 'in-cluster']],
    [
      'Go templates',
      {
        goTemplate: true,
        generators: [{ clusters: { selector: { matchLabels: { 'example.org/env': 'prod' } } } }],
        template: template('{{ .name }}-{{- index .metadata.labels "example.org/env" }}'),
      },
      ['Paris_1-prod'],
    ],
    ['quotes in values', { generators: [{ list: { elements: [{ a: 'x"\\n' }] } }], template: template('{{a}}') }, ['x"\\n']],
    ['functions', { goTemplate: true, generators: [{ list: { elements: [{ a: 'x' }] } }], template: template('{{ .a | upper }}') }, 'template-functions'],
    ['missing parameters', { generators: [{ list: { elements: [{ a: 'x' }] } }], template: template('{{b}}') }, 'template-functions'],
    ['patches of the template', { generators: [], template: {}, templatePatch: 'x' }, 'template-functions'],
    [
      'folders of the tree',
      {
        generators: [{ git: { repoURL: 'own', directories: [{ path: 'apps/*' }, { path: 'apps/c*t', exclude: true }] } }],
        template: template('{{path}} {{path.basename}} {{path.basenameNormalized}} {{path[0]}}'),
      },
      ['apps/web_1 web_1 web-1 apps'],
    ],
    [
      'folders of the tree, in Go templates with a prefix and values',
      {
        goTemplate: true,
        generators: [
          {
            git: {
              repoURL: 'own',
              directories: [{ path: 'apps/*/deep' }],
              pathParamPrefix: 'my',
              values: { team: '{{ index .my.path.segments 1 }}-team' },
            },
          },
        ],
        template: template('{{.my.path.path}} {{ .values.team }}'),
      },
      ['apps/cart/deep cart-team'],
    ],
    [
      'files of the tree',
      {
        generators: [{ git: { repoURL: 'own', files: [{ path: 'clusters/**/config.json' }] } }],
        template: template('{{cluster.name}} {{path}} {{path.filename}}'),
      },
      ['lyon clusters/eu/lyon config.json', 'lyon-2 clusters/eu/lyon config.json', 'paris clusters/eu/paris config.json'],
    ],
    [
      'a folder as the files below it',
      { generators: [{ git: { repoURL: 'own', files: [{ path: 'clusters/eu' }, { path: '*lyon*', exclude: true }] } }], template: template('{{tags.0}}') },
      ['x'],
    ],
    ['an invalid file', { generators: [{ git: { repoURL: 'own', files: [{ path: 'clusters/b?d.json' }] } }], template: template('x') }, 'render-failed'],
    ['folders of another repository', { generators: [{ git: { repoURL: 'x', directories: [{ path: '*' }] } }], template: template('x') }, 'other-source'],
    [
      'a matrix, whose second generator uses the first',
      {
        generators: [
          {
            matrix: {
              generators: [
                { list: { elements: [{ zone: 'eu' }] } },
                { git: { repoURL: 'own', files: [{ path: 'clusters/{{zone}}/p*/config.json' }], values: { at: '{{path.basename}}' } } },
              ],
            },
          },
        ],
        template: template('{{zone}}-{{cluster.name}}-{{values.at}}'),
      },
      ['eu-paris-paris'],
    ],
    [
      'a matrix with a conflict',
      { generators: [{ matrix: { generators: [{ list: { elements: [{ a: 'x' }] } }, { list: { elements: [{ a: 'y' }] } }] } }], template: template('{{a}}') },
      'generator',
    ],
    [
      'a matrix in Go templates, of which the first generator counts',
      {
        goTemplate: true,
        generators: [{ matrix: { generators: [{ list: { elements: [{ a: 'x', b: '' }] } }, { list: { elements: [{ a: 'y', b: 'z' }] } }] } }],
        template: template('{{.a}}{{.b}}'),
      },
      ['xz'],
    ],
    [
      'merged generators',
      {
        generators: [
          {
            merge: {
              mergeKeys: ['name'],
              generators: [
                { list: { elements: [{ name: 'a', size: '1' }, { name: 'b', size: '1' }] } },
                { list: { elements: [{ name: 'b', size: '2' }, { name: 'c', size: '3' }] } },
              ],
            },
          },
        ],
        template: template('{{name}}{{size}}'),
      },
      ['a1', 'b2'],
    ],
    [
      'merged generators with equal keys',
      {
        generators: [{ merge: { mergeKeys: ['n'], generators: [{ list: { elements: [{ n: 'a' }, { n: 'a' }] } }, { list: { elements: [] } }] } }],
        template: template('{{n}}'),
      },
      'generator',
    ],
    ['another generator', { generators: [{ scmProvider: {} }], template: template('x') }, 'generator'],
    ['an empty git generator', { generators: [{ git: { repoURL: 'own' } }], template: template('x') }, 'generator'],
    ['an empty matrix', { generators: [{ matrix: { generators: [] } }], template: template('x') }, 'generator'],
    ['a generator named like a method', { generators: [{ constructor: {} }], template: template('x') }, 'generator'],
    ['a filter', { generators: [{ list: { elements: [] }, selector: {} }], template: template('x') }, 'generator'],
    ['a template of the generator', { generators: [{ list: { elements: [], template: {} } }], template: template('x') }, 'generator'],
    ['another operator', { generators: [{ clusters: { selector: { matchExpressions: [{ key: 'a', operator: 'Gt' }] } } }], template: template('x') }, 'unsupported'],
  ])('with %s', (_, spec, expected) => {
    expect(names(spec)).toEqual(expected);
  });

  test('whose clusters are not in the tree is unknown', () => {
    const set = { metadata: { name: 'set' }, spec: { generators: [{ clusters: {} }], template: template('x') } };
    expect(expandApplicationSet(set, { ...tree, clusters: [] })).toMatchObject({ reason: 'clusters-unknown' });
  });
});

test.each([
  ['apps/[z-a]', []],
  ['apps/[a-y]', ['apps/a']],
  ['apps/[^a]', ['apps/z']],
])('folders of a git generator: %s', (path, folders) => {
  const tree = { files: ['apps/a/x.yaml', 'apps/z/x.yaml'], isTree: () => true, value: () => undefined, clusters: [] };
  expect(parametersOf({ git: { repoURL: 'x', directories: [{ path }] } }, tree, true)).toEqual(
    folders.map(folder => expect.objectContaining({ path: expect.objectContaining({ path: folder }) })),
  );
});

describe('files whose objects change before they are applied', () => {
  const files = new Map(['web/a.yaml', 'web/more/b.yaml', 'webs/c.yaml'].map(file => [file, `/home/me/tree/${file}`]));
  const changed = (kind: string, spec: object) => {
    const group = kind === 'Kustomization' ? 'kustomize.toolkit.fluxcd.io/v1' : 'argoproj.io/v1alpha1';
    const text = JSON.stringify({ apiVersion: group, kind, metadata: { name: 'a' }, spec });
    return [...changedFiles(readManifests(text, 'a.yaml').manifests, files)];
  };

  test.each<[string, object, string[]]>([
    ['Kustomization', { path: './web', targetNamespace: 'shop' }, ['web/a.yaml', 'web/more/b.yaml']],
    ['Kustomization', { path: 'tree/web/more/', patches: [{ patch: 'a' }] }, ['web/more/b.yaml']],
    ['Kustomization', { commonMetadata: { labels: { a: 'b' } } }, [...files.keys()]],
    ['Kustomization', { path: './web', images: [{ name: 'a' }], wait: true }, []],
    ['Kustomization', { path: './other', targetNamespace: 'shop' }, []],
    ['Application', { source: { path: 'web', kustomize: { namePrefix: 'a-' } } }, ['web/a.yaml', 'web/more/b.yaml']],
    ['Application', { sources: [{ path: 'web' }, { path: 'webs', kustomize: { patches: [{}] } }] }, ['webs/c.yaml']],
    ['Application', { source: { path: 'web', kustomize: { images: ['a:v2'] } } }, []],
    [
      'ApplicationSet',
      { template: { spec: { source: { path: 'web/{{name}}', kustomize: { namespace: 'a' } } } } },
      ['web/a.yaml', 'web/more/b.yaml'],
    ],
  ])('%s %j', (kind, spec, expected) => {
    expect(changed(kind, spec)).toEqual(expected);
  });
});

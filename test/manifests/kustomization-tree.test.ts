import { kustomizationTree } from '../../src/manifests/kustomization-tree';

const LIST = 'resources: [web.yaml]';
const WEB = '{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}';

const read = (files: { readonly [path: string]: string }) => {
  const { lists, kustomized, inputs, data } = kustomizationTree(Object.keys(files), file => files[file]);
  return { lists: [...lists], kustomized: [...kustomized], inputs: [...inputs], data: [...data] };
};

describe('a kustomization that only lists files', () => {
  test.each<[string, { readonly [path: string]: string }]>([
    ['files of its folder', { 'kustomization.yaml': LIST, 'web.yaml': WEB }],
    ['with everything that no verdict depends on', {
      'kustomization.yml': [
        'apiVersion: kustomize.config.k8s.io/v1beta1',
        'kind: Kustomization',
        'metadata: {name: web}',
        'bases: [./cart]',
        'resources: [web.yaml, deploy/web.yaml]',
        'images: [{name: web, newTag: v2}]',
        'configMapGenerator: [{name: settings, literals: [a=b]}]',
        'generatorOptions: {disableNameSuffixHash: true}',
        'patches: []',
        'namespace: ""',
        'components:',
      ].join('\n'),
      'web.yaml': WEB,
      'deploy/web.yaml': WEB,
      'cart/kustomization.yaml': LIST,
      'cart/web.yaml': WEB,
    }],
    ['the old name of the file', { 'Kustomization': LIST, 'web.yaml': WEB }],
    ['a folder beside it', {
      'apps/kustomization.yaml': 'resources: [../web]',
      'web/kustomization.yaml': LIST,
      'web/web.yaml': WEB,
    }],
    ['beside a file that is no manifest', { 'kustomization.yaml': LIST, 'web.yaml': WEB, 'values.yaml': 'image: web' }],
    ['beside folders that it does not name', {
      'kustomization.yaml': LIST,
      'web.yaml': WEB,
      'examples/web.yaml': WEB,
    }],
    ['two of them without a common file', {
      'a/kustomization.yaml': LIST,
      'a/web.yaml': WEB,
      'b/kustomization.yaml': LIST,
      'b/web.yaml': WEB,
    }],
    ['in the folder of another that is not around it', {
      'web/kustomization.yaml': LIST,
      'web/web.yaml': WEB,
      'web/all/kustomization.yaml': 'resources: [..]',
    }],
    ['a file twice', {
      'kustomization.yaml': 'resources: [a, b]',
      'a/kustomization.yaml': 'resources: [../c]',
      'b/kustomization.yaml': 'resources: [../c]',
      'c/kustomization.yaml': LIST,
      'c/web.yaml': WEB,
    }],
  ])('%s', (_, files) => {
    expect(read(files)).toEqual({
      lists: Object.keys(files).filter(file => /kustomization/i.test(file)),
      kustomized: [],
      inputs: [],
      data: [],
    });
  });

  test.each([
    'namespace: shop',
    'namePrefix: shop-',
    'nameSuffix: -shop',
    'labels: [{pairs: {app: web}, includeSelectors: true}]',
    'commonLabels: {app: web}',
    'commonAnnotations: {service.cilium.io/global: "true"}',
    'patches: [{target: {kind: Service}, patch: "[]"}]',
    'patchesStrategicMerge: ["{apiVersion: v1}\\n"]',
    'patchesJson6902: [{target: {kind: Service}, patch: "[]"}]',
    'replacements: [{source: {kind: Service}}]',
    'components: [../more]',
    'replicas: [{name: web, count: 0}]',
    'helmCharts: [{name: web}]',
    'generators: [more.yaml]',
    'transformers: [more.yaml]',
    'vars: [{name: WEB}]',
    'configMapGenerator: [{name: cilium-config, literals: [policy-audit-mode=true]}]',
    'kind: Component',
    'crds: 1\nunknown: field',
  ])('is not one with %s', field => {
    const files = { 'web/kustomization.yaml': `${LIST}\n${field}`, 'web/web.yaml': WEB, 'cart.yaml': WEB };
    expect(read(files)).toMatchObject({ lists: [], kustomized: ['web/kustomization.yaml', 'web/web.yaml'] });
  });

  test.each<[string, { readonly [path: string]: string }]>([
    ['a URL', { 'kustomization.yaml': 'resources: [web.yaml, https://example.com/more.yaml]', 'web.yaml': WEB }],
    ['a repository', { 'kustomization.yaml': 'resources: [web.yaml, github.com/example/more]', 'web.yaml': WEB }],
    ['a file that is not read', { 'kustomization.yaml': 'resources: [web.yaml, more.yaml]', 'web.yaml': WEB }],
    ['a folder outside', { 'kustomization.yaml': 'resources: [web.yaml, ../more]', 'web.yaml': WEB }],
    ['a folder without a kustomization', { 'kustomization.yaml': 'resources: [web]', 'web/web.yaml': WEB }],
    ['an object in place of a path', { 'kustomization.yaml': 'resources: [web.yaml, {name: more}]', 'web.yaml': WEB }],
    ['a part of its folder', { 'kustomization.yaml': LIST, 'web.yaml': WEB, 'more.yaml': WEB }],
    ['a part of another folder', {
      'kustomization.yaml': 'resources: [a/web.yaml]',
      'a/web.yaml': WEB,
      'a/more.yaml': WEB,
    }],
    ['invalid YAML', { 'kustomization.yaml': `${LIST}\n  -`, 'web.yaml': WEB }],
  ])('is not one with %s', (_, files) => {
    expect(read(files)).toMatchObject({ lists: [], kustomized: Object.keys(files) });
  });

  test('is not one in a folder that leaves it out', () => {
    const files = {
      'kustomization.yaml': 'resources: [a]',
      'a/kustomization.yaml': LIST,
      'a/web.yaml': WEB,
      'b/kustomization.yaml': LIST,
      'b/web.yaml': WEB,
    };
    expect(read(files)).toMatchObject({
      lists: ['kustomization.yaml', 'a/kustomization.yaml'],
      kustomized: ['b/kustomization.yaml', 'b/web.yaml'],
    });
  });

  test('is not one if it has a file in common with another that is applied by itself', () => {
    const files = {
      'base/kustomization.yaml': LIST,
      'base/web.yaml': WEB,
      'production/kustomization.yaml': 'resources: [../base, more.yaml]',
      'production/more.yaml': WEB,
      'staging/kustomization.yaml': 'resources: [../base]',
    };
    expect(read(files)).toMatchObject({ lists: ['base/kustomization.yaml'] });
    expect(read(files).kustomized).toEqual(
      expect.arrayContaining(['base/web.yaml', 'production/more.yaml', 'staging/kustomization.yaml']),
    );
  });

  test('is a list whose files are unknown where an overlay changes them', () => {
    const files = {
      'base/kustomization.yaml': 'resources: [web]',
      'base/web/kustomization.yaml': LIST,
      'base/web/web.yaml': WEB,
      'overlay/kustomization.yaml': 'resources: [../base]\nnamePrefix: shop-',
      'other.yaml': WEB,
    };
    expect(read(files)).toMatchObject({
      lists: ['base/kustomization.yaml', 'base/web/kustomization.yaml'],
      kustomized: ['base/web/web.yaml', 'overlay/kustomization.yaml'],
    });
  });

  test('is not a Kustomization of Flux, which lists nothing', () => {
    const files = {
      'kustomization.yaml': 'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web}',
      'web.yaml': WEB,
    };
    expect(read(files)).toEqual({ lists: [], kustomized: [], inputs: [], data: [] });
  });
});

test('files that change objects and data of generators are no manifests', () => {
  const files = {
    'kustomization.yaml': [
      'resources: [web.yaml]',
      'patches: [{path: patch.yaml}, {path: web.yaml}, {path: missing.yaml}]',
      'secretGenerator: [{name: a, files: [settings=data.yaml, patch.yaml]}]',
    ].join('\n'),
    'web.yaml': WEB,
    'patch.yaml': WEB,
    'data.yaml': WEB,
  };
  expect(read(files)).toMatchObject({ lists: [], inputs: ['patch.yaml'], data: ['data.yaml'] });
});

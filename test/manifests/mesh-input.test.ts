/**
 * A mesh from mesh.yaml, or from arguments.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { expectReported } from './cases';
import { readClusterArguments } from '../../src/manifests/cluster-arguments';
import { readMeshFile } from '../../src/manifests/mesh-input';

const OBJECT = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-'));
  write({
    'east.k8s.yaml': OBJECT('a'),
    'west/b.yaml': OBJECT('b'),
    'west/values.yaml': 'replicas: 1\n',
    'mesh/east.values.yaml': 'cluster:\n  name: east\n  id: 1\n',
  });
});

afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

describe('mesh.yaml', () => {
  test('gives the clusters with their manifests, values and settings, and where they are declared', () => {
    const { input, problems } = read(`
# the mesh
apiVersion: cilium-mesh/v1
clusters:
- name: east
  id: 1
  manifests: [../east.k8s.yaml]
  values: east.values.yaml
  podCIDRs:
  - 10.1.0.0/16
- {name: west, id: 255, manifests: [../west, ${path.join(folder, 'east.k8s.yaml')}], context: kind-west, ciliumVersion: 1.18.0, patches: [{stage: connect, kind: A, namespace: b, name: c, file: d}]}
`);
    const [east, west] = input.clusters;

    expect(problems).toEqual([]);
    expect(input.source).toBe(path.join(folder, 'mesh', 'mesh.yaml'));
    expect([east.name, east.id, east.manifests.map(each => each.object.metadata.name), east.notes]).toEqual([
      'east',
      1,
      ['a'],
      [],
    ]);
    expect([east.values?.values, east.values?.file, east.values?.line('cluster.id')]).toEqual([
      { cluster: { name: 'east', id: 1 } },
      path.join(folder, 'mesh', 'east.values.yaml'),
      3,
    ]);
    expect([
      east.declared.file,
      east.declared.line(),
      east.declared.line('podCIDRs[0]'),
      east.declared.line('id'),
    ]).toEqual([input.source, 5, 10, 6]);
    expect([
      west.manifests.map(each => each.object.metadata.name),
      west.notes.map(each => each.code),
      west.values,
    ]).toEqual([['b', 'a'], ['document-ignored'], undefined]);
    expect([west.settings.context, west.settings.ciliumVersion, west.settings.patches?.[0].stage]).toEqual([
      'kind-west',
      '1.18.0',
      'connect',
    ]);
    expect(west.declared.line()).toBe(11);
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a list', '- a\n'],
    ['another version', 'apiVersion: cilium-mesh/v2\nclusters: [{name: east, id: 1, manifests: [../east.k8s.yaml]}]\n'],
    ['no clusters', 'apiVersion: cilium-mesh/v1\n'],
    ['an empty list of clusters', 'apiVersion: cilium-mesh/v1\nclusters: []\n'],
    ['clusters that are no list', 'apiVersion: cilium-mesh/v1\nclusters: {name: east}\n'],
    ['wrong YAML', 'apiVersion: cilium-mesh/v1\nclusters: [\n'],
    ['two documents', 'apiVersion: cilium-mesh/v1\n---\nclusters: []\n'],
    ['repeated keys', 'apiVersion: cilium-mesh/v1\nclusters: []\nclusters: []\n'],
    [
      'a missing file and folder',
      'apiVersion: cilium-mesh/v1\nclusters: [{name: east, id: 1, manifests: [nothing], values: none.yaml}]\n',
    ],
  ])('of %s is refused', (name, text) => {
    expectReported(`mesh.yaml of ${name}`, read(text).problems, folder);
  });

  test('has all its faults reported at once, each with its line, got and what is meant', () => {
    const { input, problems } = read(`apiVersion: cilium-mesh/v1
kind: Mesh
clusters:
- name: east
  id: "1"
  manifest: [a]
- name: 5
  id: 2
  manifests: a
- west
- name: east
  id: 1.5
  manifests: [1, ""]
  podCidrs: [10.0.0.0/8]
  podCIDRs: [{}]
  context:
  patches: [{stage: connect, kind: A, name: 1, files: x}, a]
- name: good
  id: 9
  manifests: []
- {name: fine, id: 3, manifests: [../east.k8s.yaml]}
`);

    expectReported('mesh.yaml with many faults', problems, folder);
    expect(input.clusters.map(each => each.name)).toEqual(['fine']);
  });

  test.each([
    ['1.20', '1.2', 'write "1.20", in quotes: YAML reads 1.20 as a number'],
    ['1.19', '1.19', 'write "1.19", in quotes: YAML reads 1.19 as a number'],
    ['1.10', '1.1', 'write the version in quotes: without them, YAML reads it as the number 1.1'],
    ['1.30', '1.3', 'write the version in quotes: without them, YAML reads it as the number 1.3'],
    ['1', '1', 'write text, in quotes'],
    ['true', 'true', 'write text, in quotes'],
  ])('must quote a version: %s', (version, got, fix) => {
    const { problems } = read(`apiVersion: cilium-mesh/v1
clusters:
- {name: east, id: 1, manifests: [../east.k8s.yaml], ciliumVersion: ${version}}
`);
    expect(problems).toEqual([
      {
        code: 'mesh-field-type',
        severity: 'error',
        file: path.join(folder, 'mesh', 'mesh.yaml'),
        line: 3,
        path: 'clusters[0].ciliumVersion',
        message: 'clusters[0].ciliumVersion must be text',
        got,
        allowed: 'text',
        fix,
      },
    ]);
  });

  test('that does not exist is refused', () => {
    const { input, problems } = readMeshFile(path.join(folder, 'nothing.yaml'));

    expect(input).toEqual({ source: path.join(folder, 'nothing.yaml'), clusters: [] });
    expectReported('a mesh.yaml that does not exist', problems, folder);
  });

  test('may name values that are empty, but none that are no mapping', () => {
    write({ 'mesh/empty.yaml': '# defaults\n', 'mesh/list.yaml': '- a\n', 'mesh/wrong.yaml': 'a: [\n' });
    const values = (file: string) =>
      read(
        `apiVersion: cilium-mesh/v1\nclusters: [{name: east, id: 1, manifests: [../east.k8s.yaml], values: ${file}}]\n`,
      );

    expect([values('empty.yaml').input.clusters[0].values?.values, values('empty.yaml').problems]).toEqual([{}, []]);
    expectReported('Helm values that are a list', values('list.yaml').problems, folder);
    expectReported('Helm values that are not YAML', values('wrong.yaml').problems, folder);
  });
});

describe('arguments', () => {
  test('give clusters with the IDs 1, 2, and so on', () => {
    const east = path.join(folder, 'east.k8s.yaml');
    const west = path.join(folder, 'west');
    const { input, problems } = readClusterArguments(
      [
        { name: 'east', source: east },
        { name: 'west', source: west },
      ],
      { values: [{ name: 'east', text: path.join(folder, 'mesh/east.values.yaml') }] },
    );

    expect(problems).toEqual([]);
    expect(input.source).toBe(`--cluster east=${east} --cluster west=${west}`);
    expect(
      input.clusters.map(each => [
        each.name,
        each.id,
        each.manifests.map(manifest => manifest.object.metadata.name),
        each.values?.values.cluster.id,
      ]),
    ).toEqual([
      ['east', 1, ['a'], 1],
      ['west', 2, ['b'], undefined],
    ]);
    expect([input.clusters[0].declared.file, input.clusters[0].declared.line('id')]).toEqual([
      `--cluster east=${east}`,
      undefined,
    ]);
    expect(input.clusters[0].settings).toEqual({
      name: 'east',
      id: 1,
      manifests: [east],
      values: path.join(folder, 'mesh/east.values.yaml'),
    });
  });

  test('are refused that name a cluster twice, no file, or the values of no cluster', () => {
    const east = path.join(folder, 'east.k8s.yaml');
    const { problems } = readClusterArguments(
      [
        { name: 'east', source: east },
        { name: 'east', source: path.join(folder, 'nothing') },
      ],
      { values: [{ name: 'wast', text: 'x' }] },
    );

    expectReported('arguments that name a cluster twice, a missing file and values of no cluster', problems, folder);
  });
});

function read(text: string) {
  write({ 'mesh/mesh.yaml': text });
  return readMeshFile(path.join(folder, 'mesh', 'mesh.yaml'));
}

function write(files: { readonly [name: string]: string }) {
  for (const [name, content] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), content);
  }
}

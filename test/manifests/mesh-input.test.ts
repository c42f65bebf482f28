/**
 * A mesh from mesh.yaml, or from arguments.
 */
import * as fs from 'fs';
import * as os from 'os';
import * as path from 'path';
import { expectReadable, place } from './cases';
import { readClusterArguments, readMeshFile } from '../../src/manifests/mesh-input';

const OBJECT = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;

let folder: string;

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mesh-'));
  write({
    'east.k8s.yaml': OBJECT('a'), 'west/b.yaml': OBJECT('b'), 'west/values.yaml': 'replicas: 1\n',
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
    expect([east.name, east.id, east.manifests.map(each => each.object.metadata.name), east.notes]).toEqual(['east', 1, ['a'], []]);
    expect([east.values?.values, east.values?.file, east.values?.line('cluster.id')]).toEqual([{ cluster: { name: 'east', id: 1 } }, path.join(folder, 'mesh', 'east.values.yaml'), 3]);
    expect([east.declared.file, east.declared.line(), east.declared.line('podCIDRs[0]'), east.declared.line('id')]).toEqual([input.source, 5, 10, 6]);
    expect([west.manifests.map(each => each.object.metadata.name), west.notes.map(each => each.code), west.values]).toEqual([['b', 'a'], ['document-ignored'], undefined]);
    expect([west.settings.context, west.settings.ciliumVersion, west.settings.patches?.[0].stage]).toEqual(['kind-west', '1.18.0', 'connect']);
    expect(west.declared.line()).toBe(11);
  });

  test.each<[string, string, string[]]>([
    ['nothing', '', ['mesh-file:1']],
    ['a list', '- a\n', ['mesh-file:1']],
    ['another version', 'apiVersion: cilium-mesh/v2\nclusters: [{name: east, id: 1, manifests: [../east.k8s.yaml]}]\n', ['mesh-api-version:1']],
    ['no clusters', 'apiVersion: cilium-mesh/v1\n', ['mesh-field-missing:1']],
    ['an empty list of clusters', 'apiVersion: cilium-mesh/v1\nclusters: []\n', ['mesh-field-type:2']],
    ['clusters that are no list', 'apiVersion: cilium-mesh/v1\nclusters: {name: east}\n', ['mesh-field-type:2']],
    ['wrong YAML', 'apiVersion: cilium-mesh/v1\nclusters: [\n', ['yaml-syntax:2']],
    ['two documents', 'apiVersion: cilium-mesh/v1\n---\nclusters: []\n', ['document-several:3']],
    ['repeated keys', 'apiVersion: cilium-mesh/v1\nclusters: []\nclusters: []\n', ['yaml-duplicate-key:3']],
    ['a missing file and folder', 'apiVersion: cilium-mesh/v1\nclusters: [{name: east, id: 1, manifests: [nothing], values: none.yaml}]\n', ['file-missing:undefined', 'file-missing:undefined']],
  ])('of %s is refused', (_, text, expected) => {
    const { problems } = read(text);

    expect(problems.map(place)).toEqual(expected);
    problems.forEach(each => expectReadable([each], each.file));
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

    expect(problems.map(each => `${each.line} ${each.code} ${each.message} ${each.got}`)).toEqual([
      '2 mesh-field-unknown unknown field "kind" "kind"',
      '4 mesh-field-missing clusters[0].manifests is missing nothing',
      '5 mesh-field-type clusters[0].id must be a whole number "1"',
      '6 mesh-field-unknown clusters[0]: unknown field "manifest" (did you mean "manifests"?) "manifest"',
      '7 mesh-field-type clusters[1].name must be text 5',
      '9 mesh-field-type clusters[1].manifests must be a list of at least one path "a"',
      '10 mesh-field-type clusters[2] must be a mapping with name, id and manifests "west"',
      '11 mesh-cluster-duplicate the cluster "east" is declared in line 4 already "east"',
      '12 mesh-field-type clusters[3].id must be a whole number 1.5',
      '13 mesh-field-type clusters[3].manifests[0] must be text 1',
      '13 mesh-field-type clusters[3].manifests[1] must be text ""',
      '14 mesh-field-unknown clusters[3]: unknown field "podCidrs" (did you mean "podCIDRs"?) "podCidrs"',
      '15 mesh-field-type clusters[3].podCIDRs[0] must be text {}',
      '16 mesh-field-type clusters[3].context must be text null',
      '17 mesh-field-unknown clusters[3].patches[0]: unknown field "files" (did you mean "file"?) "files"',
      '17 mesh-field-missing clusters[3].patches[0].namespace is missing nothing',
      '17 mesh-field-type clusters[3].patches[0].name must be text 1',
      '17 mesh-field-missing clusters[3].patches[0].file is missing nothing',
      '17 mesh-field-type clusters[3].patches[1] must be a mapping with stage, kind, namespace, name and file "a"',
      '20 mesh-field-missing clusters[4].manifests must be a list of at least one path []',
    ]);
    expect(input.clusters.map(each => each.name)).toEqual(['fine']);
    expect(problems.slice(0, 5).map(({ path, allowed, fix }) => [path, allowed, fix])).toEqual([
      ['kind', 'apiVersion, clusters', 'correct the name of the field, or remove it'],
      ['clusters[0].manifests', 'a list of at least one path', 'write manifests: a list of at least one path'],
      ['clusters[0].id', 'a whole number', 'write a whole number'],
      [
        'clusters[0].manifest', 'name, id, manifests, values, context, ciliumVersion, podCIDRs, serviceCIDRs, nodeCIDRs, kind, upgradeValues, patches',
        'correct the name of the field, or remove it',
      ],
      ['clusters[1].name', 'text', 'write text, in quotes'],
    ]);
    problems.forEach(each => expectReadable([each], each.file));
  });

  test('that does not exist is refused', () => {
    expect(readMeshFile(path.join(folder, 'nothing.yaml'))).toEqual({ input: { source: path.join(folder, 'nothing.yaml'), clusters: [] }, problems: [expect.objectContaining({ code: 'file-missing' })] });
  });

  test('may name values that are empty, but none that are no mapping', () => {
    write({ 'mesh/empty.yaml': '# defaults\n', 'mesh/list.yaml': '- a\n', 'mesh/wrong.yaml': 'a: [\n' });
    const values = (file: string) => read(`apiVersion: cilium-mesh/v1\nclusters: [{name: east, id: 1, manifests: [../east.k8s.yaml], values: ${file}}]\n`);

    expect([values('empty.yaml').input.clusters[0].values?.values, values('empty.yaml').problems]).toEqual([{}, []]);
    expect(values('list.yaml').problems.map(place)).toEqual(['values-file:1']);
    expect(values('wrong.yaml').problems.map(place)).toEqual(['yaml-syntax:1']);
  });
});

describe('arguments', () => {
  test('give clusters with the IDs 1, 2, and so on', () => {
    const east = path.join(folder, 'east.k8s.yaml');
    const west = path.join(folder, 'west');
    const { input, problems } = readClusterArguments([{ name: 'east', path: east }, { name: 'west', path: west }], { values: [{ name: 'east', file: path.join(folder, 'mesh/east.values.yaml') }] });

    expect(problems).toEqual([]);
    expect(input.source).toBe(`--cluster east=${east} --cluster west=${west}`);
    expect(input.clusters.map(each => [each.name, each.id, each.manifests.map(manifest => manifest.object.metadata.name), each.values?.values.cluster.id])).toEqual([
      ['east', 1, ['a'], 1], ['west', 2, ['b'], undefined],
    ]);
    expect([input.clusters[0].declared.file, input.clusters[0].declared.line('id')]).toEqual([`--cluster east=${east}`, 1]);
    expect(input.clusters[0].settings).toEqual({ name: 'east', id: 1, manifests: [east], values: path.join(folder, 'mesh/east.values.yaml') });
  });

  test('are refused that name a cluster twice, no file, or the values of no cluster', () => {
    const east = path.join(folder, 'east.k8s.yaml');
    const { problems } = readClusterArguments([{ name: 'east', path: east }, { name: 'east', path: path.join(folder, 'nothing') }], { values: [{ name: 'wast', file: 'x' }] });

    expect(problems.map(each => each.code)).toEqual(['mesh-cluster-duplicate', 'file-missing', 'values-cluster']);
    expect(problems[2].message).toContain('did you mean "east"?');
    problems.forEach(each => expectReadable([each], each.file));
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

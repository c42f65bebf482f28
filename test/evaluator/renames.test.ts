/** Clusters and namespaces with another name. */
import { renamesBetween } from '../../src/evaluator/flows/renames';
import { EvaluatedMesh, readMesh } from '../../src/evaluator/read/mesh';
import { readManifests } from '../../src/manifests/documents';

/** The pods of clusters: `namespace/name`, and behind a space the value of one more label. */
function meshOf(clusters: { readonly [name: string]: readonly string[] }): EvaluatedMesh {
  const pod = (text: string) => {
    const [reference, version] = text.split(' ');
    const [namespace, name] = reference.split('/');
    const labels = { app: name, ...(version === undefined ? {} : { version }) };
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { containers: [{ name: 'main', image: 'main' }] },
    });
  };
  return readMesh({
    source: 'mesh.yaml',
    clusters: Object.entries(clusters).map(([name, pods], index) => ({
      name,
      id: index + 1,
      manifests: readManifests(pods.map(pod).join('\n---\n'), `${name}.yaml`).manifests,
      notes: [],
      settings: { name, id: index + 1, manifests: [`${name}.yaml`] },
      declared: { file: 'mesh.yaml', line: () => 1 },
    })),
  });
}

function renames(before: Parameters<typeof meshOf>[0], after: Parameters<typeof meshOf>[0]) {
  const { clusters, namespaces } = renamesBetween(meshOf(before), meshOf(after));
  return { clusters: [...clusters], namespaces: [...namespaces].map(([cluster, names]) => [cluster, ...names]) };
}

test('a namespace with the same workloads under another name', () => {
  expect(renames({ a: ['shop/web', 'shop/db', 'b/x'] }, { a: ['store/web', 'store/db', 'b/x'] })).toEqual({
    clusters: [],
    namespaces: [['a', ['shop', 'store']]],
  });
});

test('a cluster with another name, and a namespace in it too', () => {
  expect(renames({ a: ['shop/web'], b: ['x/y'] }, { c: ['shop/web'], b: ['x/y'] }).clusters).toEqual([['a', 'c']]);
  expect(renames({ a: ['shop/web'], b: ['x/y'] }, { c: ['shop/web'], b: ['z/y'] })).toEqual({
    clusters: [['a', 'c']],
    namespaces: [['b', ['x', 'z']]],
  });
});

test.each([
  ['another label', { a: ['shop/web'] }, { a: ['store/web two'] }],
  ['one workload more', { a: ['shop/web'] }, { a: ['store/web', 'store/db'] }],
  ['a namespace that is still there', { a: ['shop/web'] }, { a: ['shop/web', 'store/web'] }],
  ['two namespaces that could be meant', { a: ['shop/web'] }, { a: ['store/web', 'other/web'] }],
  ['two clusters that could be meant', { a: ['shop/web'] }, { b: ['shop/web'], c: ['shop/web'] }],
])('%s: nothing is renamed', (_, before, after) => {
  expect(renames(before, after)).toEqual({ clusters: [], namespaces: [] });
});

/** What mesh.yaml says of pods and manifests that others deploy. */
import * as fs from 'fs';
import * as path from 'path';
import { parse } from 'yaml';
import { ClusterMesh, ClusterProps, Selector, Workload, RebelBaseApp } from '../../../src';
import { meshOf, temporaryFolder } from '../../support/mesh';

function clustersOf(mesh: ClusterMesh): any[] {
  mesh.synth();
  return parse(fs.readFileSync(path.join(mesh.outdir, 'mesh', 'mesh.yaml'), 'utf8')).clusters;
}

describe('declared workloads', () => {
  test('are those that the program refers to by labels in one namespace, in their clusters', () => {
    const mesh = meshOf(2);
    new Workload(mesh, 'cart', { labels: { app: 'cart' }, namespace: 'shop' });
    new Workload(mesh, 'web', { labels: { app: 'web' }, serviceAccount: 'web', clusters: [mesh.cluster('a')] });
    const [a, b] = clustersOf(mesh).map(({ workloads }) => workloads);
    expect(b).toEqual([{ name: 'cart', namespace: 'shop', labels: { app: 'cart' } }]);
    expect(a).toEqual([
      ...b,
      { name: 'web', namespace: 'default', labels: { app: 'web' }, serviceAccount: 'web' },
    ]);
  });

  test('are none of those that select more than the pods of a workload, or pods that the program creates', () => {
    const mesh = meshOf(2);
    new Workload(mesh, 'all', { selector: Selector.all(), namespace: 'shop' });
    new Workload(mesh, 'everywhere', { labels: { app: 'x' }, allNamespaces: true });
    const { workload } = new RebelBaseApp(mesh, 'rebel-base', {
      perCluster: { a: { planet: 'Koornacht' }, b: { planet: 'Tion' } },
    });
    workload.inClusters(mesh.cluster('a'));
    new Workload(mesh, 'again', { labels: { name: 'rebel-base' } });
    expect(clustersOf(mesh)[0].workloads).toBeUndefined();
  });

  test('have names of their own, and are listed once', () => {
    const mesh = meshOf(2);
    new Workload(mesh, 'web', { labels: { app: 'web' } });
    new Workload(mesh, 'other', { name: 'web', labels: { app: 'other' } });
    new Workload(mesh, 'again', { name: 'web', labels: { app: 'web' } });
    expect(clustersOf(mesh)[0].workloads).toEqual([
      { name: 'web', namespace: 'default', labels: { app: 'web' } },
      { name: 'web-2', namespace: 'default', labels: { app: 'other' } },
    ]);
  });
});

describe('manifests of others', () => {
  const meshWith = (manifests: any) =>
    new ClusterMesh({
      outdir: path.relative(process.cwd(), temporaryFolder()),
      clusters: [
        { name: 'a', id: 1, podCidrs: ['10.1.0.0/16'], manifests } as ClusterProps,
        { name: 'b', id: 2, podCidrs: ['10.2.0.0/16'] },
      ],
    });

  test('are the base of the cluster, relative to mesh.yaml', () => {
    const mesh = meshWith(['apps/a', 'kustomize:overlays/a', 'helm:charts/x', 'helm:oci://example.org/y', 'snapshot:live', '/etc/x']);
    const [{ base, manifests }] = clustersOf(mesh);
    const back = (file: string) => path.relative(process.cwd(), path.join(mesh.outdir, 'mesh', file));
    expect(manifests).toEqual(['../a.k8s.yaml']);
    const [folder, { kustomize }, { helm }, remote, { snapshot }, absolute] = base;
    expect([back(folder), back(kustomize), back(helm.chart), remote, back(snapshot), absolute]).toEqual([
      'apps/a',
      'overlays/a',
      'charts/x',
      { helm: { chart: 'oci://example.org/y' } },
      'live',
      '/etc/x',
    ]);
  });

  test.each([[[]], [['']], ['apps'], [[{ kustomize: 'x' }]]])('must be a list of texts, and each a text: %j', manifests => {
    expect(() => meshWith(manifests)).toThrow(/manifests\S* must be a (list of texts|text)/);
  });
});

/** A mesh in an App, beside charts of others. */
import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, App, Chart, YamlOutputType } from 'cdk8s';
import { Construct } from 'constructs';
import { ClusterMesh, Connectivity, CrossClusterAllow, GlobalService, Mesh, Workload } from '../../../src';
import { read } from '../../support/examples';
import { codesOf, documents, faultsOf, temporaryFolder } from '../../support/mesh';

const CLUSTERS = ['paris', 'lyon'].map((name, index) => ({
  name,
  id: index + 1,
  podCidrs: [`10.${index + 1}.0.0/16`],
}));

const configMap = (scope: Construct, id: string) =>
  new ApiObject(scope, id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id } });

/** The shop, in any scope of a mesh. */
function shop(scope: Construct): CrossClusterAllow {
  const web = new Workload(scope, 'web', { labels: { app: 'web' } });
  const pods = new Workload(scope, 'cart-pods', { labels: { app: 'cart' } });
  const cart = new GlobalService(scope, 'cart', { workload: pods, ports: [{ port: 80 }] });
  return web.connections.allowTo(cart);
}

test('an App writes the mesh as ClusterMesh does, and its other charts as before', () => {
  const app = new App({ outdir: temporaryFolder() });
  const mesh = new Mesh(new Construct(app, 'platform'), 'mesh', { clusters: CLUSTERS });
  shop(mesh);
  const hub = new Chart(app, 'hub');
  configMap(hub, 'applications');
  app.synth();

  const alone = new ClusterMesh({ clusters: CLUSTERS, outdir: temporaryFolder() });
  shop(alone);
  alone.synth();
  const { 'hub.k8s.yaml': chart, ...files } = read(app.outdir);
  expect(files).toEqual(read(alone.outdir));
  expect(documents(chart).map(({ metadata }) => metadata.name)).toEqual(['applications']);
});

test('a class of users overrides synth, and finds all files written', () => {
  class Platform extends App {
    public files: string[] = [];

    public synth(): void {
      super.synth();
      this.files = Object.keys(read(this.outdir));
    }
  }
  const app = new Platform({ outdir: temporaryFolder() });
  new Mesh(app, 'mesh', { clusters: CLUSTERS });
  app.synth();
  expect(app.files).toEqual(expect.arrayContaining(['paris.k8s.yaml', 'mesh/mesh.yaml']));
});

test('an App without a mesh is written as before', () => {
  new Mesh(new App(), 'mesh', { clusters: CLUSTERS });
  const app = new App({ outdir: temporaryFolder() });
  configMap(new Chart(app, 'alone'), 'settings');
  app.synth();
  expect(Object.keys(read(app.outdir))).toEqual(['alone.k8s.yaml']);
});

test('constructs find their mesh, and objects of clusters are visible to who walks the App', () => {
  const app = new App();
  const mesh = new Mesh(app, 'mesh', { clusters: CLUSTERS });
  const object = configMap(mesh.cluster('lyon'), 'settings');
  expect(ClusterMesh.enclosing(object)).toBe(mesh);
  expect(app.node.findAll()).toContain(object);
  const unnamed = new ApiObject(mesh.cluster('lyon'), 'own', { apiVersion: 'v1', kind: 'ConfigMap' });
  expect(unnamed.name).toBe('own');
  expect(codesOf(() => new Workload(app, 'stray', { labels: { app: 'web' } }))).toEqual(['no-mesh']);
});

test('questions can be asked of it', () => {
  const mesh = new Mesh(new App(), 'mesh', { clusters: CLUSTERS });
  shop(mesh);
  expect(Connectivity.of(mesh).ask('web@paris', 'svc/default/cart').verdict).toBe('allowed');
});

test('faults of all meshes are refused at once, before a file is written', () => {
  const app = new App({ outdir: temporaryFolder() });
  configMap(new Chart(app, 'hub'), 'applications');
  for (const id of ['one', 'other']) {
    const mesh = new Mesh(app, id, { clusters: CLUSTERS, outdir: path.join(app.outdir, id) });
    new GlobalService(mesh, 'Cart', { ports: [] });
    configMap(mesh.cluster('paris'), 'settings');
  }
  const faults = faultsOf(() => app);
  expect([...new Set(faults.map(each => each.path.split('/')[0]))]).toEqual(['one', 'other']);
  expect(read(app.outdir)).toEqual({});
});

test('validations name the objects of the mesh and of the other charts', () => {
  const app = new App({ outdir: temporaryFolder(), recordConstructMetadata: true });
  configMap(new Chart(app, 'hub'), 'applications');
  configMap(new Mesh(app, 'mesh', { clusters: CLUSTERS }).cluster('paris'), 'settings');
  app.synth();
  expect(JSON.parse(fs.readFileSync(path.join(app.outdir, 'construct-metadata.json'), 'utf8')).resources).toEqual({
    'applications': { path: 'hub/applications' },
    'settings': { path: 'mesh/paris/settings' },
    'ConfigMap settings (paris)': { path: 'mesh/paris/settings' },
  });
});

test.each([YamlOutputType.FILE_PER_APP, YamlOutputType.FOLDER_PER_CHART_FILE_PER_RESOURCE])(
  'a chart that cdk8s would write into a place of a cluster is refused: %s',
  yamlOutputType => {
    const app = new App({ outdir: temporaryFolder(), yamlOutputType });
    configMap(new Chart(app, 'paris'), 'settings');
    new Mesh(app, 'mesh', { clusters: [{ ...CLUSTERS[0], name: 'app' }, { ...CLUSTERS[1], name: 'paris' }] });
    expect(codesOf(() => app)).toEqual(['chart-of-cluster-name']);
  },
);

/** The layouts of the output folder, and what reads them. */
import * as path from 'path';
import { ApiObject } from 'cdk8s';
import {
  ClusterMesh,
  ClusterMeshProps,
  Connectivity,
  CrossClusterDeny,
  DefaultDenyPolicy,
  GlobalService,
  MeshNamespace,
  OutputLayout,
  Port,
  Selector,
  Workload,
} from '../../../src';
import { CiliumMeshValidation } from '../../../src/validation/cdk8s-validation';
import { read } from '../../support/examples';
import { documents, temporaryFolder } from '../../support/mesh';
import { program } from '../../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

/** A shop that is denied what it does not need, with two objects whose files would have one name. */
function shop(props: Partial<ClusterMeshProps>): ClusterMesh {
  const mesh = new ClusterMesh({
    outdir: path.join(temporaryFolder(), 'dist'),
    clusters: ['paris', 'lyon'].map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] })),
    ...props,
  });
  const labels = { app: 'cart' };
  const deployments = mesh.forEachCluster(
    cluster =>
      new ApiObject(cluster, 'cart', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'cart', namespace: 'shop' },
        spec: {
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'cart', image: 'cart' }] } },
        },
      } as object as ConstructorParameters<typeof ApiObject>[2]),
  );
  const workload = Workload.fromApiObjects(mesh, 'cart-pods', deployments);
  const service = new GlobalService(mesh, 'cart', { namespace: 'shop', workload, ports: [{ port: 80 }] });
  new DefaultDenyPolicy(mesh, 'default-deny', { namespace: 'shop' });
  workload.connections.allowTo(service, undefined, { name: 'cart' });
  new MeshNamespace(mesh, 'shop');
  for (const name of ['system:reader', 'system-reader']) {
    new ApiObject(mesh.cluster('paris'), name, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
    });
  }
  return mesh;
}

/** The files below the folder of the output folder. */
const filesOf = (mesh: ClusterMesh) => Object.keys(read(path.dirname(mesh.outdir))).sort();

const MESH_FILES = ['SHA256SUMS', 'lyon.values.yaml', 'mesh.yaml', 'paris.values.yaml'];

test('folders: each has only what is applied to its cluster', () => {
  const mesh = shop({ layout: OutputLayout.FOLDERS });
  mesh.synth();
  expect(filesOf(mesh)).toEqual([
    ...MESH_FILES.map(file => `dist-mesh/${file}`),
    'dist/lyon/lyon.k8s.yaml',
    'dist/paris/paris.k8s.yaml',
  ]);
  const flat = shop({});
  flat.synth();
  expect(read(mesh.outdir)['lyon/lyon.k8s.yaml']).toBe(read(flat.outdir)['lyon.k8s.yaml']);
});

test('a file for each object, with a kustomization.yaml that lists them', () => {
  const mesh = shop({ layout: OutputLayout.PER_RESOURCE, kustomizations: true });
  mesh.synth();
  const files = read(mesh.outdir);
  const paris = Object.keys(files).filter(file => file.startsWith('paris/'));
  expect(paris.sort()).toEqual([
    'paris/0-Namespace.shop.k8s.yaml',
    'paris/CiliumNetworkPolicy.shop.cart-egress.k8s.yaml',
    'paris/CiliumNetworkPolicy.shop.cart-ingress.k8s.yaml',
    'paris/CiliumNetworkPolicy.shop.default-deny.k8s.yaml',
    'paris/ClusterRole.system-reader-2.k8s.yaml',
    'paris/ClusterRole.system-reader.k8s.yaml',
    'paris/Deployment.shop.cart.k8s.yaml',
    'paris/Service.shop.cart.k8s.yaml',
    'paris/kustomization.yaml',
  ]);
  expect(documents(files['paris/kustomization.yaml'])).toEqual([
    {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: paris.filter(file => file.endsWith('.k8s.yaml')).map(file => file.slice('paris/'.length)),
    },
  ]);
  const flat = shop({});
  flat.synth();
  const sorted = (objects: any[]) => objects.map(each => JSON.stringify(each)).sort();
  expect(sorted(paris.filter(file => file.endsWith('.k8s.yaml')).flatMap(file => documents(files[file])))).toEqual(
    sorted(documents(read(flat.outdir)['paris.k8s.yaml'])),
  );
});

test.each([OutputLayout.FLAT, OutputLayout.FOLDERS, OutputLayout.PER_RESOURCE])(
  'commands, tests and validations find the mesh: %s',
  async layout => {
    const mesh = shop({ layout, kustomizations: layout !== OutputLayout.FLAT });
    expect(Connectivity.of(mesh).ask('shop/cart@paris', 'svc/shop/cart').verdict).toBe('allowed');
    mesh.synth();
    process.chdir(path.dirname(mesh.outdir));
    const { status, out } = await program('explain', 'shop/cart@paris', 'svc/shop/cart', '--format', 'json');
    expect([status, JSON.parse(out).flows?.length ?? out]).toEqual([0, expect.anything()]);
    expect(Connectivity.ofManifests('dist').ask('shop/cart@paris', 'svc/shop/cart').verdict).toBe('allowed');
    const submitted: string[] = [];
    await new CiliumMeshValidation({ failOn: 'error' }).validate({
      manifests: Object.keys(read('dist')).map(file => path.resolve('dist', file)),
      report: { addViolation: () => undefined, submit: each => submitted.push(each) },
    });
    expect(submitted).toEqual(['success']);
  },
);

test('the files of another layout go', () => {
  const outdir = path.join(temporaryFolder(), 'dist');
  for (const layout of [OutputLayout.FLAT, OutputLayout.PER_RESOURCE, OutputLayout.FOLDERS]) {
    jest.isolateModules(() => {
      // eslint-disable-next-line @typescript-eslint/no-require-imports -- each is a program of its own
      const { ClusterMesh: Isolated } = require('../../../src') as typeof import('../../../src');
      const clusters = ['paris', 'lyon'].map((name, id) => ({ name, id: id + 1, podCidrs: [`10.${id + 1}.0.0/16`] }));
      new Isolated({ outdir, layout, clusters }).synth();
    });
  }
  expect(Object.keys(read(path.dirname(outdir))).sort()).toEqual([
    ...MESH_FILES.map(file => `dist-mesh/${file}`),
    'dist/lyon/lyon.k8s.yaml',
    'dist/paris/paris.k8s.yaml',
  ]);
});

test('the files of the mesh can be elsewhere', () => {
  const folder = temporaryFolder();
  const mesh = shop({ outdir: path.join(folder, 'dist'), meshOutdir: path.join(folder, 'build', 'mesh') });
  mesh.synth();
  expect(filesOf(mesh)).toEqual([
    ...MESH_FILES.map(file => `build/mesh/${file}`),
    'dist/lyon.k8s.yaml',
    'dist/paris.k8s.yaml',
  ]);
  const [written] = documents(read(folder)['build/mesh/mesh.yaml']);
  expect(written.clusters[0].manifests).toEqual(['../../dist/paris.k8s.yaml']);
});

test('sync waves: what others need first, what denies last', () => {
  const mesh = shop({ syncWaves: true });
  const all = new Workload(mesh, 'all', { labels: { app: 'cart' }, namespace: 'shop' });
  new CrossClusterDeny(mesh, 'never', { sources: [all], destinations: [all], ports: [Port.tcp(22)] });
  new DefaultDenyPolicy(mesh, 'some', { namespace: 'shop', selector: Selector.labels({ app: 'cart' }) });
  new DefaultDenyPolicy(mesh, 'most', { namespace: 'shop', exceptions: [Selector.labels({ app: 'cart' })] });
  new ApiObject(mesh.cluster('lyon'), 'kept', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'kept', annotations: { 'argocd.argoproj.io/sync-wave': '-9' } },
  });
  new ApiObject(mesh.cluster('lyon'), 'deny', {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'deny', namespace: 'shop' },
    spec: { podSelector: { matchLabels: { app: 'cart' } }, policyTypes: ['Ingress'] },
  } as object as ConstructorParameters<typeof ApiObject>[2]);
  mesh.synth();
  const waves = documents(read(mesh.outdir)['lyon.k8s.yaml']).map(({ kind, metadata }) => [
    `${kind} ${metadata.name}`,
    metadata.annotations?.['argocd.argoproj.io/sync-wave'],
  ]);
  expect(Object.fromEntries(waves)).toEqual({
    'Namespace shop': '-1',
    'Namespace kept': '-9',
    'Deployment cart': undefined,
    'Service cart': undefined,
    'CiliumNetworkPolicy cart-egress': undefined,
    'CiliumNetworkPolicy cart-ingress': undefined,
    'CiliumNetworkPolicy default-deny': '1',
    'CiliumNetworkPolicy some': '1',
    'CiliumNetworkPolicy most': '1',
    'CiliumNetworkPolicy never-egress': '1',
    'CiliumNetworkPolicy never-ingress': '1',
    'NetworkPolicy deny': '1',
  });
});

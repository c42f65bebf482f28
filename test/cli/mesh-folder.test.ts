/** What a path of a mesh names: a mesh file, a folder with one, or folders of manifests. */
import { folderWith, program } from '../support/program';

const cwd = process.cwd();

afterEach(() => process.chdir(cwd));

const pod = (name: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: {app: ${name}}}\n` +
  'spec: {containers: [{name: c, image: c, ports: [{containerPort: 80}]}]}\n';

const policy = (peer: string) =>
  'apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web}\n' +
  `spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: ${peer}}}}]}]}\n`;

const MESH = 'apiVersion: cilium-mesh/v1\nclusters:\n- {name: paris, id: 1, manifests: [paris]}\n';

const PAIRS = ['matrix', '--from', 'shop@*', '--to', 'web@*'];

test('every command reads the mesh.yaml of a folder', async () => {
  process.chdir(folderWith({ 'k8s/mesh.yaml': MESH, 'k8s/paris/pods.yaml': `${pod('web')}---\n${pod('shop')}` }));
  for (const args of [['check'], PAIRS, ['explain', 'shop@paris', 'web@paris'], ['backends']]) {
    const [{ out, err, status }, ofFile] = [
      await program(...args, '--mesh', 'k8s'),
      await program(...args, '--mesh', 'k8s/mesh.yaml'),
    ];
    expect({ out, err, status }).toEqual({ out: ofFile.out, err: '', status: 0 });
  }
});

test('without mesh.yaml, each folder is a cluster', async () => {
  process.chdir(folderWith({ 'k8s/lyon/web.yaml': pod('web'), 'k8s/paris/shop.yaml': pod('shop') }));
  const { out, err, status } = await program(...PAIRS, '--mesh', 'k8s');
  expect(status).toBe(0);
  expect(out).toContain('shop@paris  web@lyon');
  expect(err).toBe(
    'k8s has no mesh.yaml: each of its folders is a cluster (lyon, paris), with the default settings of Cilium\n',
  );
});

test.each([
  ['a folder without manifests', { 'k8s/docs-of-ops/notes.md': '' }],
  ['a folder of outputs of a tool', { 'k8s/mocks/status.json': '{"clusters": {"a": {"kind": "x"}}}', 'k8s/mocks/ci.yaml': 'on: push\n' }],
  ['a hidden folder', { 'k8s/.github/ci.yaml': 'on: push\n' }],
])('%s is no cluster', async (_name, files) => {
  process.chdir(folderWith({ 'k8s/lyon/web.yaml': pod('web'), 'k8s/paris/shop.yaml': pod('shop'), ...files }));
  const { out, err } = await program(...PAIRS, '--mesh', 'k8s');
  expect(out).toContain('shop@paris  web@lyon');
  expect(err).toBe(
    'k8s has no mesh.yaml: each of its folders is a cluster (lyon, paris), with the default settings of Cilium\n',
  );
});

test.each([
  ['a file of the repository', { 'k8s/README.md': '' }],
  ['a folder with a part of it', { 'k8s/infrastructure/namespace.yaml': '' }],
  ['a folder with a part of it and no manifests', { 'k8s/docs/README.md': '' }],
])('the folders of a repository are not its clusters: %s', async (_name, files) => {
  process.chdir(folderWith({ 'k8s/web/web.yaml': pod('web'), 'k8s/shop/shop.yaml': pod('shop'), ...files }));
  const { out, err } = await program(...PAIRS, '--mesh', 'k8s');
  expect(out).toContain('shop@default  web@default');
  expect(err).toBe(
    'k8s has no mesh.yaml: it is one cluster, with the default settings of Cilium; ' +
      'name several with --cluster NAME=FOLDER\n',
  );
});

test('a folder of manifests is one cluster', async () => {
  process.chdir(folderWith({ 'k8s/pods.yaml': `${pod('web')}---\n${pod('shop')}`, 'k8s/policies/web.yaml': policy('x') }));
  const { out, err } = await program(...PAIRS, '--mesh', 'k8s');
  expect(out).toContain('shop@default  web@default  none');
  expect(err).toBe('k8s has no mesh.yaml: it is one cluster, with the default settings of Cilium\n');
});

test('check of a folder finds nothing wrong with the name and ID that the program chose', async () => {
  process.chdir(folderWith({ 'k8s/pods.yaml': `${pod('web')}---\n${pod('shop')}` }));
  const { out, status } = await program('check', 'k8s');
  expect([out, status]).toEqual(['No findings.\nRead 1 cluster, 2 workloads, 0 policies, 0 Services from 1 file.\n', 0]);
});

test('diff of folders without mesh.yaml', async () => {
  const pods = `${pod('web')}---\n${pod('shop')}`;
  process.chdir(
    folderWith({
      'old/paris/pods.yaml': pods,
      'old/paris/web.yaml': policy('x'),
      'new/paris/pods.yaml': pods,
      'new/paris/web.yaml': policy('shop'),
    }),
  );
  const { out, status } = await program('diff', 'old', 'new');
  expect(status).toBe(1);
  expect(out).toMatch(/^gained  shop@paris -> web@paris  all ports\n/);
  expect(out).toContain('flows: 1 gained, 0 lost; services: 0 changed\n');
});

test('an empty folder', async () => {
  process.chdir(folderWith({ 'k8s/README.md': '' }));
  const { err, status } = await program('matrix', '--mesh', 'k8s');
  expect(status).toBe(2);
  expect(err).toContain('k8s contains no manifests\n    fix: name a mesh file, a folder with mesh.yaml, or one with');
});

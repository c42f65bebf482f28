/** Sources and trees, rendered by the real kubectl and Helm. */
import * as fs from 'fs';
import * as path from 'path';
import { folderWith, program, Result } from '../test/support/program';
import { describeRendering, TREES } from '../test/support/rendered-trees';

const cwd = process.cwd();
const { env } = process;

beforeEach(() => {
  process.env = { ...env };
});

afterEach(() => {
  process.chdir(cwd);
  process.env = env;
});

function at(files: { readonly [file: string]: string }): void {
  process.chdir(folderWith(files));
  process.env.XDG_CACHE_HOME = path.resolve('cache');
}

const DEPLOYMENT = (name: string, more: string = '') =>
  `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}${more}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 80}]}]}
`;

const POLICY = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: web}
spec:
  endpointSelector: {matchLabels: {app: web}}
  ingress: [{fromEndpoints: [{matchLabels: {app: shop}}]}]
`;

/** The kept renderings. */
const kept = () => fs.readdirSync('cache/cilium-mesh/renderings').length;

test.each(['flux', 'argo'])('the tree of %s', async tree => {
  at({});
  const args = ['-o', 'out', '--repo', 'https://example.org/fleet', '--format', 'json'];
  const { status, out, err } = await program('render', path.join(TREES, tree), ...args);
  expect([status, err]).toEqual([1, '']);
  expect(describeRendering('out', JSON.parse(out))).toBe(fs.readFileSync(path.join(TREES, `${tree}.txt`), 'utf8'));
});

describe('a kustomization', () => {
  const FILES = {
    'overlay/kustomization.yaml':
      'resources: [../base]\nnamespace: shop\npatches:\n- target: {kind: CiliumNetworkPolicy}\n' +
      '  patch: |\n    - {op: replace, path: /spec/ingress/0/fromEndpoints/0/matchLabels/app, value: shopp}\n',
    'base/kustomization.yaml': 'resources: [all.yaml]\n',
    'base/all.yaml': [DEPLOYMENT('web'), DEPLOYMENT('shop'), POLICY].join('---\n'),
  };
  const check = () => program('check', '--cluster', 'a=kustomize:overlay', '--format', 'json');
  const codes = ({ out }: Result) => JSON.parse(out).findings.map((each: any) => [each.code, each.file, each.source]);

  test('is checked as it is built, from the cache too', async () => {
    at(FILES);
    const first = await check();
    expect([first.err, codes(first)]).toEqual([
      '',
      expect.arrayContaining([['peer-selects-nothing', 'base/all.yaml', 'kustomize:overlay']]),
    ]);
    expect(kept()).toBe(1);
    expect(await check()).toEqual(first);
    fs.writeFileSync('overlay/kustomization.yaml', 'resources: [../base]\nnamespace: shop\n');
    expect(codes(await check()).map(([code]: string[]) => code)).not.toContain('peer-selects-nothing');
    expect(kept()).toBe(2);
  });

  test('that cannot be built says what kubectl says', async () => {
    at({ ...FILES, 'base/kustomization.yaml': 'resources: [nothing.yaml]\n' });
    const { status, err } = await check();
    expect([status, err]).toEqual([2, expect.stringMatching(/kustomize:overlay cannot be rendered[^]*nothing\.yaml/)]);
  });
});

describe('a chart', () => {
  const CHART = {
    'Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.0\n',
    'values.yaml': 'replicas: 1\n',
    'templates/web.yaml': DEPLOYMENT('{{ .Release.Name }}', ', labels: {v: "{{ .Values.replicas }}"}'),
    'templates/policy.yaml': POLICY,
  };
  const files = (folder: string) =>
    Object.fromEntries(Object.entries(CHART).map(([file, text]) => [`${folder}/${file}`, text]));
  const mesh = (helm: object) =>
    JSON.stringify({ apiVersion: 'cilium-mesh/v1', clusters: [{ name: 'a', id: 1, manifests: [{ helm }] }] });

  test('gives its objects the namespace of the release', async () => {
    at({ ...files('web'), 'mesh.yaml': mesh({ chart: 'web', namespace: 'shop' }) });
    const { status, out, err } = await program('matrix', '--from', 'world', '--mesh', 'mesh.yaml', '--format', 'csv');
    expect([status, err, out]).toEqual([0, '', expect.stringContaining('shop')]);
    const found = JSON.parse((await program('check', '--mesh', 'mesh.yaml', '--format', 'json')).out).findings;
    expect(found).toContainEqual(
      expect.objectContaining({ code: 'peer-selects-nothing', file: 'web/templates/policy.yaml', source: 'helm:web' }),
    );
  });

  test.each(['--help', '--post-renderer=x', '-f'])('may be called %s', async name => {
    at({ ...files(name), 'mesh.yaml': mesh({ chart: name, release: 'web' }) });
    const { status, out } = await program('check', '--mesh', 'mesh.yaml');
    expect([status, out]).toEqual([0, expect.stringContaining(`info ${name}/templates/policy.yaml:`)]);
  });

  test('whose release has an invalid name is refused by Helm', async () => {
    at({ ...files('web'), 'mesh.yaml': mesh({ chart: 'web', release: '--debug' }) });
    const { status, err } = await program('check', '--mesh', 'mesh.yaml');
    expect([status, err]).toEqual([2, expect.stringMatching(/helm:web cannot be rendered[^]*release name/)]);
  });
});

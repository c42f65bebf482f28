/**
 * `cilium-mesh apply` with meshes that are written by hand: what kubectl's apply sets do to objects that the lab does
 * not have.
 */
import * as fs from 'fs';
import * as path from 'path';
import { eventually, get, ok, run } from './support/commands';
import { deleteClusters, expectApplied, Lab, nameOf } from './support/lab';
import { CONTEXTS, createTwoClusters, meshOf } from './support/two-clusters';

const PARENTS = 'applysets.cdk8s-cilium-mesh.github.io';

let made = 0;

beforeAll(createTwoClusters);

afterAll(deleteClusters);

/** A mesh of both clusters with these objects in a namespace of its own, which is the name of its apply sets too. */
class Mesh {
  public readonly lab = new Lab({});
  public readonly name = `test-${++made}`;

  constructor(...objects: readonly string[]) {
    this.write(...objects);
  }

  /** The objects of both clusters. A file that begins with `a: ` or `b: ` belongs to that cluster only. */
  public write(...objects: readonly string[]): void {
    const of = (cluster: string) =>
      objects
        .filter(each => !/^[ab]: /.test(each) || each.startsWith(`${cluster}: `))
        .map(each => each.replace(/^[ab]: /, ''));
    this.lab.write(meshOf(this.name, of));
  }

  /** Shows the plan, which is not confirmed. */
  public preview(...args: readonly string[]) {
    return this.lab.program(['apply', '--apply-set', this.name, ...args]);
  }

  public apply(...args: readonly string[]) {
    return this.lab.program(['apply', '--yes', '--apply-set', this.name, ...args]);
  }

  /** Applies it, which must succeed. Returns the output. */
  public async applied(...args: readonly string[]): Promise<string> {
    const { status, out, err } = await this.apply(...args);
    if (status !== 0) {
      throw new Error(`status ${status}: ${out}${err}`);
    }
    return err;
  }

  /** The objects of the namespace. kubectl prints nothing where a single kind has none. */
  public list(context: string, kinds: string): Promise<any[]> {
    return get(context, '-n', this.name, kinds).then(found => found?.items ?? []);
  }

  public async names(context: string, kinds: string): Promise<string[]> {
    return (await this.list(context, kinds))
      .map(nameOf)
      .map(each => each.replace(`${this.name}/`, ''))
      .filter(each => each !== 'ConfigMap kube-root-ca.crt')
      .sort();
  }
}

const config = (name: string, value: string = '1') =>
  `{apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}, namespace: NAMESPACE}, data: {value: "${value}"}}`;
const service = (name: string, spec: string) =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: NAMESPACE}, spec: {ports: [{port: ` +
  `80}]${spec}}}`;
const slice = (name: string, of: string) =>
  `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: ${name}, namespace: NAMESPACE, ` +
  `labels: {kubernetes.io/service-name: ${of}}}, addressType: IPv4, ` +
  'ports: [{name: "", port: 80, protocol: TCP}], endpoints: [{addresses: [192.0.2.1]}]}';
const endpoints = (name: string) =>
  `{apiVersion: v1, kind: Endpoints, metadata: {name: ${name}, namespace: NAMESPACE}, subsets: [{addresses: [{ip: ` +
  '192.0.2.2}], ports: [{port: 80}]}]}';
const deployment = (name: string) =>
  `{apiVersion: apps/v1, kind: Deployment, metadata: {name: ${name}, namespace: NAMESPACE}, ` +
  `spec: {selector: {matchLabels: {app: ${name}}}, ` +
  `template: {metadata: {labels: {app: ${name}}}, spec: {containers: [{name: ${name}, image: "${name}:1"}]}}}}`;
const policy = (name: string, spec: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: ${name}, namespace: NAMESPACE}, spec: ` +
  `{${spec}}}`;
const ALLOWS =
  'endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEndpoints: [{matchLabels: {app: ' + 'client}}]}]';
const DENIES = 'endpointSelector: {matchLabels: {app: web}}, ingress: [{}]';

test('Endpoints and EndpointSlices of the mesh exist beside those of Kubernetes, and stay', async () => {
  const mesh = new Mesh(
    service('by-hand', ''),
    slice('by-hand-1', 'by-hand'),
    service('older', ''),
    endpoints('older'),
    service('web', ', selector: {app: web}'),
    deployment('web'),
  );
  await mesh.applied();
  const settled = async () => {
    const all = await mesh.list('kind-a', 'endpointslices,endpoints');
    const of = (kind: string, name: string) =>
      all.filter(each => each.kind === kind && each.metadata.name.startsWith(name));
    expect(
      [of('EndpointSlice', 'by-hand'), of('EndpointSlice', 'older'), of('EndpointSlice', 'web')].map(
        each => each.length,
      ),
    ).toEqual([1, 1, 1]);
    expect([of('Endpoints', 'older'), of('Endpoints', 'web')].map(each => each.length)).toEqual([1, 1]);
    expect(of('EndpointSlice', 'web')[0].endpoints).toHaveLength(1);
    return Object.fromEntries(all.map(({ kind, metadata }) => [`${kind} ${metadata.name}`, metadata.uid]));
  };
  let before = {};
  await eventually(async () => {
    before = await settled();
  });
  expect(await mesh.applied()).not.toContain('removed');
  expect(await settled()).toEqual(before);
  expect(await mesh.apply('--diff')).toMatchObject({ status: 0, out: '' });
  await expectApplied(mesh.lab, mesh.name);
  // and those of the mesh go when they leave it, alone
  mesh.write(service('by-hand', ''), service('older', ''), service('web', ', selector: {app: web}'), deployment('web'));
  const { status, err } = await mesh.preview();
  expect([status, err.split('\n\n')[0].match(/^ {2}- .*$/gm)]).toEqual([
    1,
    [`  - EndpointSlice ${mesh.name}/by-hand-1`, `  - Endpoints ${mesh.name}/older`],
  ]);
  await mesh.applied('--yes');
  await eventually(async () =>
    expect(await mesh.names('kind-a', 'endpointslices')).toEqual([expect.stringMatching(/^EndpointSlice web-/)]),
  );
});

test('the only object of a kind goes when it leaves, and Namespaces never do', async () => {
  const mesh = new Mesh(service('kept', ''), policy('only', ALLOWS), deployment('web'));
  await mesh.applied();
  mesh.write(service('kept', ''));
  await mesh.applied('--yes');
  for (const context of CONTEXTS) {
    expect(await mesh.names(context, 'ciliumnetworkpolicies,deployments,services')).toEqual(['Service kept']);
  }
  await expectApplied(mesh.lab, mesh.name);
  mesh.write();
  mesh.lab.change('a.k8s.yaml', mesh.name, `${mesh.name}-instead`);
  // manifests of nothing may be wrong paths
  expect(await mesh.apply()).toMatchObject({ status: 1, err: expect.stringContaining('[nothing-to-check]') });
  const { status, err } = await mesh.preview('--ignore-findings');
  expect([status, err.match(/^ {2}- .*$/gm)]).toEqual([1, Array(2).fill(`  - Service ${mesh.name}/kept`)]);
  // the last object of both clusters needs a confirmation by their names
  expect((await mesh.apply('--ignore-findings')).status).toBe(1);
  expect(await mesh.names('kind-a', 'services')).toEqual(['Service kept']);
  await mesh.applied('--ignore-findings', '--confirm', 'a', '--confirm', 'b');
  expect(await mesh.names('kind-a', 'services')).toEqual([]);
  for (const name of [mesh.name, `${mesh.name}-instead`]) {
    expect((await get('kind-a', 'namespace', name)).status.phase).toBe('Active');
  }
});

test.each([
  ['denies', ALLOWS, DENIES],
  ['allows', DENIES, ALLOWS],
])('a policy that only %s from now on is never away', async (_, old, young) => {
  const mesh = new Mesh(config('kept'), policy('moves', old), policy('stays', ALLOWS), policy('stays-too', DENIES));
  await mesh.applied();
  const find = async (context: string) =>
    (await mesh.list(context, 'ciliumnetworkpolicies')).find(({ metadata }) => metadata.name === 'moves');
  const before = await Promise.all(CONTEXTS.map(find));
  mesh.write(config('kept'), policy('moves', young), policy('stays', ALLOWS), policy('stays-too', DENIES));
  const planned = await mesh.applied();
  expect([planned, planned.match(/^ {2}- .*$/gm)]).toEqual([
    expect.stringContaining('0 objects to add, 2 to change, 0 to remove'),
    null,
  ]);
  const after = await Promise.all(CONTEXTS.map(find));
  expect(after.map(({ metadata }) => metadata.uid)).toEqual(before.map(({ metadata }) => metadata.uid));
  const part = ({ metadata }: any) => metadata.labels['applyset.kubernetes.io/part-of'];
  expect(after.map(part)).not.toEqual(before.map(part));
  await expectApplied(mesh.lab, mesh.name);
  // and it belongs to its new set: it goes when it leaves
  mesh.write(config('kept'), policy('stays', ALLOWS), policy('stays-too', DENIES));
  await mesh.applied('--yes');
  expect(await mesh.names('kind-b', 'ciliumnetworkpolicies')).toEqual([
    'CiliumNetworkPolicy stays',
    'CiliumNetworkPolicy stays-too',
  ]);
});

test('an object that one API server refuses keeps everything else away, from all clusters', async () => {
  const ports = (port: number) =>
    policy(
      'refused',
      `endpointSelector: {}, ingress: [{toPorts: [{ports: [{port: "80", endPort: ${port}, protocol: TCP}]}]}]`,
    );
  const mesh = new Mesh(config('one'), deployment('web'), policy('fine', ALLOWS), `b: ${ports(70000)}`);
  expect(await mesh.apply()).toMatchObject({
    status: 1,
    err: expect.stringContaining('Nothing was applied. Correct the errors'),
  });
  const { status, err } = await mesh.apply('--ignore-findings');
  expect([status, err]).toEqual([1, expect.stringContaining('FAILED b: ask the API server to validate the manifests')]);
  expect(err).toMatch(/endPort.*70000/);
  for (const context of CONTEXTS) {
    expect(await mesh.names(context, 'ciliumnetworkpolicies,deployments,configmaps')).toEqual([]);
  }
  mesh.write(config('one'), deployment('web'), policy('fine', ALLOWS), `b: ${ports(90)}`);
  await mesh.applied('--ignore-findings');
  await expectApplied(mesh.lab, mesh.name);
});

test('two programs with names of their own live side by side', async () => {
  const one = new Mesh(service('one', ''), policy('one', ALLOWS));
  const other = new Mesh(config('other'), policy('other', ALLOWS));
  await one.applied();
  await other.applied();
  await one.applied();
  await expectApplied(one.lab, one.name);
  await expectApplied(other.lab, other.name);
  one.write(service('one', ''));
  const { err } = await one.preview();
  expect(err.match(/^ {2}- .*$/gm)).toEqual(Array(2).fill(`  - CiliumNetworkPolicy ${one.name}/one`));
  await one.applied('--yes');
  await expectApplied(one.lab, one.name);
  await expectApplied(other.lab, other.name);
  // one that takes the name of the other is stopped
  const refusal = await one.lab.program(['apply', '--yes', '--apply-set', other.name]);
  expect([refusal.status, refusal.err]).toEqual([
    1,
    expect.stringContaining(`a: no object with the apply set name ${other.name} is in this mesh`),
  ]);
  await expectApplied(other.lab, other.name);
});

test('the script of --script does what apply does, and holds no Secret', async () => {
  const secret =
    '{apiVersion: v1, kind: Secret, metadata: {name: secret, namespace: NAMESPACE}, stringData: ' +
    '{password: not-in-the-script}}';
  const mesh = new Mesh(
    config('one'),
    config('leaves'),
    policy('leaves', ALLOWS),
    policy('denies', DENIES),
    deployment('leaves'),
  );
  await mesh.applied();
  mesh.write(
    config('one', '2'),
    secret,
    policy('comes', ALLOWS),
    policy('denies', `${DENIES}, egress: [{}]`),
    deployment('web'),
  );
  const before = await Promise.all(
    CONTEXTS.map(context => mesh.names(context, 'ciliumnetworkpolicies,deployments,configmaps,secrets')),
  );
  const { status, out } = await mesh.apply('--script');
  expect([status, out]).toEqual([0, expect.not.stringContaining('not-in-the-script')]);
  expect(
    await Promise.all(
      CONTEXTS.map(context => mesh.names(context, 'ciliumnetworkpolicies,deployments,configmaps,secrets')),
    ),
  ).toEqual(before);
  await ok('bash', ['-c', out], { cwd: mesh.lab.folder });
  for (const context of CONTEXTS) {
    expect(await mesh.names(context, 'ciliumnetworkpolicies,deployments,configmaps,secrets')).toEqual([
      'CiliumNetworkPolicy comes',
      'CiliumNetworkPolicy denies',
      'ConfigMap one',
      'Deployment web',
      'Secret secret',
    ]);
    expect((await mesh.list(context, 'configmaps')).find(({ metadata }) => metadata.name === 'one').data).toEqual({
      value: '2',
    });
  }
  expect(await mesh.apply('--diff')).toMatchObject({ status: 0, out: '' });
});

test('apply takes over fields of another manager only with --force-conflicts', async () => {
  const mesh = new Mesh(config('one'), service('one', ''));
  await mesh.applied();
  await ok('kubectl', [
    '--context',
    'kind-b',
    '-n',
    mesh.name,
    'patch',
    'configmap',
    'one',
    '--type',
    'merge',
    '--field-manager',
    'somebody',
    '-p',
    '{"data": {"value": "theirs"}}',
  ]);
  const { status, err } = await mesh.apply();
  expect([status, err]).toEqual([1, expect.stringMatching(/conflict with "somebody"[^]*\.data\.value/)]);
  await mesh.applied('--force-conflicts');
  await expectApplied(mesh.lab, mesh.name);
});

test('parents are of a kind of their own, one for each set, and kubectl does not prune them', async () => {
  const mesh = new Mesh(config('one'), policy('denies', DENIES), deployment('web'));
  await mesh.applied();
  const notes = Object.fromEntries(
    (await get('kind-a', PARENTS)).items
      .filter(({ metadata }: any) => metadata.name.startsWith(`${mesh.name}-`))
      .map(({ metadata }: any) => [
        metadata.name.replace(`${mesh.name}-`, ''),
        metadata.annotations['applyset.kubernetes.io/contains-group-kinds'],
      ]),
  );
  expect(notes).toEqual({ objects: 'ConfigMap', denies: 'CiliumNetworkPolicy.cilium.io', backends: 'Deployment.apps' });
  const file = path.join(mesh.lab.folder, 'one.yaml');
  fs.writeFileSync(file, config('two').replace('NAMESPACE', mesh.name));
  const { status, err } = await run(
    'kubectl',
    [
      '--context',
      'kind-a',
      'apply',
      '--server-side',
      '--prune',
      `--applyset=${PARENTS}/${mesh.name}-objects`,
      '-f',
      file,
    ],
    { env: { KUBECTL_APPLYSET: 'true' } },
  );
  // kubectl prunes only the sets of its own tooling
  expect([status, err]).toEqual([1, expect.stringContaining('is managed by tooling "cilium-mesh" instead of "kubectl"')]);
});

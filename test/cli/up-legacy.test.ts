/** `up` for the AWS example's first form: Cilium 1.9 and an etcd in each cluster, in the order of the blog. */
import { spawnSync } from 'child_process';
import * as fs from 'fs';
import { LiveWorld } from '../support/live-world';
import { documents } from '../support/mesh';
import { folderOf, program } from '../support/program';

const cwd = process.cwd();
const { env } = process;
const CLUSTERS = ['k8s-test-cluster', 'k8s-shared-cluster'];
let world: LiveWorld;

beforeEach(() => {
  process.chdir(folderOf('aws-shared-services', 'legacy'));
  fs.mkdirSync('bin');
  ['helm', 'kubectl'].forEach(name => fs.writeFileSync(`bin/${name}`, '#!/bin/sh\n', { mode: 0o755 }));
  process.env = { ...env, PATH: `${process.cwd()}/bin:${env.PATH}`, XDG_STATE_HOME: `${process.cwd()}/state` };
  world = new LiveWorld();
  world.install();
});

afterEach(() => {
  jest.restoreAllMocks();
  process.env = env;
  process.chdir(cwd);
});

test.each(CLUSTERS)('%s takes the steps of the blog in their order', async cluster => {
  expect((await program('up', '--yes')).status).toBe(0);
  const steps = [
    ['patch daemonset aws-node --type strategic --patch-file'],
    ['patch daemonset kube-proxy --type strategic --patch-file'],
    ['patch deployment coredns --type strategic', `${cluster}.before-install.deployment.coredns`],
    [
      'helm upgrade --install cilium cilium',
      '--version 1.9.5 --namespace kube-system',
      `--values dist/mesh/${cluster}.values.yaml`,
    ],
    ['rollout status daemonset/cilium'],
    ['rollout status deployment/cilium-operator'],
    ['patch deployment coredns --type strategic', `${cluster}.after-install.deployment.coredns`],
    ['rollout status deployment/coredns'],
    ['helm upgrade cilium cilium', '--reuse-values', `--values dist/mesh/${cluster}.upgrade-values.yaml`],
    ['wait --for=condition=Ready pod -l etcd_cluster=cilium-etcd'],
    ['apply --server-side -f -'],
    ['wait', 'jsonpath={.status.loadBalancer.ingress}', 'service/cilium-etcd-external'],
    [`apply --server-side --field-manager cilium-mesh-etcd-${CLUSTERS.find(each => each !== cluster)} -f -`],
    ['patch daemonset cilium --type json', `${cluster}.connect.daemonset.cilium`],
    ['apply --server-side --validate=strict -f -'],
    ['-n testing rollout status deployment/'],
  ];
  const positions = steps.map(texts => world.position(`context ${cluster}`, ...texts));
  expect(positions).toEqual([...positions].sort((one, other) => one - other));
  const [restart] = [
    world.log
      .map((line, index) => (line.includes(`context ${cluster} -n kube-system rollout restart`) ? index : -1))
      .filter(index => index >= 0)
      .pop()!,
  ];
  expect(restart).toBeGreaterThan(world.position(`context ${cluster}`, 'patch daemonset cilium'));
});

test('no cluster is connected before the etcds of all can be reached', async () => {
  await program('up', '--yes');
  const exposed = CLUSTERS.map(each => world.position(`context ${each}`, 'service/cilium-etcd-external'));
  const connecting = CLUSTERS.map(each => world.position(`context ${each}`, 'patch daemonset cilium'));
  expect(Math.max(...exposed)).toBeLessThan(Math.min(...connecting));
});

test('every patch says what the blog patches', () => {
  const patch = (stage: string) =>
    documents(fs.readFileSync(`dist/mesh/k8s-test-cluster.${stage}.patch.yaml`, 'utf8'))[0];
  expect(patch('before-install.deployment.coredns').spec.replicas).toBe(0);
  expect(patch('after-install.deployment.coredns').spec.replicas).toBe(2);
  expect(patch('before-install.daemonset.aws-node').spec.template.spec.nodeSelector).toEqual({
    'no-such-node': 'true',
  });
  expect(patch('connect.daemonset.cilium')).toEqual([
    {
      op: 'add',
      path: '/spec/template/spec/hostAliases',
      value: [
        { ip: '192.168.18.202', hostnames: ['k8s-shared-cluster.mesh.cilium.io'] },
        { ip: '192.168.19.207', hostnames: ['k8s-shared-cluster.mesh.cilium.io'] },
        { ip: '192.168.2.234', hostnames: ['k8s-test-cluster.mesh.cilium.io'] },
        { ip: '192.168.3.250', hostnames: ['k8s-test-cluster.mesh.cilium.io'] },
      ],
    },
  ]);
});

test('the cilium CLI is not needed, and not run', async () => {
  const { out } = await program('up', '--script');
  expect(out).not.toMatch(/^(if ! )?cilium |command -v cilium/m);
});

test("the Secret holds what the blog's holds of the other cluster, and keys go from one API server to the other only", async () => {
  const { out, err } = await program('up', '--yes');
  const secret = world.secrets.get('k8s-test-cluster/cilium-clustermesh')!;
  expect(Buffer.from(secret['k8s-shared-cluster'], 'base64').toString()).toContain(
    '- https://k8s-shared-cluster.mesh.cilium.io:2379',
  );
  expect(secret).toMatchObject({
    'k8s-shared-cluster.etcd-client-ca.crt': 'authority of k8s-shared-cluster',
    'k8s-shared-cluster.etcd-client.crt': 'certificate of k8s-shared-cluster',
    'k8s-shared-cluster.etcd-client.key': 'PRIVATE KEY of k8s-shared-cluster',
  });
  const dry = await program('up', '--script');
  expect(world.log.join('\n') + out + err + dry.out).not.toContain('PRIVATE KEY');
});

test('a second run changes nothing that works: no installation, no restart, CoreDNS stays up', async () => {
  await program('up', '--yes');
  world.log.length = 0;
  expect((await program('up', '--yes')).status).toBe(0);
  const isChange = (line: string) => /^helm|before-install|rollout restart|field-manager cilium-mesh-etcd/.test(line);
  expect(world.acts().filter(isChange)).toEqual([]);
});

test('other values of the second step are given to Helm again', async () => {
  await program('up', '--yes');
  world.log.length = 0;
  fs.appendFileSync('dist/mesh/k8s-test-cluster.upgrade-values.yaml', 'debug: {enabled: true}\n');
  await program('up', '--yes');
  expect(world.acts().filter(line => /^helm/.test(line))).toEqual([
    expect.stringContaining('dist/mesh/k8s-test-cluster.upgrade-values.yaml'),
  ]);
});

test.each([
  'patch daemonset kube-proxy',
  'helm upgrade --install',
  'rollout status daemonset/cilium',
  'after-install.deployment.coredns',
  'helm upgrade cilium',
  'etcd_cluster=cilium-etcd',
  'service/cilium-etcd-external',
  'go-template',
  '--field-manager cilium-mesh-etcd',
  'connect.daemonset.cilium',
  'rollout restart',
  '--validate=strict',
  'rollout status deployment/backend',
])('where %s fails, the run ends there, and the next one goes on', async broken => {
  world.broken = broken;
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([1, expect.stringContaining('FAILED')]);
  expect(err).not.toContain('PRIVATE KEY');
  const failed = world.log.length;
  world.broken = undefined;
  expect((await program('up', '--yes')).status).toBe(0);
  expect(world.log.slice(failed).join('\n')).toContain(broken);
  expect([...world.secrets.keys()].sort()).toEqual(
    CLUSTERS.flatMap(each => [`${each}/cilium-clustermesh`, `${each}/cilium-etcd-secrets`]).sort(),
  );
});

test('where the agents do not find the other etcd, it says which addresses to compare', async () => {
  world.broken = 'exec daemonset/cilium';
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([
    1,
    expect.stringContaining('The addresses in hostAliases must be those of the load balancers'),
  ]);
});

test("an etcd of one's own: the certificates are asked for, with what to do", async () => {
  const file = 'dist/mesh/k8s-test-cluster.upgrade-values.yaml';
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('managed: true', 'managed: false'));
  const { out } = await program('up', '--script');
  expect(out.match(/etcd_cluster=cilium-etcd/g)).toHaveLength(1);
  expect(out).toContain(
    'create secret generic cilium-etcd-secrets --from-file=etcd-client-ca.crt=FILE --from-file=etcd-client.crt=FILE ' +
      '--from-file=etcd-client.key=FILE',
  );
});

test('certificates that the manifests hold are neither copied nor printed', async () => {
  const key = Buffer.from('a PRIVATE KEY').toString('base64');
  const file = 'dist/k8s-test-cluster.k8s.yaml';
  fs.writeFileSync(
    file,
    fs
      .readFileSync(file, 'utf8')
      .replace(/^data:\n {2}k8s-/m, `data:\n  k8s-shared-cluster.etcd-client.key: ${key}\n  k8s-`),
  );
  const { status, out } = await program('up', '--script');
  expect(status).toBe(0);
  expect(out).not.toContain(key);
  expect(out).not.toContain('# k8s-test-cluster: copy the certificates');
  expect(out).toContain('# k8s-shared-cluster: copy the certificates');
});

test('the script is one that bash reads', async () => {
  const { out } = await program('up', '--script');
  expect(spawnSync('bash', ['-n'], { input: out, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});

test('what is missing for a mesh of Cilium 1.9 is named at once, at its line', async () => {
  fs.writeFileSync(
    'pod.yaml',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a}]}\n',
  );
  fs.writeFileSync(
    'mesh.yaml',
    [
      'apiVersion: cilium-mesh/v1',
      'clusters:',
      '- {name: a, id: 1, manifests: [pod.yaml], context: a, ciliumVersion: 1.9.5}',
      '- {name: b, id: 2, manifests: [pod.yaml], context: b, ciliumVersion: 1.20.2}',
      '',
    ].join('\n'),
  );
  const { status, err } = await program('up', '--yes', '--mesh', 'mesh.yaml');
  expect(status).toBe(2);
  const intro = 'mesh.yaml:3: a: Cilium 1.9.5 is meshed through an etcd of each cluster, but';
  const construct = 'ExternalEtcdMesh writes everything that it needs; or set ciliumVersion to 1.14 to 1.20';
  expect(err).toBe(
    `${intro} b runs Cilium 1.20.2, which connects through the clustermesh-apiserver\n` +
      '    fix: set one ciliumVersion for all clusters of the mesh\n' +
      `${intro} neither values nor upgradeValues enable it\n` +
      `    fix: ${construct}; without it, write etcd.enabled: true and identityAllocationMode: kvstore\n` +
      `${intro} the manifests contain no Secret kube-system/cilium-clustermesh with the address of the etcd of b\n` +
      `    fix: ${construct}\n`,
  );
});

test('names of etcds that no agent could resolve are told', async () => {
  const mesh = 'dist/mesh/mesh.yaml';
  fs.writeFileSync(mesh, fs.readFileSync(mesh, 'utf8').replace(/ {6}- stage: connect\n( {8}.*\n)+/, ''));
  const { status, err } = await program('up', '--yes');
  expect([status, err]).toEqual([
    2,
    expect.stringMatching(/mesh.yaml:\d+: k8s-test-cluster: .* no patch of the stage connect .*hostAliases/),
  ]);
});

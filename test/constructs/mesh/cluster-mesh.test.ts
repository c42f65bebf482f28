import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, Chart, Cron, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import * as fc from 'fast-check';
import * as jsYaml from 'js-yaml';
import { ClusterMesh, DefaultDenyPolicy, MeshNamespace, PatchStage } from '../../../src';
import { read } from '../../support/examples';
import { codesOf, documents, faultsOf, meshOf, objectsOf, temporaryFolder } from '../../support/mesh';

const configMap = (name: string, data: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

describe('what is written', () => {
  test('one file for each cluster, and the mesh', () => {
    const mesh = meshOf(2, {}, { a: { kind: {} } });
    mesh.synth();
    expect(Object.keys(read(mesh.outdir)).sort()).toEqual([
      'a.k8s.yaml',
      'b.k8s.yaml',
      'mesh/SHA256SUMS',
      'mesh/a.kind.yaml',
      'mesh/a.values.yaml',
      'mesh/b.values.yaml',
      'mesh/mesh.yaml',
    ]);
  });

  test('namespaces first, whatever the order of creation', () => {
    const mesh = meshOf();
    new ApiObject(mesh.cluster('a'), 'config', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'c', namespace: 'late' },
    });
    new MeshNamespace(mesh, 'late', { labels: { team: 'x' }, annotations: { owner: 'y' }, perCluster: { b: { isGlobal: false } } });
    expect(objectsOf(mesh, 'a').map(object => object.kind)).toEqual(['Namespace', 'ConfigMap']);
    expect(objectsOf(mesh, 'b')).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'late', labels: { team: 'x' }, annotations: { 'owner': 'y', 'clustermesh.cilium.io/global': 'false' } },
      },
    ]);
  });

  test("other people's charts below a cluster go to its file", () => {
    const mesh = meshOf();
    const chart = new Chart(mesh.cluster('a'), 'team');
    new ApiObject(chart, 'config', configMap('team-config'));
    new ApiObject(mesh.cluster('a'), 'config', configMap('own-config'));
    new DefaultDenyPolicy(chart, 'default-deny', { name: 'team-deny' });
    expect(
      objectsOf(mesh, 'a')
        .map(object => object.metadata.name)
        .sort(),
    ).toEqual(['own-config', 'team-config', 'team-deny']);
    expect(objectsOf(mesh, 'b')).toEqual([]);
    expect(
      Object.keys(read(mesh.outdir))
        .filter(file => file.endsWith('.k8s.yaml'))
        .sort(),
    ).toEqual(['a.k8s.yaml', 'b.k8s.yaml']);
  });

  test('objects without a name have the same one in every cluster, without a hash', () => {
    const mesh = meshOf();
    for (const cluster of mesh.clusters) {
      new kplus.ConfigMap(cluster, 'settings', { data: { a: 'b' } });
    }
    expect(['a', 'b'].map(cluster => objectsOf(mesh, cluster)[0].metadata.name)).toEqual(['settings', 'settings']);
  });

  test('objects of a nested chart have the same names in every cluster, also those of cdk8s-plus', () => {
    const mesh = meshOf();
    for (const cluster of mesh.clusters) {
      const chart = new Chart(new Construct(cluster, 'team'), 'Cache_1', { namespace: 'cache' });
      new kplus.Deployment(chart, 'redis', { containers: [{ image: 'redis:7' }] });
      new kplus.CronJob(chart, 'a-name-for-a-job-of-every-night-that-is-not-short', {
        schedule: Cron.daily(),
        containers: [{ image: 'redis:7' }],
      });
    }
    const names = ['a', 'b'].map(cluster => objectsOf(mesh, cluster).map(({ metadata }) => metadata.name));
    expect(names.map(([first]) => first)).toEqual(['team-cache1-redis', 'team-cache1-redis']);
    expect(names.map(([, second]) => /-c8[0-9a-f]{6}$/.test(second))).toEqual([true, true]);
  });

  test('objects come behind those that they depend on, and charts behind charts', () => {
    const mesh = meshOf();
    const cluster = mesh.cluster('a');
    const [first, second] = ['first', 'second'].map(id => new Chart(cluster, id));
    const late = new ApiObject(first, 'late', configMap('late'));
    late.addDependency(new ApiObject(first, 'early', configMap('early')));
    first.addDependency(second);
    new ApiObject(second, 'base', configMap('base'));
    second.toJson(); // cdk8s adds dependencies of its own
    new ApiObject(cluster, 'own', configMap('own'));
    expect(objectsOf(mesh, 'a').map(({ metadata }) => metadata.name)).toEqual(['own', 'base', 'early', 'late']);
  });

  test('a function is called for each cluster, with the scope of a construct', () => {
    const mesh = meshOf();
    const team = new Construct(mesh, 'team');
    const objects = mesh.forEachCluster((cluster, scope) => new ApiObject(scope, 'c', configMap(cluster.name)), team);
    expect(objects.map(({ node }) => node.path)).toEqual(['a/mesh:team/c', 'b/mesh:team/c']);
    expect(mesh.forEachCluster((cluster, scope) => scope === cluster)).toEqual([true, true]);
  });

  test('texts survive every reader, also those that look like something else', () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '0080',
        '0o17',
        '1e3',
        '.5',
        'yes',
        'no',
        'on',
        'null',
        '~',
        '2001-12-14',
        '1_000',
        '0x1F',
        '12:30:45',
        '=',
        '<<',
        '- a',
        '# x',
        ' a ',
        'a: b',
        '\ttab',
        'é\u0085',
      ),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), text, { minKeys: 1, noNullPrototype: true }),
        data => {
          const mesh = meshOf();
          new ApiObject(mesh.cluster('a'), 'c', configMap('c', data));
          mesh.synth();
          const written = fs.readFileSync(path.join(mesh.outdir, 'a.k8s.yaml'), 'utf8');
          expect(documents(written)[0].data).toEqual(data);
          expect((jsYaml.loadAll(written)[0] as any).data).toEqual(data);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("patches and values of a second step are files beside the cluster's values", () => {
    const mesh = meshOf();
    const cluster = mesh.cluster('a');
    const target = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy' };
    cluster.addPatch({ ...target, patch: { spec: { x: 1 } } });
    cluster.addPatch({ ...target, stage: PatchStage.CONNECT, patch: { spec: { x: 2 } } });
    cluster.addUpgradeValues({ debug: { enabled: true } });
    mesh.synth();
    const files = read(mesh.outdir);
    expect(documents(files['mesh/mesh.yaml'])[0].clusters[0]).toMatchObject({
      upgradeValues: 'a.upgrade-values.yaml',
      patches: [
        { stage: 'before-install', ...target, file: 'a.before-install.daemonset.kube-proxy.patch.yaml' },
        { stage: 'connect', ...target, file: 'a.connect.daemonset.kube-proxy.patch.yaml' },
      ],
    });
    expect(documents(files['mesh/a.connect.daemonset.kube-proxy.patch.yaml'])).toEqual([{ spec: { x: 2 } }]);
    cluster.addPatch({ ...target, patch: {} });
    cluster.addUpgradeValues({});
    expect(codesOf(() => mesh)).toEqual(['patch-duplicate', 'upgrade-values-duplicate']);
  });
});

test('patches and values of a second step have the same bytes in any order of keys, which maps of Java do not have', () => {
  const written = (keys: readonly string[]) => {
    const mesh = meshOf();
    const map = Object.fromEntries(keys.map(key => [key, { [`${key}2`]: 1, [`${key}1`]: 2 }]));
    const patch = Object.fromEntries([...Object.entries(map), ['list', ['second', 'first']]]);
    mesh.cluster('a').addPatch({ kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy', patch });
    mesh.cluster('a').addUpgradeValues(map);
    mesh.synth();
    return read(mesh.outdir);
  };
  const files = written(['one', 'other']);
  expect(written(['other', 'one'])).toEqual(files);
  expect(documents(files['mesh/a.before-install.daemonset.kube-proxy.patch.yaml'])).toMatchObject([
    { list: ['second', 'first'] },
  ]);
});

describe('nothing is half-written', () => {
  function untouched(prepare: (mesh: ClusterMesh) => void): string[] {
    const mesh = meshOf();
    mesh.synth();
    const before = read(mesh.outdir);
    prepare(mesh);
    const codes = codesOf(() => mesh.synth());
    expect(read(mesh.outdir)).toEqual(before);
    return codes;
  }

  test('when two objects of a cluster have one name', () => {
    expect(
      untouched(mesh => {
        new ApiObject(mesh.cluster('b'), 'one', configMap('same'));
        new ApiObject(mesh.cluster('b'), 'two', {
          ...configMap('same'),
          metadata: { name: 'same', namespace: 'default' },
        });
      }),
    ).toEqual(['object-duplicate']);
  });

  test('when a chart is in no cluster', () => {
    expect(untouched(mesh => new Chart(mesh, 'stray'))).toEqual(['chart-outside-cluster']);
  });

  test('when a construct says that it is not valid', () => {
    const mesh = meshOf();
    mesh.cluster('b').node.addValidation({ validate: () => ['no'] });
    expect(faultsOf(() => mesh)).toMatchObject([{ code: 'construct-invalid', path: 'b', message: 'no' }]);
    expect(Object.keys(read(mesh.outdir))).toEqual([]);
  });

  test('when a file cannot be written, no temporary file stays', () => {
    const mesh = meshOf();
    fs.mkdirSync(path.join(mesh.outdir, 'mesh', 'b.values.yaml', 'in-the-way'), { recursive: true });
    expect(() => mesh.synth()).toThrow();
    expect(Object.keys(read(mesh.outdir)).filter(file => file.endsWith('.tmp'))).toEqual([]);
  });

  test('when the mesh cannot work: the constructor refuses it with everything that is wrong', () => {
    const outdir = path.join(temporaryFolder(), 'dist');
    expect(
      faultsOf(
        () =>
          new ClusterMesh({
            outdir,
            clusters: [
              { name: 'a', id: 1, podCidrs: ['10.0.0.0/8'] },
              { name: 'B', id: 1, podCidrs: ['10.1.0.0/16'] },
            ],
          }),
      ).map(fault => fault.code),
    ).toEqual(['cluster-name-invalid', 'cluster-id-duplicate', 'cidr-overlap']);
    expect(fs.existsSync(outdir)).toBe(false);
  });
});

describe("finding one's way", () => {
  test('clusters by name, with a suggestion for a mistyped one', () => {
    const mesh = new ClusterMesh({
      clusters: [
        { name: 'koornacht', id: 1, podCidrs: ['10.1.0.0/16'] },
        { name: 'tion', id: 2, podCidrs: ['10.2.0.0/16'] },
      ],
    });
    expect(mesh.cluster('tion').clusterId).toBe(2);
    expect(faultsOf(() => mesh.cluster('koornach'))[0]).toMatchObject({
      code: 'cluster-not-found',
      got: '"koornach"',
      allowed: 'koornacht, tion',
      fix: expect.stringContaining('"koornacht"'),
    });
  });

  test('constructs outside of a mesh are refused with what to do', () => {
    expect(codesOf(() => new DefaultDenyPolicy(Testing.chart(), 'p'))).toEqual(['no-mesh']);
  });

  test('an object that cannot be named after its path asks for a name', () => {
    const mesh = meshOf();
    expect(codesOf(() => new ApiObject(mesh.cluster('a'), 'no name', { apiVersion: 'v1', kind: 'ConfigMap' }))).toEqual(
      ['object-name-invalid'],
    );
  });
});

test('a snapshot of one cluster is small enough to read', () => {
  const mesh = meshOf();
  new DefaultDenyPolicy(mesh, 'default-deny');
  expect(Testing.synth(mesh.cluster('b'))).toMatchInlineSnapshot(`
[
  {
    "apiVersion": "cilium.io/v2",
    "kind": "CiliumNetworkPolicy",
    "metadata": {
      "name": "default-deny",
    },
    "spec": {
      "description": "Default Deny",
      "egress": [
        {
          "toEndpoints": [
            {
              "matchLabels": {
                "io.cilium.k8s.policy.cluster": "b",
                "io.kubernetes.pod.namespace": "kube-system",
                "k8s-app": "kube-dns",
              },
            },
          ],
          "toPorts": [
            {
              "ports": [
                {
                  "port": "53",
                  "protocol": "UDP",
                },
                {
                  "port": "53",
                  "protocol": "TCP",
                },
              ],
              "rules": {
                "dns": [
                  {
                    "matchPattern": "*",
                  },
                ],
              },
            },
          ],
        },
      ],
      "endpointSelector": {},
      "ingress": [
        {},
      ],
    },
  },
]
`);
});

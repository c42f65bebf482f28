import * as fs from 'fs';
import * as path from 'path';
import { ApiObject, Include, Testing } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Construct } from 'constructs';
import { Port, Workload } from '../../../src';
import { codesOf, faultsOf, meshOf, objectOf, temporaryFolder } from '../../support/mesh';

const DEPLOYMENT = (labels: object, selector: object = labels) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    selector: { matchLabels: selector },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
});

/** What a policy selects when the workload is its destination. */
function selectedIn(workload: Workload, cluster: string): { namespace: string; selector: any } {
  const mesh = workload.node.root as any;
  const client = new Workload(mesh, 'client', { labels: { app: 'client' } });
  client.connections.allowTo(workload, [Port.tcp(80)], { name: 'p' });
  const policy = objectOf(mesh, cluster, 'CiliumNetworkPolicy', 'p-ingress');
  return { namespace: policy.metadata.namespace, selector: policy.spec.endpointSelector };
}

describe('from objects', () => {
  test('a low-level object: the labels that it selects its pods by, and its namespace', () => {
    const mesh = meshOf();
    const object = new ApiObject(
      mesh.cluster('b'),
      'web',
      DEPLOYMENT({ 'app': 'web', 'helm.sh/chart': 'web-1.2.3' }, { app: 'web' }),
    );
    const workload = Workload.fromApiObjects(mesh, 'web-pods', [object]);
    expect(workload.clusters.map(cluster => cluster.name)).toEqual(['b']);
    expect(selectedIn(workload, 'b')).toEqual({ namespace: 'shop', selector: { matchLabels: { app: 'web' } } });
  });

  test('a cdk8s-plus Deployment, by the labels that it renders', () => {
    const mesh = meshOf();
    const deployment = new kplus.Deployment(mesh.cluster('a'), 'web', {
      containers: [{ image: 'nginx', portNumber: 80 }],
    });
    const rendered = ApiObject.of(deployment).toJson().spec.selector.matchLabels;
    expect(Object.keys(rendered)).toEqual(['cdk8s.io/metadata.addr']);
    expect(selectedIn(Workload.fromApiObjects(mesh, 'web-pods', [deployment]), 'a')).toEqual({
      namespace: 'default',
      selector: { matchLabels: rendered },
    });
  });

  test('objects whose labels differ from cluster to cluster are selected by their own in each', () => {
    const mesh = meshOf();
    const objects = mesh.clusters.map(
      cluster => new kplus.Deployment(cluster, 'web', { containers: [{ image: 'nginx' }] }),
    );
    const workload = Workload.fromApiObjects(mesh, 'web-pods', objects);
    const [first, second] = objects.map(object => ApiObject.of(object).toJson().spec.selector.matchLabels);
    expect(first).not.toEqual(second);
    expect(selectedIn(workload, 'b').selector).toEqual({ matchLabels: second });
  });

  test('an object of an included file or chart', () => {
    const mesh = meshOf();
    const file = path.join(temporaryFolder(), 'chart.yaml');
    fs.writeFileSync(
      file,
      JSON.stringify(DEPLOYMENT({ 'app.kubernetes.io/name': 'redis', 'app.kubernetes.io/instance': 'x' })),
    );
    const include = new Include(mesh.cluster('a'), 'redis', { url: file });
    const deployment = include.apiObjects.find(object => object.kind === 'Deployment')!;
    expect(selectedIn(Workload.fromApiObjects(mesh, 'redis-pods', [deployment]), 'a')).toEqual({
      namespace: 'shop',
      selector: { matchLabels: { 'app.kubernetes.io/instance': 'x', 'app.kubernetes.io/name': 'redis' } },
    });
  });

  test.each<[string, any, { [key: string]: string }]>([
    ['Pod', { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { app: 'x' } }, spec: {} }, { app: 'x' }],
    [
      'StatefulSet',
      {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        spec: { selector: { matchLabels: { app: 'x' } }, template: { metadata: { labels: { app: 'x', v: '1' } } } },
      },
      { app: 'x' },
    ],
    [
      'CronJob',
      {
        apiVersion: 'batch/v1',
        kind: 'CronJob',
        spec: { jobTemplate: { spec: { template: { metadata: { labels: { app: 'x' } } } } } },
      },
      { app: 'x' },
    ],
    [
      'Job: labels that are no part of identities are left out',
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        spec: {
          template: {
            metadata: { labels: { 'app': 'x', 'controller-uid': '1', 'batch.kubernetes.io/controller-uid': '1' } },
          },
        },
      },
      { app: 'x' },
    ],
  ])('%s', (_, manifest, labels) => {
    const mesh = meshOf();
    const workload = Workload.fromApiObjects(mesh, 'pods', [new ApiObject(mesh.cluster('a'), 'o', manifest)]);
    expect(selectedIn(workload, 'a').selector).toEqual({ matchLabels: labels });
  });

  test('all that is wrong is said at once', () => {
    const mesh = meshOf();
    const chart = mesh.cluster('a');
    const objects = [
      new ApiObject(chart, 'config', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
      new ApiObject(chart, 'bare', DEPLOYMENT({ 'pod-template-hash': '1' })),
      new Construct(chart, 'empty'),
      new ApiObject(Testing.chart(), 'web', DEPLOYMENT({ app: 'web' })),
    ];
    expect(
      faultsOf(() => Workload.fromApiObjects(mesh, 'pods', objects)).map(fault => [fault.code, fault.path]),
    ).toEqual([
      ['workload-object', 'pods.objects[0]'],
      ['workload-object', 'pods.objects[1]'],
      ['workload-object', 'pods.objects[2]'],
      ['object-in-no-cluster', 'pods.objects[3]'],
    ]);
    expect(codesOf(() => Workload.fromApiObjects(meshOf(), 'none', []))).toEqual(['workload-empty']);
  });
});

test('a service account is part of the selection', () => {
  const mesh = meshOf();
  const workload = new Workload(mesh, 'pods', { labels: { app: 'x' }, serviceAccount: 'runner' });
  expect(selectedIn(workload, 'a').selector).toEqual({
    matchLabels: { 'app': 'x', 'io.cilium.k8s.policy.serviceaccount': 'runner' },
  });
});

test('the same pods in some of the clusters', () => {
  const mesh = meshOf(3);
  const workload = new Workload(mesh, 'pods', { labels: { app: 'x' } });
  const [a, b] = mesh.clusters;
  expect(workload.inClusters(b, a).clusters).toEqual([a, b]);
  expect(workload.inClusters(b, a)).toBe(workload.inClusters(a, b));
  expect(codesOf(() => workload.inClusters(b).inClusters(a))).toEqual(['cluster-not-found']);
  workload.inClusters();
  expect(mesh.faults().map(fault => [fault.code, fault.path])).toEqual([
    ['cluster-not-found', 'pods/in-b.inClusters'],
    ['clusters-empty', 'pods.inClusters'],
  ]);
});

test('a workload that is created in a cluster is of that cluster', () => {
  const mesh = meshOf();
  expect(new Workload(mesh.cluster('b'), 'pods', { labels: { app: 'x' } }).clusters).toEqual([mesh.cluster('b')]);
});

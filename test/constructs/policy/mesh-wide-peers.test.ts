import {
  ClusterMesh,
  CrossClusterAllow,
  GlobalService,
  LabelExpression,
  Peer,
  Port,
  Selector,
  Workload,
} from '../../../src';
import { crdErrors } from '../../support/crds';
import { faultsOf, meshOf, objectsByCluster, objectsOf } from '../../support/mesh';

const CLUSTER = 'io.cilium.k8s.policy.cluster';
const NAMESPACE = 'io.kubernetes.pod.namespace';

function policies(mesh: ClusterMesh, cluster: string): any[] {
  return objectsOf(mesh, cluster).filter(({ kind }) => /NetworkPolicy$/.test(kind));
}

describe('allClusters', () => {
  test('one term stands for all clusters, in both directions', () => {
    const mesh = meshOf(3);
    const [web, api] = ['web', 'api'].map(app => new Workload(mesh, app, { labels: { app }, namespace: 'shop' }));
    web.connections.allowTo(api, [Port.tcp(80)], { allClusters: true });
    const toPorts = [{ ports: [{ port: '80', protocol: 'TCP' }] }];
    const peer = (app: string) => ({
      matchLabels: { app, [NAMESPACE]: 'shop' },
      matchExpressions: [{ key: CLUSTER, operator: 'Exists' }],
    });
    expect(policies(mesh, 'b').map(({ spec }) => spec)).toEqual([
      { endpointSelector: { matchLabels: { app: 'web' } }, egress: [{ toEndpoints: [peer('api')], toPorts }] },
      { endpointSelector: { matchLabels: { app: 'api' } }, ingress: [{ fromEndpoints: [peer('web')], toPorts }] },
    ]);
  });

  test('a policy for some of the clusters names them', () => {
    const mesh = meshOf(3);
    const [web, api] = ['web', 'api'].map(app => new Workload(mesh, app, { labels: { app } }));
    new CrossClusterAllow(mesh, 'talk', {
      sources: [web],
      destinations: [api.inClusters(mesh.cluster('a'), mesh.cluster('b'))],
      ports: [Port.tcp(80)],
      allClusters: true,
    });
    const [egress] = policies(mesh, 'c');
    expect(egress.spec.egress[0].toEndpoints[0].matchExpressions).toEqual([
      { key: CLUSTER, operator: 'In', values: ['a', 'b'] },
    ]);
    const [, ingress] = policies(mesh, 'a');
    expect(ingress.spec.ingress[0].fromEndpoints[0].matchExpressions).toEqual([{ key: CLUSTER, operator: 'Exists' }]);
  });

  test('the policies of a service do not grow with the clusters', () => {
    const size = (count: number) => {
      const mesh = meshOf(count);
      const api = new Workload(mesh, 'api', { labels: { app: 'api' } });
      const service = new GlobalService(mesh, 'service', { workload: api, ports: [{ port: 80 }] });
      new Workload(mesh, 'web', { labels: { app: 'web' } }).connections.allowTo(service, undefined, {
        allClusters: true,
      });
      return JSON.stringify(policies(mesh, 'a')).length;
    };
    expect(size(12)).toBe(size(2));
  });
});

describe('nodes', () => {
  const settings = { helmValues: { nodeSelectorLabels: true } };

  test('are named by their labels and clusters', () => {
    const mesh = meshOf(2, settings);
    const db = new Workload(mesh.cluster('b'), 'db', { labels: { app: 'db' } });
    const selector = Selector.of({ labels: { role: 'backup' }, expressions: [LabelExpression.exists('disk')] });
    db.connections.allowFrom(Peer.nodes(selector, { clusters: [mesh.cluster('a')] }), [Port.tcp(5432)]);
    db.connections.denyTo(Peer.nodes(Selector.all()), [Port.all()]);
    const found = policies(mesh, 'b');
    expect(found.flatMap(crdErrors)).toEqual([]);
    expect(found.map(({ metadata, spec }) => [metadata.name, spec])).toEqual([
      [
        'nodes-role-backup-disk-to-db-tcp-5432-ingress',
        {
          endpointSelector: { matchLabels: { app: 'db' } },
          ingress: [
            {
              fromNodes: [
                {
                  matchLabels: { role: 'backup', [CLUSTER]: 'a' },
                  matchExpressions: [{ key: 'disk', operator: 'Exists' }],
                },
              ],
              toPorts: [{ ports: [{ port: '5432', protocol: 'TCP' }] }],
            },
          ],
        },
      ],
      [
        'db-not-to-nodes-all-egress',
        {
          endpointSelector: { matchLabels: { app: 'db' } },
          enableDefaultDeny: { egress: false },
          egressDeny: [{ toNodes: [{ matchExpressions: [{ key: CLUSTER, operator: 'In', values: ['a', 'b'] }] }] }],
        },
      ],
    ]);
    expect(policies(mesh, 'a')).toEqual([]);
  });

  test('of another mesh, and of no cluster, are refused', () => {
    const mesh = meshOf(2, settings);
    const other = meshOf(3, settings);
    const db = new Workload(mesh, 'db', { labels: { app: 'db' } });
    db.connections.allowFrom(Peer.nodes(Selector.all(), { clusters: [other.cluster('c')] }), [Port.tcp(1)]);
    expect(faultsOf(() => mesh.synth())).toEqual([
      {
        code: 'cluster-of-other-mesh',
        path: 'db/nodes-to-db-tcp-1.nodes',
        message: 'the cluster belongs to another mesh',
        got: 'c',
        allowed: 'a, b',
        fix: 'name a peer of this mesh',
      },
    ]);
    expect(faultsOf(() => Peer.nodes(Selector.all(), { clusters: [] }))).toEqual([
      {
        code: 'clusters-empty',
        path: 'Peer',
        message: 'the list of clusters is empty',
        got: '[]',
        allowed: 'at least one cluster',
        fix: 'correct the peer',
      },
    ]);
  });
});

test('objects name the default namespace of the mesh, and constructs in a chart that of the chart', () => {
  const mesh = meshOf(2, {}, {}, { defaultNamespace: 'shop' });
  const workload = new Workload(mesh, 'web', { labels: { app: 'web' } });
  new GlobalService(mesh, 'service', { workload, ports: [{ port: 80 }] });
  const found = objectsByCluster(mesh).get('b')!;
  expect(found.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([['Service', 'shop']]);
  workload.connections.allowInternally([Port.tcp(80)]);
  expect(policies(mesh, 'a').map(({ metadata }) => metadata.namespace)).toEqual(['shop', 'shop']);
});

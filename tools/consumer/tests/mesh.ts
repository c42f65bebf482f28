// The mesh that the tests of a user are about.
import { ApiObject } from 'cdk8s';
import { ClusterMesh, DefaultDenyPolicy, Port, Workload } from 'cdk8s-cilium-mesh';

/** Clusters a and b with an api each, and a client in a, which may call both. */
export function ourMesh(): ClusterMesh {
  const mesh = new ClusterMesh({
    clusters: [
      { name: 'a', id: 1, podCidrs: ['10.1.0.0/16'] },
      { name: 'b', id: 2, podCidrs: ['10.2.0.0/16'] },
    ],
  });
  for (const [cluster, name] of [['a', 'client'], ['a', 'api'], ['b', 'api']]) {
    new ApiObject(mesh.cluster(cluster), `${name}-pods`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: name } },
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name, image: name, ports: [{ containerPort: 80 }] }] },
        },
      },
    });
  }
  const client = new Workload(mesh, 'client', { labels: { app: 'client' }, clusters: [mesh.cluster('a')] });
  client.connections.allowTo(new Workload(mesh, 'api', { labels: { app: 'api' } }), [Port.tcp(80)]);
  new DefaultDenyPolicy(mesh, 'default-deny');
  return mesh;
}

// A user's program in a folder of its own. tools/consumer/check.sh installs the packed package beside it and runs it.
import { ApiObject } from 'cdk8s';
import { cilium, ClusterMesh, DefaultDenyPolicy, GlobalService, Workload } from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

class Api extends Construct {
  public readonly service: GlobalService;

  constructor(scope: ClusterMesh, id: string) {
    super(scope, id);
    const labels = { app: id };
    const pods = Workload.fromApiObjects(
      this,
      'pods',
      scope.clusters.map(
        cluster =>
          new ApiObject(cluster.scopeFor(this), 'deployment', {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: id },
            spec: {
              selector: { matchLabels: labels },
              template: { metadata: { labels }, spec: { containers: [{ name: id, image: 'nginx:1.27.1' }] } },
            },
          }),
      ),
      id,
    );
    this.service = new GlobalService(this, 'service', { name: id, workload: pods, ports: [{ port: 80 }] });
  }
}

const mesh = new ClusterMesh({
  clusters: [
    { name: 'a', id: 1, podCidrs: ['10.1.0.0/16'] },
    { name: 'b', id: 2, podCidrs: ['10.2.0.0/16'] },
  ],
});
const client = new Workload(mesh, 'client', { labels: { app: 'client' }, clusters: [mesh.cluster('a')] });
client.connections.allowTo(new Api(mesh, 'api').service);
new DefaultDenyPolicy(mesh, 'default-deny');
new cilium.CiliumCidrGroup(mesh.cluster('a'), 'offices', {
  metadata: { name: 'offices' },
  spec: { externalCidRs: ['192.0.2.0/24'] },
});
new cilium.CiliumNetworkPolicy(mesh.cluster('a'), 'api-requests', {
  metadata: { name: 'api-requests' },
  spec: {
    endpointSelector: { matchLabels: { app: 'api' } },
    ingress: [
      {
        fromEndpoints: [{ matchLabels: { app: 'client' } }],
        toPorts: [
          {
            ports: [{ port: '80', protocol: cilium.CiliumNetworkPolicySpecIngressToPortsPortsProtocol.TCP }],
            rules: { http: [{ path: '/items/[0-9]+' }] },
          },
        ],
      },
    ],
  },
});
mesh.synth();

/**
 * The mesh that test/consumers describes in each language; tools/consumer/languages.sh compares what they write.
 */
import * as fs from 'fs';
import { ApiObject, JsonPatch } from 'cdk8s';
import {
  Affinity,
  cilium,
  ClusterMesh,
  ClusterMeshProps,
  Connectivity,
  CrossClusterAllow,
  CrossClusterDeny,
  DefaultDenyPolicy,
  DnsAccess,
  Entity,
  Fault,
  GlobalService,
  IpamMode,
  LabelExpression,
  MeshNamespace,
  PatchStage,
  Peer,
  Port,
  Protocol,
  RebelBaseApp,
  Selector,
  Workload,
} from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';

/** The clients of the lab, in all clusters: Deployments of the app, and the pods that policies refer to. */
class XWing extends Construct {
  public readonly workload: Workload;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const labels = { name: id };
    const containers = [{ image: 'docker.io/cilium/json-mock:1.2', name: id }];
    for (const cluster of ClusterMesh.enclosing(this).clusters) {
      const deployment = new ApiObject(cluster.scopeFor(this), 'deployment', {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: id },
      });
      const template = { metadata: { labels }, spec: { containers } };
      const spec = { replicas: 2, selector: { matchLabels: labels }, template };
      deployment.addJsonPatch(JsonPatch.add('/spec', spec));
    }
    this.workload = new Workload(this, 'pods', { name: id, labels });
  }
}

/** A construct of the app: pods of one application behind a service, which a list of others may reach. */
class Shop extends Construct {
  public readonly workload: Workload;
  public readonly service: GlobalService;

  constructor(scope: Construct, id: string, clients: readonly Workload[]) {
    super(scope, id);
    this.workload = new Workload(this, 'pods', { name: id, namespace: 'shop', labels: { app: id } });
    this.service = new GlobalService(this, 'service', {
      name: id,
      namespace: 'shop',
      workload: this.workload,
      ports: [{ port: 80, targetPort: 8080, protocol: Protocol.TCP }],
      annotations: { 'example.org/owner': 'shop' },
      perCluster: { tion: { affinity: Affinity.REMOTE } },
    });
    for (const client of clients) {
      client.connections.allowTo(this.service, undefined, { http: [{ method: 'GET', path: '/v1/.*' }] });
    }
  }
}

function props(tionId: number): ClusterMeshProps {
  return {
    defaults: { ipamMode: IpamMode.KUBERNETES, helmValues: { debug: { enabled: true } } },
    clusters: [
      {
        name: 'koornacht',
        id: 1,
        podCidrs: ['10.1.0.0/16'],
        serviceCidrs: ['172.20.1.0/24'],
        kind: { portMappings: [{ containerPort: 31234, hostPort: 31234 }] },
        hubble: { ui: true, relayNodePort: 31234 },
      },
      { name: 'tion', id: tionId, podCidrs: ['10.2.0.0/16'], serviceCidrs: ['172.20.2.0/24'], kind: {} },
    ],
  };
}

function lines(faults: readonly Fault[]): string[] {
  return faults.map(({ code, path, got, allowed, fix }) => `${code} at ${path}: ${got}; ${allowed}; ${fix}`);
}

const mesh = new ClusterMesh(props(2));
const koornacht = mesh.cluster('koornacht');

// the lab
const rebelBase = new RebelBaseApp(mesh, 'rebel-base', {
  isGlobal: true,
  perCluster: {
    koornacht: { planet: 'N\'Zoth', replicas: 3, shared: false, affinity: Affinity.LOCAL },
    tion: { planet: 'Foran Tutha' },
  },
});
const xWing = new XWing(mesh, 'x-wing');
new DefaultDenyPolicy(mesh, 'default-deny', { dns: DnsAccess.UDP });
const pilots = xWing.workload.inClusters(koornacht);
pilots.connections.allowTo(rebelBase.service, undefined, { name: 'x-wing-to-rebel-base' });

// a construct of the app
new MeshNamespace(mesh, 'shop', { labels: { team: 'shop' } });
const vip = new Workload(mesh, 'vip', {
  namespace: 'shop',
  selector: Selector.of({
    labels: { app: 'web' },
    expressions: [LabelExpression.isIn('tier', ['gold', 'silver'])],
  }),
});
const cart = new Shop(mesh, 'cart', [vip]);

// what else policies can say
cart.workload.connections.allowFrom(Peer.entity(Entity.INGRESS), [Port.tcp(8080)], { name: 'ingress-to-cart' });
cart.workload.connections.allowInternally([Port.tcp(7946), Port.udp(7946)], { name: 'cart-gossip' });
xWing.workload.connections.allowTo(
  Peer.cidr('192.0.2.0/24', { exceptCidrs: ['192.0.2.128/25'] }),
  [Port.tcpRange(8000, 8010)],
  { name: 'out' },
);
new CrossClusterAllow(mesh, 'x-wing-to-cart', {
  sources: [xWing.workload],
  destinations: [cart.service],
  ports: [Port.tcp(8080)],
  defaultDenyEgress: false,
});
new CrossClusterDeny(mesh, 'no-ssh', {
  sources: [xWing.workload],
  destinations: [cart.workload],
  ports: [Port.tcp(22)],
});

// an object of a CRD of Cilium, and patches of what others own
new cilium.CiliumCidrGroup(koornacht, 'offices', {
  metadata: { name: 'offices' },
  spec: { externalCidRs: ['192.0.2.0/24'] },
});
const nodeSelector = { 'io.cilium/aws-node-enabled': 'true' };
koornacht.addPatch({
  kind: 'DaemonSet',
  namespace: 'kube-system',
  name: 'aws-node',
  patch: { spec: { template: { spec: { nodeSelector } } } },
  stage: PatchStage.BEFORE_INSTALL,
});

mesh.synth();

// verdicts
const connectivity = Connectivity.of(mesh);
const answers = [
  ['default/x-wing@koornacht', 'svc/shop/cart', 'TCP/80'],
  ['default/x-wing@tion', 'shop/cart@koornacht', 'TCP/8080'],
].map(([source, destination, port]) => connectivity.ask(source, destination, { port }).explanation);
const findings = connectivity.findings().map(({ code, severity, message }) => `${severity} ${code}: ${message}`);

// refusals as data: of a mesh that cannot be created, and of one that cannot be written
const refused = ClusterMesh.check(props(1));
const wrong = new ClusterMesh(props(2));
new DefaultDenyPolicy(wrong, 'default-deny', { name: 'Default Deny' });
fs.writeFileSync('answers.txt', [...answers, ...findings, ...lines(refused), ...lines(wrong.faults()), ''].join('\n'));

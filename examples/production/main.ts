/**
 * A mesh as a company runs one: five clusters in three regions, several teams with namespaces of their own, default
 * deny everywhere, HTTP rules, shared services, and egress to the world.
 *
 *     npm run synth -- production [standard | host-firewall]
 */
import {
  Affinity,
  cilium,
  CidrGroup,
  ClusterMesh,
  CrossClusterDeny,
  DefaultDenyPolicy,
  DnsAccess,
  Encryption,
  Entity,
  GlobalService,
  IpamMode,
  MeshNamespace,
  Peer,
  Port,
  RoutingMode,
  Selector,
  Workload,
} from 'cdk8s-cilium-mesh';
import { Construct } from 'constructs';
import { Service } from './service';
import { readArguments } from '../arguments';

const { variant, ciliumVersion } = readArguments(['standard', 'host-firewall']);

const region = (name: string, id: number) => ({
  name,
  id,
  podCidrs: [`10.${id}.0.0/16`],
  serviceCidrs: [`172.20.${id}.0/24`],
  nodeCidrs: [`192.168.${id}.0/24`],
  context: name,
});

const mesh = new ClusterMesh({
  defaults: {
    ciliumVersion,
    ipamMode: IpamMode.CLUSTER_POOL,
    routingMode: RoutingMode.NATIVE,
    ipv4NativeRoutingCidr: '10.0.0.0/8',
    encryption: Encryption.WIREGUARD,
    kubeProxyReplacement: true,
    apiserver: { replicas: 2, serviceAnnotations: { 'networking.gke.io/load-balancer-type': 'Internal' } },
    hubble: { relay: true },
    helmValues: { clustermesh: { cacheTTL: '15m' } },
  },
  clusters: [
    region('eu-west', 1),
    region('eu-north', 2),
    region('us-east', 3),
    region('us-west', 4),
    {
      ...region('shared', 5),
      ...(variant === 'host-firewall' ? { helmValues: { hostFirewall: { enabled: true } } } : {}),
    },
  ],
});
const regions = ['eu-west', 'eu-north', 'us-east', 'us-west'].map(name => mesh.cluster(name));
const shared = mesh.cluster('shared');

const namespaces = new Construct(mesh, 'namespaces');
for (const name of ['shop', 'payments', 'observability']) {
  new MeshNamespace(namespaces, name, { labels: { team: name } });
}
new DefaultDenyPolicy(mesh, 'default-deny', {
  clusterwide: true,
  exceptNamespaces: ['kube-system'],
  dns: DnsAccess.UDP_AND_TCP,
});

// The shop runs in every region; its storefront calls the cart of the nearest one.
const storefront = new Service(mesh, 'storefront', {
  namespace: 'shop',
  image: 'registry.example.com/shop/storefront:4.2.0',
  port: 8080,
  clusters: regions,
});
const cart = new Service(mesh, 'cart', {
  namespace: 'shop',
  image: 'registry.example.com/shop/cart:2.0.1',
  port: 8080,
  clusters: regions,
});
const cartService = new GlobalService(mesh, 'cart-service', {
  name: 'cart',
  namespace: 'shop',
  workload: cart.workload,
  ports: [{ port: 80, targetPort: 8080 }],
  affinity: Affinity.LOCAL,
  clusters: regions,
});
storefront.workload.connections.allowTo(cartService, undefined, {
  http: [{ method: 'GET|POST|DELETE', path: '/v1/carts/.*' }],
});

// The world reaches the storefront through the ingress of its cluster.
storefront.workload.connections.allowFrom(Peer.entity(Entity.INGRESS), [Port.tcp(8080)]);

// Payments are a service of the shared cluster, used from every region, and talk to the bank.
const payments = new Service(mesh, 'payments', {
  namespace: 'payments',
  image: 'registry.example.com/payments/api:1.7.3',
  port: 8443,
  clusters: [shared],
});
const paymentsService = new GlobalService(mesh, 'payments-service', {
  name: 'payments',
  namespace: 'payments',
  workload: payments.workload,
  ports: [{ name: 'https', port: 443, targetPort: 8443 }],
});
cart.workload.connections.allowTo(paymentsService);
payments.workload.connections.allowTo(Peer.fqdn('api.bank.example'), [Port.tcp(443)]);
payments.workload.connections.allowTo(
  new CidrGroup(mesh, 'bank-networks', { cidrs: ['192.0.2.0/24', '198.51.100.0/24'], clusters: [shared] }),
  [Port.tcp(443)],
);

// Its database keeps to itself: replicas talk to each other, and payments to them.
const database = new Service(mesh, 'ledger', {
  namespace: 'payments',
  image: 'registry.example.com/payments/ledger:16.4',
  port: 5432,
  clusters: [shared],
});
database.workload.connections.allowInternally([Port.tcp(5432)], { name: 'ledger-replication' });
database.workload.connections.allowFrom(payments.workload, [Port.tcp(5432)]);

// One Prometheus in the shared cluster scrapes every pod of the mesh, and no other pods may.
const prometheus = new Service(mesh, 'prometheus', {
  namespace: 'observability',
  image: 'quay.io/prometheus/prometheus:v3.1.0',
  port: 9090,
  clusters: [shared],
});
const everything = new Workload(mesh, 'everything', { selector: Selector.all(), allNamespaces: true });
prometheus.workload.connections.allowTo(everything, [Port.tcpRange(9090, 9099)], {
  name: 'scrape',
  defaultDenyIngress: false,
});

// Whatever the teams allow: the shop never reaches the ledger.
new CrossClusterDeny(mesh, 'shop-never-reaches-ledger', {
  sources: [new Workload(mesh, 'all-of-shop', { selector: Selector.all(), namespace: 'shop', clusters: regions })],
  destinations: [database.workload],
  ports: [Port.all()],
});

// With the host firewall, policies decide about the nodes too: here other nodes and the office reach those of `shared`.
if (variant === 'host-firewall') {
  const { REMOTE_HYPHEN_NODE, HEALTH } = cilium.CiliumClusterwideNetworkPolicySpecIngressFromEntities;
  const { TCP } = cilium.CiliumClusterwideNetworkPolicySpecIngressToPortsPortsProtocol;
  new cilium.CiliumClusterwideNetworkPolicy(shared, 'nodes', {
    metadata: { name: 'nodes' },
    spec: {
      nodeSelector: {},
      ingress: [
        { fromEntities: [REMOTE_HYPHEN_NODE, HEALTH] },
        { fromCidr: ['203.0.113.0/24'], toPorts: [{ ports: [{ port: '6443', protocol: TCP }] }] },
      ],
    },
  });
}

mesh.synth();

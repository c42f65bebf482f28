/**
 * Every refusal of the constructs, tripped; refusals.yaml says what each case is refused for. Those of the mesh model
 * are in test/model/refusals.
 */
import { readFileSync } from 'fs';
import { join } from 'path';
import { ApiObject, ApiObjectProps, App, Chart, JsonPatch, Lazy, Testing } from 'cdk8s';
import { Construct } from 'constructs';
import { parse } from 'yaml';
import {
  Affinity,
  ArgoCdApplicationSet,
  ArgoCdApplicationSetProps,
  CidrGroup,
  cilium,
  Cluster,
  ClusterMesh,
  CrossClusterAllow,
  CrossClusterAllowProps,
  CrossClusterDeny,
  DefaultDenyPolicy,
  DefaultDenyPolicyProps,
  DenyDirection,
  DnsAccess,
  Entity,
  ExposedType,
  ExternalEtcdMesh,
  FluxKustomizations,
  GlobalService,
  GlobalServiceFlavor,
  GlobalServiceProps,
  LabelExpression,
  LoadBalancingAlgorithm,
  Mesh,
  MeshNamespace,
  OutputLayout,
  Peer,
  Port,
  Protocol,
  RebelBaseApp,
  Selector,
  ServiceReference,
  ServiceType,
  Workload,
} from '../../src';
import { CONSTRUCT_CODES } from '../../src/diagnostics/codes/constructs';
import { Fault } from '../../src/diagnostics/fault';
import { codesOf, faultsOf, locatedFaultsOf, meshOf, temporaryFolder } from '../support/mesh';

const allow = (props: Partial<CrossClusterAllowProps>, mesh = meshOf()) => {
  const pods = new Workload(mesh, 'pods', { labels: { app: 'x' } });
  return new CrossClusterAllow(mesh, 'p', { sources: [pods], destinations: [pods], ports: [Port.tcp(80)], ...props });
};
const service = (props: Partial<GlobalServiceProps>, mesh = meshOf()) =>
  new GlobalService(mesh, 'web', { selector: { app: 'web' }, ports: [{ port: 80 }], ...props });
const argoCd = (props: Partial<ArgoCdApplicationSetProps>) => {
  const mesh = meshOf(2, {}, {}, { layout: OutputLayout.FOLDERS });
  return new ArgoCdApplicationSet(mesh.cluster('a'), 'argo', {
    mesh,
    repoUrl: 'https://example.org/mesh.git',
    path: 'dist',
    ...props,
  });
};
const meshInto = (outdir: string) => new ClusterMesh({ clusters: CLUSTERS, outdir });
const workload = (props: object, mesh = meshOf()) => new Workload(mesh, 'pods', props);
const own = (mesh: ClusterMesh, spec: object) =>
  new ApiObject(mesh.cluster('a'), 'own', {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'own', namespace: 'default' },
    spec,
  } as object as ApiObjectProps);
const deny = (props: DefaultDenyPolicyProps) => new DefaultDenyPolicy(meshOf(), 'p', props);
const etcd = (version: string, etcdAddresses: { [cluster: string]: string[] }) =>
  new ExternalEtcdMesh(meshOf(2, { ciliumVersion: version }), 'etcd', { etcdAddresses });
const CLUSTERS = ['a', 'b'].map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] }));
const throwing = () => {
  throw new Error('not known yet');
};
const newApp = () => new App({ outdir: 'out' });
const inApp = (prepare: (app: App) => void) => {
  const root = newApp();
  prepare(root);
  return root;
};
const old = () => meshOf(2, { ciliumVersion: '1.15.19' });
const any = (value: unknown) => value as any;

/** The whole faults of each case, in order. */
const EXPECTED: { readonly [what: string]: readonly Fault[] } = parse(
  readFileSync(join(__dirname, 'refusals.yaml'), 'utf8'),
);

const CASES: ReadonlyArray<readonly [what: string, run: () => unknown]> = [
  // Port
  ['a port of 0', () => Port.tcp(0)],
  ['a port of 8.5', () => Port.udp(8.5)],
  ['a port of 65536', () => Port.sctp(65536)],
  ['a range that ends before it begins', () => Port.tcpRange(8080, 80)],
  ['a named port in upper case', () => Port.named('HTTP')],
  ['a named port of digits', () => Port.named('80')],
  ['a named port of 16 characters', () => Port.named('a234567890123456')],
  ['a protocol that is none', () => Port.named('http', any('tcp'))],
  ['an ICMP type of 256', () => Port.icmp(256)],
  ['ICMPv4 type 0, which Cilium takes for all', () => Port.icmp(0)],

  // Selector
  ['a label key with two slashes', () => Selector.labels({ 'a/b/c': 'x' })],
  ['a label value with a blank', () => Selector.labels({ name: 'x wing!' })],
  ['the cluster as a label', () => Selector.labels({ 'io.cilium.k8s.policy.cluster': 'a' })],
  ['the namespace as a label', () => Selector.labels({ 'io.kubernetes.pod.namespace': 'a' })],
  ['a label that Cilium filters', () => Selector.labels({ 'pod-template-hash': 'x' })],
  ['In without values', () => Selector.of({ expressions: [LabelExpression.isIn('app', [])] })],
  [
    'a selector that no pod matches',
    () =>
      Selector.of({
        labels: { tier: 'a' },
        expressions: [LabelExpression.isIn('app', ['x', 'y']), LabelExpression.isNotIn('app', ['y', 'x'])],
      }),
  ],
  [
    'a label that must exist and must not',
    () => Selector.of({ expressions: [LabelExpression.exists('app'), LabelExpression.doesNotExist('app')] }),
  ],
  [
    'all faults of a selector at once',
    () =>
      Selector.of({ labels: { 'a b': 'x', 'controller-uid': 'y' }, expressions: [LabelExpression.isIn('app', ['z?'])] }),
  ],

  // Peer
  ['an entity that is none', () => Peer.entity(any('everyone'))],
  ['no entity', () => Peer.entity(any(undefined))],
  ['a CIDR with host bits', () => Peer.cidr('192.0.2.1/24')],
  ['a CIDR that is none', () => Peer.cidr('everywhere')],
  ['an exception outside of its CIDR', () => Peer.cidr('192.0.2.0/24', { exceptCidrs: ['10.0.0.0/8'] })],
  ['a CIDR group without a name', () => Peer.cidrGroup('')],
  ['a DNS name with a wildcard', () => Peer.fqdn('*.example.org')],
  ['a DNS name with an empty label', () => Peer.fqdn('example..org')],
  ['a DNS pattern with a blank', () => Peer.fqdnPattern('a b$')],

  ['an empty list of exceptions of a CIDR', () => Peer.cidr('192.0.2.0/24', { exceptCidrs: [] })],
  ['exceptions of all addresses', () => Peer.cidr('192.0.2.0/24', { exceptCidrs: ['192.0.2.0/25', '192.0.2.128/25'] })],
  ['an empty list of labels', () => Selector.labels({})],
  ['an empty list of expressions', () => Selector.of({ labels: { a: 'b' }, expressions: [] })],
  ['a selector of nothing', () => Selector.of({})],

  // Workload
  ['a workload without labels', () => workload({})],
  ['a workload with no labels', () => workload({ labels: {} })],
  ['labels and a selector', () => workload({ labels: { a: 'b' }, selector: Selector.all() })],
  ['a namespace that is none', () => workload({ labels: { a: 'b' }, namespace: 'My Team' })],
  ['one namespace and all', () => workload({ labels: { a: 'b' }, namespace: 'x', allNamespaces: true })],
  ['a namespace label that is none', () => workload({ labels: { a: 'b' }, namespaceLabels: { 'a b': 'c' } })],
  ['a filtered label, with where', () => workload({ labels: { 'pod-template-hash': 'c' } })],
  ['an empty list of namespace labels', () => workload({ labels: { a: 'b' }, namespaceLabels: {} })],
  [
    'a namespace label that is too long for identities',
    () => workload({ labels: { a: 'b' }, namespaceLabels: { ['k'.repeat(33)]: 'c' } }),
  ],
  ['a service account that is none', () => workload({ labels: { a: 'b' }, serviceAccount: 'My SA' })],
  ['an empty list of clusters', () => workload({ labels: { a: 'b' }, clusters: [] })],
  ['a cluster of another mesh', () => workload({ labels: { a: 'b' }, clusters: [meshOf().cluster('a')] })],
  [
    'a cluster other than the one of creation',
    () => {
      const mesh = meshOf();
      return new Workload(mesh.cluster('a'), 'pods', { labels: { a: 'b' }, clusters: [mesh.cluster('b')] });
    },
  ],
  ['objects that are none', () => Workload.fromApiObjects(meshOf(), 'pods', [any(undefined)])],
  ['an object without pods', () => {
    const mesh = meshOf();
    const object = new ApiObject(mesh.cluster('a'), 'x', { apiVersion: 'v1', kind: 'ConfigMap' });
    return Workload.fromApiObjects(mesh, 'pods', [object]);
  }],
  ['no objects', () => Workload.fromApiObjects(meshOf(), 'pods', [])],
  [
    'objects of no cluster',
    () =>
      Workload.fromApiObjects(meshOf(), 'pods', [
        new ApiObject(Testing.chart(), 'pod', { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 'b' } } }),
      ]),
  ],

  // CrossClusterAllow and CrossClusterDeny
  ['no sources', () => allow({ sources: [] })],
  ['no destinations', () => allow({ destinations: [] })],
  [
    'both sides left out by a program without types',
    () => new CrossClusterAllow(meshOf(), 'p', any({ ports: [Port.all()] })),
  ],
  ['a peer that is none', () => allow({ sources: [any('x-wing')] })],
  ['no ports', () => allow({ ports: undefined })],
  ['an empty list of ports', () => allow({ ports: [] })],
  [
    'a source that is a service',
    () => {
      const mesh = meshOf();
      return allow({ sources: [service({}, mesh)] }, mesh);
    },
  ],
  ['a source that is a DNS name', () => allow({ sources: [Peer.fqdn('example.org')] })],
  [
    'no pods of the mesh on either side',
    () => allow({ sources: [Peer.entity(Entity.WORLD)], destinations: [Peer.cidr('192.0.2.0/24')] }),
  ],
  [
    'flows of one cluster with the world',
    () => allow({ sameCluster: true, destinations: [Peer.entity(Entity.WORLD)] }),
  ],
  [
    'flows of one cluster to a global service',
    () => {
      const mesh = meshOf();
      return allow({ sameCluster: true, destinations: [service({}, mesh)] }, mesh);
    },
  ],
  [
    'flows of one cluster between pods of different clusters',
    () => {
      const mesh = meshOf();
      const [a, b] = mesh.clusters;
      const pods = (id: string, clusters: Cluster[]) => new Workload(mesh, id, { labels: { app: id }, clusters });
      return allow({ sameCluster: true, sources: [pods('api', [a])], destinations: [pods('db', [b])] }, mesh);
    },
  ],
  [
    'a service without known backends',
    () => {
      const mesh = meshOf();
      return allow({ destinations: [service({ selector: undefined }, mesh)] }, mesh);
    },
  ],
  ['a workload of another mesh', () => allow({ destinations: [workload({ labels: { a: 'b' } })] })],
  ['every port and one more', () => allow({ ports: [Port.all(), Port.tcp(80)] })],
  ['an empty list of HTTP rules', () => allow({ http: [] })],
  ['an empty HTTP rule', () => allow({ http: [{}] })],
  ['an empty list of headers', () => allow({ http: [{ method: 'GET', headers: [] }] })],
  ['an empty list of DNS rules', () => allow({ ports: [Port.udp(53)], dns: [] })],
  [
    'DNS rules of a source outside of the mesh',
    () => allow({ sources: [Peer.cidr('192.0.2.0/24')], ports: [Port.udp(53)], dns: [{ matchPattern: '*' }] }),
  ],
  ['a port name of addresses', () => allow({ destinations: [Peer.cidr('192.0.2.0/24')], ports: [Port.named('http')] })],
  [
    'a port name on egress of an older version',
    () => allow({ ports: [Port.named('http')] }, meshOf(2, { ciliumVersion: '1.19.3' })),
  ],
  [
    'HTTP rules on a range in Cilium 1.16',
    () => allow({ ports: [Port.tcpRange(80, 90)], http: [{ method: 'GET' }] }, meshOf(2, { ciliumVersion: '1.16.19' })),
  ],
  [
    'a label key that is too long for an older version',
    () => {
      const mesh = meshOf(2, { ciliumVersion: '1.19.3' });
      return allow({ sources: [new Workload(mesh, 'web', { labels: { ['k'.repeat(60)]: 'yes' } })] }, mesh);
    },
  ],
  ['a CIDR group by its name in an older version', () => allow({ sources: [Peer.cidrGroup('corp')] }, old())],
  [
    'a CIDR group of another cluster',
    () => {
      const mesh = meshOf();
      return allow({ sources: [new CidrGroup(mesh.cluster('a'), 'corp', { cidrs: ['192.0.2.0/24'] })] }, mesh);
    },
  ],
  [
    'a service that the source cannot reach',
    () => {
      const mesh = meshOf();
      const sources = [new Workload(mesh.cluster('a'), 'web', { labels: { app: 'web' } })];
      return allow({ sources, destinations: [service({ clusters: [mesh.cluster('b')] }, mesh)] }, mesh);
    },
  ],
  [
    'a service by a label outside of identities as a peer',
    () => {
      const mesh = meshOf();
      const selector = { 'statefulset.kubernetes.io/pod-name': 'db-0' };
      return allow({ destinations: [service({ selector }, mesh)] }, mesh);
    },
  ],
  [
    'flows between other clusters than the one of creation',
    () => {
      const mesh = meshOf();
      const [from, to] = ['web', 'db'].map(app => new Workload(mesh, app, { labels: { app } }));
      return new CrossClusterDeny(mesh.cluster('a'), 'no', { sources: [from], destinations: [to], ports: [Port.tcp(80)] });
    },
  ],
  [
    'a policy of its own that Cilium refuses',
    () => {
      const mesh = meshOf();
      const spec = { endpointSelector: {}, ingress: [{ toPorts: [{ ports: [{ port: 'not a port' }] }] }] };
      own(mesh, spec);
      mesh.synth();
    },
  ],
  [
    'a policy of its own without rules',
    () => {
      const mesh = meshOf(2, { ciliumVersion: '1.16.19' });
      own(mesh, { endpointSelector: {}, enableDefaultDeny: { ingress: false } });
      mesh.synth();
    },
  ],
  ['sources of an IP family that no pod has', () => allow({ sources: [Peer.cidr('2001:db8::/32')] })],
  [
    'destinations of an IP family that no pod has',
    () => allow({ destinations: [Peer.cidr('2001:db8:1::/48'), Peer.cidr('2001:db8:2::/48')] }),
  ],
  [
    'a statement that a patch makes untrue',
    () => {
      const mesh = meshOf();
      allow({}, mesh).policies[0].addJsonPatch(JsonPatch.remove('/spec/egress/0/toPorts'));
      mesh.synth();
    },
  ],
  ['HTTP rules on UDP', () => allow({ ports: [Port.udp(80)], http: [{ method: 'GET' }] })],
  ['HTTP rules on every port', () => allow({ ports: [Port.all()], http: [{ method: 'GET' }] })],
  ['DNS rules on a range', () => allow({ ports: [Port.udpRange(53, 54)], dns: [{ matchPattern: '*' }] })],
  ['HTTP and DNS rules', () => allow({ http: [{ method: 'GET' }], dns: [{ matchPattern: '*' }] })],
  [
    'headers that are none',
    () =>
      allow({
        http: [{ headers: [{ name: 'X-Team blue' }, { name: '', value: 'a' }, { name: 'X-Team', value: '' }] }],
      }),
  ],
  ['empty parts of a request', () => allow({ http: [{ method: 'GET', path: '', host: '' }] })],
  ['a regular expression that is none', () => allow({ http: [{ path: '/([' }] })],
  ['a regular expression that RE2 does not know', () => allow({ http: [{ path: '/(?=x)' }] })],
  [
    'regular expressions that Go does not accept',
    () => allow({ http: ['a{1001}', '[[:foo:]]', '\\Z', '[a-\\d]', '\\p{Letter}', '\ud800'].map(path => ({ path })) }),
  ],
  [
    'a DNS rule with name and pattern',
    () => allow({ ports: [Port.udp(53)], dns: [{ matchName: 'a', matchPattern: 'b' }] }),
  ],
  ['a DNS rule without either', () => allow({ ports: [Port.udp(53)], dns: [{}] })],
  ['an authentication mode that is none', () => allow({ authentication: any('sometimes') })],
  ['names that are none', () => allow({ egressName: 'A', ingressName: 'b_c' })],
  [
    'an id from which no names can come, which is one mistake',
    () => {
      const mesh = meshOf();
      const pods = workload({ labels: { a: 'b' } }, mesh);
      const props = { sources: [pods], destinations: [pods], ports: [Port.tcp(80)] };
      new CrossClusterAllow(mesh, 'Web To Api', props);
      new CrossClusterDeny(mesh, 'Not Web', { ...props, ingressName: 'not web' });
      return mesh;
    },
  ],
  ['a range in a cluster that does not know ranges', () => allow({ ports: [Port.tcpRange(1, 2)] }, old())],
  ['default deny left off where Cilium cannot', () => allow({ defaultDenyEgress: false }, old())],
  [
    'the entity cluster-mesh before 1.20',
    () => allow({ sources: [Peer.entity(Entity.CLUSTER_MESH)] }, meshOf(2, { ciliumVersion: '1.19.1' })),
  ],
  [
    'a denial by DNS name',
    () => {
      const mesh = meshOf();
      return new CrossClusterDeny(mesh, 'p', {
        sources: [workload({ labels: { a: 'b' } }, mesh)],
        destinations: [Peer.fqdn('example.org')],
        ports: [Port.all()],
      });
    },
  ],
  ['everything at once', () => allow({ sources: [], ports: [], egressName: 'A', ingressName: 'B' })],

  // DefaultDenyPolicy
  ['a name that is none', () => deny({ name: 'Default Deny' })],
  ['a namespace that is none, for a policy', () => deny({ namespace: 'a.b' })],
  ['a clusterwide policy in a namespace', () => deny({ clusterwide: true, namespace: 'a' })],
  ['an excepted namespace that is none', () => deny({ clusterwide: true, exceptNamespaces: ['Kube-System'] })],
  ['an empty list of excepted namespaces', () => deny({ clusterwide: true, exceptNamespaces: [] })],
  ['an empty list of exceptions', () => deny({ exceptions: [] })],
  ['DNS servers that are none', () => deny({ dnsNamespace: 'Kube System', dnsLabels: { 'a b': 'c' } })],
  ['namespaces excepted of one', () => deny({ exceptNamespaces: ['a'] })],
  ['DNS without egress', () => deny({ direction: DenyDirection.INGRESS, dns: DnsAccess.UDP })],
  ['DNS servers without labels', () => deny({ dnsLabels: {} })],
  ['an exception of everything', () => deny({ exceptions: [Selector.all()] })],
  [
    'exceptions of all selected pods',
    () => deny({ selector: Selector.labels({ app: 'x' }), exceptions: [Selector.labels({ app: 'x' })] }),
  ],
  ['DNS servers without DNS', () => deny({ dns: DnsAccess.NONE, dnsLabels: { app: 'dns' }, dnsNamespace: 'dns' })],
  [
    'the cluster of DNS servers without egress',
    () => deny({ direction: DenyDirection.INGRESS, dnsClusterLabel: false }),
  ],
  [
    'exceptions that multiply',
    () =>
      deny({
        exceptions: Array.from({ length: 4 }, (_, index) =>
          Selector.labels({ [`a${index}`]: '1', [`b${index}`]: '1', [`c${index}`]: '1' }),
        ),
      }),
  ],
  ['a direction that is none', () => deny({ direction: any('sideways'), dns: any('tcp') })],

  // GlobalService
  ['a name that begins with a digit', () => service({ name: '1web' })],
  ['a namespace that is none, for a service', () => service({ namespace: 'A' })],
  ['a service without ports', () => service({ ports: [] })],
  ['ports out of range', () => service({ ports: [{ port: 0, targetPort: 99999 }] })],
  ['two target ports', () => service({ ports: [{ port: 80, targetPort: 80, targetPortName: 'http' }] })],
  ['a port of any protocol', () => service({ ports: [{ port: 80, protocol: Protocol.ANY }] })],
  ['several ports without names', () => service({ ports: [{ port: 80 }, { port: 443 }] })],
  [
    'two ports of one name',
    () =>
      service({
        ports: [
          { name: 'a', port: 80 },
          { name: 'a', port: 443 },
        ],
      }),
  ],
  [
    'a selector and a workload',
    () => {
      const mesh = meshOf();
      return service({ workload: workload({ labels: { app: 'web' } }, mesh) }, mesh);
    },
  ],
  ['an empty selector', () => service({ selector: {} })],
  [
    'a workload that a Service cannot select',
    () => {
      const mesh = meshOf();
      return service(
        {
          selector: undefined,
          workload: workload({ selector: Selector.of({ expressions: [LabelExpression.exists('a')] }) }, mesh),
        },
        mesh,
      );
    },
  ],
  [
    'a workload of another namespace',
    () => {
      const mesh = meshOf();
      return service({ selector: undefined, workload: workload({ labels: { a: 'b' }, namespace: 'other' }, mesh) }, mesh);
    },
  ],
  [
    'backends where the service is not',
    () => {
      const mesh = meshOf(3);
      return service({ clusters: [mesh.cluster('a'), mesh.cluster('b')], backendClusters: [mesh.cluster('c')] }, mesh);
    },
  ],
  ['an empty list of backend clusters', () => service({ backendClusters: [] })],
  ['a selector that is none', () => service({ selector: { 'a b': 'c', 'app': 'my app' } })],
  [
    'names and protocol of a port that are none',
    () => service({ ports: [{ port: 80, name: 'My_Port', targetPortName: 'HTTP', protocol: any('tcp') }] }),
  ],
  [
    'a workload with a service account',
    () => {
      const mesh = meshOf();
      const pods = new Workload(mesh, 'pods', { labels: { app: 'x' }, serviceAccount: 'db' });
      return service({ selector: undefined, workload: pods }, mesh);
    },
  ],
  ['node ports of a Service without them', () => service({ ports: [{ port: 80, nodePort: 30080 }] })],
  [
    'ports of one number',
    () =>
      service({
        serviceType: ServiceType.NODE_PORT,
        ports: [
          { name: 'a', port: 80, nodePort: 30080 },
          { name: 'b', port: 80, nodePort: 30080 },
          { name: 'c', port: 80, nodePort: 30080, protocol: Protocol.UDP },
        ],
      }),
  ],
  [
    'labels and annotations that are none',
    () =>
      service({
        labels: { 'a b': 'c' },
        annotations: { 'a b': 'c', 'Example.org/team': 'd' },
        perCluster: { a: { annotations: { 'x/y/z': '' } } },
      }),
  ],
  ['an invalid selector of nodes', () => service({ nodeSelector: 'tier=edge,zone in (a' })],
  ['a node port of a Service that has none', () => service({ exposedType: ExposedType.NODE_PORT })],
  [
    'annotations that an older version does not know',
    () =>
      service(
        { endpointSliceSync: false, loadBalancingAlgorithm: LoadBalancingAlgorithm.MAGLEV },
        meshOf(2, { ciliumVersion: '1.16.19' }),
      ),
  ],
  [
    'a workload of another mesh behind a service',
    () => service({ selector: undefined, workload: workload({ labels: { app: 'web' } }) }),
  ],
  ['a headless load balancer', () => service({ headless: true, serviceType: ServiceType.LOAD_BALANCER })],
  [
    'a policy for a headless service whose pods have other ports',
    () => {
      const mesh = meshOf();
      const web = new GlobalService(mesh, 'web', {
        selector: { app: 'web' },
        headless: true,
        ports: [{ port: 80, targetPortName: 'http' }],
      });
      new Workload(mesh, 'client', { labels: { app: 'client' } }).connections.allowTo(web);
      return mesh;
    },
  ],
  [
    'all clusters where none are named',
    () => {
      const mesh = meshOf(3);
      const [web, db] = ['web', 'db'].map(app => new Workload(mesh, app, { labels: { app } }));
      const [a, b] = mesh.clusters;
      web.connections.allowTo(db, [Port.tcp(80)], { allClusters: true });
      return web.inClusters(a).connections.allowTo(db.inClusters(b), [Port.tcp(80)], { allClusters: true });
    },
  ],
  [
    'nodes where Cilium does not know their labels',
    () => {
      const mesh = meshOf();
      const web = new Workload(mesh.cluster('a'), 'web', { labels: { app: 'web' } });
      return web.connections.allowFrom(Peer.nodes(Selector.labels({ role: 'backup' })), [Port.tcp(80)]);
    },
  ],
  [
    'gitops that cannot work',
    () => {
      const mesh = meshOf();
      return new ArgoCdApplicationSet(mesh.cluster('a'), 'argo', {
        mesh,
        repoUrl: '',
        path: '/srv/dist',
        clusterNames: { c: 'lyon' },
        clusterLabels: {},
        automated: false,
        prune: true,
      });
    },
  ],
  [
    'an ApplicationSet in no cluster',
    () => {
      const mesh = meshOf(2, {}, {}, { layout: OutputLayout.FOLDERS });
      return new ArgoCdApplicationSet(mesh, 'argo', { mesh, repoUrl: 'https://example.org/mesh.git', path: 'dist' });
    },
  ],
  [
    'Flux without access to a cluster',
    () => {
      const mesh = meshOf(2, {}, {}, { layout: OutputLayout.FOLDERS });
      new FluxKustomizations(mesh.cluster('a'), 'flux', { mesh, repository: 'm', path: 'dist', interval: '10 minutes' });
      const kubeConfigSecrets = { b: 'b' };
      return new FluxKustomizations(mesh, 'flux', { mesh, repository: 'My Repository', path: 'dist', kubeConfigSecrets });
    },
  ],
  [
    'Kustomizations that wait for themselves',
    () => {
      const mesh = meshOf(2, {}, {}, { layout: OutputLayout.FOLDERS });
      new FluxKustomizations(mesh, 'none', { mesh, repository: 'm', path: 'dist', dependsOn: [] });
      return new FluxKustomizations(mesh, 'flux', { mesh, repository: 'm', path: '.', dependsOn: ['cilium', 'flux-b'] });
    },
  ],
  [
    'clusters that share a kubeconfig',
    () => {
      const mesh = meshOf(3, {}, {}, { layout: OutputLayout.FOLDERS });
      const kubeConfigSecrets = { b: 'other', c: 'other' };
      return new FluxKustomizations(mesh.cluster('a'), 'flux', { mesh, repository: 'm', path: 'dist', kubeConfigSecrets });
    },
  ],
  [
    'objects without a namespace for Flux',
    () => {
      const mesh = meshOf(2, {}, {}, { layout: OutputLayout.FOLDERS });
      new FluxKustomizations(mesh, 'flux', { mesh, repository: 'm', path: 'dist' });
      new DefaultDenyPolicy(mesh, 'deny');
      new CidrGroup(mesh, 'group', { cidrs: ['192.0.2.0/24'] });
      return service({ namespace: 'shop' }, mesh);
    },
  ],
  [
    'names in Argo CD that are none',
    () =>
      argoCd({
        project: 'My Project',
        targetRevision: '',
        namespace: 'argo.cd',
        clusterLabels: { 'a b': 'c' },
      }),
  ],
  [
    'a cluster of Argo CD without a name',
    () => argoCd({ clusterNames: { a: 'in-cluster', b: '' } }),
  ],
  [
    'one cluster of Argo CD for two of the mesh',
    () => argoCd({ clusterNames: { a: 'prod', b: 'prod' } }),
  ],
  [
    'Services of other constructs that Cilium does not merge',
    () => {
      const mesh = meshOf();
      const [a, b] = mesh.clusters;
      const written = (scope: Construct, name: string, namespace?: string) =>
        new ApiObject(scope, name, {
          ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace } },
          ...{ spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
        });
      const [web, second, other] = [written(a, 'web'), written(a, 'web-2'), written(b, 'web', 'shop')];
      const perCluster = { b: { shared: false } };
      GlobalService.fromApiObjects(mesh, 'one', [web, second], { isGlobal: false, shared: true, perCluster });
      return GlobalService.fromApiObjects(mesh, 'two', [second, other]);
    },
  ],
  ['shared without global', () => service({ isGlobal: false, shared: true })],
  ['affinity without global', () => service({ affinity: Affinity.LOCAL, perCluster: { b: { isGlobal: false } } })],
  ['an affinity that is none', () => service({ affinity: any('nearby') })],
  ['a type and a flavor that are none', () => service({ serviceType: any('Nodeport'), flavor: any('mcs') })],
  ["Cilium's annotations written by hand", () => service({ annotations: { 'service.cilium.io/globl': 'true' } })],
  ['an annotation that is no text', () => service({ perCluster: { a: { annotations: { x: any(true) } } } })],
  ['EndpointSlices where the cluster does not write them', () => service({ endpointSliceSync: true })],
  [
    'annotations that an old Cilium does not know',
    () => service({ loadBalancingAlgorithm: LoadBalancingAlgorithm.MAGLEV }, old()),
  ],
  ['an export where the API is off', () => service({ flavor: GlobalServiceFlavor.MCS_API })],
  [
    'exports that differ',
    () =>
      service(
        { flavor: GlobalServiceFlavor.MCS_API, perCluster: { b: { affinity: Affinity.LOCAL } } },
        meshOf(2, { mcsApi: true }),
      ),
  ],
  ['settings of an unknown cluster', () => service({ perCluster: { aa: { shared: false } } })],
  [
    'the Service of a cluster that has none',
    () => {
      const mesh = meshOf();
      return service({ clusters: [mesh.cluster('a')] }, mesh).serviceIn(mesh.cluster('b'));
    },
  ],

  // ServiceReference
  [
    'a reference without selector and ports',
    () => new ServiceReference(meshOf(), 'svc', { selector: {}, podPorts: [], namespace: 'A' }),
  ],
  [
    'objects that are no Services',
    () => {
      const mesh = meshOf();
      const selector = { app: 'x' };
      return ServiceReference.fromApiObjects(mesh, 'svc', [
        any(undefined),
        new ApiObject(mesh.cluster('a'), 'pod', { apiVersion: 'v1', kind: 'Pod' }),
        new ApiObject(mesh.cluster('a'), 'svc', { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } }),
        new ApiObject(Testing.chart(), 'svc', {
          apiVersion: 'v1',
          kind: 'Service',
          spec: { selector, ports: [{ port: 80 }] },
        }),
      ]);
    },
  ],
  ['no Services', () => ServiceReference.fromApiObjects(meshOf(), 'svc', [])],

  ['replicas that are none', () => new RebelBaseApp(meshOf(), 'app', { planet: 'x', replicas: 1.5, perCluster: { b: { replicas: -1 } } })],

  // values of programs without types
  ['numbers instead of ports', () => allow({ ports: any([8080, '443']) })],
  ['a port instead of a list', () => allow({ ports: any(Port.tcp(80)) })],
  ['a port with keys of another language', () => service({ ports: [any({ port: 80, target_port: 8080 })] })],
  ['a property with a typing error', () => workload({ label: { app: 'x' } })],
  ['names of clusters instead of clusters', () => workload({ labels: { app: 'x' }, clusters: ['a', null] })],
  ['labels instead of a selector', () => deny({ exceptions: [any({ app: 'x' })] })],
  ['numbers and booleans as labels', () => workload({ labels: { app: 1, tier: true, zone: null } })],
  ['properties that are none', () => new Workload(meshOf(), 'pods', any('web'))],
  ['a value that cdk8s knows later', () => service({ name: any(Lazy.any({ produce: () => 'web' })) })],
  ['a number as a name', () => service({ name: any(Number.NaN) })],
  [
    'arguments of connections that are none',
    () => {
      const mesh = meshOf();
      const pods = new Workload(mesh, 'pods', { labels: { app: 'x' } });
      pods.connections.allowTo(any(undefined), [Port.tcp(80)]);
      pods.connections.denyTo(pods, any([8080]));
      pods.connections.allowFrom(pods, any(8080), any({ nam: 'x', http: {} }));
      pods.connections.allowInternally(any(null), any(5));
      return mesh;
    },
  ],
  ['a scope that is none', () => new Workload(any(undefined), 'pods', { labels: { app: 'x' } })],
  [
    'an id that another construct has',
    () => {
      const mesh = meshOf();
      new MeshNamespace(mesh, 'shop');
      return new DefaultDenyPolicy(mesh, 'shop');
    },
  ],
  [
    'two statements about the same flows',
    () => {
      const mesh = meshOf();
      const pods = new Workload(mesh, 'pods', { labels: { app: 'x' } });
      pods.connections.allowInternally([Port.tcp(80)]);
      pods.connections.allowInternally([Port.tcp(80)], { http: [{ method: 'GET' }] });
      pods.connections.denyFrom(pods, []);
      pods.connections.denyFrom(pods);
      return mesh;
    },
  ],
  ['an id that is none', () => new Workload(meshOf(), any(5), { labels: { app: 'x' } })],
  ['an empty id', () => new Workload(meshOf(), '', { labels: { app: 'x' } })],
  [
    'an id that a tree cannot hold, from the name of a flow',
    () => {
      const pods = new Workload(meshOf(), 'pods', { labels: { app: 'x' } });
      return pods.connections.allowInternally([Port.tcp(80)], { name: '__proto__' });
    },
  ],
  ['an expression without a list of values', () => LabelExpression.isIn('app', any('web'))],
  ['properties of a mesh that are none', () => new ClusterMesh(any({ cluster: [], outdir: 5, verify: 'no' }))],
  ['no properties of a mesh', () => new ClusterMesh(any(undefined))],
  ['a construct outside of a mesh', () => new Workload(new Construct(any(undefined), ''), 'pods', { labels: { app: 'x' } })],

  [
    'application protocols that are no names',
    () =>
      service({
        ports: ['', 'a\nb', 'x'.repeat(64), 'kubernetes.io/h2c'].map((appProtocol, index) => ({
          port: 80 + index,
          name: `p${index}`,
          appProtocol,
        })),
      }),
  ],
  ['an output folder that is a file', () => meshInto('package.json')],
  ['an output folder below a file', () => meshInto('package.json/dist')],
  ['an output folder with a name that is too long', () => meshInto('x'.repeat(300))],

  // the others
  ['a namespace that is none, to create', () => new MeshNamespace(meshOf(), 'n', { name: 'N' })],
  [
    'a namespace with labels and annotations that are none',
    () =>
      new MeshNamespace(meshOf(), 'n', {
        labels: { team: 'a b' },
        annotations: { 'a b': 'c', 'clustermesh.cilium.io/global': 'false' },
      }),
  ],
  [
    'a global namespace before 1.20',
    () => new MeshNamespace(meshOf(2, { ciliumVersion: '1.19.0' }), 'n', { isGlobal: true }),
  ],
  ['a CIDR group of nothing', () => new CidrGroup(meshOf(), 'g', { cidrs: [] })],
  ['a CIDR group with an empty name', () => new CidrGroup(meshOf(), 'g', { name: '', cidrs: ['192.0.2.0/24'] })],
  ['a workload with an empty name', () => new Workload(meshOf(), 'w', { name: '', labels: { app: 'w' } })],
  [
    'objects with names that no API server takes',
    () => {
      const a = meshOf().cluster('a');
      new ApiObject(a, 'empty', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '' } });
      new ApiObject(a, 'blank', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'my app' } });
      new ApiObject(a, 'number', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: any(1) } });
      new ApiObject(a, 'nowhere', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', namespace: 'My Shop' } });
      const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole' };
      new ApiObject(a, 'path', { ...rbac, metadata: { name: 'system/node' } });
      new ApiObject(a, 'role', { ...rbac, metadata: { name: 'system:node' } });
      return new cilium.CiliumCidrGroup(a, 'group', { metadata: { name: '' }, spec: { externalCidRs: ['192.0.2.0/24'] } });
    },
  ],
  ['a CIDR group whose id is no name', () => new CidrGroup(meshOf(), 'offices/paris', { cidrs: ['192.0.2.0/24'] })],
  [
    'a reference to a Service with labels that no pod has',
    () =>
      new ServiceReference(meshOf(), 'web', { selector: { '': 'web', 'app': 'a b' }, podPorts: [Port.tcp(80)] }),
  ],
  [
    'a statement with a name that its policies cannot have',
    () => {
      const pods = new Workload(meshOf(), 'pods', { labels: { app: 'x' } });
      return pods.connections.allowInternally([Port.tcp(80)], { name: 'pods/gossip' });
    },
  ],
  [
    'values within each other without end',
    () => {
      const deep = Array.from({ length: 20_000 }).reduce<object>(value => ({ in: value }), {});
      const cluster = meshOf().cluster('a');
      cluster.addUpgradeValues({ deep });
      return cluster;
    },
  ],
  ['a CIDR group with faults', () => new CidrGroup(meshOf(), 'g', { name: 'G', cidrs: ['10.0.0.0/8', '10.0.0.1/8'] })],
  ['an unknown planet', () => new RebelBaseApp(meshOf(), 'app')],
  ['an etcd for a Cilium that needs none', () => etcd('1.20.2', { a: ['192.0.2.1'], b: ['192.0.2.2'] })],
  [
    'an etcd without addresses, and one of an unknown cluster',
    () => etcd('1.9.5', { a: ['192.0.2.1'], c: ['192.0.2.2'] }),
  ],
  [
    'an etcd at a name, and a DaemonSet with a name that none has',
    () =>
      new ExternalEtcdMesh(meshOf(2, { ciliumVersion: '1.9.5' }), 'etcd', {
        etcdAddresses: { a: ['192.0.2.1', 'nlb.example.org'], b: ['2001:db8::1'] },
        parkedDaemonSets: ['aws-node', ''],
      }),
  ],
  ['a cluster that the mesh has not', () => meshOf().cluster('c')],
  ['a construct in no mesh', () => new DefaultDenyPolicy(Testing.chart(), 'p')],
  [
    'an object without a possible name',
    () => new ApiObject(meshOf().cluster('a'), '-', { apiVersion: 'v1', kind: 'ConfigMap' }),
  ],
  ['a mesh outside of an App', () => new Mesh(new Construct(any(undefined), 'root'), 'mesh', { clusters: CLUSTERS })],
  ['a mesh in a mesh', () => new Mesh(meshOf().cluster('a'), 'mesh', { clusters: CLUSTERS })],
  [
    'a mesh in an App with properties of wrong types',
    () => new Mesh(newApp(), 'mesh', { clusters: CLUSTERS, outdir: any(1), unknown: 1 } as any),
  ],
  [
    'a mesh in an App whose clusters cannot work',
    () => new Mesh(newApp(), 'mesh', { clusters: [CLUSTERS[0], { ...CLUSTERS[1], podCidrs: ['10.0.0.0/33'] }] }),
  ],
  [
    'two meshes in one folder',
    () => inApp(root => ['one', 'other'].forEach(id => new Mesh(root, id, { clusters: CLUSTERS }))),
  ],
  [
    'a chart with the name of a cluster',
    () =>
      inApp(root => {
        new Chart(root, 'a');
        new Mesh(root, 'mesh', { clusters: CLUSTERS });
      }),
  ],
  [
    'a construct with an error',
    () => {
      const mesh = meshOf();
      mesh.cluster('b').node.addValidation({ validate: () => ['the disk is too small'] });
      return mesh;
    },
  ],
  [
    'objects that depend on each other',
    () => {
      const mesh = meshOf();
      const [one, other] = ['one', 'other'].map(
        id => new ApiObject(mesh.cluster('a'), id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id } }),
      );
      one.addDependency(other);
      other.addDependency(one);
      return mesh;
    },
  ],
  [
    'a kustomization.yaml in the layout FLAT',
    () => new ClusterMesh({ clusters: CLUSTERS, outdir: 'out', kustomizations: true }),
  ],
  [
    'files of the mesh in the folder of a cluster',
    () =>
      new Mesh(newApp(), 'mesh', {
        clusters: CLUSTERS,
        outdir: 'out',
        layout: OutputLayout.FOLDERS,
        meshOutdir: 'out/a/mesh',
      }),
  ],
  [
    'a chart in no cluster',
    () => {
      const mesh = meshOf();
      new Chart(mesh, 'stray');
      mesh.synth();
    },
  ],
  [
    'an object in no cluster',
    () => {
      const mesh = meshOf();
      new MeshNamespace(mesh, 'n', { name: 'N' });
      const scope = new Construct(mesh, 'team');
      return new ApiObject(scope, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } });
    },
  ],
  [
    'two objects of one name',
    () => {
      const mesh = meshOf();
      for (const id of ['one', 'two']) {
        new ApiObject(mesh.cluster('a'), id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'same' } });
      }
      mesh.synth();
    },
  ],
  [
    'two patches of one object',
    () => {
      const cluster = meshOf().cluster('a');
      const patch = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy', patch: {} };
      cluster.addPatch(patch);
      cluster.addPatch(patch);
      return cluster;
    },
  ],
  [
    'a patch and values that no file can hold',
    () => {
      const cluster = meshOf().cluster('a');
      const patch: { [key: string]: unknown } = { spec: { replicas: Number.NaN } };
      patch.self = patch;
      cluster.addPatch({ kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy', patch });
      cluster.addUpgradeValues({ debug: () => true, since: new Date(0) });
      return cluster;
    },
  ],
  [
    'objects that no file can hold',
    () => {
      const mesh = meshOf();
      const circular: { self?: object } = {};
      circular.self = circular;
      const lazy = Lazy.any({ produce: throwing });
      const values = { circular, date: new Date(0), number: Number.NaN, big: 10n, lazy };
      for (const [id, value] of Object.entries(values)) {
        const props: object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: id }, data: { value } };
        new ApiObject(mesh.cluster('a'), id, props as ApiObjectProps);
      }
      new Workload(mesh, 'pods', { labels: any({ app: 5 }) });
      mesh.synth();
    },
  ],
  [
    'patches of objects that cannot exist',
    () => {
      const cluster = meshOf().cluster('a');
      cluster.addPatch({ kind: '', namespace: 'Kube System', name: '../x', patch: {} });
      cluster.addPatch({ kind: 'ClusterRole', namespace: 'default', name: 'system:coredns', patch: {} });
      return cluster;
    },
  ],
  [
    'two sets of values for an upgrade',
    () => {
      const cluster = meshOf().cluster('a');
      cluster.addUpgradeValues({ a: 1 });
      cluster.addUpgradeValues({ a: 1 });
      return cluster;
    },
  ],
];

test.each(CASES)('%s', (what, run) => {
  expect(faultsOf(run)).toEqual(EXPECTED[what]);
});

test('every refusal of the catalogue is tripped above', () => {
  const tripped = new Set(Object.values(EXPECTED).flatMap(faults => faults.map(({ code }) => code)));
  expect(Object.keys(CONSTRUCT_CODES).filter(code => !tripped.has(code))).toEqual([]);
});

test('nothing is expected of a case that does not exist', () => {
  expect(Object.keys(EXPECTED).sort()).toEqual(CASES.map(([what]) => what).sort());
});

test('verify: false writes what is untrue', () => {
  const mesh = new ClusterMesh({
    outdir: temporaryFolder(),
    verify: false,
    clusters: ['a', 'b'].map((name, index) => ({ name, id: index + 1, podCidrs: [`10.${index + 1}.0.0/16`] })),
  });
  allow({}, mesh).policies[0].addJsonPatch(JsonPatch.remove('/spec/egress/0/toPorts'));
  expect(() => mesh.synth()).not.toThrow();
});

test('a fault that is found at synth has the line that created the construct', () => {
  const mesh = meshOf();
  allow({}, mesh).policies[0].addJsonPatch(JsonPatch.remove('/spec/egress/0/toPorts'));
  const [{ code, location }] = locatedFaultsOf(() => mesh);
  expect(code).toBe('statement-untrue');
  // the line in `allow`, and not that of synth()
  expect(location).toMatch(/^test\/constructs\/refusals\.test\.ts:5\d$/);
});

test('a fault says where in the construct tree', () => {
  expect(faultsOf(() => service({ name: 'A' }))[0].path).toBe('web.name');
  expect(faultsOf(() => workload({ labels: { 'pod-template-hash': 'x' } }))[0].path).toBe('pods.labels');
  expect(codesOf(() => ClusterMesh.enclosing(Testing.chart()))).toEqual(['no-mesh']);
});

test.each(['\\101', '(?-i)a', '\\Qa{1001}\\E', '(?P<n>a)(?<m>b)', '[[:]', 'a{,2}'])(
  'the regular expression %j is accepted',
  path => {
    expect(() => allow({ http: [{ path }] })).not.toThrow();
  },
);

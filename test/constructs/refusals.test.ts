/** Every refusal of the constructs, tripped. Those of the mesh model are in test/model/refusals. */
import { ApiObject, Chart, Testing } from 'cdk8s';
import {
  Affinity, CidrGroup, ClusterMesh, CrossClusterAllow, CrossClusterAllowProps, CrossClusterDeny, DefaultDenyPolicy, DefaultDenyPolicyProps, DenyDirection, DnsAccess, Entity,
  ExternalEtcdMesh, GlobalService, GlobalServiceFlavor, GlobalServiceProps, LabelExpression, LoadBalancingAlgorithm, MeshNamespace, Peer, Port, Protocol, RebelBaseApp,
  Selector, ServiceReference, ServiceType, Workload,
} from '../../src';
import { CONSTRUCT_CODES } from '../../src/diagnostics/codes/constructs';
import { codesOf, faultsOf, meshOf } from '../support/mesh';

const allow = (props: Partial<CrossClusterAllowProps>, mesh = meshOf()) => {
  const pods = new Workload(mesh, 'pods', { labels: { app: 'x' } });
  return new CrossClusterAllow(mesh, 'p', { sources: [pods], destinations: [pods], ports: [Port.tcp(80)], ...props });
};
const service = (props: Partial<GlobalServiceProps>, mesh = meshOf()) => new GlobalService(mesh, 'web', { selector: { app: 'web' }, ports: [{ port: 80 }], ...props });
const workload = (props: object, mesh = meshOf()) => new Workload(mesh, 'pods', props);
const deny = (props: DefaultDenyPolicyProps) => new DefaultDenyPolicy(meshOf(), 'p', props);
const etcd = (version: string, etcdAddresses: { [cluster: string]: string[] }) => new ExternalEtcdMesh(meshOf(2, { ciliumVersion: version }), 'etcd', { etcdAddresses });
const old = () => meshOf(2, { ciliumVersion: '1.15.19' });
const any = (value: unknown) => value as any;

const CASES: ReadonlyArray<readonly [what: string, codes: string[], run: () => unknown]> = [
  // Port
  ['a port of 0', ['port-invalid'], () => Port.tcp(0)],
  ['a port of 8.5', ['port-invalid'], () => Port.udp(8.5)],
  ['a port of 65536', ['port-invalid'], () => Port.sctp(65536)],
  ['a range that ends before it begins', ['port-range-reversed'], () => Port.tcpRange(8080, 80)],
  ['a named port in upper case', ['port-name-invalid'], () => Port.named('HTTP')],
  ['a named port of digits', ['port-name-invalid'], () => Port.named('80')],
  ['a named port of 16 characters', ['port-name-invalid'], () => Port.named('a234567890123456')],
  ['a protocol that is none', ['value-unknown'], () => Port.named('http', any('tcp'))],
  ['an ICMP type of 256', ['icmp-type-invalid'], () => Port.icmp(256)],
  ['ICMPv4 type 0, which Cilium takes for all', ['icmp-type-zero'], () => Port.icmp(0)],

  // Selector
  ['a label key with two slashes', ['label-key-invalid'], () => Selector.labels({ 'a/b/c': 'x' })],
  ['a label value with a blank', ['label-value-invalid'], () => Selector.labels({ name: 'x wing!' })],
  ['the cluster as a label', ['selector-label-reserved'], () => Selector.labels({ 'io.cilium.k8s.policy.cluster': 'a' })],
  ['the namespace as a label', ['selector-label-reserved'], () => Selector.labels({ 'io.kubernetes.pod.namespace': 'a' })],
  ['a label that Cilium filters', ['selector-label-filtered'], () => Selector.labels({ 'pod-template-hash': 'x' })],
  ['In without values', ['selector-values-missing'], () => Selector.of({ expressions: [LabelExpression.in('app', [])] })],
  ['all faults of a selector at once', ['label-key-invalid', 'selector-label-filtered', 'label-value-invalid'],
    () => Selector.of({ labels: { 'a b': 'x', 'controller-uid': 'y' }, expressions: [LabelExpression.in('app', ['z?'])] })],

  // Peer
  ['an entity that is none', ['value-unknown'], () => Peer.entity(any('everyone'))],
  ['no entity', ['value-unknown'], () => Peer.entity(any(undefined))],
  ['a CIDR with host bits', ['cidr-invalid'], () => Peer.cidr('192.0.2.1/24')],
  ['a CIDR that is none', ['cidr-invalid'], () => Peer.cidr('everywhere')],
  ['an exception outside of its CIDR', ['cidr-except-outside'], () => Peer.cidr('192.0.2.0/24', { except: ['10.0.0.0/8'] })],
  ['a CIDR group without a name', ['cidr-group-name-invalid'], () => Peer.cidrGroup('')],
  ['a DNS name with a wildcard', ['fqdn-invalid'], () => Peer.fqdn('*.example.org')],
  ['a DNS name with an empty label', ['fqdn-invalid'], () => Peer.fqdn('example..org')],
  ['a DNS pattern with a blank', ['fqdn-invalid'], () => Peer.fqdnPattern('a b$')],

  // Workload
  ['a workload without labels', ['selector-missing'], () => workload({})],
  ['a workload with no labels', ['selector-missing'], () => workload({ labels: {} })],
  ['labels and a selector', ['selector-twice'], () => workload({ labels: { a: 'b' }, selector: Selector.all() })],
  ['a namespace that is none', ['namespace-invalid'], () => workload({ labels: { a: 'b' }, namespace: 'My Team' })],
  ['one namespace and all', ['namespace-twice'], () => workload({ labels: { a: 'b' }, namespace: 'x', allNamespaces: true })],
  ['a namespace label that is none', ['label-invalid'], () => workload({ labels: { a: 'b' }, namespaceLabels: { 'a b': 'c' } })],
  ['a filtered label, with where', ['selector-label-filtered'], () => workload({ labels: { 'pod-template-hash': 'c' } })],
  ['clusters of nobody', ['clusters-empty'], () => workload({ labels: { a: 'b' }, clusters: [] })],
  ['a cluster of another mesh', ['cluster-unknown'], () => workload({ labels: { a: 'b' }, clusters: [meshOf().cluster('a')] })],
  ['a cluster other than the one of creation', ['cluster-unknown'], () => {
    const mesh = meshOf();
    new Workload(mesh.cluster('a'), 'pods', { labels: { a: 'b' }, clusters: [mesh.cluster('b')] });
  }],
  ['objects that are none', ['workload-object'], () => Workload.fromApiObjects(meshOf(), 'pods', [any(undefined)])],
  ['no objects', ['workload-empty'], () => Workload.fromApiObjects(meshOf(), 'pods', [])],
  ['objects of no cluster', ['object-in-no-cluster'], () => Workload.fromApiObjects(meshOf(), 'pods', [
    new ApiObject(Testing.chart(), 'pod', { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 'b' } } }),
  ])],

  // CrossClusterAllow and CrossClusterDeny
  ['no sources', ['side-empty'], () => allow({ sources: [] })],
  ['no destinations', ['side-empty'], () => allow({ destinations: [] })],
  ['both sides left out by a program without types', ['side-empty', 'side-empty'], () => new CrossClusterAllow(meshOf(), 'p', any({ ports: [Port.all()] }))],
  ['a peer that is none', ['peer-missing'], () => allow({ sources: [any('x-wing')] })],
  ['no ports', ['ports-missing'], () => allow({ ports: undefined })],
  ['an empty list of ports', ['ports-missing'], () => allow({ ports: [] })],
  ['a source that is a service', ['source-service'], () => {
    const mesh = meshOf();
    allow({ sources: [service({}, mesh)] }, mesh);
  }],
  ['a source that is a DNS name', ['source-fqdn'], () => allow({ sources: [Peer.fqdn('example.org')] })],
  ['nobody of the mesh on either side', ['no-endpoints'], () => allow({ sources: [Peer.entity(Entity.WORLD)], destinations: [Peer.cidr('192.0.2.0/24')] })],
  ['a service without known backends', ['peer-nowhere'], () => {
    const mesh = meshOf();
    allow({ destinations: [service({ selector: undefined }, mesh)] }, mesh);
  }],
  ['a workload of another mesh', ['cluster-of-other-mesh', 'cluster-of-other-mesh'], () => allow({ destinations: [workload({ labels: { a: 'b' } })] })],
  ['every port and one more', ['ports-all-mixed'], () => allow({ ports: [Port.all(), Port.tcp(80)] })],
  ['HTTP rules on UDP', ['http-port'], () => allow({ ports: [Port.udp(80)], http: [{}] })],
  ['HTTP rules on every port', ['http-port'], () => allow({ ports: [Port.all()], http: [{}] })],
  ['DNS rules on a range', ['dns-port'], () => allow({ ports: [Port.udpRange(53, 54)], dns: [{ matchPattern: '*' }] })],
  ['HTTP and DNS rules', ['l7-mixed'], () => allow({ http: [{}], dns: [{ matchPattern: '*' }] })],
  ['a regular expression that is none', ['http-regex-invalid'], () => allow({ http: [{ path: '/([' }] })],
  ['a regular expression that RE2 does not know', ['http-regex-invalid'], () => allow({ http: [{ path: '/(?=x)' }] })],
  ['regular expressions that Go does not accept', Array(6).fill('http-regex-invalid'),
    () => allow({ http: ['a{1001}', '[[:foo:]]', '\\Z', '[a-\\d]', '\\p{Letter}', '\ud800'].map(path => ({ path })) })],
  ['a DNS rule with name and pattern', ['dns-rule-invalid'], () => allow({ ports: [Port.udp(53)], dns: [{ matchName: 'a', matchPattern: 'b' }] })],
  ['a DNS rule without either', ['dns-rule-invalid'], () => allow({ ports: [Port.udp(53)], dns: [{}] })],
  ['an authentication mode that is none', ['value-unknown'], () => allow({ authentication: any('sometimes') })],
  ['names that are none', ['object-name-invalid', 'object-name-invalid'], () => allow({ egressName: 'A', ingressName: 'b_c' })],
  ['a range in a cluster that does not know ranges', ['feature-unknown-to-version', 'feature-unknown-to-version', 'feature-unknown-to-version', 'feature-unknown-to-version'],
    () => allow({ ports: [Port.tcpRange(1, 2)] }, old())],
  ['default deny left off where Cilium cannot', ['feature-unknown-to-version', 'feature-unknown-to-version'], () => allow({ defaultDenyEgress: false }, old())],
  ['the entity cluster-mesh before 1.20', ['feature-unknown-to-version', 'feature-unknown-to-version'],
    () => allow({ sources: [Peer.entity(Entity.CLUSTER_MESH)] }, meshOf(2, { ciliumVersion: '1.19.1' }))],
  ['a denial by DNS name', ['deny-fqdn'], () => {
    const mesh = meshOf();
    new CrossClusterDeny(mesh, 'p', { sources: [workload({ labels: { a: 'b' } }, mesh)], destinations: [Peer.fqdn('example.org')], ports: [Port.all()] });
  }],
  ['everything at once', ['side-empty', 'ports-missing', 'object-name-invalid', 'object-name-invalid'],
    () => allow({ sources: [], ports: [], egressName: 'A', ingressName: 'B' })],

  // DefaultDenyPolicy
  ['a name that is none', ['object-name-invalid'], () => deny({ name: 'Default Deny' })],
  ['a namespace that is none, for a policy', ['namespace-invalid'], () => deny({ namespace: 'a.b' })],
  ['a clusterwide policy in a namespace', ['namespace-twice'], () => deny({ clusterwide: true, namespace: 'a' })],
  ['namespaces excepted of one', ['except-namespaces'], () => deny({ exceptNamespaces: ['a'] })],
  ['DNS without egress', ['dns-without-egress'], () => deny({ direction: DenyDirection.INGRESS, dns: DnsAccess.UDP })],
  ['DNS servers without labels', ['selector-missing'], () => deny({ dnsLabels: {} })],
  ['an exception of everything', ['exceptions-all'], () => deny({ exceptions: [Selector.all()] })],
  ['exceptions that multiply', ['exceptions-too-many'],
    () => deny({ exceptions: Array.from({ length: 4 }, (_, index) => Selector.labels({ [`a${index}`]: '1', [`b${index}`]: '1', [`c${index}`]: '1' })) })],
  ['a direction that is none', ['value-unknown', 'value-unknown'], () => deny({ direction: any('sideways'), dns: any('tcp') })],

  // GlobalService
  ['a name that begins with a digit', ['service-name-invalid'], () => service({ name: '1web' })],
  ['a namespace that is none, for a service', ['namespace-invalid'], () => service({ namespace: 'A' })],
  ['a service without ports', ['ports-missing'], () => service({ ports: [] })],
  ['ports out of range', ['port-invalid', 'port-invalid'], () => service({ ports: [{ port: 0, targetPort: 99999 }] })],
  ['two target ports', ['target-port-twice'], () => service({ ports: [{ port: 80, targetPort: 80, targetPortName: 'http' }] })],
  ['a port of any protocol', ['service-protocol'], () => service({ ports: [{ port: 80, protocol: Protocol.ANY }] })],
  ['several ports without names', ['port-name-missing', 'port-name-missing'], () => service({ ports: [{ port: 80 }, { port: 443 }] })],
  ['two ports of one name', ['port-name-duplicate'], () => service({ ports: [{ name: 'a', port: 80 }, { name: 'a', port: 443 }] })],
  ['a selector and a workload', ['selector-twice'], () => {
    const mesh = meshOf();
    service({ workload: workload({ labels: { app: 'web' } }, mesh) }, mesh);
  }],
  ['an empty selector', ['selector-missing'], () => service({ selector: {} })],
  ['a workload that a Service cannot select', ['workload-selector', 'workload-selector'], () => {
    const mesh = meshOf();
    service({ selector: undefined, workload: workload({ selector: Selector.of({ expressions: [LabelExpression.exists('a')] }) }, mesh) }, mesh);
  }],
  ['a workload of another namespace', ['workload-namespace'], () => {
    const mesh = meshOf();
    service({ selector: undefined, workload: workload({ labels: { a: 'b' }, namespace: 'other' }, mesh) }, mesh);
  }],
  ['backends where the service is not', ['backend-clusters'], () => {
    const mesh = meshOf(3);
    service({ clusters: [mesh.cluster('a'), mesh.cluster('b')], backendClusters: [mesh.cluster('c')] }, mesh);
  }],
  ['a headless load balancer', ['headless-type'], () => service({ headless: true, type: ServiceType.LOAD_BALANCER })],
  ['shared without global', ['shared-without-global', 'shared-without-global'], () => service({ global: false, shared: true })],
  ['affinity without global', ['affinity-without-global'], () => service({ affinity: Affinity.LOCAL, perCluster: { b: { global: false } } })],
  ['an affinity that is none', ['value-unknown', 'value-unknown'], () => service({ affinity: any('nearby') })],
  ['a type and a flavor that are none', ['value-unknown', 'value-unknown'], () => service({ type: any('Nodeport'), flavor: any('mcs') })],
  ['Cilium\'s annotations written by hand', ['annotation-owned', 'annotation-owned'], () => service({ annotations: { 'service.cilium.io/globl': 'true' } })],
  ['an annotation that is no text', ['annotation-not-text'], () => service({ perCluster: { a: { annotations: { x: any(true) } } } })],
  ['EndpointSlices where the cluster does not write them', ['endpoint-slice-sync-disabled', 'endpoint-slice-sync-disabled'], () => service({ endpointSliceSync: true })],
  ['annotations that an old Cilium does not know', ['feature-unknown-to-version', 'feature-unknown-to-version'],
    () => service({ loadBalancingAlgorithm: LoadBalancingAlgorithm.MAGLEV }, old())],
  ['an export where the API is off', ['mcs-api-disabled', 'mcs-api-disabled'], () => service({ flavor: GlobalServiceFlavor.MCS_API })],
  ['exports that differ', ['mcs-api-conflict'], () => service({ flavor: GlobalServiceFlavor.MCS_API, perCluster: { b: { affinity: Affinity.LOCAL } } }, meshOf(2, { mcsApi: true }))],
  ['settings of an unknown cluster', ['cluster-unknown'], () => service({ perCluster: { aa: { shared: false } } })],
  ['the Service of a cluster that has none', ['cluster-unknown'], () => {
    const mesh = meshOf();
    service({ clusters: [mesh.cluster('a')] }, mesh).serviceIn(mesh.cluster('b'));
  }],

  // ServiceReference
  ['a reference without selector and ports', ['selector-missing', 'ports-missing', 'namespace-invalid'],
    () => new ServiceReference(meshOf(), 'svc', { selector: {}, podPorts: [], namespace: 'A' })],
  ['objects that are no Services', ['service-object', 'service-object', 'service-object', 'object-in-no-cluster'], () => {
    const mesh = meshOf();
    const selector = { app: 'x' };
    ServiceReference.fromApiObjects(mesh, 'svc', [
      any(undefined),
      new ApiObject(mesh.cluster('a'), 'pod', { apiVersion: 'v1', kind: 'Pod' }),
      new ApiObject(mesh.cluster('a'), 'svc', { apiVersion: 'v1', kind: 'Service', spec: { ports: [{ port: 80 }] } }),
      new ApiObject(Testing.chart(), 'svc', { apiVersion: 'v1', kind: 'Service', spec: { selector, ports: [{ port: 80 }] } }),
    ]);
  }],
  ['no Services', ['service-object'], () => ServiceReference.fromApiObjects(meshOf(), 'svc', [])],

  // the others
  ['a namespace that is none, to create', ['namespace-invalid'], () => new MeshNamespace(meshOf(), 'n', { name: 'N' })],
  ['a global namespace before 1.20', ['feature-unknown-to-version', 'feature-unknown-to-version'], () => new MeshNamespace(meshOf(2, { ciliumVersion: '1.19.0' }), 'n', { global: true })],
  ['a CIDR group of nothing', ['cidrs-missing'], () => new CidrGroup(meshOf(), 'g', { cidrs: [] })],
  ['a CIDR group with faults', ['object-name-invalid', 'cidr-invalid'], () => new CidrGroup(meshOf(), 'g', { name: 'G', cidrs: ['10.0.0.0/8', '10.0.0.1/8'] })],
  ['a planet that nobody knows', ['planet-missing', 'planet-missing'], () => new RebelBaseApp(meshOf(), 'app')],
  ['an etcd for a Cilium that needs none', ['external-etcd-version', 'external-etcd-version'], () => etcd('1.20.2', { a: ['192.0.2.1'], b: ['192.0.2.2'] })],
  ['an etcd without addresses, and one of nobody', ['etcd-addresses-missing', 'cluster-unknown'], () => etcd('1.9.5', { a: ['192.0.2.1'], c: ['192.0.2.2'] })],
  ['a cluster that the mesh has not', ['cluster-unknown'], () => meshOf().cluster('c')],
  ['a construct in no mesh', ['no-mesh'], () => new DefaultDenyPolicy(Testing.chart(), 'p')],
  ['an object without a possible name', ['object-name-invalid'], () => new ApiObject(meshOf().cluster('a'), '-', { apiVersion: 'v1', kind: 'ConfigMap' })],
  ['a chart in no cluster', ['chart-outside-cluster'], () => {
    const mesh = meshOf();
    new Chart(mesh, 'stray');
    mesh.synth();
  }],
  ['two objects of one name', ['object-duplicate'], () => {
    const mesh = meshOf();
    for (const id of ['one', 'two']) {
      new ApiObject(mesh.cluster('a'), id, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'same' } });
    }
    mesh.synth();
  }],
  ['two patches of one object', ['patch-duplicate'], () => {
    const cluster = meshOf().cluster('a');
    const patch = { kind: 'DaemonSet', namespace: 'kube-system', name: 'kube-proxy', patch: {} };
    cluster.addPatch(patch);
    cluster.addPatch(patch);
  }],
  ['two sets of values for an upgrade', ['upgrade-values-duplicate'], () => {
    const cluster = meshOf().cluster('a');
    cluster.addUpgradeValues({ a: 1 });
    cluster.addUpgradeValues({ a: 1 });
  }],
];

test.each(CASES)('%s', (_, codes, run) => {
  const faults = faultsOf(run);
  expect(faults.map(fault => fault.code)).toEqual(codes);
  for (const { code, path, message, got, allowed, fix } of faults) {
    expect([code, path, message, got, allowed, fix].filter(text => typeof text !== 'string' || text === '')).toEqual([]);
  }
});

test('every refusal of the catalogue is tripped above', () => {
  const tripped = new Set(CASES.flatMap(([, codes]) => codes));
  expect(Object.keys(CONSTRUCT_CODES).filter(code => !tripped.has(code))).toEqual([]);
});

test('a fault says where in the construct tree', () => {
  expect(faultsOf(() => service({ name: 'A' }))[0].path).toBe('web.name');
  expect(faultsOf(() => workload({ labels: { 'pod-template-hash': 'x' } }))[0].path).toBe('pods.labels');
  expect(codesOf(() => ClusterMesh.enclosing(Testing.chart()))).toEqual(['no-mesh']);
});

test.each(['\\101', '(?-i)a', '\\Qa{1001}\\E', '(?P<n>a)(?<m>b)', '[[:]', 'a{,2}'])('the regular expression %j is accepted', path => {
  expect(() => allow({ http: [{ path }] })).not.toThrow();
});

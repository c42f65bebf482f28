import { ApiObject, JsonPatch } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import {
  Affinity,
  AnnotationKeys,
  Connectivity,
  Entity,
  ExposedType,
  ForwardingMode,
  GlobalService,
  GlobalServiceFlavor,
  GlobalServiceProps,
  LoadBalancingAlgorithm,
  Peer,
  Port,
  Protocol,
  ProxyDelegation,
  ServiceType,
  SessionAffinity,
  SourceRangesPolicy,
  Workload,
} from '../../../src';
import { crdErrors } from '../../support/crds';
import { meshOf, objectOf, objectsOf } from '../../support/mesh';

const PORTS = { selector: { app: 'web' }, ports: [{ port: 80 }] };

function annotations(props: Partial<GlobalServiceProps>, cluster: string = 'a', mesh = meshOf()): any {
  new GlobalService(mesh, 'web', { ...PORTS, ...props });
  return objectOf(mesh, cluster, 'Service', 'web').metadata.annotations;
}

test('one declaration, the same Service in every cluster', () => {
  const mesh = meshOf(3);
  new GlobalService(mesh, 'web', { ...PORTS, namespace: 'shop', labels: { team: 'shop' } });
  const expected = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { team: 'shop' },
      annotations: { 'service.cilium.io/global': 'true' },
    },
    spec: { type: 'ClusterIP', ports: [{ port: 80 }], selector: { app: 'web' } },
  };
  expect(['a', 'b', 'c'].map(cluster => objectsOf(mesh, cluster))).toEqual([[expected], [expected], [expected]]);
});

test('a cluster without backends has the Service too, because clients need it to reach the others', () => {
  const mesh = meshOf(3);
  const workload = new Workload(mesh, 'pods', { labels: { app: 'web' }, clusters: [mesh.cluster('b')] });
  const service = new GlobalService(mesh, 'web', { workload, ports: [{ port: 80 }] });
  expect(service.clusters.map(cluster => cluster.name)).toEqual(['a', 'b', 'c']);
  expect(objectOf(mesh, 'a', 'Service', 'web').spec.selector).toEqual({ app: 'web' });
});

describe('annotations', () => {
  test.each<[string, Partial<GlobalServiceProps>, { [key: string]: string } | undefined]>([
    ['global by default', {}, { 'service.cilium.io/global': 'true' }],
    ['not global: none', { isGlobal: false }, undefined],
    [
      'shared is written when it is said',
      { shared: true },
      { 'service.cilium.io/global': 'true', 'service.cilium.io/shared': 'true' },
    ],
    ['not shared', { shared: false }, { 'service.cilium.io/global': 'true', 'service.cilium.io/shared': 'false' }],
    [
      'affinity local',
      { affinity: Affinity.LOCAL },
      { 'service.cilium.io/global': 'true', 'service.cilium.io/affinity': 'local' },
    ],
    [
      'affinity remote',
      { affinity: Affinity.REMOTE },
      { 'service.cilium.io/global': 'true', 'service.cilium.io/affinity': 'remote' },
    ],
    ['affinity none is left out', { affinity: Affinity.NONE }, { 'service.cilium.io/global': 'true' }],
    [
      'legacy keys',
      { shared: false, affinity: Affinity.LOCAL, annotationKeys: AnnotationKeys.LEGACY },
      {
        'io.cilium/global-service': 'true',
        'io.cilium/shared-service': 'false',
        'io.cilium/service-affinity': 'local',
      },
    ],
    [
      'both keys',
      { annotationKeys: AnnotationKeys.BOTH },
      { 'service.cilium.io/global': 'true', 'io.cilium/global-service': 'true' },
    ],
    [
      'all others',
      {
        loadBalancingAlgorithm: LoadBalancingAlgorithm.MAGLEV,
        forwardingMode: ForwardingMode.DSR,
        serviceType: ServiceType.LOAD_BALANCER,
        exposedType: ExposedType.LOAD_BALANCER,
        sourceRangesPolicy: SourceRangesPolicy.DENY,
        proxyDelegation: ProxyDelegation.DELEGATE_IF_LOCAL,
        node: 'edge',
        nodeSelector: 'tier=edge',
        annotations: { 'example.org/x': 'y' },
      },
      {
        'service.cilium.io/global': 'true',
        'service.cilium.io/lb-algorithm': 'maglev',
        'service.cilium.io/forwarding-mode': 'dsr',
        'service.cilium.io/type': 'LoadBalancer',
        'service.cilium.io/src-ranges-policy': 'deny',
        'service.cilium.io/proxy-delegation': 'delegate-if-local',
        'service.cilium.io/node': 'edge',
        'service.cilium.io/node-selector': 'tier=edge',
        'example.org/x': 'y',
      },
    ],
  ])('%s', (_, props, expected) => {
    expect(annotations(props)).toEqual(expected);
  });

  test('differ per cluster, over what is said for all', () => {
    const props = { affinity: Affinity.LOCAL, perCluster: { b: { shared: false, affinity: Affinity.NONE } } };
    expect(annotations(props, 'a')).toEqual({
      'service.cilium.io/global': 'true',
      'service.cilium.io/affinity': 'local',
    });
    expect(annotations(props, 'b')).toEqual({
      'service.cilium.io/global': 'true',
      'service.cilium.io/shared': 'false',
    });
  });

  test('have the keys that an old Cilium knows', () => {
    expect(annotations({}, 'a', meshOf(2, { ciliumVersion: '1.9.5' }))).toEqual({ 'io.cilium/global-service': 'true' });
  });

  test('EndpointSlice synchronization', () => {
    expect(annotations({ endpointSliceSync: true }, 'a', meshOf(2, { endpointSliceSync: true }))).toEqual({
      'service.cilium.io/global': 'true',
      'service.cilium.io/global-sync-endpoint-slices': 'true',
    });
    expect(annotations({ endpointSliceSync: false })['service.cilium.io/global-sync-endpoint-slices']).toBe('false');
  });
});

test('ports: named, several, by number and by name; types; headless; session affinity', () => {
  const mesh = meshOf();
  new GlobalService(mesh, 'web', {
    selector: { app: 'web' },
    serviceType: ServiceType.NODE_PORT,
    sessionAffinity: SessionAffinity.CLIENT_IP,
    ports: [
      { name: 'http', port: 80, targetPort: 8080, nodePort: 30080, appProtocol: 'http' },
      { name: 'dns', port: 53, targetPortName: 'dns-udp', protocol: Protocol.UDP },
    ],
  });
  new GlobalService(mesh, 'headless', { ...PORTS, headless: true });
  expect(objectOf(mesh, 'b', 'Service', 'web').spec).toEqual({
    type: 'NodePort',
    sessionAffinity: 'ClientIP',
    selector: { app: 'web' },
    ports: [
      { name: 'http', port: 80, targetPort: 8080, nodePort: 30080, appProtocol: 'http' },
      { name: 'dns', port: 53, targetPort: 'dns-udp', protocol: 'UDP' },
    ],
  });
  expect(objectOf(mesh, 'b', 'Service', 'headless').spec).toEqual({
    type: 'ClusterIP',
    clusterIP: 'None',
    ports: [{ port: 80 }],
    selector: { app: 'web' },
  });
});

describe('Multi-Cluster Services API', () => {
  test("a ServiceExport beside a Service without Cilium's annotations", () => {
    const mesh = meshOf(2, { mcsApi: true });
    new GlobalService(mesh, 'web', {
      ...PORTS,
      flavor: GlobalServiceFlavor.MCS_API,
      affinity: Affinity.LOCAL,
      perCluster: { b: { shared: false } },
    });
    expect(
      objectsOf(mesh, 'a').map(object => [
        object.apiVersion,
        object.kind,
        object.metadata,
        object.kind === 'Service' ? undefined : object.spec,
      ]),
    ).toEqual([
      ['v1', 'Service', { name: 'web' }, undefined],
      [
        'multicluster.x-k8s.io/v1beta1',
        'ServiceExport',
        { name: 'web' },
        { exportedAnnotations: { 'service.cilium.io/affinity': 'local' } },
      ],
    ]);
    expect(objectsOf(mesh, 'b').map(object => object.kind)).toEqual(['Service']);
    expect(objectsOf(mesh, 'a').flatMap(object => crdErrors(object) ?? [])).toEqual([]);
  });

  test('the version that an older Cilium serves', () => {
    const mesh = meshOf(2, { mcsApi: true, ciliumVersion: '1.18.4' });
    new GlobalService(mesh, 'web', { ...PORTS, flavor: GlobalServiceFlavor.MCS_API });
    expect(objectOf(mesh, 'a', 'ServiceExport', 'web').apiVersion).toBe('multicluster.x-k8s.io/v1alpha1');
  });
});

test('Deployments of cdk8s-plus are the backends in several clusters, each with labels of its own', () => {
  const mesh = meshOf(3);
  const deployments = mesh.clusters.slice(0, 2).map(
    cluster => new kplus.Deployment(cluster, 'cart', { containers: [{ image: 'cart' }] }),
  );
  const workload = Workload.fromApiObjects(mesh, 'cart-pods', deployments);
  const service = new GlobalService(mesh, 'cart', { workload, ports: [{ port: 80 }] });
  workload.connections.allowFrom(Peer.entity(Entity.CLUSTER), [Port.tcp(80)]);
  workload.connections.allowTo(service);
  const labels = deployments.map(each => ApiObject.of(each).toJson().spec.selector.matchLabels);
  expect(labels[0]).not.toEqual(labels[1]);
  const selectors = ['a', 'b', 'c'].map(cluster => objectOf(mesh, cluster, 'Service', 'cart').spec.selector);
  expect(selectors).toEqual([labels[0], labels[1], labels[0]]);
  expect(Connectivity.of(mesh).ask('cart@a', 'svc/default/cart').verdict).toBe('allowed');
});

test('a cluster can have a selector of its own', () => {
  const mesh = meshOf();
  new GlobalService(mesh, 'web', { ...PORTS, perCluster: { b: { selector: { app: 'web', track: 'stable' } } } });
  expect(['a', 'b'].map(cluster => objectOf(mesh, cluster, 'Service', 'web').spec.selector)).toEqual([
    { app: 'web' },
    { app: 'web', track: 'stable' },
  ]);
});

test('the Service of one cluster can be patched', () => {
  const mesh = meshOf();
  const service = new GlobalService(mesh, 'web', PORTS);
  service.serviceIn(mesh.cluster('b')).addJsonPatch(JsonPatch.add('/spec/internalTrafficPolicy', 'Local'));
  expect(objectOf(mesh, 'a', 'Service', 'web').spec.internalTrafficPolicy).toBeUndefined();
  expect(objectOf(mesh, 'b', 'Service', 'web').spec.internalTrafficPolicy).toBe('Local');
});

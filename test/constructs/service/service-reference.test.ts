import { ApiObject } from 'cdk8s';
import * as kplus from 'cdk8s-plus-28';
import { Affinity, AnnotationKeys, ClusterMesh, GlobalService, Port, ServiceReference, Workload } from '../../../src';
import { codesOf, meshOf, objectOf, objectsOf } from '../../support/mesh';

const service = (annotations: { [key: string]: string } = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'shop', annotations },
  spec: {
    selector: { app: 'web' },
    ports: [
      { name: 'http', port: 80, targetPort: 'http' },
      { name: 'dns', port: 53, protocol: 'UDP' },
    ],
  },
});

/** The clusters whose pods a client of cluster a is admitted to. */
function reached(mesh: ClusterMesh, reference: ServiceReference): string[] {
  new Workload(mesh, 'client', { labels: { app: 'client' }, clusters: [mesh.cluster('a')] }).connections.allowTo(
    reference,
    undefined,
    { name: 'p' },
  );
  return mesh.clusters
    .map(cluster => cluster.name)
    .filter(cluster => objectsOf(mesh, cluster).some(object => object.metadata.name === 'p-ingress'));
}

test.each<
  [what: string, a: { [key: string]: string } | undefined, b: { [key: string]: string } | undefined, expected: string[]]
>([
  ['global in both', { 'service.cilium.io/global': 'true' }, { 'service.cilium.io/global': 'True' }, ['a', 'b']],
  ['legacy keys', { 'io.cilium/global-service': 'true' }, { 'service.cilium.io/global': 'true' }, ['a', 'b']],
  [
    'the current key wins over its alias',
    { 'io.cilium/global-service': 'true', 'service.cilium.io/global': 'no' },
    { 'service.cilium.io/global': 'true' },
    ['a'],
  ],
  [
    'not shared there',
    { 'service.cilium.io/global': 'true' },
    { 'service.cilium.io/global': 'true', 'service.cilium.io/shared': 'false' },
    ['a'],
  ],
  [
    'not shared here',
    { 'service.cilium.io/global': 'true', 'service.cilium.io/shared': 'false' },
    { 'service.cilium.io/global': 'true' },
    ['a', 'b'],
  ],
  ['not global here', {}, { 'service.cilium.io/global': 'true' }, ['a']],
  ['not global there', { 'service.cilium.io/global': 'true' }, {}, ['a']],
  ['no Service here', undefined, { 'service.cilium.io/global': 'true' }, []],
])('annotations are read as Cilium reads them: %s', (_, a, b, expected) => {
  const mesh = meshOf();
  const objects = [['a', a] as const, ['b', b] as const]
    .filter(([, annotations]) => annotations !== undefined)
    .map(([cluster, annotations]) => new ApiObject(mesh.cluster(cluster), 'web', service(annotations)));
  const reference = ServiceReference.fromApiObjects(mesh, 'ref', objects);
  if (expected.length > 0) {
    expect(reached(mesh, reference)).toEqual(expected);
  } else {
    expect(codesOf(() => reached(mesh, reference))).toEqual(['service-unreachable']);
  }
});

test('namespace, selector and ports of the pods are read from the object', () => {
  const mesh = meshOf();
  const reference = ServiceReference.fromApiObjects(mesh, 'ref', [new ApiObject(mesh.cluster('a'), 'web', service())]);
  expect(reference.name).toBe('web');
  expect(reached(mesh, reference)).toEqual(['a']);
  expect(objectsOf(mesh, 'a').find(object => object.metadata.name === 'p-ingress')).toMatchObject({
    metadata: { namespace: 'shop' },
    spec: {
      endpointSelector: { matchLabels: { app: 'web' } },
      ingress: [
        {
          toPorts: [
            {
              ports: [
                { port: 'http', protocol: 'TCP' },
                { port: '53', protocol: 'UDP' },
              ],
            },
          ],
        },
      ],
    },
  });
});

test('a Service of cdk8s-plus', () => {
  const mesh = meshOf();
  const deployment = new kplus.Deployment(mesh.cluster('a'), 'web', {
    containers: [{ image: 'nginx', portNumber: 8080 }],
  });
  const exposed = deployment.exposeViaService({ ports: [{ port: 80, targetPort: 8080 }] });
  expect(reached(mesh, ServiceReference.fromApiObjects(mesh, 'ref', [exposed]))).toEqual(['a']);
  expect(
    objectsOf(mesh, 'a').find(object => object.metadata.name === 'p-ingress').spec.ingress[0].toPorts[0].ports,
  ).toEqual([{ port: '8080', protocol: 'TCP' }]);
});

test('what somebody else creates elsewhere is described', () => {
  const mesh = meshOf(3);
  const reference = new ServiceReference(mesh, 'legacy', {
    name: 'billing',
    namespace: 'old',
    selector: { app: 'billing' },
    podPorts: [Port.tcp(9000)],
    perCluster: { a: { backends: false }, c: { shared: false } },
  });
  expect(reached(mesh, reference)).toEqual(['b']);
});

describe('GlobalService.fromApiObjects', () => {
  function services(mesh: ClusterMesh): ApiObject[] {
    return mesh.clusters.map(
      cluster =>
        new ApiObject(cluster, 'web', {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'web', annotations: { team: 'shop' } },
          ...{ spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
        }),
    );
  }

  test('sets the annotations of each cluster, and leaves the others', () => {
    const mesh = meshOf();
    const reference = GlobalService.fromApiObjects(mesh, 'service', services(mesh), {
      affinity: Affinity.LOCAL,
      perCluster: { b: { shared: false } },
      annotationKeys: AnnotationKeys.BOTH,
    });
    expect([reference.name, reference.clusters.map(({ name }) => name)]).toEqual(['web', ['a', 'b']]);
    const both = (key: string, value: string) => ({ [`service.cilium.io/${key}`]: value });
    expect(objectOf(mesh, 'a', 'Service', 'web').metadata.annotations).toMatchObject({
      ...{ 'team': 'shop', 'io.cilium/global-service': 'true' },
      ...both('global', 'true'),
      ...both('affinity', 'local'),
    });
    const annotations = objectOf(mesh, 'b', 'Service', 'web').metadata.annotations;
    expect(annotations).toMatchObject({ ...both('shared', 'false'), ...both('affinity', 'local') });
  });

  test('writes no annotation of a Service that is not global', () => {
    const mesh = meshOf();
    GlobalService.fromApiObjects(mesh, 'service', services(mesh), { perCluster: { b: { isGlobal: false } } });
    expect(objectOf(mesh, 'a', 'Service', 'web').metadata.annotations).toEqual({
      'team': 'shop',
      'service.cilium.io/global': 'true',
    });
    expect(objectOf(mesh, 'b', 'Service', 'web').metadata.annotations).toEqual({ team: 'shop' });
  });
});

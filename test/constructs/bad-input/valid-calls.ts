import { ApiObject, App } from 'cdk8s';
import * as library from '../../../src';
import { temporaryFolder } from '../../support/mesh';

/** A call that is valid, to which one bad value is added. */
export interface ValidCall {
  /** The object of a method; the class itself for static methods and constructors. */
  readonly receiver?: object;
  readonly arguments: { readonly [parameter: string]: unknown };
}

/** A valid call of each entry of the public API, in a mesh. */
export function validCalls(mesh: library.ClusterMesh): { readonly [entry: string]: ValidCall } {
  const [a, b] = mesh.clusters;
  const pods = new library.Workload(mesh, 'pods', { labels: { app: 'pods' } });
  const service = new library.GlobalService(mesh, 'svc', { selector: { app: 'pods' }, ports: [{ port: 80 }] });
  const object = new ApiObject(a, 'map', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' } });
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'pod', labels: { app: 'pod' } } };
  const ofObjects = [new ApiObject(a, 'pod', pod)];
  const kubernetesService = new ApiObject(a, 'service', {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'service' } },
    ...{ spec: { selector: { app: 'pod' }, ports: [{ port: 80 }] } },
  });
  const port = library.Port.tcp(80);
  const placed = { scope: mesh, id: 'bad' };
  const flow = { sources: [pods], destinations: [pods], ports: [port] };
  const outside = { to: library.Peer.cidr('192.0.2.0/24'), ports: [port] };
  const connection = (name: string) => ({ ports: [library.Port.tcp(81)], options: { name } });
  const clusters = [a, b].map(({ name, clusterId }) => ({ name, id: clusterId, podCidrs: [`10.${clusterId}.0.0/16`] }));
  const folders = new library.Mesh(new App({ outdir: temporaryFolder() }), 'folders', {
    ...{ clusters, layout: library.OutputLayout.FOLDERS },
  });
  const label = { key: 'app', values: ['web'] };
  const connectivity = library.Connectivity.of(mesh);
  const flows = { source: 'default/pods@a', destination: 'default/pods@b' };
  return {
    'new ArgoCdApplicationSet': {
      arguments: { scope: a, id: 'bad', props: { mesh: folders, repoUrl: 'https://example.org/mesh.git', path: 'dist' } },
    },
    'new FluxKustomizations': {
      arguments: {
        ...{ scope: a, id: 'bad' },
        props: { mesh: folders, repository: 'mesh', path: 'dist', kubeConfigSecrets: { a: 'a', b: 'b' } },
      },
    },
    'new CidrGroup': { arguments: { ...placed, props: { cidrs: ['192.0.2.0/24'] } } },
    'Cluster.addPatch': { receiver: a, arguments: { patch: { kind: 'A', namespace: 'b', name: 'c', patch: {} } } },
    'Cluster.addUpgradeValues': { receiver: a, arguments: { values: { debug: true } } },
    'Cluster.enclosing': { arguments: { construct: pods } },
    'Cluster.generateObjectName': { receiver: a, arguments: { apiObject: object } },
    'Cluster.isCluster': { arguments: { x: a } },
    'Cluster.scopeFor': { receiver: a, arguments: { construct: pods } },
    'new ClusterMesh': { arguments: { props: { clusters } } },
    'ClusterMesh.check': { arguments: { props: { clusters } } },
    'ClusterMesh.cluster': { receiver: mesh, arguments: { name: 'a' } },
    'new Mesh': { arguments: { scope: new App({ outdir: temporaryFolder() }), id: 'mesh', props: { clusters } } },
    'Mesh.cluster': { receiver: new library.Mesh(new App(), 'mesh', { clusters }), arguments: { name: 'a' } },
    'IMesh.cluster': { receiver: mesh, arguments: { name: 'a' } },
    'ClusterMesh.enclosing': { arguments: { scope: pods } },
    'Connections.allowInternally': { receiver: pods.connections, arguments: connection('internal') },
    'Connections.allowTo': {
      receiver: pods.connections,
      arguments: { destination: outside.to, ...connection('allowed') },
    },
    'Connections.denyTo': { receiver: pods.connections, arguments: { destination: outside.to, ...connection('denied') } },
    'Connectivity.ask': { receiver: connectivity, arguments: { ...flows, question: { port: 'TCP/80' } } },
    'Connectivity.findings': { receiver: connectivity, arguments: { least: library.FindingSeverity.ERROR } },
    'Connectivity.of': { arguments: { mesh } },
    'Connectivity.ofManifests': { arguments: { path: 'test/evaluator/cases/users-audit-mode/mesh.yaml' } },
    'Connectivity.unmetExpectations': { receiver: connectivity, arguments: { path: 'test/constructs/bad-input/expectations.yaml' } },
    'new CrossClusterAllow': { arguments: { ...placed, props: flow } },
    'new CrossClusterDeny': { arguments: { ...placed, props: flow } },
    'new DefaultDenyPolicy': { arguments: { ...placed, props: { namespace: 'shop' } } },
    'new ExternalEtcdMesh': { arguments: { ...placed, props: { etcdAddresses: { a: ['192.0.2.1'], b: ['192.0.2.2'] } } } },
    'new GlobalService': { arguments: { ...placed, props: { selector: { app: 'web' }, ports: [{ port: 80 }] } } },
    'GlobalService.fromApiObjects': { arguments: { scope: mesh, id: 'bad', services: [kubernetesService] } },
    'GlobalService.serviceIn': { receiver: service, arguments: { cluster: a } },
    'InboundConnections.allowFrom': {
      receiver: pods.connections,
      arguments: { source: outside.to, ...connection('from') },
    },
    'InboundConnections.denyFrom': {
      receiver: pods.connections,
      arguments: { source: outside.to, ...connection('not-from') },
    },
    'LabelExpression.doesNotExist': { arguments: { key: 'app' } },
    'LabelExpression.exists': { arguments: { key: 'app' } },
    'LabelExpression.isIn': { arguments: label },
    'LabelExpression.isNotIn': { arguments: label },
    'new MeshNamespace': { arguments: { ...placed, props: { name: 'shop' } } },
    'Peer.cidr': { arguments: { cidr: '192.0.2.0/24' } },
    'Peer.cidrGroup': { arguments: { name: 'group' } },
    'Peer.entity': { arguments: { entity: library.Entity.WORLD } },
    'Peer.fqdn': { arguments: { name: 'example.org' } },
    'Peer.fqdnPattern': { arguments: { pattern: '*.example.org' } },
    'Peer.nodes': { arguments: { selector: library.Selector.labels({ role: 'edge' }) } },
    'Port.any': { arguments: { port: 80 } },
    'Port.icmp': { arguments: { icmpType: 8 } },
    'Port.icmpv6': { arguments: { icmpType: 128 } },
    'Port.named': { arguments: { name: 'http' } },
    'Port.sctp': { arguments: { port: 80 } },
    'Port.sctpRange': { arguments: { first: 80, last: 81 } },
    'Port.tcp': { arguments: { port: 80 } },
    'Port.tcpRange': { arguments: { first: 80, last: 81 } },
    'Port.udp': { arguments: { port: 80 } },
    'Port.udpRange': { arguments: { first: 80, last: 81 } },
    'new RebelBaseApp': { arguments: { ...placed, props: { planet: 'Hoth' } } },
    'Selector.labels': { arguments: { labels: { app: 'web' } } },
    'Selector.of': { arguments: { props: { labels: { app: 'web' } } } },
    'new ServiceReference': { arguments: { ...placed, props: { selector: { app: 'web' }, podPorts: [port] } } },
    'ServiceReference.fromApiObjects': { arguments: { ...placed, services: [kubernetesService] } },
    'new Workload': { arguments: { ...placed, props: { labels: { app: 'web' } } } },
    'Workload.fromApiObjects': { arguments: { ...placed, objects: ofObjects } },
    'Workload.inClusters': { receiver: pods, arguments: { clusters: [a] } },
  };
}

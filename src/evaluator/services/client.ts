import { ClientKind, UnsharedBackend } from './service-view';
import { Cidr } from '../../cilium/cidr';
import { Endpoint, Placement } from '../flows/endpoint';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedService } from '../read/service';

/**
 * A way of connections to a backend: on the node of its pod, or forwarded by another node; and the endpoint that the
 * policies of both ends see as the client.
 */
export interface Way {
  /** `any`: the nodes do not matter. */
  readonly placement: Placement | 'any';
  readonly source: Endpoint;
  /** The backend. */
  readonly destination: Endpoint;
}

/** Where a client is, for the Services of a cluster. */
export function clientKind(client: Endpoint): ClientKind {
  switch (client.kind) {
    case 'workload':
      return client.workload.hostNetwork ? 'host' : 'pod';
    case 'entity':
      return client.entity === 'world'
        ? 'outside'
        : ['host', 'remote-node', 'kube-apiserver'].includes(client.entity)
          ? 'host'
          : 'pod';
    case 'node':
      return 'host';
    case 'address':
    case 'name':
      return 'outside';
  }
}

/**
 * The ways of a client's connections to a backend of a Service.
 *
 * Pods and hosts keep their identity. A node that forwards a connection from outside to another node
 *
 * - keeps the client's address with direct server return, and the identity of the client if it routes natively;
 * - gives the connection the identity `world` in a tunnel, without an address;
 * - else puts its own address there, so the backend sees `remote-node`.
 *
 * kube-proxy puts the address of the node there for both ways, unless the traffic policy is `Local`. Source:
 * Documentation/security/policy/caveats.rst and bpf/lib/nodeport.h, v1.20.2;
 * https://kubernetes.io/docs/tutorials/services/source-ip.
 */
export function waysTo(
  mesh: EvaluatedMesh,
  clusterName: string,
  service: EvaluatedService,
  protocol: string,
  client: Endpoint,
  backend: UnsharedBackend,
): readonly Way[] {
  const destination = endpointOf(backend);
  if (clientKind(client) !== 'outside') {
    const near: Way = {
      placement: 'same-node',
      source: onSameNode(client),
      destination: onSameNode(destination),
    };
    const far = onOtherNode(client, backend);
    return backend.onlySameNode
      ? [near]
      : far
        ? [near, { placement: 'other-node', source: far, destination }]
        : [{ placement: 'any', source: client, destination }];
  }
  const { settings } = mesh.cluster(clusterName)!;
  const isLocal = service.externalLocal;
  const host: Endpoint = { kind: 'entity', entity: 'host', cluster: clusterName };
  const near: Way = {
    placement: 'same-node',
    source: settings.balancesNodePorts || isLocal ? client : host,
    destination,
  };
  const keeps = settings.balancesNodePorts && settings.keepsClientAddress(protocol);
  const far: Way = {
    placement: 'other-node',
    source:
      settings.balancesNodePorts && !settings.nativeRouting
        ? { kind: 'entity', entity: 'world' }
        : keeps
          ? client
          : { kind: 'entity', entity: 'remote-node' },
    destination,
  };
  return backend.cluster !== clusterName ? [far] : backend.onlySameNode ? [near] : [near, far];
}

/**
 * The client of a backend on another node, where policies may tell that apart from one on its own node: pods with host
 * network are their node, and `host` is the node of a pod only for the pods on it. Undefined where nodes do not matter.
 */
function onOtherNode(client: Endpoint, { workload }: UnsharedBackend): Endpoint | undefined {
  if (!workload) {
    return undefined;
  }
  switch (client.kind) {
    case 'workload':
      return client.placement === undefined &&
        client.workload.cluster === workload.cluster &&
        (client.workload.hostNetwork || workload.hostNetwork)
        ? client
        : undefined;
    case 'entity':
      return client.entity === 'host' && client.cluster === workload.cluster
        ? { kind: 'node', cluster: client.cluster, placement: 'other-node' }
        : undefined;
    case 'node':
      return client.placement === 'same-node' && client.cluster === workload.cluster
        ? { ...client, placement: 'other-node' }
        : undefined;
    default:
      return undefined;
  }
}

/** Pods with host network are the host for pods on their node, and another node for all others. */
export function onSameNode(endpoint: Endpoint): Endpoint {
  return endpoint.kind === 'workload' && endpoint.workload.hostNetwork
    ? { ...endpoint, placement: 'same-node' }
    : endpoint;
}

function endpointOf({ workload, address }: UnsharedBackend): Endpoint {
  return workload
    ? { kind: 'workload', workload }
    : { kind: 'address', address: Cidr.masked(`${address}/${address!.includes(':') ? 128 : 32}`)!, names: [] };
}

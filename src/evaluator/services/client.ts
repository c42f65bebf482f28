import { ClientKind, UnsharedBackend } from './service-view';
import { Cidr } from '../../cilium/cidr';
import { clusterOf, Endpoint, Placement } from '../flows/endpoint';
import { Place, placedEnd, placesIn } from '../flows/places';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedService } from '../read/service';

/**
 * A way of connections to a backend: on the node of its pod, or forwarded by another node; and the endpoint that the
 * policies of both ends see as the client.
 */
export interface Way {
  readonly place: Place;
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
 * The ways of a client's connections to a backend of a Service. Pods and hosts keep their identity; those with host
 * network have that of each node that policies distinguish.
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
  if (client.kind === 'workload') {
    const places = placesIn(mesh).of(client, destination);
    return (backend.onlySameNode ? places.flatMap(onOneNode) : places).map(place => ({
      place,
      source: placedEnd(client, place, 'source'),
      destination: placedEnd(destination, place, 'destination'),
    }));
  }
  const ways =
    clientKind(client) === 'outside'
      ? waysFromOutside(mesh.cluster(clusterName)!, service, protocol, client, backend)
      : waysOfHost(client, backend);
  const places = placesIn(mesh);
  const isPossible = ({ placement }: UnplacedWay) =>
    clusterOf(client) !== clusterOf(destination) ||
    places.canBe(placement, [client, undefined], [destination, undefined]);
  return ways.filter(isPossible).flatMap(({ placement, source }) =>
    places.of(source, destination).map((known): Way => {
      const place = { ...known, placement: placement ?? known.placement };
      return { place, source, destination: placedEnd(destination, place, 'destination') };
    }),
  );
}

/** A way without the nodes of a backend with host network. */
interface UnplacedWay {
  readonly placement?: Placement;
  readonly source: Endpoint;
}

/**
 * The ways of a client outside. A node that forwards its connection to another node
 *
 * - keeps the client's address with direct server return, and the identity of the client if it routes natively;
 * - gives the connection the identity `world` in a tunnel, without an address;
 * - else puts its own address there, so the backend sees `remote-node`.
 *
 * kube-proxy puts the address of the node there for both ways, unless the traffic policy is `Local`. Source:
 * Documentation/security/policy/caveats.rst and bpf/lib/nodeport.h, v1.20.2;
 * https://kubernetes.io/docs/tutorials/services/source-ip.
 */
function waysFromOutside(
  { name: clusterName, settings }: EvaluatedCluster,
  service: EvaluatedService,
  protocol: string,
  client: Endpoint,
  backend: UnsharedBackend,
): readonly UnplacedWay[] {
  const isLocal = service.externalLocal;
  const host: Endpoint = { kind: 'entity', entity: 'host', cluster: clusterName };
  const near: UnplacedWay = {
    placement: 'same-node',
    source: settings.balancesNodePorts || isLocal ? client : host,
  };
  const keeps = settings.balancesNodePorts && settings.keepsClientAddress(protocol);
  const far: UnplacedWay = {
    placement: 'other-node',
    source:
      settings.balancesNodePorts && !settings.nativeRouting
        ? { kind: 'entity', entity: 'world' }
        : keeps
          ? client
          : { kind: 'entity', entity: 'remote-node' },
  };
  return backend.cluster !== clusterName ? [far] : backend.onlySameNode ? [near] : [near, far];
}

/** The ways of a node, or of another entity, to a backend: `host` is the node of a pod only for the pods on it. */
function waysOfHost(client: Endpoint, { workload, onlySameNode }: UnsharedBackend): readonly UnplacedWay[] {
  const near: UnplacedWay = {
    placement: 'same-node',
    source: client.kind === 'node' ? { ...client, placement: client.placement ?? 'same-node' } : client,
  };
  if (onlySameNode) {
    return [near];
  }
  const isOfBackend = workload !== undefined && clusterOf(client) === workload.cluster;
  const far: Endpoint | undefined = !isOfBackend
    ? undefined
    : client.kind === 'entity' && client.entity === 'host'
      ? { kind: 'node', cluster: workload.cluster, placement: 'other-node' }
      : client.kind === 'node' && client.placement !== 'other-node'
        ? { ...client, placement: 'other-node' }
        : undefined;
  return far ? [near, { placement: 'other-node', source: far }] : [{ source: client }];
}

/** A place on one node, if it can be one. */
function onOneNode(place: Place): Place[] {
  return place.placement === 'other-node' ? [] : [{ ...place, placement: 'same-node' }];
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

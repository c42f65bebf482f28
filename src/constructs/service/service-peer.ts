import { isIdentityLabel } from '../../cilium/identity-labels';
import { Cluster } from '../mesh/cluster';
import { EndpointSet, Peer } from '../policy/peer';
import { Port, Protocol } from '../policy/port';

/** A Service in one cluster, as policies see it. */
export interface ServiceFacts {
  readonly namespace: string;
  /** Labels of the backends; undefined for a Service that selects nothing. */
  readonly selector?: { readonly [label: string]: string };
  /** Whether this cluster has backends. */
  readonly backends: boolean;
  readonly global: boolean;
  readonly shared: boolean;
  /** The ports of the pods. */
  readonly ports: readonly Port[];
}

/**
 * A service as a peer of policies: its backends in each cluster, for the clients that reach them.
 *
 * Clients reach the backends in their own cluster. If the service is global there, they also reach the backends of
 * clusters where it is global and shared (operator/watchers/service_sync.go and pkg/clustermesh/service_merger.go,
 * v1.20.2).
 */
export function servicePeer(name: string, facts: ReadonlyMap<Cluster, ServiceFacts>): Peer {
  const endpoints: EndpointSet[] = [...facts].flatMap(([cluster, { namespace, selector, backends }]) =>
    !selector || !backends
      ? []
      : [
        {
          cluster,
          namespace,
          namespaceLabels: {},
          terms: {
            matchLabels: Object.fromEntries(Object.entries(selector).filter(([key]) => isIdentityLabel(key))),
            matchExpressions: [],
          },
        },
      ],
  );
  const ports = new Map([...facts.values()].flatMap(each => each.ports).map(port => [port.label, port]));
  return Peer._endpoints({
    kind: 'endpoints',
    name,
    sends: false,
    endpoints,
    defaultPorts: [...ports.values()],
    reaches: (client, backend) => {
      const [here, there] = [facts.get(client), facts.get(backend)];
      return (
        here !== undefined &&
        there !== undefined &&
        (client === backend || (here.global && there.global && there.shared))
      );
    },
  });
}

/** The port of the pods for a port of a Service. */
export function podPort(port: {
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}): Port {
  const protocol = (port.protocol ?? Protocol.TCP) as Protocol;
  const target = port.targetPort ?? port.port;
  if (typeof target === 'string') {
    return Port.named(target, protocol);
  }
  return protocol === Protocol.UDP
    ? Port.udp(target)
    : protocol === Protocol.SCTP
      ? Port.sctp(target)
      : Port.tcp(target);
}

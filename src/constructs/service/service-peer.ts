import { isIdentityLabel } from '../../cilium/identity-labels';
import { Cluster } from '../mesh/cluster';
import { EndpointSet, EndpointsSpec, Peer } from '../policy/peer';
import { Port, Protocol } from '../policy/port';

/** A Service in one cluster, as policies see it. */
export interface ServiceFacts {
  readonly namespace: string;
  /** Labels of the backends; undefined for a Service that selects nothing. */
  readonly selector?: { readonly [label: string]: string };
  /** Whether this cluster has backends. */
  readonly backends: boolean;
  /** Whether clients of other clusters reach the backends of this one. */
  readonly exports: boolean;
  /** Whether clients in this cluster reach the backends of others. */
  readonly imports: boolean;
  /** The ports of the packets that reach the pods. */
  readonly ports: readonly Port[];
  /** Ports of a headless Service that are not those of its pods. */
  readonly untranslatedPorts?: readonly string[];
}

/**
 * A service as a peer of policies: its backends in each cluster, for the clients that reach them.
 *
 * Clients reach the backends in their own cluster, and those of clusters that export them if theirs imports them:
 *
 * - by annotations, where the service is global, and global and shared (operator/watchers/service_sync.go and
 *   pkg/clustermesh/service_merger.go, v1.20.2)
 * - by the Multi-Cluster Services API, in every cluster that reads it, and where the service is exported
 *   (pkg/clustermesh/mcsapi/serviceimport_controller.go, v1.20.2)
 */
export function servicePeer(
  name: string,
  facts: ReadonlyMap<Cluster, ServiceFacts>,
  importsAnywhere: (client: Cluster) => boolean = () => false,
  service?: EndpointsSpec['service'],
): Peer {
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
    service,
    endpoints,
    unselectable: [
      ...new Set(
        [...facts.values()].flatMap(({ selector }) => Object.keys(selector ?? {}).filter(key => !isIdentityLabel(key))),
      ),
    ],
    defaultPorts: [...ports.values()],
    untranslatedPorts: [...new Set([...facts.values()].flatMap(each => each.untranslatedPorts ?? []))],
    reaches: (client, backend) => {
      const [here, there] = [facts.get(client), facts.get(backend)];
      return (
        there !== undefined &&
        (client === backend || (there.exports && (here?.imports ?? importsAnywhere(client))))
      );
    },
  });
}

/** Whether a cluster gets the EndpointSlices of a headless Service, which DNS answers with. */
export function getsSlices(cluster: Cluster | undefined, synchronized: boolean): boolean {
  return synchronized && (cluster?._model.endpointSliceSync ?? false);
}

/**
 * The ports of a headless Service that differ from those of its pods. Nothing translates them, and clients learn both:
 * records of addresses lead to `port`, records of services (SRV) to `targetPort` (Kubernetes DNS specification, 1.1.0,
 * section 2.4).
 */
export function untranslatedPorts(
  ports: ReadonlyArray<{ readonly port: number; readonly targetPort?: number | string }>,
  headless: boolean,
): string[] {
  return headless
    ? ports
      .filter(({ port, targetPort }) => targetPort !== undefined && targetPort !== port)
      .map(({ port, targetPort }) => `${port} (targetPort ${targetPort})`)
    : [];
}

/**
 * The port that packets to the pods have, for a port of a Service. Cilium translates the port of a Service into that of
 * the pods. Clients of a headless Service connect to the pods themselves, on the port of the Service that they know.
 */
export function clientPort(
  port: { readonly port: number; readonly protocol?: string; readonly targetPort?: number | string },
  headless: boolean,
): Port {
  const protocol = (port.protocol ?? Protocol.TCP) as Protocol;
  const target = headless ? port.port : (port.targetPort ?? port.port);
  if (typeof target === 'string') {
    return Port.named(target, protocol);
  }
  return protocol === Protocol.UDP
    ? Port.udp(target)
    : protocol === Protocol.SCTP
      ? Port.sctp(target)
      : Port.tcp(target);
}

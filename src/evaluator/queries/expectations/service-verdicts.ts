import { FlowProtocol } from '../../engine/entry';
import { BitSet } from '../../flows/bit-set';
import { Endpoint } from '../../flows/endpoint';
import { FlowPort, hasAuthentication, isAllowed } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { holdsFlow } from '../../flows/port-range';
import { Workload } from '../../read/workload';
import { serviceView } from '../../services/backends';
import { clientKind } from '../../services/client';
import { ServiceFlow, serviceFlows, ServiceScope, ServiceVerdict, serviceVerdictOf } from '../../services/service-flow';
import { formatService, ServiceName } from '../../services/service-name';

/** The verdict on the connections of a client to a port of a service. */
export interface PortOutcome extends Pick<ServiceFlow, 'port' | 'family' | 'route' | 'verdict'> {
  readonly backends: ReadonlyArray<{ readonly workload?: Workload; readonly port: number }>;
}

/** A port of a service, and the classes of clients that each of its backends allows. */
interface PodPort extends Omit<PortOutcome, 'verdict'> {
  readonly allowed: readonly BitSet[];
  readonly elsewhere: ReadonlyArray<{ readonly mayBeElsewhere: boolean }>;
}

/** The verdicts on connections to services. Those of pods are computed for all classes of clients at once. */
export class ServiceVerdicts {
  private readonly podPorts = new Map<string, readonly PodPort[] | undefined>();
  private readonly allowedTo = new Map<string, BitSet>();

  constructor(private readonly space: FlowSpace) {}

  /** The outcomes of a client of a class at each port of the Service of a cluster. */
  public of(
    client: Endpoint,
    number: number,
    service: ServiceName,
    cluster: string,
    scope: ServiceScope = {},
  ): readonly PortOutcome[] {
    const ports = !scope.request && !scope.ports && clientKind(client) === 'pod' && client.kind === 'workload'
      ? this.ports(service, cluster)
      : undefined;
    return ports
      ? ports.map(({ allowed, elsewhere, ...port }) => ({ ...port, verdict: verdictOf(number, allowed, elsewhere) }))
      : serviceFlows(this.space.mesh, client, service, cluster, scope).map(({ backends, ...flow }) => ({
        ...flow,
        backends: backends.map(({ backend: { workload }, port }) => ({ workload, port })),
      }));
  }

  /** The ports of a service for pods of a cluster; undefined if a backend is not pods with a network of their own. */
  private ports(service: ServiceName, cluster: string): readonly PodPort[] | undefined {
    const key = `${formatService(service)}@${cluster}`;
    if (!this.podPorts.has(key)) {
      this.podPorts.set(key, this.readPorts(service, cluster));
    }
    return this.podPorts.get(key);
  }

  private readPorts(service: ServiceName, cluster: string): readonly PodPort[] | undefined {
    const { mesh } = this.space;
    if (hasAuthentication(mesh)) {
      return undefined;
    }
    const open = serviceView(mesh, service, cluster).service?.ports ?? [];
    const ports = open.flatMap((port): Array<PodPort | undefined> => {
      const { frontends } = serviceView(mesh, service, cluster, { port });
      return (frontends.length > 0 ? frontends : [{ targets: [] }]).map(frontend => {
        const backends = frontend.targets.map(target => ({
          workload: target.backend.workload!,
          port: target.port ?? port.port,
        }));
        // where pods with host network run matters
        return backends.every(({ workload }) => workload && !workload.hostNetwork)
          ? {
            port,
            ...('family' in frontend && frontend.family ? { family: frontend.family } : {}),
            backends,
            allowed: backends.map(backend =>
              this.clientsOf(backend.workload, { protocol: port.protocol as FlowProtocol, port: backend.port }),
            ),
            elsewhere: frontend.targets.map(({ backend }) => backend),
          }
          : undefined;
      });
    });
    return ports.includes(undefined) ? undefined : (ports as PodPort[]);
  }

  /** The classes whose connections to a port of a workload are allowed at both ends. */
  private clientsOf(workload: Workload, flow: FlowPort): BitSet {
    const number = this.space.index.classOf(workload);
    const key = `${number} ${flow.protocol}/${flow.port}`;
    let clients = this.allowedTo.get(key);
    if (!clients) {
      clients = new BitSet(this.space.index.size);
      const row = this.space.rows(number, 'ingress').find(({ ranges }) => ranges.some(range => holdsFlow(range, flow)))!;
      const peers = row.row.allowedPeers.copy().and(this.space.index.present);
      peers.forEach(source => this.sends(source, number, flow) && clients!.add(source));
      this.allowedTo.set(key, clients);
    }
    return clients;
  }

  private sends(source: number, destination: number, flow: FlowPort): boolean {
    return isAllowed(this.space.verdict(source, 'egress', destination, flow));
  }
}

function verdictOf(
  number: number,
  allowed: readonly BitSet[],
  backends: PodPort['elsewhere'],
): ServiceVerdict {
  return serviceVerdictOf(backends, new Set(allowed.map(clients => (clients.has(number) ? 'allowed' : 'denied'))));
}

import { Direction } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { Endpoint } from '../flows/endpoint';
import { decideEndpoint, decideFlow, EndpointVerdict, FlowPort, flowVerdict } from '../flows/flow';
import { byPlace, CommonPlaces, isAnywhere, Place, placedEnd, Places, placesIn } from '../flows/places';
import { PairVerdict, Reachability } from '../flows/reachability';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { servicesOf, targetPort } from '../read/selected-pods';
import { Workload } from '../read/workload';

/**
 * The verdicts on one flow of the matrix. With a request, `verdict` is that of the request. Where they depend on the
 * places of pods with host network, there is one for each difference.
 */
export interface MatrixFlow extends PairVerdict, CommonPlaces {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /**
   * The verdict on the request, if Cilium redirects the flow. An unknown one counts as allowed if layers 3 and 4 allow
   * it.
   */
  readonly request?: ProxyVerdict;
}

/** The part of the matrix to compute. */
export interface MatrixScope {
  /** By default the ports that the destination's containers declare, and those of the Services that select it. */
  readonly ports?: readonly FlowPort[];
  readonly from: readonly Workload[];
  readonly to: readonly Workload[];
  /** Includes the pairs of a workload with itself. */
  readonly all: boolean;
  /** A request to decide at layer 7. */
  readonly request?: Request;
}

/**
 * The flows of each ordered pair of workloads, sorted by source, destination, protocol and port. Computes one at a
 * time.
 */
export function* matrix(mesh: EvaluatedMesh, scope: MatrixScope): Generator<MatrixFlow> {
  const reachability = new Reachability(mesh);
  const byPort = new Map<string, ReturnType<Reachability['on']>>();
  const on = (port: FlowPort) => {
    const key = `${port.protocol}/${port.port}`;
    const onPort = byPort.get(key) ?? reachability.on(port);
    byPort.set(key, onPort);
    return onPort;
  };
  const placed = new PlacedPods(mesh, scope.request);
  const portsOf = new Map(scope.to.map(workload => [workload, scope.ports ?? declaredPorts(mesh, workload)]));
  for (const source of scope.from) {
    for (const destination of scope.to) {
      if (source !== destination || scope.all) {
        for (const port of portsOf.get(destination)!) {
          const flow = { source, destination, port, ...on(port).verdict(source, destination) };
          yield* placed.flows(flow);
        }
      }
    }
  }
}

/** How the flows of pods whose places matter change counts in which the nodes of pods are not known. */
export interface PlaceChange {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /** By how many there are more flows: one for each verdict. */
  readonly flows: number;
  readonly allowed: number;
}

/** What places change of the flows between all workloads on some ports. */
export function* placeChanges(
  mesh: EvaluatedMesh,
  reachability: Reachability,
  ports: readonly FlowPort[],
  all: boolean,
): Generator<PlaceChange> {
  const placed = new PlacedPods(mesh, undefined);
  const onNodes = mesh.workloads.filter(({ hostNetwork }) => hostNetwork);
  const onPorts = ports.map(port => ({ port, counted: reachability.on(port) }));
  for (const source of mesh.workloads) {
    for (const destination of source.hostNetwork ? mesh.workloads : onNodes) {
      if ((source !== destination || all) && placed.mayDependOnPlace(source, destination)) {
        for (const { port, counted } of onPorts) {
          const flow = { source, destination, port, ...counted.verdict(source, destination) };
          const flows = placed.flows(flow);
          const allowed = flows.filter(({ verdict }) => verdict === 'allowed').length;
          yield {
            source,
            destination,
            port,
            flows: flows.length - 1,
            allowed: allowed - (flow.verdict === 'allowed' ? 1 : 0),
          };
        }
      }
    }
  }
}

/** Flows by the places of pods with host network, which have the verdicts of their nodes. */
class PlacedPods {
  private readonly places: Places;
  private readonly verdicts = new Map<string, EndpointVerdict>();
  private readonly numbers: ReadonlyMap<Workload, number>;

  constructor(
    private readonly mesh: EvaluatedMesh,
    private readonly request: Request | undefined,
  ) {
    this.places = placesIn(mesh);
    this.numbers = new Map(mesh.workloads.map((workload, number) => [workload, number]));
  }

  /** Whether verdicts on flows between two workloads may depend on the places of their pods. */
  public mayDependOnPlace(source: Workload, destination: Workload): boolean {
    return (
      (source.hostNetwork || destination.hostNetwork) &&
      !isAnywhere(this.places.of(podsOf(source), podsOf(destination)))
    );
  }

  /** The flow, decided where the nodes of pods are not known; once for each verdict that depends on places. */
  public flows(flow: MatrixFlow): readonly MatrixFlow[] {
    const { source, destination, port } = flow;
    if (!this.mayDependOnPlace(source, destination)) {
      return [this.withRequest(flow, {})];
    }
    const flows = this.places.of(podsOf(source), podsOf(destination)).map(place => {
      const egress = this.verdict(flow, 'egress', place);
      const ingress = this.verdict(flow, 'ingress', place);
      const placed = { source, destination, port, egress, ingress, verdict: flowVerdict(egress, ingress) };
      return { ...this.withRequest(placed, place), place };
    });
    return byPlace(flows, ({ egress, ingress, request }) => JSON.stringify([egress, ingress, request])).map(
      ({ place, common, ...each }) => ({ ...each, ...common }),
    );
  }

  private verdict({ source, destination, port }: MatrixFlow, direction: Direction, place: Place): EndpointVerdict {
    const ends = [placedEnd(podsOf(source), place, 'source'), placedEnd(podsOf(destination), place, 'destination')];
    const [subject, peer] = direction === 'egress' ? ends : ends.reverse();
    const key = JSON.stringify([
      [subject, peer].map(each => this.keyOf(each)),
      direction,
      port.protocol,
      port.port,
      place.placement,
    ]);
    const known = this.verdicts.get(key) ?? decideEndpoint(this.mesh, subject, peer, direction, port).verdict;
    this.verdicts.set(key, known);
    return known;
  }

  /** Equal for ends with equal verdicts: all pods with host network on one node of a cluster are this node. */
  private keyOf(end: Endpoint): unknown {
    return end.kind === 'workload' && end.workload.hostNetwork
      ? [end.workload.cluster, end.node?.name]
      : end.kind === 'workload' && this.numbers.get(end.workload);
  }

  private withRequest(flow: MatrixFlow, place: Place): MatrixFlow {
    const { source, destination, port, egress, ingress, verdict } = flow;
    if (!this.request || verdict === 'denied' || (egress !== 'redirected' && ingress !== 'redirected')) {
      return flow;
    }
    const from = placedEnd(podsOf(source), place, 'source');
    const to = placedEnd(podsOf(destination), place, 'destination');
    const decided = decideFlowRequest(decideFlow(this.mesh, from, to, port), this.request);
    return { ...flow, request: decided, verdict: decided === 'denied' ? 'denied' : verdict };
  }
}

function podsOf(workload: Workload): Endpoint {
  return { kind: 'workload', workload };
}

/** The ports of a workload's containers and of the Services in its cluster that select it, sorted. */
export function declaredPorts(mesh: EvaluatedMesh, workload: Workload): FlowPort[] {
  const ofServices = servicesOf(mesh.cluster(workload.cluster)!, workload).flatMap(service =>
    service.ports.flatMap((port): FlowPort[] => {
      const target = targetPort(port, workload);
      return target === undefined ? [] : [{ protocol: port.protocol, port: target }];
    }),
  );
  return sortedPorts([...workload.ports, ...ofServices]);
}

/** Unique ports, sorted by protocol and number. */
export function sortedPorts(ports: readonly FlowPort[]): FlowPort[] {
  const unique = new Map(ports.map(({ protocol, port }) => [`${protocol}/${port}`, { protocol, port }]));
  return [...unique.values()].sort((one, other) =>
    one.protocol < other.protocol ? -1 : one.protocol > other.protocol ? 1 : one.port - other.port,
  );
}

/** Parses a port such as `TCP/80`, `80` or `ICMP/8`; undefined if it is invalid. */
export function parsePort(text: string): FlowPort | undefined {
  const match = /^(?:(TCP|UDP|SCTP|ICMP|ICMPv6)\/)?(\d{1,5})$/i.exec(text);
  const protocol = match?.[1]?.toUpperCase() ?? 'TCP';
  const port = Number(match?.[2]);
  const [least, most] = protocol.startsWith('ICMP') ? [0, 255] : [1, 65535];
  return match && port >= least && port <= most
    ? { protocol: (protocol === 'ICMPV6' ? 'ICMPv6' : protocol) as FlowPort['protocol'], port }
    : undefined;
}

import { Direction } from '../engine/entry';
import { ProxyVerdict } from '../engine/http';
import { Endpoint, Placement } from '../flows/endpoint';
import { decideEndpoint, decideFlow, EndpointVerdict, FlowPort, flowVerdict } from '../flows/flow';
import { PairVerdict, Reachability } from '../flows/reachability';
import { decideFlowRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { servicesOf, targetPort } from '../read/selected-pods';
import { Workload } from '../read/workload';

/** The verdicts on one flow of the matrix. With a request, `verdict` is that of the request. */
export interface MatrixFlow extends PairVerdict {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /** Whether both ends are on one node, if the verdict depends on it: an end has the network of its node. */
  readonly placement?: Placement;
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
  const hosts = new PodsOnOneNode(mesh);
  const portsOf = new Map(scope.to.map(workload => [workload, scope.ports ?? declaredPorts(mesh, workload)]));
  for (const source of scope.from) {
    for (const destination of scope.to) {
      if (source !== destination || scope.all) {
        for (const port of portsOf.get(destination)!) {
          const flow = { source, destination, port, ...on(port).verdict(source, destination) };
          for (const placed of hosts.placed(flow)) {
            yield withRequest(mesh, placed, scope.request);
          }
        }
      }
    }
  }
}

/** The flows between pods on one node whose verdicts on two nodes are different: an end has the network of its node. */
export function* flowsOnOneNode(
  mesh: EvaluatedMesh,
  { from, to, ports, all }: MatrixScope & { readonly ports: readonly FlowPort[] },
): Generator<MatrixFlow> {
  const hosts = new PodsOnOneNode(mesh);
  const onNodes = to.filter(({ hostNetwork }) => hostNetwork);
  const onPorts = ports.map(port => ({ port, flows: new Reachability(mesh).on(port) }));
  for (const source of from) {
    for (const destination of source.hostNetwork ? to : onNodes) {
      if (source.cluster === destination.cluster && (source !== destination || all)) {
        for (const { port, flows } of onPorts) {
          const placed = hosts.placed({ source, destination, port, ...flows.verdict(source, destination) });
          yield* placed.filter(({ placement }) => placement === 'same-node');
        }
      }
    }
  }
}

function withRequest(mesh: EvaluatedMesh, flow: MatrixFlow, request: Request | undefined): MatrixFlow {
  if (!request || flow.verdict === 'denied' || (flow.egress !== 'redirected' && flow.ingress !== 'redirected')) {
    return flow;
  }
  const [source, destination] = [flow.source, flow.destination].map(workload => placedPods(workload, flow.placement));
  const verdict = decideFlowRequest(decideFlow(mesh, source, destination, flow.port), request);
  return { ...flow, request: verdict, verdict: verdict === 'denied' ? 'denied' : flow.verdict };
}

/**
 * The verdicts where both ends are on one node. Pods with host network are its host there, and else a remote node; all
 * those of a cluster are the same host.
 */
class PodsOnOneNode {
  private readonly verdicts = new Map<string, EndpointVerdict>();
  private readonly numbers: ReadonlyMap<Workload, number>;

  constructor(private readonly mesh: EvaluatedMesh) {
    this.numbers = new Map(mesh.workloads.map((workload, number) => [workload, number]));
  }

  /** The flow; once for each place of its pods with host network, if verdicts depend on it. */
  public placed(flow: MatrixFlow): readonly MatrixFlow[] {
    const { source, destination, port } = flow;
    if (source.cluster !== destination.cluster || !(source.hostNetwork || destination.hostNetwork)) {
      return [flow];
    }
    const egress = this.verdict(source, destination, 'egress', port);
    const ingress = this.verdict(destination, source, 'ingress', port);
    const verdict = flowVerdict(egress, ingress);
    return egress === flow.egress && ingress === flow.ingress
      ? [flow]
      : [
        { ...flow, egress, ingress, verdict, placement: 'same-node' },
        { ...flow, placement: 'other-node' },
      ];
  }

  private verdict(self: Workload, other: Workload, direction: Direction, port: FlowPort): EndpointVerdict {
    const key = [self, other].map(each => (each.hostNetwork ? '' : this.numbers.get(each)));
    const name = `${self.cluster} ${key.join()} ${direction} ${port.protocol}/${port.port}`;
    const [subject, peer] = [self, other].map(workload => placedPods(workload, 'same-node'));
    const known = this.verdicts.get(name) ?? decideEndpoint(this.mesh, subject, peer, direction, port).verdict;
    this.verdicts.set(name, known);
    return known;
  }
}

function placedPods(workload: Workload, placement: Placement | undefined): Endpoint {
  return { kind: 'workload', workload, ...(workload.hostNetwork && placement !== undefined ? { placement } : {}) };
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

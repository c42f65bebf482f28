import { ProxyVerdict } from '../engine/http';
import { Endpoint } from '../flows/endpoint';
import { decideFlow, FlowPort } from '../flows/flow';
import { PairVerdict, Reachability } from '../flows/reachability';
import { decideRequest, Request } from '../flows/request';
import { EvaluatedMesh } from '../read/mesh';
import { targetPort } from '../read/service';
import { Workload } from '../read/workload';

/** Verdicts of one flow of the matrix; with a request, `verdict` is that of the request. */
export interface MatrixFlow extends PairVerdict {
  readonly source: Workload;
  readonly destination: Workload;
  readonly port: FlowPort;
  /** What becomes of the request, where the flow is redirected; one that is unknown is allowed as far as layers 3 and 4 go. */
  readonly request?: ProxyVerdict;
}

/** What of the matrix is asked for. */
export interface MatrixScope {
  /** Without them, the ports that the destination's containers declare, and those of the Services that select it. */
  readonly ports?: readonly FlowPort[];
  readonly from: readonly Workload[];
  readonly to: readonly Workload[];
  /** Also the pairs of a workload with itself. */
  readonly all: boolean;
  /** Decides layer 7 too. */
  readonly request?: Request;
}

/** The flows of every ordered pair of workloads, sorted by source, destination, protocol and port; computed one by one. */
export function* matrix(mesh: EvaluatedMesh, scope: MatrixScope): Generator<MatrixFlow> {
  const reachability = new Reachability(mesh);
  const byPort = new Map<string, ReturnType<Reachability['on']>>();
  const on = (port: FlowPort) => {
    const key = `${port.protocol}/${port.port}`;
    const found = byPort.get(key) ?? reachability.on(port);
    byPort.set(key, found);
    return found;
  };
  const portsOf = new Map(scope.to.map(workload => [workload, scope.ports ?? declaredPorts(mesh, workload)]));
  for (const source of scope.from) {
    for (const destination of scope.to) {
      if (source !== destination || scope.all) {
        for (const port of portsOf.get(destination)!) {
          yield withRequest(mesh, { source, destination, port, ...on(port).verdict(source, destination) }, scope.request);
        }
      }
    }
  }
}

function withRequest(mesh: EvaluatedMesh, flow: MatrixFlow, request: Request | undefined): MatrixFlow {
  if (!request || flow.verdict === 'denied' || (flow.egress !== 'redirected' && flow.ingress !== 'redirected')) {
    return flow;
  }
  const [source, destination] = [flow.source, flow.destination].map((workload): Endpoint => ({ kind: 'workload', workload }));
  const { egress, ingress } = decideFlow(mesh, source, destination, flow.port);
  const verdicts = [egress, ingress].map(decision => decideRequest(decision, request));
  const decided = verdicts.includes('denied') ? 'denied' : verdicts.includes('unknown') ? 'unknown' : 'allowed';
  return { ...flow, request: decided, verdict: decided === 'denied' ? 'denied' : flow.verdict };
}

/** The ports of a workload's containers and of the Services in its cluster that select it, sorted. */
export function declaredPorts(mesh: EvaluatedMesh, workload: Workload): FlowPort[] {
  const services = mesh.cluster(workload.cluster)!.services.filter(({ namespace, selector }) => namespace === workload.namespace && selector !== undefined
    && Object.entries(selector).every(([key, value]) => workload.podLabels[key] === value));
  const ofServices = services.flatMap(service => service.ports.flatMap((port): FlowPort[] => {
    const target = targetPort(port, workload);
    return target === undefined ? [] : [{ protocol: port.protocol, port: target }];
  }));
  return sortedPorts([...workload.ports, ...ofServices]);
}

/** Without doubles, by protocol and number. */
export function sortedPorts(ports: readonly FlowPort[]): FlowPort[] {
  const unique = new Map(ports.map(({ protocol, port }) => [`${protocol}/${port}`, { protocol, port }]));
  return [...unique.values()].sort((one, other) => one.protocol < other.protocol ? -1 : one.protocol > other.protocol ? 1 : one.port - other.port);
}

/** A port as people write it: `TCP/80`, `80`, `ICMP/8`; undefined when it is none. */
export function parsePort(text: string): FlowPort | undefined {
  const match = /^(?:(TCP|UDP|SCTP|ICMP|ICMPv6)\/)?(\d{1,5})$/i.exec(text);
  const given = match?.[1]?.toUpperCase() ?? 'TCP';
  const port = Number(match?.[2]);
  const [least, most] = given.startsWith('ICMP') ? [0, 255] : [1, 65535];
  return match && port >= least && port <= most ? { protocol: (given === 'ICMPV6' ? 'ICMPv6' : given) as FlowPort['protocol'], port } : undefined;
}

/**
 * Records of flows as the Hubbles of both clusters write them for what the evaluator decides: a verdict at each end
 * that enforces policies, a drop beside a denial, an arrival, and a reply; of proxies, requests and answers of DNS.
 */
import { Endpoint } from '../src/evaluator/flows/endpoint';
import { decideFlow, EndpointVerdict, FlowPort, isAllowed } from '../src/evaluator/flows/flow';
import { EvaluatedMesh } from '../src/evaluator/read/mesh';
import { Workload } from '../src/evaluator/read/workload';

/** A record of Hubble. */
export type RecordedFlow = { readonly flow: any; readonly node_name: string; readonly time: string };

/** A flow to record. */
export interface FlowToRecord {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly port: FlowPort;
  /** The end whose verdict is recorded turned round. */
  readonly turned?: 'egress' | 'ingress';
  /** A proxy that gets the flow at one end, whatever the manifests say, and lets all of these requests through. */
  readonly proxy?: { readonly at: 'egress' | 'ingress'; readonly requests: readonly RecordedRequest[] };
  /** The name that an answer of DNS gave for the address of the destination; it is not part of other records. */
  readonly answered?: string;
}

/** A request of HTTP, or a DNS name. */
export type RecordedRequest = { readonly method: string; readonly url: string } | { readonly name: string };

const START = Date.UTC(2026, 2, 20, 9, 46, 40);

/** The records of flows, one second after the other from `second` on. */
export function recordFlow(
  mesh: EvaluatedMesh,
  { source, destination, port, turned, proxy, answered }: FlowToRecord,
  second: number = 0,
): RecordedFlow[] {
  const decision = decideFlow(mesh, source, destination, port);
  const records: RecordedFlow[] = [];
  const write = (endpoint: Endpoint, fields: object) => {
    const index = second * 10 + records.length;
    const time = new Date(START + index * 100).toISOString().replace('Z', '456789Z');
    const node = `${clusterOf(endpoint) ?? 'nowhere'}/node-1`;
    const flow = { time, uuid: `uuid-${index}`, ...fields, node_name: node };
    records.push({ flow, node_name: node, time });
  };
  const fieldsOf = (at: 'egress' | 'ingress') => ({
    IP: { source: addressOf(source), destination: addressOf(destination), ipVersion: 'IPv4' },
    l4: layer4(port, 40_000 + (second % 20_000)),
    source: endOf(source, at === 'egress'),
    destination: endOf(destination, at === 'ingress'),
    ...(destination.kind === 'address' && destination.names.length > 0
      ? { destination_names: destination.names }
      : {}),
    Type: 'L3_L4',
  });
  const passes = (at: 'egress' | 'ingress'): boolean => {
    const { verdict } = decision[at];
    const isProxied = proxy?.at === at;
    if ((verdict === 'unenforced' || verdict === 'outside') && !isProxied) {
      return true;
    }
    const isDropped = isAllowed(verdict) === (turned === at);
    const self = at === 'egress' ? source : destination;
    const direction = { traffic_direction: at.toUpperCase() };
    write(self, {
      ...verdictFields(isProxied ? 'redirected' : verdict, isDropped),
      ...fieldsOf(at),
      event_type: { type: 5 },
      ...direction,
    });
    if (isDropped) {
      write(self, {
        ...verdictFields(verdict, isDropped),
        ...fieldsOf(at),
        event_type: { type: 1, sub_type: 133 },
        ...direction,
      });
    }
    return !isDropped;
  };
  if (passes('egress') && passes('ingress')) {
    for (const request of proxy?.requests ?? []) {
      write(proxy!.at === 'egress' ? source : destination, {
        verdict: 'FORWARDED',
        ...fieldsOf(proxy!.at),
        Type: 'L7',
        event_type: { type: 129 },
        traffic_direction: proxy!.at.toUpperCase(),
        l7: {
          type: 'REQUEST',
          ...('name' in request ? { dns: { query: `${request.name}.` } } : { http: request }),
        },
        is_reply: false,
      });
    }
    const seenAt = clusterOf(destination) === undefined ? source : destination;
    const isInside = seenAt === destination;
    write(seenAt, {
      verdict: 'FORWARDED',
      ...fieldsOf(isInside ? 'ingress' : 'egress'),
      event_type: { type: 4 },
      // as Hubble has it since 1.16
      traffic_direction: 'EGRESS',
      trace_observation_point: isInside ? 'TO_ENDPOINT' : 'TO_STACK',
      trace_reason: 'NEW',
      is_reply: false,
    });
    write(source, {
      verdict: 'FORWARDED',
      ...fieldsOf('egress'),
      source: endOf(destination, false),
      destination: endOf(source, true),
      event_type: { type: 4 },
      traffic_direction: 'EGRESS',
      trace_observation_point: 'TO_ENDPOINT',
      trace_reason: 'REPLY',
      is_reply: true,
      reply: true,
    });
  }
  if (answered !== undefined) {
    write(source, {
      verdict: 'FORWARDED',
      IP: { source: '10.96.0.10', destination: addressOf(source), ipVersion: 'IPv4' },
      l4: { UDP: { source_port: 53, destination_port: 40_000 } },
      source: { identity: 3, labels: ['k8s:k8s-app=kube-dns', 'k8s:io.kubernetes.pod.namespace=kube-system'] },
      destination: endOf(source, true),
      Type: 'L7',
      event_type: { type: 129 },
      traffic_direction: 'INGRESS',
      l7: { type: 'RESPONSE', dns: { query: `${answered}.`, ips: [addressOf(destination)], rcode: 0 } },
      is_reply: true,
    });
  }
  return records;
}

/** The records as lines of a file. */
export function linesOf(records: readonly object[]): string {
  return records.map(record => `${JSON.stringify(record)}\n`).join('');
}

function verdictFields(verdict: EndpointVerdict, isDropped: boolean): object {
  if (isDropped) {
    const [number, reason] =
      verdict === 'denied'
        ? [181, 'POLICY_DENY']
        : verdict === 'auth-required'
          ? [189, 'AUTH_REQUIRED']
          : [133, 'POLICY_DENIED'];
    return { verdict: 'DROPPED', drop_reason: number, drop_reason_desc: reason };
  }
  const text = verdict === 'redirected' ? 'REDIRECTED' : verdict === 'audited' ? 'AUDIT' : 'FORWARDED';
  return { verdict: text, is_reply: false };
}

function clusterOf(endpoint: Endpoint): string | undefined {
  return endpoint.kind === 'workload' ? endpoint.workload.cluster : 'cluster' in endpoint ? endpoint.cluster : undefined;
}

function addressOf(endpoint: Endpoint): string {
  return endpoint.kind === 'address' ? endpoint.address.text.replace(/\/\d+$/, '') : '10.1.0.1';
}

function layer4({ protocol, port }: FlowPort, sourcePort: number): object {
  switch (protocol) {
    case 'ICMP':
      return { ICMPv4: port === 0 ? {} : { type: port } };
    case 'ICMPv6':
      return { ICMPv6: port === 0 ? {} : { type: port } };
    default:
      return {
        [protocol]: {
          source_port: sourcePort,
          destination_port: port,
          ...(protocol === 'TCP' ? { flags: { SYN: true } } : {}),
        },
      };
  }
}

function endOf(endpoint: Endpoint, isLocal: boolean): object {
  switch (endpoint.kind) {
    case 'workload':
      return podEnd(endpoint.workload, isLocal);
    case 'entity':
      return { identity: 1, labels: [`reserved:${endpoint.entity}`] };
    default:
      return { identity: 2, labels: ['reserved:world'] };
  }
}

function podEnd({ cluster, namespace, kind, name, labels }: Workload, isLocal: boolean): object {
  return {
    ...(isLocal ? { ID: 7 } : {}),
    identity: 65_537,
    cluster_name: cluster,
    namespace,
    labels: labels.labels.map(({ source, key, value }) => `${source}:${key}${value === '' ? '' : `=${value}`}`).sort(),
    pod_name: podName(kind, name),
    ...(isLocal ? { workloads: [{ name, kind }] } : {}),
  };
}

function podName(kind: string, name: string): string {
  switch (kind) {
    case 'Deployment':
      return `${name}-6b746f74dc-bcdfg`;
    case 'StatefulSet':
      return `${name}-0`;
    case 'Pod':
      return name;
    default:
      return `${name}-bcdfg`;
  }
}

/**
 * Recordings without addresses, names of pods, nodes and DNS, and requests. What policies select by is kept: labels of
 * pods, namespaces, clusters, workloads, ports and policies.
 *
 * Only fields that are named here are kept, so fields of newer versions do not tell more.
 */
import { redactedText, RedactedKind } from './redacted-text';
import { isObject, Item, JsonObject } from '../reading/envelopes';

/** The most values of one kind that are told apart. */
const MOST_VALUES = 100_000;

/** Replaces the same value by the same text. */
export class Redactor {
  private readonly known = new Map<string, string>();
  private readonly counts = new Map<RedactedKind, number>();

  /** The redacted value of an item, to be written as one line of JSON; undefined for what recordings do not need. */
  public redact(item: Item): JsonObject | undefined {
    switch (item.kind) {
      case 'flow':
        return this.response(item.flow, item.response);
      case 'lost':
        return {
          lost_events: { source: 'UNKNOWN_LOST_EVENT_SOURCE', num_events_lost: String(item.count) },
          ...this.node(item.node),
          ...(typeof item.time === 'string' ? { time: item.time } : {}),
        };
      case 'node-status':
        return {
          node_status: {
            state_change: item.state.slice(0, 100),
            node_names: item.nodes.map(name => this.nodeName(name)),
          },
        };
      default:
        return undefined;
    }
  }

  private response(flow: JsonObject, response: JsonObject): JsonObject {
    const { l4, IP: ip, emitter, l7 } = flow;
    const time = flow.time ?? response.time;
    const node = this.node(flow.node_name ?? response.node_name);
    return {
      flow: {
        ...pick(flow, PLAIN),
        ...(isObject(ip) ? { IP: this.ip(ip) } : {}),
        ...(isObject(l4) ? { l4: picked(l4, LAYER_4) } : {}),
        ...(isObject(l7) ? { l7: this.layer7(l7) } : {}),
        ...(isObject(flow.source) ? { source: this.end(flow.source) } : {}),
        ...(isObject(flow.destination) ? { destination: this.end(flow.destination) } : {}),
        ...Object.fromEntries(
          ['source_names', 'destination_names'].flatMap(field => {
            const names = flow[field];
            return Array.isArray(names) ? [[field, this.names(names)]] : [];
          }),
        ),
        ...Object.fromEntries(
          POLICIES.flatMap(field => {
            const policies = flow[field];
            return Array.isArray(policies)
              ? [[field, policies.filter(isObject).map(each => pick(each, ['kind', 'namespace', 'name']))]]
              : [];
          }),
        ),
        ...(isObject(emitter) ? { emitter: pick(emitter, ['name', 'version']) } : {}),
        ...(isObject(flow.event_type) ? { event_type: pick(flow.event_type, ['type', 'sub_type']) } : {}),
        ...(isObject(flow.aggregate) ? { aggregate: pick(flow.aggregate, AGGREGATE) } : {}),
        ...(typeof flow.time === 'string' ? { time: flow.time } : {}),
        ...node,
      },
      ...node,
      ...(typeof time === 'string' ? { time } : {}),
    };
  }

  private ip(ip: JsonObject): JsonObject {
    return {
      ...Object.fromEntries(
        ['source', 'destination'].flatMap(field => {
          const address = ip[field];
          return typeof address === 'string' && address !== '' ? [[field, this.token('address', address)]] : [];
        }),
      ),
      ...pick(ip, ['ipVersion']),
    };
  }

  private end(end: JsonObject): JsonObject {
    const { labels, workloads, pod_name: pod } = end;
    return {
      ...pick(end, ['ID', 'identity', 'cluster_name', 'namespace']),
      ...(Array.isArray(labels)
        ? { labels: labels.flatMap(label => (typeof label === 'string' ? this.label(label) : [])) }
        : {}),
      ...(typeof pod === 'string' && pod !== '' ? { pod_name: this.token('pod', pod) } : {}),
      ...(Array.isArray(workloads)
        ? { workloads: workloads.filter(isObject).map(each => this.workload(each)) }
        : {}),
    };
  }

  /** A pod without a controller has its own name. */
  private workload({ kind, name }: JsonObject): JsonObject {
    const kept = kind === 'Pod' && typeof name === 'string' ? this.token('pod', name) : name;
    return pick({ kind, name: kept }, ['name', 'kind']);
  }

  /** A label without the names of pods and nodes. Those of CIDRs and of DNS names hold what is redacted. */
  private label(label: string): string[] {
    if (!KEPT_LABELS.test(label)) {
      return [];
    }
    const end = label.indexOf('=') + 1;
    const [, kind] = NAMING_LABELS.find(([pattern]) => end > 0 && pattern.test(label.slice(0, end - 1))) ?? [];
    return [kind ? `${label.slice(0, end)}${this.token(kind, label.slice(end))}` : label];
  }

  private layer7(l7: JsonObject): JsonObject {
    const { http, dns } = l7;
    const url = isObject(http) ? http.url : undefined;
    const query = isObject(dns) ? dns.query : undefined;
    return {
      ...pick(l7, ['type']),
      ...(isObject(http)
        ? {
          http: { ...pick(http, ['method', 'code']), ...(typeof url === 'string' ? { url: this.token('path', url) } : {}) },
        }
        : {}),
      ...(isObject(dns)
        ? { dns: { ...pick(dns, ['rcode']), ...(typeof query === 'string' ? { query: this.name(query) } : {}) } }
        : {}),
    };
  }

  private names(names: readonly unknown[]): string[] {
    return names.filter(name => typeof name === 'string').map(name => this.name(name));
  }

  /** DNS names are equal in any case, with and without a dot at the end. */
  private name(name: string): string {
    return this.token('name', name.replace(/\.$/, '').toLowerCase());
  }

  private node(name: unknown): { readonly node_name?: string } {
    return typeof name === 'string' && name !== '' ? { node_name: this.nodeName(name) } : {};
  }

  /** The cluster in front of the name of a node is kept. */
  private nodeName(name: string): string {
    const slash = name.indexOf('/');
    return `${name.slice(0, slash + 1)}${this.token('node', name)}`;
  }

  private token(kind: RedactedKind, value: string): string {
    const key = `${kind} ${value}`;
    const known = this.known.get(key);
    if (known !== undefined) {
      return known;
    }
    const count = (this.counts.get(kind) ?? 0) + 1;
    if (count > MOST_VALUES) {
      return redactedText(kind, undefined);
    }
    this.counts.set(kind, count);
    const text = redactedText(kind, count);
    this.known.set(key, text);
    return text;
  }
}

/** Fields of flows that are kept as they are. */
const PLAIN = [
  'uuid',
  'verdict',
  'drop_reason',
  'drop_reason_desc',
  'auth_type',
  'Type',
  'traffic_direction',
  'trace_observation_point',
  'sock_xlate_point',
  'is_reply',
  'reply',
  'policy_match_type',
];

const POLICIES = ['ingress_allowed_by', 'egress_allowed_by', 'ingress_denied_by', 'egress_denied_by'];

const AGGREGATE = ['ingress_flow_count', 'egress_flow_count', 'unknown_direction_flow_count'];

/** The fields of protocols. */
const LAYER_4: { readonly [protocol: string]: readonly string[] } = {
  TCP: ['source_port', 'destination_port', 'flags'],
  UDP: ['source_port', 'destination_port'],
  SCTP: ['source_port', 'destination_port'],
  ICMPv4: ['type', 'code'],
  ICMPv6: ['type', 'code'],
  VRRP: [],
  IGMP: [],
};

const KEPT_LABELS = /^(k8s|reserved|gen):/;

/** Keys of labels whose values are names of pods or nodes. */
const NAMING_LABELS: ReadonlyArray<readonly [pattern: RegExp, kind: RedactedKind]> = [
  [/[:/]pod-name$/, 'pod'],
  [/[:/](hostname|node-name)$/, 'node'],
];

/** Fields with plain values; one with an object or list is no such field. */
function pick(object: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields.flatMap(field => {
      const value = object[field];
      const isPlain = value !== undefined && (typeof value !== 'object' || field === 'flags');
      return isPlain ? [[field, field === 'flags' && isObject(value) ? flagsOf(value) : value]] : [];
    }),
  );
}

function picked(object: JsonObject, fields: { readonly [key: string]: readonly string[] }): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, names]) => {
      const value = object[key];
      return isObject(value) ? [[key, pick(value, names)]] : [];
    }),
  );
}

function flagsOf(flags: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(flags).filter(([name, value]) => /^[A-Z]{2,3}$/.test(name) && value === true));
}

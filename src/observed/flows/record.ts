/**
 * What one record of Hubble says: who connected to whom on what port, and what was decided at which end.
 *
 * Source: api/v1/flow/flow.proto, pkg/hubble/parser/threefour/parser.go and bpf/lib/policy_log.h, v1.15.19 to v1.20.2.
 */
import { Direction, FlowProtocol } from '../../evaluator/engine/entry';
import { isObject, JsonObject, textOf } from '../reading/envelopes';
import { isRedacted } from '../redaction/redacted-text';

/** What a policy decided, in the words of the evaluator's verdicts. */
export type Outcome = 'allowed' | 'redirected' | 'denied' | 'default-denied' | 'auth-required' | 'audited';

/** An end of a flow, as the record describes it. */
export interface RecordedEnd {
  /** With their sources: `k8s:app=web`, `reserved:world`. Empty where a field mask leaves them out. */
  readonly labels: readonly string[];
  readonly cluster?: string;
  readonly namespace?: string;
  readonly pod?: string;
  /** Only at an end on the node that recorded. */
  readonly workload?: { readonly kind: string; readonly name: string };
  readonly isLocal: boolean;
  readonly address?: string;
  /** DNS names, from answers to the source. */
  readonly names: readonly string[];
}

/** A policy, as Hubble names it. Kinds are known since 1.17. */
export interface NamedPolicy {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name: string;
}

/** The addresses of a name. */
export interface DnsAnswer {
  readonly name: string;
  readonly addresses: readonly string[];
}

/** What a record proves about its flow. */
export type Evidence =
  /** The verdict of the policies at one end. */
  | { readonly kind: 'verdict'; readonly at: Direction; readonly outcome: Outcome }
  /** A packet dropped by policy; its verdict has a record of its own. A field mask may hide the end, or the reason. */
  | { readonly kind: 'drop'; readonly at?: Direction; readonly outcome: Outcome }
  /** It came to its destination: both ends let it pass. */
  | { readonly kind: 'arrived' }
  /** It left its source, which let it pass, also through a proxy. */
  | { readonly kind: 'left' }
  | { readonly kind: 'redirected'; readonly at: Direction }
  /** It was forwarded at a place that the record does not name. */
  | { readonly kind: 'forwarded' }
  /** A request in it, which came to the proxy of an end. The proxy let it through, denied it or answered an error. */
  | { readonly kind: 'request'; readonly at?: Direction; readonly text?: string; readonly isDenied: boolean }
  /** The answer to a request. It counts where the request has no record. */
  | { readonly kind: 'response'; readonly at?: Direction; readonly answer?: DnsAnswer }
  /** Dropped for a reason other than policy. */
  | { readonly kind: 'failed'; readonly reason: string };

/** What a record says. */
export interface ReadRecord {
  readonly kind: 'evidence';
  readonly evidence: Evidence;
  readonly source: RecordedEnd;
  readonly destination: RecordedEnd;
  readonly protocol: FlowProtocol;
  /** The type of ICMP. */
  readonly port: number;
  /** The port of the source, where the direction of the record is not known; a reply has its ends exchanged. */
  readonly replyPort?: number;
  /** A packet of TCP that follows an answer of the server. */
  readonly isAcknowledgement: boolean;
  /** How many records it stands for: exporters may aggregate. */
  readonly count: number;
  readonly policies: readonly NamedPolicy[];
  readonly uuid?: string;
}

/** Why a record says nothing about a connection. */
export type SkipReason =
  /** A packet back. */
  | 'reply'
  /** Seen before any policy, or translated from a Service. */
  | 'before-policy'
  /** Without ends, protocol or port, for example by a field mask. */
  | 'incomplete'
  /** Without a verdict, for example by a field mask. */
  | 'no-verdict';

/** Reads a flow of Hubble. Fields of a wrong type count as missing. */
export function readRecord(flow: JsonObject): ReadRecord | SkipReason {
  const answered = responseOf(flow);
  if (answered) {
    return answered;
  }
  if (flow.is_reply === true || flow.reply === true) {
    return 'reply';
  }
  const layer4 = layer4Of(flow.l4);
  const [source, destination] = [flow.source, flow.destination];
  if (!layer4 || !isObject(source) || !isObject(destination)) {
    return 'incomplete';
  }
  const ends = endsOf(flow, source, destination);
  const found = evidenceOf(flow, ends);
  if (typeof found === 'string') {
    return found;
  }
  const direction = isForward(flow, layer4, found);
  return direction === 'reply'
    ? 'reply'
    : {
      kind: 'evidence',
      evidence: found,
      ...ends,
      protocol: layer4.protocol,
      port: layer4.port,
      ...(direction === 'unknown' ? { replyPort: layer4.sourcePort } : {}),
      isAcknowledgement: isAcknowledgement(layer4.flags),
      count: aggregatedCount(flow.aggregate),
      policies: POLICY_FIELDS.flatMap(field => policiesOf(flow[field])),
      ...(typeof flow.uuid === 'string' ? { uuid: flow.uuid } : {}),
    };
}

function endsOf(flow: JsonObject, source: JsonObject, destination: JsonObject): Ends {
  const addresses = isObject(flow.IP) ? flow.IP : {};
  return {
    source: endOf(source, addresses.source, flow.source_names),
    destination: endOf(destination, addresses.destination, flow.destination_names),
  };
}

/** The connection of the answer to a request. Its ends are exchanged, but for some answers of DNS. */
function responseOf(flow: JsonObject): ReadRecord | undefined {
  const { l7, l4, source, destination } = flow;
  if (!isObject(l7) || l7.type !== 'RESPONSE' || !isObject(source) || !isObject(destination)) {
    return undefined;
  }
  const layer4 = layer4Of(l4);
  if (!layer4?.sourcePort) {
    return undefined;
  }
  const ends = endsOf(flow, source, destination);
  const isExchanged = !isObject(l7.dns) || layer4.sourcePort === DNS_PORT || layer4.port !== DNS_PORT;
  const at = endOfVerdict(flow, isExchanged ? { source: ends.destination, destination: ends.source } : ends);
  const answer = isObject(l7.dns) ? answerOf(l7.dns) : undefined;
  return {
    kind: 'evidence',
    evidence: { kind: 'response', ...(at ? { at } : {}), ...(answer ? { answer } : {}) },
    ...(isExchanged ? { source: ends.destination, destination: ends.source } : ends),
    protocol: layer4.protocol,
    port: isExchanged ? layer4.sourcePort : layer4.port,
    isAcknowledgement: false,
    count: aggregatedCount(flow.aggregate),
    policies: [],
  };
}

const DNS_PORT = 53;

/**
 * Answers with addresses. Cilium learns nothing from those with an error, which is not 0 (pkg/fqdn/messagehandler,
 * v1.20.2); 0 is left out.
 */
function answerOf({ query, ips, rcode = 0 }: JsonObject): DnsAnswer | undefined {
  const addresses = textsOf(ips);
  return rcode === 0 && isText(query) && !isRedacted(query) && addresses.length > 0
    ? { name: query, addresses }
    : undefined;
}

const POLICY_FIELDS = ['egress_allowed_by', 'ingress_allowed_by', 'egress_denied_by', 'ingress_denied_by'];

interface Layer4 {
  readonly protocol: FlowProtocol;
  readonly port: number;
  readonly sourcePort?: number;
  readonly flags: JsonObject;
}

const PROTOCOL_NAMES: { readonly [field: string]: FlowProtocol } = {
  TCP: 'TCP',
  UDP: 'UDP',
  SCTP: 'SCTP',
  ICMPv4: 'ICMP',
  ICMPv6: 'ICMPv6',
  VRRP: 'VRRP',
  IGMP: 'IGMP',
};

/** The protocols that records have. */
export const RECORDED_PROTOCOLS: readonly FlowProtocol[] = Object.values(PROTOCOL_NAMES);

function layer4Of(l4: unknown): Layer4 | undefined {
  if (!isObject(l4)) {
    return undefined;
  }
  for (const field of Object.keys(l4)) {
    const [protocol, body] = [Object.hasOwn(PROTOCOL_NAMES, field) ? PROTOCOL_NAMES[field] : undefined, l4[field]];
    if (protocol && isObject(body)) {
      const flags = isObject(body.flags) ? body.flags : {};
      switch (protocol) {
        case 'TCP':
        case 'UDP':
        case 'SCTP': {
          const [port, sourcePort] = [portOf(body.destination_port), portOf(body.source_port)];
          return port ? { protocol, port, sourcePort, flags } : undefined;
        }
        // type 0 is left out
        case 'ICMP':
        case 'ICMPv6':
          return { protocol, port: portOf(body.type) ?? 0, flags };
        default:
          return { protocol, port: 0, flags };
      }
    }
  }
  return undefined;
}

function portOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 65_535 ? value : undefined;
}

const NOTHING: readonly never[] = [];

function endOf(end: JsonObject, address: unknown, names: unknown): RecordedEnd {
  const workload: unknown = Array.isArray(end.workloads) ? end.workloads[0] : undefined;
  return {
    labels: textsOf(end.labels),
    ...(isText(end.cluster_name) ? { cluster: end.cluster_name } : {}),
    ...(isText(end.namespace) ? { namespace: end.namespace } : {}),
    ...(isText(end.pod_name) ? { pod: end.pod_name } : {}),
    ...(isObject(workload) && isText(workload.name) && isText(workload.kind)
      ? { workload: { kind: workload.kind, name: workload.name } }
      : {}),
    isLocal: end.ID !== undefined,
    ...(isText(address) ? { address } : {}),
    names: textsOf(names),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value.every(isText) ? value : value.filter(isText)) : NOTHING;
}

/** The numbers of events (api/v1/flow, `MessageType` of pkg/monitor/api/types.go). */
const [DROP, TRACE, VERDICT, SOCKET, LAYER_7] = [1, 4, 5, 7, 129];

type Ends = Pick<ReadRecord, 'source' | 'destination'>;

function evidenceOf(flow: JsonObject, ends: Ends): Evidence | SkipReason {
  const type = isObject(flow.event_type) ? flow.event_type.type : undefined;
  if (type === LAYER_7 || flow.Type === 'L7') {
    return requestOf(flow, ends);
  }
  if (type === SOCKET || flow.Type === 'SOCK' || flow.sock_xlate_point !== undefined) {
    return 'before-policy';
  }
  const verdict = textOf(flow.verdict);
  if (verdict === '') {
    return 'no-verdict';
  }
  const at = endOfVerdict(flow, ends);
  // a field mask may leave the type of events out
  if (type === VERDICT || (type === undefined && flow.policy_match_type !== undefined)) {
    // only policies have verdicts, also where a field mask leaves the reason out
    const isMasked = reasonOf(flow) === UNKNOWN_REASON;
    const dropped = isMasked ? 'default-denied' : droppedOutcome(flow);
    const outcome = verdict === 'DROPPED' ? dropped : outcomeOf(verdict);
    return outcome === undefined
      ? failure(flow)
      : at
        ? { kind: 'verdict', at, outcome }
        : withoutPlace(outcome);
  }
  if (verdict === 'DROPPED') {
    const outcome = droppedOutcome(flow);
    return outcome !== undefined
      ? { kind: 'drop', ...(at ? { at } : {}), outcome }
      : reasonOf(flow) === UNKNOWN_REASON
        ? { kind: 'drop', outcome: 'default-denied' }
        : failure(flow);
  }
  if (type === DROP) {
    return failure(flow);
  }
  const point = textOf(flow.trace_observation_point);
  return point === '' && type !== TRACE ? masked(verdict, at) : tracedAt(point, ends);
}

const OUTCOMES: { readonly [verdict: string]: Outcome } = {
  FORWARDED: 'allowed',
  REDIRECTED: 'redirected',
  AUDIT: 'audited',
};

function outcomeOf(verdict: string): Outcome | undefined {
  return Object.hasOwn(OUTCOMES, verdict) ? OUTCOMES[verdict] : undefined;
}

/** A verdict without its end. */
function withoutPlace(outcome: Outcome): Evidence {
  return outcome === 'allowed' || outcome === 'redirected' || outcome === 'audited'
    ? { kind: 'forwarded' }
    : { kind: 'drop', outcome };
}

/** A record without type and place. */
function masked(verdict: string, at: Direction | undefined): Evidence | SkipReason {
  switch (verdict) {
    case 'AUDIT':
      return at ? { kind: 'verdict', at, outcome: 'audited' } : { kind: 'forwarded' };
    case 'REDIRECTED':
      return at ? { kind: 'redirected', at } : { kind: 'forwarded' };
    case 'FORWARDED':
      return { kind: 'forwarded' };
    // of sockets
    case 'TRACED':
    case 'TRANSLATED':
      return 'before-policy';
    default:
      return 'incomplete';
  }
}

/**
 * Where a trace was seen. Its `traffic_direction` does not count: since 1.16 it is EGRESS for all requests that arrive
 * (decodeTrafficDirection, pkg/hubble/parser/threefour/parser.go, v1.20.2).
 */
function tracedAt(point: string, { source, destination }: Ends): Evidence | SkipReason {
  switch (point) {
    case 'TO_ENDPOINT':
      return { kind: 'arrived' };
    case 'TO_PROXY':
      return source.isLocal === destination.isLocal
        ? 'before-policy'
        : { kind: 'redirected', at: source.isLocal ? 'egress' : 'ingress' };
    case 'TO_STACK':
    case 'TO_OVERLAY':
    case 'TO_NETWORK':
    case 'TO_HOST':
      return source.isLocal || isPod(source) ? { kind: 'left' } : 'before-policy';
    default:
      return 'before-policy';
  }
}

/** A pod of another node passed the policy of its source there, such as behind an egress gateway or proxy. */
function isPod({ labels, pod }: RecordedEnd): boolean {
  return labels.length > 0 ? !labels.some(label => label.startsWith('reserved:')) : pod !== undefined;
}

/**
 * The end whose policy decided: of verdicts and drops the direction is right; else the end on the node. An exporter
 * that aggregates without the direction writes one record for both ends.
 */
function endOfVerdict(
  { traffic_direction: direction, aggregate }: JsonObject,
  { source, destination }: Ends,
): Direction | undefined {
  return direction === 'EGRESS'
    ? 'egress'
    : direction === 'INGRESS'
      ? 'ingress'
      : source.isLocal === destination.isLocal || aggregate !== undefined
        ? undefined
        : source.isLocal
          ? 'egress'
          : 'ingress';
}

/** The reasons of drops by policy, by name and by number (`DropReason`, api/v1/flow/flow.proto). */
const POLICY_DROPS: { readonly [reason: string]: Outcome } = {
  POLICY_DENIED: 'default-denied',
  133: 'default-denied',
  POLICY_DENY: 'denied',
  181: 'denied',
  AUTH_REQUIRED: 'auth-required',
  189: 'auth-required',
};

function droppedOutcome(flow: JsonObject): Outcome | undefined {
  const reason = reasonOf(flow);
  return Object.hasOwn(POLICY_DROPS, reason) ? POLICY_DROPS[reason] : undefined;
}

/** The reason of a drop that the record does not tell, for example by a field mask. */
const UNKNOWN_REASON = 'unknown reason';

/** A reason that is newer than the program that printed it is a number. */
function reasonOf({ drop_reason_desc: name, drop_reason: number }: JsonObject): string {
  const reason = [name, number].find(each => isText(each) || (typeof each === 'number' && each !== 0));
  return reason === undefined || reason === 'DROP_REASON_UNKNOWN' ? UNKNOWN_REASON : String(reason);
}

function failure(flow: JsonObject): Evidence {
  const reason = flow.verdict === 'DROPPED' ? reasonOf(flow) : textOf(flow.verdict) || reasonOf(flow);
  return { kind: 'failed', reason: reason.slice(0, 100) };
}

/** The most characters of a request. */
const MOST_REQUEST = 1000;

function requestOf(flow: JsonObject, ends: Ends): Evidence | SkipReason {
  const l7 = isObject(flow.l7) ? flow.l7 : {};
  if (l7.type !== undefined && l7.type !== 'REQUEST') {
    return l7.type === 'RESPONSE' ? 'reply' : 'incomplete';
  }
  const text = isObject(l7.http) ? httpText(l7.http) : isObject(l7.dns) ? dnsText(l7.dns) : undefined;
  // the direction of a request is the end of its proxy (pkg/hubble/parser/seven/parser.go, decodeTrafficDirection)
  const at = endOfVerdict(flow, ends);
  return {
    kind: 'request',
    ...(at ? { at } : {}),
    isDenied: flow.verdict === 'DROPPED',
    ...(text === undefined ? {} : { text: text.slice(0, MOST_REQUEST) }),
  };
}

function httpText({ method, url }: JsonObject): string | undefined {
  const match = isText(url) ? /^(?:[a-z]+:\/\/([^/?#]*))?([^#\s]*)/i.exec(url) : undefined;
  if (!isText(method) || !match || isRedacted(url as string)) {
    return undefined;
  }
  const [, host = '', path] = match;
  // credentials of a URL are not kept
  const name = host.replace(/^.*@/, '');
  return `${method} ${name === '' ? '' : `http://${name}`}${path.startsWith('/') ? path : `/${path}`}`;
}

function dnsText({ query }: JsonObject): string | undefined {
  return isText(query) && !isRedacted(query) ? `DNS ${query.replace(/\.$/, '')}` : undefined;
}

/** A reset may answer a reset. */
function isAcknowledgement({ ACK: acknowledges, SYN: opens, RST: resets }: JsonObject): boolean {
  return acknowledges === true && opens !== true && resets !== true;
}

/** Types of ICMP that ask for something; the others answer, or report errors. */
const ICMP_REQUESTS: { readonly [protocol: string]: readonly number[] } = {
  ICMP: [8, 13, 15, 17],
  ICMPv6: [128, 133, 135],
};

/** Whether a record is about the way from client to server. */
function isForward(
  flow: JsonObject,
  { protocol, port, flags }: Layer4,
  { kind }: Evidence,
): 'forward' | 'reply' | 'unknown' {
  // policies decide about new connections; a reply of a known one is not asked about
  if (kind === 'verdict' || kind === 'drop' || kind === 'request') {
    return 'forward';
  }
  // an error is no reply for Hubble, but belongs to a connection that policies decided about (`trace_reason` RELATED)
  const requests = ICMP_REQUESTS[protocol];
  if (requests) {
    return requests.includes(port) ? 'forward' : 'reply';
  }
  if (flow.is_reply === false) {
    return 'forward';
  }
  return protocol === 'TCP' && flags.SYN === true ? (flags.ACK === true ? 'reply' : 'forward') : 'unknown';
}

/** Since 1.19 an exporter may write one record for many. */
function aggregatedCount(aggregate: unknown): number {
  if (!isObject(aggregate)) {
    return 1;
  }
  const count = ['ingress_flow_count', 'egress_flow_count', 'unknown_direction_flow_count']
    .map(field => Number(aggregate[field] ?? 0))
    .reduce((sum, each) => sum + (Number.isFinite(each) && each > 0 ? Math.floor(each) : 0), 0);
  return Math.max(1, count);
}

function policiesOf(value: unknown): NamedPolicy[] {
  return !Array.isArray(value)
    ? []
    : value.flatMap(each =>
      isObject(each) && isText(each.name)
        ? [
          {
            name: each.name,
            ...(isText(each.kind) ? { kind: each.kind } : {}),
            ...(isText(each.namespace) ? { namespace: each.namespace } : {}),
          },
        ]
        : [],
    );
}

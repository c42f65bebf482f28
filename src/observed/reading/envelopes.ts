/**
 * What a JSON value of a recording is: what Hubble writes (`GetFlowsResponse` and `ExportEvent`, api/v1/flow and
 * api/v1/observer, v1.15 to v1.20), also within what collectors of logs write around it.
 */
export type Item =
  /** A flow, with the response around it, which has its time and node too. */
  | { readonly kind: 'flow'; readonly flow: JsonObject; readonly response: JsonObject }
  /** Events that Hubble lost before it could write them. */
  | { readonly kind: 'lost'; readonly count: number; readonly node: string; readonly time: unknown }
  /** Nodes that Relay reports about; `state` such as `NODE_UNAVAILABLE`. */
  | { readonly kind: 'node-status'; readonly state: string; readonly nodes: readonly string[] }
  /** Events of the agent and of its debugging. */
  | { readonly kind: 'event' }
  /** JSON of something else. */
  | { readonly kind: 'other' };

/** An object of JSON whose fields may have any type. */
export type JsonObject = { readonly [key: string]: unknown };

/** Envelopes in envelopes: what Fluent Bit writes, in streams of Loki's API, each in lists. */
const MOST_LEVELS = 12;

/**
 * Fields with the text of a log line: Fluent Bit and Docker, Loki, Vector and Elastic, Splunk, journald, OpenTelemetry,
 * Google Cloud.
 */
const TEXT_FIELDS = ['log', 'line', 'message', '_raw', 'MESSAGE', 'msg', 'body', 'stringValue', 'textPayload'];

/** Fields with what was logged, as objects. */
const OBJECT_FIELDS = [
  // Elasticsearch, gRPC gateways
  ...['_source', 'data', 'result', 'values', 'hits', 'json', 'fields'],
  // what Loki pushes and tails
  'streams',
  // OpenTelemetry's JSON
  ...['resourceLogs', 'scopeLogs', 'logRecords', 'body'],
  // Google Cloud, CloudWatch
  ...['jsonPayload', 'events', 'logEvents'],
];

/** Calls `found` for everything in a value. */
export function unwrap(value: unknown, found: (item: Item) => void): void {
  if (!walk(value, found, MOST_LEVELS)) {
    found({ kind: 'other' });
  }
}

/** Whether anything of Hubble is in a value. */
function walk(value: unknown, found: (item: Item) => void, levels: number): boolean {
  if (levels === 0 || typeof value !== 'object' || value === null) {
    return typeof value === 'string' && levels > 0 && walkText(value, found, levels);
  }
  if (Array.isArray(value)) {
    return value.reduce((any: boolean, each) => walk(each, found, levels - 1) || any, false);
  }
  const object = value as JsonObject;
  const item = itemOf(object);
  if (item) {
    found(item);
    return true;
  }
  for (const field of TEXT_FIELDS) {
    const text = object[field];
    if (typeof text === 'string' && walkText(text, found, levels)) {
      return true;
    }
  }
  return OBJECT_FIELDS.some(field => object[field] !== undefined && walk(object[field], found, levels - 1));
}

function walkText(text: string, found: (item: Item) => void, levels: number): boolean {
  const brace = text.indexOf('{');
  if (brace < 0) {
    return false;
  }
  try {
    return walk(JSON.parse(text.slice(brace)), found, levels - 1);
  } catch {
    return false;
  }
}

function itemOf(object: JsonObject): Item | undefined {
  const { flow } = object;
  if (isObject(flow)) {
    return { kind: 'flow', flow: withProtoNames(flow), response: withProtoNames(object) };
  }
  const lost = object.lost_events ?? object.lostEvents;
  if (isObject(lost)) {
    const count = Number(lost.num_events_lost ?? lost.numEventsLost ?? 0);
    return {
      kind: 'lost',
      count: Number.isFinite(count) && count > 0 ? Math.floor(count) : 0,
      node: textOf(object.node_name ?? object.nodeName),
      time: object.time,
    };
  }
  const status = object.node_status ?? object.nodeStatus;
  if (isObject(status)) {
    const names = status.node_names ?? status.nodeNames;
    return {
      kind: 'node-status',
      state: textOf(status.state_change ?? status.stateChange),
      nodes: Array.isArray(names) ? names.filter(each => typeof each === 'string') : [],
    };
  }
  if (['agent_event', 'debug_event', 'agentEvent', 'debugEvent'].some(field => isObject(object[field]))) {
    return { kind: 'event' };
  }
  // `hubble observe -o json` up to 0.10 writes the flow alone
  const isFlow =
    typeof object.verdict === 'string' && (isObject(object.l4) || isObject(object.IP) || isObject(object.source));
  return isFlow ? { kind: 'flow', flow: withProtoNames(object), response: object } : undefined;
}

/**
 * Tools that print messages as protobuf's JSON write `nodeName`; Hubble writes the names of the fields, `node_name`.
 */
function withProtoNames(object: JsonObject): JsonObject {
  return CAMEL_FIELDS.some(field => field in object) ? (protoNames(object, 8) as JsonObject) : object;
}

const CAMEL_FIELDS = ['nodeName', 'eventType', 'isReply', 'trafficDirection', 'traceObservationPoint', 'dropReasonDesc'];

function protoNames(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== 'object' || value === null) {
    return value;
  }
  return Array.isArray(value)
    ? value.map(each => protoNames(each, levels - 1))
    : Object.fromEntries(
      Object.entries(value).map(([key, each]) => [protoName(key), protoNames(each, levels - 1)]),
    );
}

/** The fields whose names are in capitals, or have two forms in one message. */
const KEPT = ['ipVersion', 'ICMPv4', 'ICMPv6', 'isL7'];

function protoName(key: string): string {
  return KEPT.includes(key) || !/^[a-z]/.test(key)
    ? key
    : key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

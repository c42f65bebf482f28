import { CoveredTime } from './covered-time';
import { addAnswer, Ends, labelOf, ObservedEnd } from './ends';
import {
  addAddress,
  addFailure,
  addRecords,
  addRequest,
  answeredNamesOf,
  countOf,
  decisionsAt,
  newFlow,
  ObservedDecisions,
  ObservedFlow,
  proxiedAt,
  Side,
} from './observed-flow';
import { NamedPolicy, ReadRecord, readRecord, RecordedEnd, RECORDED_PROTOCOLS, SkipReason } from './record';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { Direction, FlowProtocol } from '../../evaluator/engine/entry';
import { compareTexts } from '../../evaluator/read/text-order';
import { isObject, Item, JsonObject, textOf } from '../reading/envelopes';
import { TimeReader } from '../reading/time';

/** What one node recorded. */
export interface RecordedNode {
  /** As Hubble names it: `cluster/node`, or `node` in a cluster called `default`. */
  readonly name: string;
  /** Records of flows, also those that say nothing about connections. */
  records: number;
  first?: number;
  last?: number;
  /** Events that Hubble lost. */
  lost: number;
  /** Relay reported that the node did not answer. */
  wasUnavailable: boolean;
  /** Versions of Cilium; known since 1.19. */
  readonly versions: Set<string>;
}

/** Why a record of a flow is part of no flow. */
export type SkippedReason = SkipReason | 'direction-unknown' | 'outside-of-period' | 'undated';

/** Their numbers. */
export type SkippedRecords = { [reason in SkippedReason]: number };

/** The part of the time of a recording to read; milliseconds since 1970. */
export interface Period {
  readonly since?: number;
  readonly until?: number;
}

/** Records of answers by the end of their proxy. */
type Responses = ObservedFlow['proxied'];

/** Records of drops by end. */
type Drops = { readonly [direction in Direction]: ObservedDecisions['outcomes'] };

/** The most nodes that a recording keeps. More are counted as one. */
const MOST_NODES = 20_000;

/** The most policies that an end of a flow keeps. */
const MOST_POLICIES = 8;

/**
 * The flows of a recording. It grows with the number of distinct flows, not with the number of records.
 *
 * A flow recorded at both ends is one flow: egress at the client, ingress at the server.
 */
export class Recording {
  public readonly nodes = new Map<string, RecordedNode>();
  /** Records of flows, with the skipped ones. */
  public records = 0;
  public readonly skipped: SkippedRecords = {
    'reply': 0,
    'before-policy': 0,
    'incomplete': 0,
    'no-verdict': 0,
    'direction-unknown': 0,
    'outside-of-period': 0,
    'undated': 0,
  };
  /** When something was recorded. */
  public readonly covered = new CoveredTime();
  /** Events of agents. */
  public events = 0;
  /** JSON of other programs. */
  public others = 0;
  /** The flows of each source, by their destination, protocol and port (`flowKey`). */
  private readonly bySource = new Map<ObservedEnd, Map<number, ObservedFlow>>();
  /** Drops by policy, until all records are read: only then it is known whether they have verdicts. */
  private readonly drops = new Map<ObservedFlow, Drops>();
  /** Answers to requests, until it is known whether the requests have records. */
  private readonly responses = new Map<ObservedFlow, Responses>();
  private readonly times = new TimeReader();
  /** Numbers of destinations, for short keys. */
  private readonly numbers = new Map<ObservedEnd, number>();

  constructor(
    private readonly ends: Ends,
    private readonly period: Period = {},
  ) {}

  /** The flows of everything that was added, in the order of their ends and ports. */
  public finish(): ObservedFlow[] {
    this.drops.forEach((drops, flow) => settleDrops(flow, drops));
    this.drops.clear();
    this.responses.forEach((responses, flow) => this.settleResponses(flow, responses));
    this.responses.clear();
    const flows = [...this.bySource.values()].flatMap(each => [...each.values()]).sort(compareFlows);
    this.bySource.clear();
    flows.forEach(flow => (flow.answeredNames = answeredNamesOf(flow)));
    return flows;
  }

  /** Adds what a file contains. `cluster` is the one that the file was recorded in, if that is known. */
  public add(item: Item, cluster?: string): void {
    switch (item.kind) {
      case 'flow':
        this.addFlow(item.flow, item.response, cluster);
        break;
      case 'lost':
        this.nodeOf(item.node).lost += item.count;
        break;
      case 'node-status':
        if (/UNAVAILABLE|GONE|ERROR/.test(item.state)) {
          item.nodes.forEach(name => (this.nodeOf(name).wasUnavailable = true));
        }
        break;
      case 'event':
        this.events++;
        break;
      case 'other':
        this.others++;
        break;
    }
  }

  private addFlow(flow: JsonObject, response: JsonObject, fileCluster: string | undefined): void {
    this.records++;
    const time = this.times.read(flow.time ?? response.time);
    const { since, until } = this.period;
    if ((since !== undefined || until !== undefined) && !this.isInPeriod(time)) {
      return;
    }
    const name = textOf(flow.node_name) || textOf(response.node_name);
    const node = this.nodeOf(name);
    node.records++;
    addTime(node, time);
    if (time !== undefined) {
      this.covered.add(time);
    }
    const { emitter } = flow;
    if (isObject(emitter) && typeof emitter.version === 'string' && node.versions.size < 8) {
      node.versions.add(emitter.version);
    }
    const record = readRecord(flow);
    if (typeof record === 'string') {
      this.skipped[record]++;
      return;
    }
    const local = record.destination.isLocal && !record.source.isLocal ? record.destination : record.source;
    const cluster =
      clusterOfNode(name) ??
      fileCluster ??
      labelOf(local.labels, CLUSTER_LABEL) ??
      local.cluster ??
      this.ends.onlyCluster;
    const source = this.ends.find(record.source, cluster);
    const destination = this.ends.find(record.destination, cluster);
    const way = record.replyPort === undefined ? 'forward' : directionOf(record, source, destination);
    if (way !== 'forward') {
      this.skipped[way]++;
      return;
    }
    this.addRecord(this.flowOf(source, destination, record), record, time);
  }

  private addRecord(flow: ObservedFlow, record: ReadRecord, time: number | undefined): void {
    const { evidence, count, uuid, source, destination } = record;
    addAddressOf(flow, 'source', source.address);
    addAddressOf(flow, 'destination', destination.address);
    addNamesOfLabels(flow, destination);
    if (evidence.kind === 'response') {
      evidence.answer?.addresses.forEach(address => addAnswer(flow.source, evidence.answer!.name, address));
      addRecords(this.responsesOf(flow)[evidence.at ?? 'egress'], count, time, uuid);
      return;
    }
    flow.records += count;
    addTime(flow, time);
    flow.hasAcknowledged ||= record.isAcknowledgement && evidence.kind !== 'failed';
    flow.isRecordedAtSource ||= source.isLocal;
    flow.isRecordedAtDestination ||= destination.isLocal;
    switch (evidence.kind) {
      case 'verdict': {
        const decisions = decisionsAt(flow, evidence.at);
        addRecords((decisions.outcomes[evidence.outcome] ??= { records: 0 }), count, time, uuid);
        record.policies.forEach(policy => addPolicy(decisions, policy));
        break;
      }
      case 'drop':
        if (evidence.at) {
          addRecords((this.dropsOf(flow)[evidence.at][evidence.outcome] ??= { records: 0 }), count, time, uuid);
          record.policies.forEach(policy => addPolicy(decisionsAt(flow, evidence.at!), policy));
        } else {
          addRecords(countOf(flow, 'dropped'), count, time, uuid);
        }
        break;
      case 'redirected':
        addRecords((decisionsAt(flow, evidence.at).outcomes.redirected ??= { records: 0 }), count, time, uuid);
        break;
      case 'arrived':
      case 'left':
      case 'forwarded':
        addRecords(countOf(flow, evidence.kind), count, time, uuid);
        break;
      case 'failed':
        addFailure(flow, evidence.reason, count);
        break;
      case 'request':
        addRequest(flow, evidence.text, evidence.isDenied, count);
        // a request at any proxy has left its source; proxies of Ingress and Gateway API may name the client outside
        if (isPodEnd(flow.source)) {
          addRecords(proxiedAt(flow, evidence.at ?? 'egress'), count, time, uuid);
        }
        break;
    }
  }

  private responsesOf(flow: ObservedFlow): Responses {
    const responses = this.responses.get(flow) ?? { egress: { records: 0 }, ingress: { records: 0 } };
    this.responses.set(flow, responses);
    return responses;
  }

  /** A request that was answered was let through to the proxy. */
  private settleResponses(flow: ObservedFlow, responses: Responses): void {
    const counts = [responses.egress, responses.ingress];
    const records = counts.reduce((sum, each) => sum + each.records, 0);
    if (flow.requests.size + flow.moreRequests > 0) {
      this.skipped.reply += records;
      return;
    }
    flow.records += records;
    flow.moreRequests = records;
    counts.forEach(({ first, last }) => [first, last].forEach(time => addTime(flow, time)));
    if (isPodEnd(flow.source)) {
      flow.proxied = responses;
    }
  }

  private dropsOf(flow: ObservedFlow): Drops {
    const drops = this.drops.get(flow) ?? { egress: {}, ingress: {} };
    this.drops.set(flow, drops);
    return drops;
  }

  private isInPeriod(time: number | undefined): boolean {
    const { since = -Infinity, until = Infinity } = this.period;
    if (time === undefined) {
      this.skipped.undated++;
      return false;
    }
    if (time < since || time > until) {
      this.skipped['outside-of-period']++;
      return false;
    }
    return true;
  }

  private nodeOf(name: string): RecordedNode {
    const key = this.nodes.size < MOST_NODES ? name : '';
    let node = this.nodes.get(name) ?? this.nodes.get(key);
    if (!node) {
      node = { name: key, records: 0, lost: 0, wasUnavailable: false, versions: new Set() };
      this.nodes.set(key, node);
    }
    return node;
  }

  private flowOf(source: ObservedEnd, destination: ObservedEnd, { protocol, port }: ReadRecord): ObservedFlow {
    let flows = this.bySource.get(source);
    if (!flows) {
      flows = new Map();
      this.bySource.set(source, flows);
    }
    const key = flowKey(this.numberOf(destination), protocol, port);
    const known = flows.get(key);
    if (known) {
      return known;
    }
    const flow = newFlow({ source, destination, protocol, port });
    flows.set(key, flow);
    return flow;
  }

  private numberOf(end: ObservedEnd): number {
    const known = this.numbers.get(end);
    if (known !== undefined) {
      return known;
    }
    this.numbers.set(end, this.numbers.size);
    return this.numbers.size - 1;
  }
}

/** A number for each destination, protocol and port: recordings have many flows, and texts would take more memory. */
function flowKey(destination: number, protocol: FlowProtocol, port: number): number {
  return (destination * RECORDED_PROTOCOLS.length + RECORDED_PROTOCOLS.indexOf(protocol)) * 2 ** 16 + port;
}

/** Of ends of the mesh, the labels tell everything. */
function addAddressOf(flow: ObservedFlow, side: Side, address: string | undefined): void {
  if (flow[side].addresses && address !== undefined) {
    addAddress(flow, side, address);
  }
}

/** Since 1.16 the labels of an address have names that policies select it by (`FQDNSelector.IdentityLabel`). */
function addNamesOfLabels({ source, destination }: ObservedFlow, { labels, address }: RecordedEnd): void {
  if (destination.addresses && address !== undefined) {
    for (const label of labels) {
      // a pattern tells no name
      if (label.startsWith(NAME_LABEL) && !label.includes('*')) {
        addAnswer(source, label.slice(NAME_LABEL.length), address);
      }
    }
  }
}

const NAME_LABEL = 'fqdn:';

function isPodEnd({ matches }: ObservedEnd): boolean {
  return matches.every(match => 'endpoint' in match && match.endpoint.kind === 'workload');
}

/** The cluster in the name of a node. */
export function clusterOfNode(name: string): string | undefined {
  const slash = name.indexOf('/');
  return slash > 0 ? name.slice(0, slash) : undefined;
}

/**
 * The way of a record that does not tell it: servers declare their ports. Guessing by the numbers of ports is wrong too
 * often.
 */
function directionOf(
  { protocol, port, replyPort }: ReadRecord,
  source: ObservedEnd,
  destination: ObservedEnd,
): 'forward' | 'reply' | 'direction-unknown' {
  return declares(destination, protocol, port)
    ? 'forward'
    : declares(source, protocol, replyPort!)
      ? 'reply'
      : 'direction-unknown';
}

function declares({ matches }: ObservedEnd, protocol: FlowProtocol, port: number): boolean {
  return matches.some(
    match =>
      'endpoint' in match &&
      match.endpoint.kind === 'workload' &&
      match.endpoint.workload.ports.some(each => each.protocol === protocol && each.port === port),
  );
}

/** A dropped packet has a verdict and a drop. The drop counts where a filter, a mask or a loss left the verdict out. */
function settleDrops(flow: ObservedFlow, drops: Drops): void {
  for (const direction of ['egress', 'ingress'] as const) {
    for (const [outcome, count] of Object.entries(drops[direction])) {
      const { outcomes } = decisionsAt(flow, direction);
      outcomes[outcome as keyof typeof outcomes] ??= count;
    }
  }
}

function addPolicy({ policies }: ObservedDecisions, policy: NamedPolicy): void {
  const isKnown = policies.some(
    ({ kind, namespace, name }) => kind === policy.kind && namespace === policy.namespace && name === policy.name,
  );
  if (!isKnown && policies.length < MOST_POLICIES) {
    policies.push(policy);
  }
}

function addTime(span: { first?: number; last?: number }, time: number | undefined): void {
  if (time !== undefined) {
    span.first = span.first === undefined || time < span.first ? time : span.first;
    span.last = span.last === undefined || time > span.last ? time : span.last;
  }
}

function compareFlows(one: ObservedFlow, other: ObservedFlow): number {
  return (
    compareTexts(textsOf(one), textsOf(other)) ||
    one.port - other.port ||
    compareTexts([one.source.key, one.destination.key], [other.source.key, other.destination.key])
  );
}

function textsOf({ source, destination, protocol }: ObservedFlow): string[] {
  return [source.text, destination.text, protocol];
}

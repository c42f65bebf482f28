import { Addition } from './added-policies';
import { Direction, PolicyEntry } from '../engine/entry';
import { meets } from '../engine/selector';
import { Endpoint, ENDPOINT_ENTITIES, formatEndpoint } from '../flows/endpoint';
import { decideEndpoint, decideFlow, FlowPort, formatPort, isAllowed } from '../flows/flow';
import { CommonPlaces } from '../flows/places';
import { EvaluatedMesh } from '../read/mesh';

/** A flow that additions open although it was not asked for. */
export interface OpenedFlow {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Undefined for every protocol. */
  readonly protocol?: FlowPort['protocol'];
  /** Undefined for every port; for ICMP, for every type. */
  readonly port?: number;
}

/** A flow to open, at the places that its verdict depends on. */
export interface AskedFlow extends CommonPlaces {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly port: FlowPort;
}

/** A part of the ports that an addition may open, and ports that show it does. */
interface Scope {
  readonly ports: readonly FlowPort[];
  readonly opened: Pick<OpenedFlow, 'protocol' | 'port'>;
}

/**
 * What an addition may open, the most first:
 *
 * - Every port, if it opens one that few rules name. It has no port where the version cannot limit ICMP, or it is the
 *   first policy under enforcement `always`, which lets the local host in.
 * - Every type of ICMP: Cilium takes type 0, the echo reply, for all types, as it takes port 0 for all ports.
 * - The port that was asked for.
 */
function scopesOf({ protocol, port }: FlowPort): Scope[] {
  const everyPort: FlowPort[] = [
    { protocol: 'TCP', port: 65535 },
    { protocol: 'UDP', port: 65535 },
    { protocol: 'TCP', port: 1 },
  ];
  const isIcmp = protocol === 'ICMP' || protocol === 'ICMPv6';
  return [
    { ports: everyPort.filter(each => each.protocol !== protocol || each.port !== port), opened: {} },
    {
      ports: [254, 255].filter(type => isIcmp && type !== port).map(type => ({ protocol, port: type })),
      opened: { protocol },
    },
    { ports: [{ protocol, port }], opened: { protocol, port } },
  ];
}

/**
 * The flows that additions open beside the flow that was asked for, sorted as the mesh's workloads.
 *
 * It compares the meshes before and after. Only endpoints that an addition selects can change, and in its direction
 * alone, so it asks each of them about all others.
 */
export function openedFlows(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  added: readonly Addition[],
  asked: AskedFlow,
): OpenedFlow[] {
  const known = new Map<string, OpenedFlow>();
  const scopes = scopesOf(asked.port);
  for (const addition of added) {
    const further = portsOfNames(before, addition, asked.port);
    for (const self of selectedBy(after, addition)) {
      for (const other of others(before, asked, self)) {
        const [source, destination] = addition.direction === 'egress' ? [self, other] : [other, self];
        const opens = (port: FlowPort) => opensFlow(before, after, self, other, addition.direction, port);
        const isAsked = isSame(source, asked.source) && isSame(destination, asked.destination);
        const scope = scopes.find(({ ports }) => ports.some(opens));
        const key = `${endpointKey(source)} ${endpointKey(destination)}`;
        if (scope && !known.has(key) && !(isAsked && scope.opened.port !== undefined)) {
          known.set(key, { source, destination, ...scope.opened });
        }
        for (const port of further.filter(each => !holds(known.get(key), each) && opens(each))) {
          known.set(`${key} ${formatPort(port)}`, { source, destination, ...port });
        }
      }
    }
  }
  return [...known.values()];
}

/** Whether flows that an addition opens are also on another port. */
function holds(opened: OpenedFlow | undefined, { protocol, port }: FlowPort): boolean {
  return (
    opened !== undefined &&
    (opened.protocol === undefined ||
      (opened.protocol === protocol && (opened.port === undefined || opened.port === port)))
  );
}

/**
 * Further ports that an addition with a DNS rule may open: those of the DNS server, and those of all rules for names,
 * which it lets the pods learn.
 */
function portsOfNames(before: EvaluatedMesh, { cluster, policy }: Addition, asked: FlowPort): FlowPort[] {
  const servers: any[] = (policy.spec.egress ?? []).flatMap(({ toPorts = [] }: any) =>
    toPorts.filter(({ rules }: any) => rules?.dns).flatMap(({ ports }: any) => ports),
  );
  if (servers.length === 0) {
    return [];
  }
  const ofServers = servers.flatMap(({ port }): FlowPort[] =>
    (['UDP', 'TCP'] as const).map(protocol => ({ protocol, port: Number(port) })),
  );
  const ofNames = before
    .cluster(cluster)!
    .entries.filter(({ peers }) => peers !== 'none' && peers.some(({ kind }) => kind === 'fqdn'))
    .flatMap(({ ports }) => ports.map(({ protocol, number }): FlowPort => ({ protocol, port: number || 1 })));
  const unique = new Map([...ofServers, ...ofNames].map(each => [formatPort(each), each]));
  unique.delete(formatPort(asked));
  return [...unique.values()];
}

/** The pods that an addition selects. */
function selectedBy(after: EvaluatedMesh, { cluster, policy }: Addition): Endpoint[] {
  const entries: readonly PolicyEntry[] =
    after.cluster(cluster)!.policies.find(({ manifest }) => manifest.object === policy)?.entries ?? [];
  return after.workloads
    .filter(
      each =>
        each.cluster === cluster && !each.hostNetwork && entries.some(({ subject }) => meets(subject, each.labels)),
    )
    .map(workload => ({ kind: 'workload', workload }));
}

/** Every endpoint that a flow of the endpoint may have at its other end. */
function others(mesh: EvaluatedMesh, { source, destination }: AskedFlow, self: Endpoint): Endpoint[] {
  const asked = [source, destination].filter(each => each.kind !== 'workload');
  const entities = ENDPOINT_ENTITIES.filter(entity => !asked.some(each => isEntity(each, entity)));
  return [
    ...mesh.workloads.map((workload): Endpoint => ({ kind: 'workload', workload })),
    ...entities.map((entity): Endpoint => ({ kind: 'entity', entity })),
    ...asked,
  ].filter(each => !isSame(each, self));
}

/** Whether an endpoint is all of an entity, of any cluster. */
function isEntity(endpoint: Endpoint, entity: string): boolean {
  return endpoint.kind === 'node'
    ? !endpoint.node && (endpoint.placement === 'same-node' ? 'host' : 'remote-node') === entity
    : endpoint.kind === 'entity' && endpoint.entity === entity;
}

function opensFlow(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  self: Endpoint,
  other: Endpoint,
  direction: Direction,
  port: FlowPort,
): boolean {
  const allows = (mesh: EvaluatedMesh) => isAllowed(decideEndpoint(mesh, self, other, direction, port).verdict);
  const [source, destination] = direction === 'egress' ? [self, other] : [other, self];
  return !allows(before) && allows(after) && decideFlow(after, source, destination, port).verdict === 'allowed';
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return endpointKey(one) === endpointKey(other);
}

function endpointKey(endpoint: Endpoint): string {
  return `${endpoint.kind === 'workload' ? endpoint.workload.kind : ''} ${formatEndpoint(endpoint)}`;
}

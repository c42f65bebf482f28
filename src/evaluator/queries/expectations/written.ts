import { ITSELF } from './claims';
import { ClassNames, NodeGroup, nodeGroups, nodesOfMesh } from './class-names';
import { EVERY_NAME, NAME_IN_NO_POLICY } from './endpoints';
import { readExpectations } from './expectations';
import { blockSteps, nameSteps, WrittenStep } from './outside-steps';
import { formatRules } from './request-rules';
import { ALL_PORTS, EVERY_REQUEST } from './schema';
import { serviceEntries } from './service-entries';
import { unmetExpectations } from './unmet';
import { Rows, single, WrittenEntry, WrittenExpectations } from './written-entry';
import { BitSet } from '../../flows/bit-set';
import { AllowedRange, ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { formatEndpoint } from '../../flows/endpoint';
import { EndpointClass } from '../../flows/endpoint-classes';
import { FlowSpace } from '../../flows/flow-space';
import { nodeSets } from '../../flows/node-endpoints';
import { EXTENDED_PROTOCOLS, formatRangesOf, isWhole, mergeRanges, PortRange, PROTOCOLS } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';

/**
 * Expectations that hold for a mesh: all flows of its workloads on all ports, with the rules for their requests, and
 * the backends and verdicts of its Services. General entries come first, then the exceptions. Endpoints that behave
 * alike have one entry.
 */
export function writtenExpectations(mesh: EvaluatedMesh): WrittenExpectations {
  const writer = new EntryWriter(mesh);
  const entries = [...(mesh.workloads.length === 0 ? [] : writer.entries()), ...writer.services()];
  const file = (flows: readonly WrittenEntry[]) => ({ apiVersion: 'cilium-mesh/v1' as const, flows });
  const { expectations } = readExpectations(file(entries));
  const unused = new Set(
    unmetExpectations(mesh, expectations)
      .filter(({ code }) => code === 'expectation-unused')
      .map(({ path }) => path),
  );
  return file(entries.filter((_, index) => !unused.has(`flows[${index}]`)));
}

type Way = 'egress' | 'ingress';

class EntryWriter {
  private readonly space: FlowSpace;
  private readonly names: ClassNames;
  private readonly nodes: readonly NodeGroup[];
  /** The other entities. */
  private readonly entities: ReadonlyArray<{ readonly pattern: string; readonly number: number }>;
  /** The class of all names that no policy writes. */
  private readonly anyName: number;
  /** The classes of pods, and of nodes that the host firewall enforces policies on. */
  private readonly inside: BitSet;
  private readonly pods: BitSet;
  private readonly byClass = new Map<number, ConnectionsId[]>();
  private readonly reached = new Map<number, ReadonlyMap<ConnectionsId, BitSet>>();

  constructor(mesh: EvaluatedMesh) {
    const nodes = nodesOfMesh(mesh);
    [this.space] = FlowSpace.of([mesh], [...nodes, NAME_IN_NO_POLICY]);
    const { size } = this.space.index;
    this.anyName = size - 1;
    this.nodes = nodeGroups(nodes, size - 1 - nodes.length);
    this.names = new ClassNames(this.space, this.nodes);
    [this.pods, this.inside] = [new BitSet(size), new BitSet(size)];
    // pods with host network on nodes that policies distinguish are these nodes
    const isNode = ({ hostNetwork, cluster }: EndpointClass) =>
      hostNetwork && nodeSets(mesh, cluster).length > 0;
    this.space.classes.forEach((each, number) => each.kind === 'pods' && !isNode(each) && this.pods.add(number));
    this.inside.or(this.pods);
    this.entities = this.space.classes.flatMap(({ kind, endpoint }, number) =>
      kind === 'entity' && endpoint ? [{ pattern: formatEndpoint(endpoint), number }] : [],
    );
    this.nodes
      .filter(({ cluster }) => mesh.cluster(cluster)!.settings.policy.hostFirewall)
      .forEach(group => group.nodes.forEach(({ number }) => this.inside.add(number)));
  }

  public entries(): WrittenEntry[] {
    const pods = this.names.of(this.pods);
    const entries = [
      ...this.everyRequest(),
      flowEntry('egress', pods, pods, { ports: ALL_PORTS, verdict: 'denied' }),
      ...this.betweenPods(),
      ...this.onOneNode(),
      flowEntry('egress', pods, [ITSELF], { ports: ALL_PORTS, verdict: 'denied', requests: EVERY_REQUEST }),
      ...this.toThemselves(),
      ...(['egress', 'ingress'] as const).flatMap(way => this.toEntities(way)),
      ...(['egress', 'ingress'] as const).flatMap(way => this.toOutside(way)),
    ];
    // all pods may be nodes
    return entries.filter(({ from, to }) => from.length > 0 && to.length > 0);
  }

  /** The entries about Services. */
  public services(): WrittenEntry[] {
    return serviceEntries(this.space, this.names.workloads);
  }

  /** No proxy limits the requests of any flow. The entries about proxies are exceptions. */
  private everyRequest(): WrittenEntry[] {
    const inside = this.names.of(this.inside);
    const others = [...this.nodes, ...this.entities].map(({ pattern }) => pattern);
    return [
      flowEntry('egress', inside, [...this.names.of(this.pods), ...others, 'world', `fqdn:${EVERY_NAME}`], EVERY),
      flowEntry('ingress', inside, [...others, 'world'], EVERY),
    ];
  }

  private betweenPods(): WrittenEntry[] {
    const cells = new Map<string, { from: BitSet; to: BitSet; id: ConnectionsId }>();
    this.pods.forEach(source => {
      for (const [id, destinations] of this.from(source)) {
        const to = destinations.copy().and(this.pods);
        if (!to.isEmpty) {
          const key = `${id} ${to.key()}`;
          const cell = cells.get(key) ?? { from: new BitSet(to.size), to, id };
          cells.set(key, cell);
          cell.from.add(source);
        }
      }
    });
    const merged = new Map<string, { from: BitSet; to: BitSet; id: ConnectionsId }>();
    for (const cell of cells.values()) {
      const key = `${cell.id} ${cell.from.key()}`;
      const known = merged.get(key);
      merged.set(key, known ? { ...known, to: known.to.copy().or(cell.to) } : cell);
    }
    return [...merged.values()].flatMap(({ from, to, id }) =>
      this.allowed('egress', this.names.of(from), this.names.of(to), id),
    );
  }

  /** What pods with host network may do otherwise on the node of the other end. */
  private onOneNode(): WrittenEntry[] {
    const { classes, index } = this.space;
    const near = new Map<number, number>();
    this.pods.forEach(number => {
      const { hostNetwork, workloads } = classes[number];
      if (hostNetwork) {
        near.set(number, index.classOnNode(workloads[0]));
      }
    });
    const cells = new Map<string, { id: ConnectionsId; from: number; to: BitSet }>();
    const add = (from: number, to: number) => {
      const id = this.connections(near.get(from) ?? from, near.get(to) ?? to);
      if (id !== this.connections(from, to)) {
        const key = `${from} ${id}`;
        const cell = cells.get(key) ?? { id, from, to: new BitSet(index.size) };
        cells.set(key, cell);
        cell.to.add(to);
      }
    };
    const inCluster = (number: number) =>
      this.pods.toArray().filter(other => classes[other].cluster === classes[number].cluster);
    for (const number of near.keys()) {
      inCluster(number).forEach(other => {
        add(number, other);
        if (!near.has(other)) {
          add(other, number);
        }
      });
    }
    return [...cells.values()].flatMap(({ id, from, to }) => {
      const [sources, destinations] = [this.names.of(this.setOf([from])), this.names.of(to)];
      const placement = 'same-node' as const;
      return [
        flowEntry('egress', sources, destinations, {
          placement,
          ports: ALL_PORTS,
          verdict: 'denied',
          requests: EVERY_REQUEST,
        }),
        ...(id === NO_CONNECTIONS
          ? []
          : this.allowed('egress', sources, destinations, id).map(entry => ({ ...entry, placement }))),
      ];
    });
  }

  private toThemselves(): WrittenEntry[] {
    const own = new Map(this.pods.toArray().map(number => [number, this.connections(number, number)] as const));
    return this.byConnections(own).flatMap(({ id, members }) =>
      this.allowed('egress', this.names.of(members), [ITSELF], id),
    );
  }

  /** The entries about nodes and entities. */
  private toEntities(way: Way): WrittenEntry[] {
    const [general, ...special] = this.entitySteps(way);
    const patterns = general.map(({ pattern }) => pattern);
    return [
      flowEntry(way, this.names.of(this.inside), patterns, { ports: ALL_PORTS, verdict: 'denied' }),
      ...[general, ...special].flatMap(steps => this.exceptions(steps, way)),
    ];
  }

  /** Nodes and entities; then nodes that differ from most nodes of their cluster. */
  private entitySteps(way: Way): WrittenStep[][] {
    const entities = this.entities.map(({ pattern, number }) => ({ pattern, rows: this.rows(number, way) }));
    const [general, special]: [WrittenStep[], WrittenStep[]] = [[], []];
    for (const { pattern, nodes } of this.nodes) {
      const steps = nodes.map(node => ({ pattern: node.pattern, rows: this.rows(node.number, way) }));
      const rows = mostFrequent(steps.map(step => step.rows));
      general.push({ pattern, rows });
      const others = steps.filter(step => keyOf(step.rows) !== keyOf(rows));
      special.push(...others.map(step => ({ ...step, previous: rows })));
    }
    return [[...general, ...entities], special];
  }

  private toOutside(way: Way): WrittenEntry[] {
    const rowsOf = (number: number) => this.rows(number, way);
    const steps = [
      ...blockSteps(this.space, rowsOf),
      ...(way === 'egress' ? nameSteps(this.space, this.anyName, rowsOf) : []),
    ];
    const outside = way === 'egress' ? ['world', `fqdn:${EVERY_NAME}`] : ['world'];
    return [
      flowEntry(way, this.names.of(this.inside), outside, { ports: ALL_PORTS, verdict: 'denied' }),
      ...steps.flatMap(group => this.exceptions(group, way)),
    ];
  }

  /** What is different at some endpoints than the entries before say. */
  private exceptions(steps: readonly WrittenStep[], way: Way): WrittenEntry[] {
    const [closed, open] = [new Map<string, Exception>(), new Map<string, Exception>()];
    const add = (exceptions: Map<string, Exception>, id: ConnectionsId, members: BitSet, pattern: string) => {
      const key = `${id} ${members.key()}`;
      const known = exceptions.get(key) ?? { id, members, patterns: [] };
      exceptions.set(key, known);
      known.patterns.push(pattern);
    };
    for (const { pattern, rows, previous } of steps) {
      const before = (number: number) => previous?.get(number) ?? NO_CONNECTIONS;
      const changed = [...rows].filter(([number, id]) => id !== before(number));
      const numbers = changed.map(([number]) => number).filter(number => before(number) !== NO_CONNECTIONS);
      if (numbers.length > 0) {
        add(closed, NO_CONNECTIONS, this.setOf(numbers), pattern);
      }
      this.byConnections(new Map(changed)).forEach(({ id, members }) => add(open, id, members, pattern));
    }
    return [
      ...[...closed.values()].map(({ members, patterns }) =>
        flowEntry(way, this.names.of(members), patterns, {
          ports: ALL_PORTS,
          verdict: 'denied',
          requests: EVERY_REQUEST,
        }),
      ),
      ...[...open.values()].flatMap(({ id, members, patterns }) =>
        this.allowed(way, this.names.of(members), patterns, id),
      ),
    ];
  }

  /** The connections between a class and each class inside. */
  private rows(number: number, way: Way): Rows {
    return new Map(
      this.inside
        .toArray()
        .map(own => [own, way === 'egress' ? this.connections(own, number) : this.connections(number, own)]),
    );
  }

  /** Classes with the same connections; those without are left out. */
  private byConnections(rows: Rows): Array<{ readonly id: ConnectionsId; readonly members: BitSet }> {
    const groups = new Map<ConnectionsId, number[]>();
    for (const [number, id] of rows) {
      if (id !== NO_CONNECTIONS) {
        const known = groups.get(id);
        if (known) {
          known.push(number);
        } else {
          groups.set(id, [number]);
        }
      }
    }
    return [...groups].map(([id, numbers]) => ({ id, members: this.setOf(numbers) }));
  }

  private setOf(numbers: readonly number[]): BitSet {
    const set = new BitSet(this.space.index.size);
    numbers.forEach(number => set.add(number));
    return set;
  }

  private connections(source: number, destination: number): ConnectionsId {
    let byClass = this.byClass.get(source);
    if (!byClass) {
      byClass = [];
      for (const [id, reached] of this.from(source)) {
        reached.forEach(number => (byClass![number] = id));
      }
      this.byClass.set(source, byClass);
    }
    return byClass[destination] ?? NO_CONNECTIONS;
  }

  private from(number: number): ReadonlyMap<ConnectionsId, BitSet> {
    const known = this.reached.get(number) ?? this.space.from(number);
    this.reached.set(number, known);
    return known;
  }

  /** The allowed ports, and the ports whose requests a proxy limits. */
  private allowed(way: Way, inside: readonly string[], others: readonly string[], id: ConnectionsId): WrittenEntry[] {
    const ranges = this.space.table.get(id);
    const ports = this.ports(ranges);
    const limited = new Map<string, AllowedRange[]>();
    for (const range of ranges.filter(({ requests }) => requests.length > 0)) {
      const key = range.requests.map(rules => rules.key).join();
      limited.set(key, [...(limited.get(key) ?? []), range]);
    }
    const groups = [...limited.values()].map(own => ({
      ports: this.ports(own),
      requests: formatRules(own[0].requests),
    }));
    return groups.length === 1 && String(groups[0].ports) === String(ports)
      ? [flowEntry(way, inside, others, { ports, verdict: 'allowed', requests: groups[0].requests })]
      : [
        flowEntry(way, inside, others, { ports, verdict: 'allowed' }),
        ...groups.map(group => flowEntry(way, inside, others, group)),
      ];
  }

  private ports(ranges: readonly PortRange[]): string | string[] {
    return formatPorts(ranges, this.space.protocols.length);
  }
}

interface Exception {
  readonly id: ConnectionsId;
  readonly members: BitSet;
  readonly patterns: string[];
}

const EVERY = { ports: ALL_PORTS, requests: EVERY_REQUEST } as const;

/** An entry of endpoints inside of the mesh and others; `egress` is from those inside. */
function flowEntry(
  way: Way,
  inside: readonly string[],
  others: readonly string[],
  rest: Pick<WrittenEntry, 'placement' | 'ports' | 'verdict' | 'requests'>,
): WrittenEntry {
  const [from, to] = way === 'egress' ? [inside, others] : [others, inside];
  return { from: single(from), to: single(to), ...rest };
}

function mostFrequent(all: readonly Rows[]): Rows {
  const counts = new Map<string, { rows: Rows; count: number }>();
  for (const rows of all) {
    const known = counts.get(keyOf(rows)) ?? { rows, count: 0 };
    counts.set(keyOf(rows), known);
    known.count++;
  }
  return [...counts.values()].reduce((most, each) => (each.count > most.count ? each : most)).rows;
}

function keyOf(rows: Rows): string {
  return [...rows.values()].join();
}

/** Ports as an entry takes them: `TCP/80,8000-8099`; `all` for every port of all protocols. */
function formatPorts(ranges: readonly PortRange[], protocols: number): string | string[] {
  // ranges whose requests differ are one range of ports
  const merged = mergeRanges(ranges);
  return merged.filter(isWhole).length === protocols
    ? ALL_PORTS
    : single(
      [...PROTOCOLS, ...EXTENDED_PROTOCOLS].flatMap(protocol => {
        const own = merged.filter(range => range.protocol === protocol);
        return own.length === 0 ? [] : [formatRangesOf(protocol, own)];
      }),
    );
}

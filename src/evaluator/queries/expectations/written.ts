import { ITSELF } from './claims';
import { readExpectations } from './expectations';
import { outsideSteps } from './outside-steps';
import { ALL_PORTS } from './schema';
import { serviceEntries } from './service-entries';
import { unmetExpectations } from './unmet';
import { WorkloadNames } from './workload-names';
import { Rows, single, WrittenEntry, WrittenExpectations } from './written-entry';
import { BitSet } from '../../flows/bit-set';
import { ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { formatEndpoint } from '../../flows/endpoint';
import { FlowSpace } from '../../flows/flow-space';
import { formatRangesOf, isWhole, mergeRanges, PortRange, PROTOCOLS } from '../../flows/port-range';
import { EvaluatedMesh } from '../../read/mesh';

/**
 * Expectations that hold for a mesh: all flows of its workloads on all ports, and the verdicts of its Services. General
 * entries come first, then the exceptions. Endpoints that behave alike have one entry.
 */
export function writtenExpectations(mesh: EvaluatedMesh): WrittenExpectations {
  const entries = mesh.workloads.length === 0 ? [] : new EntryWriter(mesh).entries();
  const file = (flows: readonly WrittenEntry[]) => ({ apiVersion: 'cilium-mesh/v1' as const, flows });
  const { expectations } = readExpectations(file(entries));
  const unused = new Set(
    unmetExpectations(mesh, expectations)
      .filter(({ code }) => code === 'expectation-unused')
      .map(({ path }) => path),
  );
  return file(entries.filter((_, index) => !unused.has(`flows[${index}]`)));
}

class EntryWriter {
  private readonly space: FlowSpace;
  private readonly names: WorkloadNames;
  /** The classes of pods, and of nodes that the host firewall enforces policies on. */
  private readonly inside: BitSet;
  private readonly pods: BitSet;
  private readonly byClass = new Map<number, ConnectionsId[]>();
  private readonly reached = new Map<number, ReadonlyMap<ConnectionsId, BitSet>>();

  constructor(private readonly mesh: EvaluatedMesh) {
    [this.space] = FlowSpace.of([mesh]);
    this.names = new WorkloadNames(mesh);
    const { size } = this.space.index;
    [this.pods, this.inside] = [new BitSet(size), new BitSet(size)];
    this.space.classes.forEach(({ kind, endpoint, cluster }, number) => {
      if (kind === 'pods') {
        this.pods.add(number);
        this.inside.add(number);
      } else if (endpoint?.kind === 'node' && !endpoint.node && mesh.cluster(cluster)!.settings.policy.hostFirewall) {
        this.inside.add(number);
      }
    });
  }

  public entries(): WrittenEntry[] {
    return [
      ...this.betweenPods(),
      ...this.toThemselves(),
      ...this.entities('egress'),
      ...this.entities('ingress'),
      ...this.outside('egress'),
      ...this.outside('ingress'),
      ...serviceEntries(this.mesh, this.names),
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
    return [
      denied(this.patterns(this.pods), this.patterns(this.pods)),
      ...[...merged.values()].map(({ from, to, id }) => this.allowed(this.patterns(from), this.patterns(to), id)),
    ];
  }

  private toThemselves(): WrittenEntry[] {
    const own: Array<[number, ConnectionsId]> = this.pods
      .toArray()
      .map(number => [number, this.connections(number, number)]);
    return [
      denied(this.patterns(this.pods), [ITSELF]),
      ...this.byConnections(new Map(own)).map(({ id, members }) => this.allowed(this.patterns(members), [ITSELF], id)),
    ];
  }

  /** The entries about nodes and entities. Nodes that policies tell apart have none. */
  private entities(direction: 'egress' | 'ingress'): WrittenEntry[] {
    const steps = this.space.classes.flatMap(({ kind, endpoint }, number) =>
      endpoint && (kind === 'entity' || (endpoint.kind === 'node' && !endpoint.node))
        ? [{ pattern: formatEndpoint(endpoint), rows: this.rows(number, direction), previous: undefined }]
        : [],
    );
    return [
      entry(direction, this.patterns(this.inside), steps.map(({ pattern }) => pattern), ALL_PORTS, 'denied'),
      ...this.exceptions(steps, direction),
    ];
  }

  private outside(direction: 'egress' | 'ingress'): WrittenEntry[] {
    const steps = outsideSteps(this.space, direction === 'egress', number => this.rows(number, direction));
    return [
      entry(direction, this.patterns(this.inside), ['world'], ALL_PORTS, 'denied'),
      ...steps.flatMap(group => this.exceptions(group, direction)),
    ];
  }

  /** What is different at some endpoints than the entries before say. */
  private exceptions(
    steps: ReadonlyArray<{ readonly pattern: string; readonly rows: Rows; readonly previous?: Rows }>,
    direction: 'egress' | 'ingress',
  ): WrittenEntry[] {
    const [closed, open] = [new Map<string, Exception>(), new Map<string, Exception>()];
    const add = (exceptions: Map<string, Exception>, id: ConnectionsId, members: BitSet, pattern: string) => {
      const key = `${id} ${members.key()}`;
      const known = exceptions.get(key) ?? { id, members, patterns: [] };
      exceptions.set(key, known);
      known.patterns.push(pattern);
    };
    for (const { pattern, rows, previous } of steps) {
      const changed = [...rows].filter(([number, id]) => id !== (previous?.get(number) ?? NO_CONNECTIONS));
      const before = changed.filter(([number]) => (previous?.get(number) ?? NO_CONNECTIONS) !== NO_CONNECTIONS);
      if (before.length > 0) {
        add(closed, NO_CONNECTIONS, this.setOf(before.map(([number]) => number)), pattern);
      }
      this.byConnections(new Map(changed)).forEach(({ id, members }) => add(open, id, members, pattern));
    }
    return [
      ...[...closed.values()].map(({ members, patterns }) =>
        entry(direction, this.patterns(members), patterns, ALL_PORTS, 'denied'),
      ),
      ...[...open.values()].map(({ id, members, patterns }) =>
        entry(direction, this.patterns(members), patterns, this.ports(id), 'allowed'),
      ),
    ];
  }

  /** The connections between a class and each class inside. */
  private rows(number: number, direction: 'egress' | 'ingress'): Rows {
    return new Map(
      this.inside
        .toArray()
        .map(own => [own, direction === 'egress' ? this.connections(own, number) : this.connections(number, own)]),
    );
  }

  /** Classes with the same connections; those without are left out. */
  private byConnections(rows: Rows): Array<{ readonly id: ConnectionsId; readonly members: BitSet }> {
    const groups = new Map<ConnectionsId, number[]>();
    for (const [number, id] of rows) {
      if (id !== NO_CONNECTIONS) {
        groups.set(id, [...(groups.get(id) ?? []), number]);
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

  private patterns(classes: BitSet): readonly string[] {
    const members = classes.toArray().map(number => this.space.classes[number]);
    const others = members.filter(({ kind }) => kind !== 'pods').map(({ endpoint }) => formatEndpoint(endpoint!));
    const workloads = members.flatMap(each => each.workloads);
    return [...(workloads.length === 0 ? [] : this.names.of(workloads)), ...others.sort()];
  }

  private allowed(from: readonly string[], to: readonly string[], id: ConnectionsId): WrittenEntry {
    return entry('egress', from, to, this.ports(id), 'allowed');
  }

  private ports(id: ConnectionsId): string | string[] {
    return formatPorts(this.space.table.get(id), this.space.protocols.length);
  }
}

interface Exception {
  readonly id: ConnectionsId;
  readonly members: BitSet;
  readonly patterns: string[];
}

function denied(from: readonly string[], to: readonly string[]): WrittenEntry {
  return entry('egress', from, to, ALL_PORTS, 'denied');
}

/** An entry of endpoints inside of the mesh and others; `egress` is from those inside. */
function entry(
  direction: 'egress' | 'ingress',
  inside: readonly string[],
  others: readonly string[],
  ports: string | string[],
  verdict: 'allowed' | 'denied',
): WrittenEntry {
  const [from, to] = direction === 'egress' ? [inside, others] : [others, inside];
  return { from: single(from), to: single(to), ports, verdict };
}

/** Ports as an entry takes them: `TCP/80,8000-8099`; `all` for every port of all protocols. */
function formatPorts(ranges: readonly PortRange[], protocols: number): string | string[] {
  // ranges whose requests differ are one range of ports
  const merged = mergeRanges(ranges);
  return merged.filter(isWhole).length === protocols
    ? ALL_PORTS
    : single(
      PROTOCOLS.flatMap(protocol => {
        const own = merged.filter(range => range.protocol === protocol);
        return own.length === 0 ? [] : [formatRangesOf(protocol, own)];
      }),
    );
}

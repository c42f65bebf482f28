import { ConnectionMatrix } from './connection-matrix';
import { keyOf, Member } from './members';
import { BitSet } from '../flows/bit-set';
import { ConnectionsId, NO_CONNECTIONS } from '../flows/connections';
import { formatEndpoint } from '../flows/endpoint';
import { FlowPort } from '../flows/flow';
import { CommonPlaces } from '../flows/places';
import { holdsFlow } from '../flows/port-range';
import { WeightedSet } from '../flows/weighted-set';
import { formatWorkload, Workload } from '../read/workload';

/** How members are grouped. */
export type Grouping =
  | { readonly kind: 'mesh' | 'cluster' | 'namespace' | 'workload' }
  /** By the value of a label of the pods. */
  | { readonly kind: 'label'; readonly key: string };

/** Members that a grid shows together. */
export interface MemberGroup {
  readonly name: string;
  readonly members: readonly Member[];
}

/** The connections from one group to another. */
export interface GroupCell {
  readonly source: MemberGroup;
  readonly destination: MemberGroup;
  /** Pairs of a source and a destination. */
  readonly pairs: number;
  /** Pairs that may connect on any port, at any place. */
  readonly connecting: number;
  /** Pairs whose connections depend on the nodes of their pods: an end has the network of its node. */
  readonly dependent: number;
  /** What all pairs may do, if all may do the same. */
  readonly common?: ConnectionsId;
  /**
   * The flows of the pairs on ports that something declares, and how many of them are allowed. One whose verdict
   * depends on the node counts for each place.
   */
  readonly flows: number;
  readonly allowed: number;
}

/** Parses `cluster`, `namespace`, `workload` or `label:KEY`; undefined if it is invalid. */
export function parseGrouping(text: string): Grouping | undefined {
  const label = /^label:(.+)$/.exec(text);
  return label
    ? { kind: 'label', key: label[1] }
    : text === 'cluster' || text === 'namespace' || text === 'workload'
      ? { kind: text }
      : undefined;
}

/** The groups of members, in the order of their first members. */
export function groupMembers(members: readonly Member[], grouping: Grouping): MemberGroup[] {
  const groups = new Map<string, { name: string; members: Member[] }>();
  for (const member of members) {
    const { key, name } = groupOf(member, grouping);
    const known = groups.get(key);
    if (known) {
      known.members.push(member);
    } else {
      groups.set(key, { name, members: [member] });
    }
  }
  return [...groups.values()];
}

function groupOf({ endpoint }: Member, grouping: Grouping): { key: string; name: string } {
  const name =
    endpoint.kind === 'workload'
      ? workloadGroup(endpoint.workload, grouping)
      : endpoint.kind === 'node'
        ? `nodes@${endpoint.cluster}`
        : endpoint.kind === 'entity'
          ? formatEndpoint(endpoint)
          : 'world';
  const kind = endpoint.kind !== 'workload' ? '' : grouping.kind === 'workload' ? endpoint.workload.kind : 'pods';
  return { key: `${kind} ${name}`, name };
}

function workloadGroup(workload: Workload, grouping: Grouping): string {
  switch (grouping.kind) {
    case 'mesh':
      return 'the mesh';
    case 'cluster':
      return workload.cluster;
    case 'namespace':
      return `${workload.namespace}@${workload.cluster}`;
    case 'workload':
      return formatWorkload(workload);
    case 'label': {
      const { key } = grouping;
      return Object.hasOwn(workload.podLabels, key) ? `${key}=${workload.podLabels[key]}` : `no ${key}`;
    }
  }
}

/** Counts the connections between groups, for sets of classes at a time instead of pair by pair. */
export class GroupedConnections {
  public readonly sources: readonly MemberGroup[];
  public readonly destinations: readonly MemberGroup[];
  /** For each destination group, the number of members of each class. */
  private readonly sizes: readonly WeightedSet[];
  /** For each destination group, the number of ports that its members declare. */
  private readonly ports: readonly number[];
  /** For each destination group, the members that declare ports. */
  private readonly listeners: ReadonlyArray<readonly Member[]>;
  /** For each destination group and set of connections, the listening ports of each class that the set allows. */
  private readonly listening: ReadonlyArray<Map<ConnectionsId, WeightedSet>>;

  /** The members of each destination group that have the network of their node. */
  private readonly onNodes = new Map<MemberGroup, readonly Member[]>();

  constructor(
    private readonly matrix: ConnectionMatrix,
    grouping: Grouping,
  ) {
    this.sources = groupMembers(matrix.sources, grouping);
    this.destinations = groupMembers(matrix.destinations, grouping);
    this.sizes = this.destinations.map(({ members }) => this.weights(members, () => 1));
    this.listeners = this.destinations.map(({ members }) => members.filter(member => this.portsOf(member).length > 0));
    this.ports = this.listeners.map(members => members.reduce((sum, member) => sum + this.portsOf(member).length, 0));
    this.listening = this.destinations.map(() => new Map());
  }

  /** The cells of the groups of sources, each with the cells of all groups of destinations. */
  public *rows(): Generator<readonly GroupCell[]> {
    for (const source of this.sources) {
      yield this.row(source);
    }
  }

  private row(source: MemberGroup): GroupCell[] {
    const counts = this.destinations.map(() => ({ byConnections: new Map<ConnectionsId, number>(), allowed: 0 }));
    const count = (index: number, id: ConnectionsId, pairs: number, allowed: number) => {
      const { byConnections } = counts[index];
      byConnections.set(id, (byConnections.get(id) ?? 0) + pairs);
      counts[index].allowed += allowed;
    };
    const toItself = new Map<number, ConnectionsId>();
    for (const [number, members] of byClass(source.members)) {
      for (const [id, classes] of this.matrix.space.from(number)) {
        if (classes.has(number)) {
          toItself.set(number, id);
        }
        this.destinations.forEach((_, index) => {
          const pairs = members.length * this.sizes[index].sumOf(classes);
          if (pairs > 0) {
            count(index, id, pairs, members.length * this.listeningIn(index, id, classes));
          }
        });
      }
    }
    const own = new Set(source.members.map(keyOf));
    const outside = source.members.filter(member => !this.matrix.isInside(member));
    return this.destinations.map((destination, index) => {
      let pairs = source.members.length * destination.members.length;
      let flows = source.members.length * this.ports[index];
      const uncount = (to: Member, id: ConnectionsId) => {
        const ports = this.portsOf(to);
        pairs--;
        flows -= ports.length;
        if (id !== NO_CONNECTIONS) {
          count(index, id, -1, -ports.filter(port => this.allows(id, port)).length);
        }
      };
      if (!this.matrix.all) {
        destination.members
          .filter(to => this.matrix.isInside(to) && own.has(keyOf(to)))
          .forEach(to => uncount(to, toItself.get(to.number) ?? NO_CONNECTIONS));
      }
      for (const from of outside) {
        destination.members
          .filter(to => !this.matrix.isInside(to))
          .forEach(to => uncount(to, this.matrix.connectionsOf(from, to)));
      }
      const { byConnections, allowed } = counts[index];
      const placed = this.byPlace(source, destination);
      const counted = [...byConnections.values()].reduce((sum, number) => sum + number, 0);
      const connecting = counted + placed.connecting;
      placed.byConnections.forEach((number, id) => byConnections.set(id, (byConnections.get(id) ?? 0) + number));
      const present = [...byConnections].filter(([id, number]) => id !== NO_CONNECTIONS && number > 0);
      const common =
        connecting === 0
          ? NO_CONNECTIONS
          : present.length === 1 && connecting === pairs && placed.dependent === 0
            ? present[0][0]
            : undefined;
      return {
        source,
        destination,
        pairs,
        connecting,
        dependent: placed.dependent,
        ...(pairs > 0 && common !== undefined ? { common } : {}),
        flows: flows + placed.flows,
        allowed: allowed + placed.allowed,
      };
    });
  }

  /** What pairs whose places matter change of what is counted for their classes. */
  private byPlace(source: MemberGroup, destination: MemberGroup) {
    const byConnections = new Map<ConnectionsId, number>();
    const changed = { connecting: 0, dependent: 0, flows: 0, allowed: 0, byConnections };
    const count = (id: ConnectionsId, pairs: number) => byConnections.set(id, (byConnections.get(id) ?? 0) + pairs);
    for (const from of source.members) {
      for (const to of this.movable(from, destination)) {
        if (this.matrix.isPair(from, to)) {
          const counted = this.matrix.connectionsOf(from, to);
          const placed = this.matrix.placedConnections(from, to);
          const connects = placed.some(({ connections }) => connections !== NO_CONNECTIONS);
          changed.dependent += placed.length > 1 ? 1 : 0;
          changed.connecting += Number(connects) - Number(counted !== NO_CONNECTIONS);
          count(counted, -1);
          count(placed.at(-1)!.connections, 1);
          for (const port of this.portsOf(to)) {
            const flows = this.matrix.placedFlows(from, to, port);
            changed.flows += flows.length - 1;
            changed.allowed += flows.filter(({ verdict }) => verdict === 'allowed').length;
            changed.allowed -= this.allows(counted, port) ? 1 : 0;
          }
        }
      }
    }
    return changed;
  }

  /** The members of a group whose flows from a member may depend on places. */
  private movable(from: Member, destination: MemberGroup): readonly Member[] {
    if (hasHostNetwork(from)) {
      return destination.members.filter(to => this.matrix.mayDependOnPlace(from, to));
    }
    const known = this.onNodes.get(destination) ?? destination.members.filter(hasHostNetwork);
    this.onNodes.set(destination, known);
    return known.filter(to => this.matrix.mayDependOnPlace(from, to));
  }

  private portsOf(member: Member): readonly FlowPort[] {
    return this.matrix.listeningPorts(member);
  }

  private allows(id: ConnectionsId, port: FlowPort): boolean {
    return this.matrix.space.table.get(id).some(range => holdsFlow(range, port));
  }

  /** How many ports of the classes a set of connections allows. */
  private listeningIn(index: number, id: ConnectionsId, classes: BitSet): number {
    if (this.listeners[index].length === 0) {
      return 0;
    }
    const known =
      this.listening[index].get(id) ??
      this.weights(
        this.listeners[index],
        member => this.portsOf(member).filter(port => this.allows(id, port)).length,
      );
    this.listening[index].set(id, known);
    return known.sumOf(classes);
  }

  private weights(members: readonly Member[], weightOf: (member: Member) => number): WeightedSet {
    const set = new WeightedSet(this.matrix.space.index.size);
    for (const [number, ofClass] of byClass(members)) {
      set.set(number, ofClass.reduce((sum, member) => sum + weightOf(member), 0));
    }
    return set;
  }
}

function hasHostNetwork({ endpoint }: Member): boolean {
  return endpoint.kind === 'workload' && endpoint.workload.hostNetwork;
}

function byClass(members: readonly Member[]): Map<number, Member[]> {
  const classes = new Map<number, Member[]>();
  for (const member of members) {
    const known = classes.get(member.number);
    if (known) {
      known.push(member);
    } else {
      classes.set(member.number, [member]);
    }
  }
  return classes;
}

/** Pairs with the same connections: every source with every destination. */
export interface FoldedPairs extends CommonPlaces {
  readonly sources: readonly Member[];
  readonly destinations: readonly Member[];
  readonly connections: ConnectionsId;
}

/** All pairs of a cell that may connect, folded without a loss: unfolded, each pair is there once for each place. */
export function foldPairs(matrix: ConnectionMatrix, { source, destination }: GroupCell): FoldedPairs[] {
  const folded = new Map<string, FoldedPairs & { readonly sources: Member[] }>();
  const numbers = new Map(destination.members.map((member, number) => [member, number]));
  for (const from of source.members) {
    const reached = new Map<string, Omit<FoldedPairs, 'sources'> & { readonly destinations: Member[] }>();
    for (const to of destination.members) {
      for (const placed of matrix.isPair(from, to) ? matrix.placedConnections(from, to) : []) {
        if (placed.connections !== NO_CONNECTIONS) {
          const key = JSON.stringify([placed.connections, placed.placement, placed.nodes]);
          const known = reached.get(key) ?? { ...placed, destinations: [] };
          reached.set(key, known);
          known.destinations.push(to);
        }
      }
    }
    for (const [key, cell] of reached) {
      const whole = `${key} ${cell.destinations.map(each => numbers.get(each)).join()}`;
      const known = folded.get(whole);
      if (known) {
        known.sources.push(from);
      } else {
        folded.set(whole, { sources: [from], ...cell });
      }
    }
  }
  return [...folded.values()];
}

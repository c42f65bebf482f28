import { BitSet } from './bit-set';
import { ClusterRules } from './cluster-rules';
import { AllowedRange, ConnectionsId, ConnectionTable, NO_CONNECTIONS } from './connections';
import { Endpoint } from './endpoint';
import { EndpointClass, endpointClasses, formatMembers, outsideClasses } from './endpoint-classes';
import { EndpointVerdict, FlowPort, hasAuthentication } from './flow';
import { IdentityIndex } from './identity-index';
import { PeerCells } from './peer-cells';
import { allPorts, holdsFlow, PROTOCOLS } from './port-range';
import { PortRow, PortRows } from './port-rows';
import { Renames } from './renames';
import { Row } from './row';
import { Direction, FlowProtocol } from '../engine/entry';
import { EvaluatedCluster } from '../read/cluster';
import { EvaluatedMesh } from '../read/mesh';

/** Peers with which an endpoint allows the same connections. */
export interface PeerConnections {
  readonly peers: BitSet;
  readonly connections: ConnectionsId;
}

/**
 * Every flow of a mesh: between all classes of endpoints, on all ports, with the requests that proxies let through. The
 * verdicts equal those of `decideFlow`.
 *
 * Endpoints that no policy can distinguish are one class, ports that no rule can distinguish one range. What is the
 * same for many classes is computed once.
 */
export class FlowSpace {
  /**
   * The spaces of several meshes. A number means the same class in all of them, and one table holds their connections.
   * The last classes are the single endpoints, in their order: none of them is a workload. Protocols that rules do not
   * name have verdicts if they are common, or named here. `renames` are those from the first mesh to the others.
   */
  public static of(
    meshes: readonly EvaluatedMesh[],
    single: readonly Endpoint[] = [],
    named: readonly FlowProtocol[] = [],
    renames?: Renames,
  ): FlowSpace[] {
    const classes = endpointClasses(meshes, single, renames);
    const table = new ConnectionTable();
    const protocols = [...new Set([...PROTOCOLS, ...named, ...meshes.flatMap(namedProtocols)])];
    return meshes.map((mesh, side) => new FlowSpace(mesh, new IdentityIndex(mesh, classes[side]), table, protocols));
  }

  /**
   * The space of a mesh in which only policies differ from that of another space: with the same classes, table and
   * numbers. What did not change is kept. Undefined if policies distinguish other endpoints or protocols than those of
   * `meshes`, which are all meshes that share the classes. Without `meshes`, each policy must be one of theirs.
   */
  public static changed(
    before: FlowSpace,
    mesh: EvaluatedMesh,
    meshes?: readonly EvaluatedMesh[],
  ): FlowSpace | undefined {
    const isComparable =
      mesh.workloads === before.mesh.workloads &&
      mesh.clusters.every((cluster, index) => hasSameFacts(cluster, before.mesh.clusters[index])) &&
      namedProtocols(mesh).every(protocol => before.protocols.includes(protocol)) &&
      (!meshes || sameEndpoints(before.classes, outsideClasses([...meshes, mesh]).at(-1)!));
    return isComparable
      ? new FlowSpace(mesh, before.index, before.table, before.protocols, before)
      : undefined;
  }

  private readonly clusters: ReadonlyMap<string, { readonly rules: ClusterRules; readonly rows: PortRows }>;
  private readonly groups: { readonly [direction in Direction]: Array<Group | undefined> } = {
    ingress: [],
    egress: [],
  };
  private readonly groupsByKey = new Map<string, Group>();
  private ingress?: ReadonlyArray<ReadonlyMap<ConnectionsId, BitSet>>;
  private readonly reached: Array<ReadonlyMap<ConnectionsId, BitSet>> = [];
  private readonly admittedTo: Array<ReadonlyMap<ConnectionsId, BitSet>> = [];
  private changes?: SpaceChanges;
  private undetermined?: FlowSpace;

  /** Clusters that are the same in the space `kept` keep its rules and rows. */
  private constructor(
    public readonly mesh: EvaluatedMesh,
    public readonly index: IdentityIndex,
    public readonly table: ConnectionTable,
    public readonly protocols: readonly FlowProtocol[],
    private readonly before?: FlowSpace,
    private readonly keepsUndetermined: boolean = false,
    kept: FlowSpace | undefined = before,
  ) {
    this.clusters = new Map(
      mesh.clusters.map(cluster => {
        const known = kept?.mesh.cluster(cluster.name) === cluster ? kept.clusters.get(cluster.name) : undefined;
        if (known) {
          return [cluster.name, known];
        }
        const rules = new ClusterRules(mesh, cluster, index);
        return [cluster.name, { rules, rows: new PortRows(mesh, cluster, index, rules, protocols) }];
      }),
    );
  }

  public get classes(): readonly EndpointClass[] {
    return this.index.classes;
  }

  /**
   * The same flows with those that an order of Cilium's computations decides, as undetermined connections. The space
   * itself if there are none.
   */
  public get withUndetermined(): FlowSpace {
    if (this.keepsUndetermined || !hasAuthentication(this.mesh)) {
      return this;
    }
    const { mesh, index, table, protocols } = this;
    this.undetermined ??= new FlowSpace(mesh, index, table, protocols, undefined, true, this);
    return this.undetermined;
  }

  /** The verdicts of a class in one direction, by port. */
  public rows(number: number, direction: Direction): readonly PortRow[] {
    return this.group(number, direction).rows;
  }

  /** The verdict of a class in one direction on a flow with another one. */
  public verdict(number: number, direction: Direction, other: number, flow: FlowPort): EndpointVerdict {
    return this.rowOn(number, direction, flow).verdict(other);
  }

  /** The verdicts of a class in one direction on one port. */
  public rowOn(number: number, direction: Direction, flow: FlowPort): Row {
    return this.rows(number, direction).find(({ ranges }) => ranges.some(range => holdsFlow(range, flow)))!.row;
  }

  /** What a class allows in one direction, by peer. Peers with which it allows nothing are left out. */
  public allowed(number: number, direction: Direction): readonly PeerConnections[] {
    return this.group(number, direction).allowed;
  }

  /** What both ends allow from a class to others. Classes that it cannot reach are left out. */
  public from(number: number): ReadonlyMap<ConnectionsId, BitSet> {
    this.reached[number] ??=
      this.before && !this.changed.egress.has(number) && this.admitted(number) === this.before.admitted(number)
        ? this.before.from(number)
        : this.findReached(number);
    return this.reached[number];
  }

  private findReached(number: number): ReadonlyMap<ConnectionsId, BitSet> {
    const both = new Map<ConnectionsId, BitSet>();
    for (const { peers, connections } of this.allowed(number, 'egress')) {
      this.admitted(number).forEach((destinations, others) => {
        if (peers.meets(destinations)) {
          const common = this.table.intersection(connections, others);
          if (common !== NO_CONNECTIONS) {
            const reached = peers.copy().and(destinations);
            both.set(common, both.get(common)?.or(reached) ?? reached);
          }
        }
      });
    }
    return both;
  }

  /** What other classes allow a class on ingress. */
  public admitted(number: number): ReadonlyMap<ConnectionsId, BitSet> {
    this.admittedTo[number] ??= this.before
      ? this.changedAdmitted(number, this.before)
      : this.allowedByIngress()[number];
    return this.admittedTo[number];
  }

  /** The same as before, but for the classes whose ingress changed. */
  private changedAdmitted(number: number, before: FlowSpace): ReadonlyMap<ConnectionsId, BitSet> {
    const was = before.admitted(number);
    const { ingress, admitted } = this.changed;
    const own = admitted.get(number);
    if (!own && ![...was.values()].some(set => set.meets(ingress))) {
      return was;
    }
    const sets = new Map<ConnectionsId, BitSet>();
    was.forEach((set, id) => {
      const rest = set.copy().andNot(ingress);
      if (!rest.isEmpty) {
        sets.set(id, rest);
      }
    });
    own?.forEach((set, id) => sets.set(id, sets.get(id)?.or(set) ?? set.copy()));
    return sets;
  }

  /** What changed since the space before. */
  private get changed(): SpaceChanges {
    this.changes ??= this.findChanges();
    return this.changes;
  }

  private findChanges(): SpaceChanges {
    const { size } = this.index;
    const [egress, ingress] = [new BitSet(size), new BitSet(size)];
    const admitted = new Map<number, Map<ConnectionsId, BitSet>>();
    this.index.present.forEach(number => {
      if (this.group(number, 'egress') !== this.before!.group(number, 'egress')) {
        egress.add(number);
      }
      const own = this.group(number, 'ingress');
      if (own !== this.before!.group(number, 'ingress')) {
        ingress.add(number);
        for (const { peers, connections } of own.allowed) {
          peers.forEach(source => {
            const sets = admitted.get(source) ?? new Map<ConnectionsId, BitSet>();
            admitted.set(source, sets);
            const reached = sets.get(connections) ?? new BitSet(size);
            sets.set(connections, reached);
            reached.add(number);
          });
        }
      }
    });
    return { egress, ingress, admitted };
  }

  /** For each class, what other classes allow it on ingress. */
  private allowedByIngress(): ReadonlyArray<ReadonlyMap<ConnectionsId, BitSet>> {
    if (!this.ingress) {
      const { size } = this.index;
      const sets = this.classes.map(() => new Map<ConnectionsId, BitSet>());
      const members = new Map<Group, BitSet>();
      this.index.present.forEach(number => {
        const group = this.group(number, 'ingress');
        members.set(group, members.get(group) ?? new BitSet(size));
        members.get(group)!.add(number);
      });
      // groups of many clusters often allow the same, so each set of sources is visited once
      const alike = new Map<string, PeerConnections & { readonly destinations: BitSet }>();
      for (const [group, destinations] of members) {
        for (const allowed of group.allowed) {
          const key = `${allowed.connections} ${allowed.peers.key()}`;
          const known = alike.get(key);
          if (known) {
            known.destinations.or(destinations);
          } else {
            alike.set(key, { ...allowed, destinations: destinations.copy() });
          }
        }
      }
      for (const { peers, connections, destinations } of alike.values()) {
        peers.forEach(source => {
          const reached = sets[source].get(connections) ?? new BitSet(size);
          sets[source].set(connections, reached);
          reached.or(destinations);
        });
      }
      this.ingress = sets;
    }
    return this.ingress;
  }

  /** Classes with the same rules are one group. */
  private group(number: number, direction: Direction): Group {
    const known = this.groups[direction][number];
    if (known) {
      return known;
    }
    const { cluster, kind } = this.classes[number];
    const own = kind === 'pods' || kind === 'node' ? this.clusters.get(cluster) : undefined;
    const same = this.before && this.knownGroup(number, direction, this.before, own?.rules);
    if (same) {
      this.groups[direction][number] = same;
      return same;
    }
    const key = own ? `${cluster} ${direction} ${own.rules.groupOf(number, direction)}` : 'outside';
    const group =
      this.groupsByKey.get(key) ??
      new Group(this.index, this.table, this.keepsUndetermined, () =>
        own
          ? own.rows.of(number, direction)
          : [{ ranges: this.protocols.map(allPorts), row: new Row(this.index.size, 'outside'), requests: [] }],
      );
    this.groupsByKey.set(key, group);
    this.groups[direction][number] = group;
    return group;
  }

  /** The group of the space before, if the same rules decide. */
  private knownGroup(
    number: number,
    direction: Direction,
    before: FlowSpace,
    rules: ClusterRules | undefined,
  ): Group | undefined {
    const known = rules && before.clusters.get(this.classes[number].cluster)?.rules;
    return !rules || (known && (known === rules || rules.isAlike(known, number, direction)))
      ? before.group(number, direction)
      : undefined;
  }
}

/** What differs between a space and the one before it. */
interface SpaceChanges {
  /** The classes whose egress, or ingress, is decided by other rules. */
  readonly egress: BitSet;
  readonly ingress: BitSet;
  /** What the classes with other ingress allow each class. */
  readonly admitted: ReadonlyMap<number, ReadonlyMap<ConnectionsId, BitSet>>;
}

/** Whether all that flows depend on besides policies is the same in a cluster. */
function hasSameFacts(one: EvaluatedCluster, other: EvaluatedCluster | undefined): boolean {
  return (
    other !== undefined &&
    (['name', 'version', 'settings', 'workloads', 'services', 'nodes', 'cidrGroups', 'apiServer'] as const).every(
      fact => one[fact] === other[fact],
    ) &&
    [...one.namespaces].every(([name, { global }]) => (other.namespaces.get(name)?.global ?? true) === global)
  );
}

/** Whether the endpoints that are not pods are the same classes. */
function sameEndpoints(classes: readonly EndpointClass[], outside: readonly EndpointClass[]): boolean {
  const key = (each: EndpointClass) => `${each.kind} ${each.endpoint !== undefined} ${formatMembers(each).join()}`;
  const known = classes.filter(({ kind, placed }) => kind !== 'pods' && !placed);
  return known.length === outside.length && known.every((each, index) => key(each) === key(outside[index]));
}

/** The verdicts that several classes share. */
class Group {
  private portRows?: readonly PortRow[];
  private peerConnections?: readonly PeerConnections[];

  constructor(
    private readonly index: IdentityIndex,
    private readonly table: ConnectionTable,
    private readonly keepsUndetermined: boolean,
    private readonly find: () => readonly PortRow[],
  ) {}

  public get rows(): readonly PortRow[] {
    this.portRows ??= this.find();
    return this.portRows;
  }

  public get allowed(): readonly PeerConnections[] {
    this.peerConnections ??= allowedBy(this.rows, this.index.present, this.table, this.keepsUndetermined);
    return this.peerConnections;
  }
}

/** Peers by what the rows allow on all ports together. */
function allowedBy(
  rows: readonly PortRow[],
  present: BitSet,
  table: ConnectionTable,
  keepsUndetermined: boolean,
): PeerConnections[] {
  const cells = new PeerCells(present.size);
  for (const portRow of rows) {
    const undetermined = keepsUndetermined ? portRow.row.undeterminedPeers : undefined;
    for (const { peers, ...connections } of [
      ...allowedPeers(portRow),
      ...(undetermined ? [{ peers: undetermined, requests: [], undetermined: true } as const] : []),
    ]) {
      cells.add(
        peers,
        portRow.ranges.map(range => ({ ...range, ...connections })),
      );
    }
  }
  const byConnections = new Map<ConnectionsId, BitSet>();
  for (const { peers, ranges } of cells.all) {
    const existing = peers.copy().and(present);
    const id = table.add(ranges);
    const known = byConnections.get(id);
    byConnections.set(id, known ? known.or(existing) : existing);
  }
  return [...byConnections].map(([connections, peers]) => ({ peers, connections }));
}

/** The allowed peers of a row, by the requests that a proxy lets through. */
function allowedPeers({ row, requests }: PortRow): Array<{ peers: BitSet; requests: AllowedRange['requests'] }> {
  const limited = requests.map(({ peers, rules }) => ({ peers, requests: [rules] }));
  if (limited.length === 0) {
    return [{ peers: row.allowedPeers, requests: [] }];
  }
  const open = row.allowedPeers.copy();
  limited.forEach(({ peers }) => open.andNot(peers));
  return [{ peers: open, requests: [] }, ...limited];
}

/** Protocols that the rules of a mesh name. */
function namedProtocols({ clusters }: EvaluatedMesh): FlowProtocol[] {
  return clusters.flatMap(({ entries }) => entries.flatMap(({ ports }) => ports.map(({ protocol }) => protocol)));
}

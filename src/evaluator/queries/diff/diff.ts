import { changedCells, ChangedCell, classesOfNodes, decidedClasses } from './changed-cells';
import { CHANGE_KINDS, ChangeKind, RangeChange, rangeChanges } from './range-changes';
import { sameServices, serviceChanges, ServiceChange } from './service-changes';
import { Cidr } from '../../../cilium/cidr';
import { Direction } from '../../engine/entry';
import { BitSet } from '../../flows/bit-set';
import { Connections } from '../../flows/connections';
import { counterparts } from '../../flows/counterparts';
import { Endpoint, Placement } from '../../flows/endpoint';
import { classKey, EndpointClass, isPods } from '../../flows/endpoint-classes';
import { decideFlow, FlowDecision, FlowPort } from '../../flows/flow';
import { FlowSpace } from '../../flows/flow-space';
import { addressesOfMesh } from '../../flows/mesh-addresses';
import { holdsFlow, PortRange } from '../../flows/port-range';
import { isEmptyRenames, Renames, renamesBetween } from '../../flows/renames';
import { EvaluatedMesh } from '../../read/mesh';
import { Workload } from '../../read/workload';
import { DecisionReason, decisionReason } from '../decision-reason';
import { decidingRules, RuleReference } from '../explain';
import { declaredPorts } from '../matrix';
import { unknownParts, unusedFamilies } from '../unknown-parts';

/** Flows between endpoints whose connections change in one way: those from every source to every destination. */
export interface FlowChange {
  readonly change: ChangeKind;
  readonly sources: readonly DiffEndpoints[];
  readonly destinations: readonly DiffEndpoints[];
  /** The ports that change in this way, sorted. */
  readonly ranges: readonly RangeChange[];
  /** One of the flows, with the rules that decide it before and after. */
  readonly example: FlowExample;
}

/** Endpoints that no policy of either mesh can distinguish. */
export interface DiffEndpoints {
  /** Those after; those before if they are gone. */
  readonly endpoints: EndpointClass;
  /** Whether only one of the meshes has them. */
  readonly state: 'kept' | 'added' | 'removed';
}

/** One flow in both meshes. */
export interface FlowExample {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly port: FlowPort;
  /** Whether both ends are on one node, if only that flow changes: an end has the network of its node. */
  readonly placement?: Placement;
  /** Undefined if one of the endpoints does not exist. */
  readonly before?: ExampleSide;
  readonly after?: ExampleSide;
}

/** The decision on a flow in one mesh, and the rules that decided at its endpoints. */
export interface ExampleSide {
  readonly decision: FlowDecision;
  readonly rules: { readonly [direction in Direction]: readonly RuleReference[] };
  /** Why, at the endpoints where no rule decided. */
  readonly reasons: { readonly [direction in Direction]?: DecisionReason };
}

/** The changes from one mesh to another. */
export interface MeshDiff {
  /** Sorted by kind of change, source and destination. */
  readonly flows: readonly FlowChange[];
  readonly services: readonly ServiceChange[];
  readonly addedWorkloads: readonly Workload[];
  readonly removedWorkloads: readonly Workload[];
  /** Workloads with another name, whose pods no policy can distinguish from those before. */
  readonly renamedWorkloads: ReadonlyArray<{ readonly before: Workload; readonly after: Workload }>;
  /** Clusters and namespaces with the same workloads under another name, if there are any. */
  readonly renamed?: RenamedPlaces;
  /** Workloads with host network whose pods are compared as the nodes that they may run on. */
  readonly comparedAsNodes: readonly Workload[];
  /** The blocks of addresses of pods, nodes and Services in both meshes. */
  readonly meshAddresses: readonly Cidr[];
  /** All endpoints that were compared. */
  readonly endpoints: readonly DiffEndpoints[];
  readonly compared: Compared;
  /** What could not be compared, and why. */
  readonly unknown: readonly string[];
  /** Whether there was nothing to compare: policies decide at no endpoint of either mesh. */
  readonly isEmpty: boolean;
}

/**
 * Clusters and namespaces with another name. Their workloads are also among those that are added and removed, and their
 * flows among those gained and lost.
 */
export interface RenamedPlaces {
  readonly renames: Renames;
  /** What changes if endpoints under the old and the new names are the same. */
  readonly flows: readonly FlowChange[];
  readonly endpoints: readonly DiffEndpoints[];
}

/** What was compared: on all ports of all protocols, unless ports were asked for. */
export interface Compared {
  readonly clusters: number;
  readonly workloads: number;
  /** Sets of nodes that policies distinguish. */
  readonly nodes: number;
  /** Sets of addresses outside of the mesh that policies distinguish. */
  readonly addresses: number;
  /** Sets of DNS names that policies distinguish. */
  readonly names: number;
  readonly services: number;
  readonly ports?: readonly FlowPort[];
}

/** What to compare. */
export interface DiffScope {
  /**
   * The ports to compare.
   * @default - all
   */
  readonly ports?: readonly FlowPort[];
}

/**
 * Compares all flows of two meshes, and the backends of all services.
 *
 * Endpoints, addresses, names and ports are cut at what the policies of either mesh distinguish. If no flow changes,
 * every flow that one could ask for has the same verdict in both meshes.
 */
export function diffMeshes(before: EvaluatedMesh, after: EvaluatedMesh, scope: DiffScope = {}): MeshDiff {
  const [was, is] = FlowSpace.of([before, after]);
  const diff = diffSpaces(was, is, scope);
  const renames = renamesBetween(before, after);
  return isEmptyRenames(renames) ? diff : { ...diff, renamed: renamedPlaces(before, after, renames, scope) };
}

function renamedPlaces(
  before: EvaluatedMesh,
  after: EvaluatedMesh,
  renames: Renames,
  { ports }: DiffScope,
): RenamedPlaces {
  const [was, is] = FlowSpace.of([before, after], [], [], renames);
  return {
    renames,
    flows: flowsBetween(was, is, ports),
    endpoints: was.classes.map((_, number) => diffEndpoints(was, is, number)),
  };
}

function flowsBetween(was: FlowSpace, is: FlowSpace, ports: DiffScope['ports']): FlowChange[] {
  return changedCells(was.withUndetermined, is.withUndetermined)
    .flatMap(cell => flowChanges(was, is, cell, ports))
    .sort(compareChanges);
}

/** Compares two meshes whose flow spaces have common classes. */
export function diffSpaces(was: FlowSpace, is: FlowSpace, { ports }: DiffScope = {}): MeshDiff {
  const [before, after] = [was.mesh, is.mesh];
  const pairs =
    before.workloads === after.workloads
      ? before.workloads.map(workload => [workload, workload])
      : counterparts([before, after], classKey);
  const services = sameServices(before, after) ? [] : serviceChanges(before, after);
  const asNodes = new Set(
    classesOfNodes(was, is)
      .toArray()
      .flatMap(number => [was, is].flatMap(({ classes }) => classes[number].workloads)),
  );
  return {
    flows: flowsBetween(was, is, ports),
    services,
    addedWorkloads: pairs.flatMap(([one, other]) => (one === undefined && other ? [other] : [])),
    removedWorkloads: pairs.flatMap(([one, other]) => (one && other === undefined ? [one] : [])),
    renamedWorkloads: pairs.flatMap(([one, other]) =>
      one && other && (one.name !== other.name || one.kind !== other.kind) ? [{ before: one, after: other }] : [],
    ),
    comparedAsNodes: after.workloads.filter(each => asNodes.has(each)),
    meshAddresses: [before, after].flatMap(({ clusters }) => clusters.flatMap(addressesOfMesh)).map(({ cidr }) => cidr),
    endpoints: was.classes.map((_, number) => diffEndpoints(was, is, number)),
    compared: { ...countClasses(was, is, pairs.length), ...(ports ? { ports } : {}) },
    unknown: [
      ...new Set([
        ...[before, after].flatMap(mesh => unknownParts(mesh, mesh.workloads.filter(each => !asNodes.has(each)))),
        ...unusedFamilies([before, after]),
      ]),
    ].sort(),
    isEmpty: decidedClasses(was, is).isEmpty,
  };
}

function flowChanges(
  was: FlowSpace,
  is: FlowSpace,
  cell: ChangedCell,
  ports: readonly FlowPort[] | undefined,
): FlowChange[] {
  const [before, after] = [cell.before, cell.after].map(id => onPorts(was.table.get(id), ports));
  const ranges = rangeChanges(before, after);
  return CHANGE_KINDS.flatMap((change): FlowChange[] => {
    const changed = ranges.filter(range => range.change === change);
    return changed.length === 0
      ? []
      : [
        {
          change,
          sources: endpointsOf(was, is, cell.sources),
          destinations: endpointsOf(was, is, cell.destinations),
          ranges: changed,
          example: exampleOf(was, is, cell, changed),
        },
      ];
  });
}

function onPorts(connections: Connections, ports: readonly FlowPort[] | undefined): Connections {
  return ports
    ? ports.flatMap(({ protocol, port }) =>
      connections
        .filter(range => holdsFlow(range, { protocol, port }))
        .map(range => ({ ...range, first: port, last: port })),
    )
    : connections;
}

function endpointsOf(was: FlowSpace, is: FlowSpace, numbers: BitSet): DiffEndpoints[] {
  return numbers.toArray().map(number => diffEndpoints(was, is, number));
}

function diffEndpoints(was: FlowSpace, is: FlowSpace, number: number): DiffEndpoints {
  const [before, after] = [was.classes[number], is.classes[number]];
  const state = !before.endpoint ? 'added' : !after.endpoint ? 'removed' : 'kept';
  return { endpoints: after.endpoint ? after : before, state };
}

/**
 * One flow of a cell. Prefers endpoints that both meshes have, others than the endpoint itself, ends that can be where
 * the cell says, and ports that the destination declares.
 */
function exampleOf(was: FlowSpace, is: FlowSpace, cell: ChangedCell, ranges: readonly PortRange[]): FlowExample {
  const kept = (numbers: BitSet) => {
    const both = numbers.copy().and(was.index.present).and(is.index.present);
    return both.isEmpty ? numbers : both;
  };
  const classOf = (number: number) => (is.classes[number].endpoint ? is : was).classes[number];
  const [source, destination] = examplePair(kept(cell.sources).toArray(), kept(cell.destinations).toArray(), classOf);
  const declared = [is, was]
    .flatMap(({ classes, mesh }) => workloadsOf(classes[destination]).flatMap(each => declaredPorts(mesh, each)))
    .find(port => ranges.some(range => holdsFlow(range, port)));
  const port = declared ?? { protocol: ranges[0].protocol, port: ranges[0].first };
  const explained = (space: FlowSpace) => {
    const [from, to] = [space.classes[source].endpoint, space.classes[destination].endpoint];
    return from && to ? exampleSide(space.mesh, from, to, port) : undefined;
  };
  const placement = placementOf(cell, source, destination, classOf);
  return {
    source: classOf(source).endpoint!,
    destination: classOf(destination).endpoint!,
    port,
    ...(placement ? { placement } : {}),
    before: explained(was),
    after: explained(is),
  };
}

type ClassOf = (number: number) => EndpointClass;

function workloadsOf({ workloads, placed }: EndpointClass): readonly Workload[] {
  return placed ?? workloads;
}

/** A source and another destination, if there are two endpoints. */
function examplePair(
  sources: readonly number[],
  destinations: readonly number[],
  classOf: ClassOf,
): readonly [number, number] {
  const some = (all: readonly number[]) => all.slice(0, MOST_CANDIDATES);
  const pairs = some(sources).flatMap(source =>
    some(destinations).map(destination => ({
      pair: [source, destination] as const,
      rank: (source === destination ? 1 : 0) + (isPossible(classOf(source), classOf(destination)) ? 0 : 2),
    })),
  );
  return pairs.reduce((best, each) => (each.rank < best.rank ? each : best)).pair;
}

/** Keeps large cells fast. */
const MOST_CANDIDATES = 30;

/** Whether two ends can be where their classes say: on one node only in one cluster, and then both. */
function isPossible(source: EndpointClass, destination: EndpointClass): boolean {
  const isNear = ({ kind, placed, endpoint }: EndpointClass) =>
    placed !== undefined || (kind === 'node' && endpoint?.kind === 'node' && endpoint.placement === 'same-node');
  const isFar = ({ kind, hostNetwork, endpoint }: EndpointClass) =>
    hostNetwork || (kind === 'node' && endpoint?.kind === 'node' && endpoint.placement === 'other-node');
  return isNear(source) || isNear(destination)
    ? source.cluster === destination.cluster && !isFar(source) && !isFar(destination)
    : true;
}

/** Where both ends are, if the flow at the other place is not in the cell. */
function placementOf(
  { sources, destinations }: ChangedCell,
  source: number,
  destination: number,
  classOf: ClassOf,
): Placement | undefined {
  const [from, to] = [classOf(source), classOf(destination)];
  if (!isPods(from) || !isPods(to) || from.cluster !== to.cluster) {
    return undefined;
  }
  const isNear = from.placed !== undefined || to.placed !== undefined;
  if (!isNear && !from.hostNetwork && !to.hostNetwork) {
    return undefined;
  }
  const hasOther = (numbers: BitSet, one: EndpointClass) =>
    !(one.placed || one.hostNetwork) ||
    numbers
      .toArray()
      .some(
        number =>
          (classOf(number).placed !== undefined) !== (one.placed !== undefined) &&
          workloadsOf(classOf(number)).includes(workloadsOf(one)[0]),
      );
  return hasOther(sources, from) && hasOther(destinations, to) ? undefined : isNear ? 'same-node' : 'other-node';
}

function exampleSide(mesh: EvaluatedMesh, source: Endpoint, destination: Endpoint, port: FlowPort): ExampleSide {
  const decision = decideFlow(mesh, source, destination, port);
  const { egress, ingress } = decision;
  const reasons = {
    egress: decisionReason(mesh, source, 'egress', egress),
    ingress: decisionReason(mesh, destination, 'ingress', ingress),
  };
  return {
    decision,
    rules: { egress: decidingRules(mesh, egress), ingress: decidingRules(mesh, ingress) },
    reasons,
  };
}

function countClasses(was: FlowSpace, is: FlowSpace, workloads: number): Compared {
  const counts = (kind: EndpointClass['kind']) =>
    was.classes.filter(each => each.kind === kind && each.placed === undefined).length;
  const names = (of: (mesh: EvaluatedMesh) => readonly string[]) =>
    new Set([was.mesh, is.mesh].flatMap(mesh => of(mesh))).size;
  return {
    clusters: names(mesh => mesh.clusters.map(({ name }) => name)),
    workloads,
    nodes: counts('node') / 2,
    addresses: counts('addresses'),
    names: counts('name'),
    services: names(mesh =>
      mesh.clusters.flatMap(({ services }) => services.map(({ namespace, name }) => `${namespace}/${name}`)),
    ),
  };
}

function compareChanges(one: FlowChange, other: FlowChange): number {
  return CHANGE_KINDS.indexOf(one.change) - CHANGE_KINDS.indexOf(other.change);
}

import { clusterOf, Endpoint, isNodeEntity, Placement } from './endpoint';
import { NodeSet, nodeSets } from './node-endpoints';
import { grouped } from '../../diagnostics/grouped';
import { formatList } from '../../diagnostics/texts';
import { EvaluatedMesh } from '../read/mesh';
import { EvaluatedNode } from '../read/node';
import { Workload } from '../read/workload';

/** Where the ends of a flow may be. */
export interface Place {
  /** Whether both are on one node; undefined if it cannot matter. */
  readonly placement?: Placement;
  /** The nodes of pods with host network, where policies distinguish nodes. */
  readonly source?: NodeSet;
  readonly destination?: NodeSet;
}

/** The names of the nodes that the ends of a flow run on. */
export interface FlowNodes {
  readonly source?: string;
  readonly destination?: string;
}

/** The places for which something is the same, as far as it depends on them. */
export interface CommonPlaces {
  readonly placement?: Placement;
  /** The nodes of pods with host network. */
  readonly nodes?: readonly FlowNodes[];
}

/** Whether there are other places where something else is the case. */
export function dependsOnPlaces({ placement, nodes }: CommonPlaces): boolean {
  return placement !== undefined || nodes !== undefined;
}

type End = 'source' | 'destination';

/** An end, with the nodes that it may be on where policies distinguish nodes. */
export type EndOnNodes = readonly [Endpoint, NodeSet | undefined];

const ANYWHERE: readonly Place[] = [{}];
const PLACEMENTS = ['same-node', 'other-node'] as const satisfies readonly Placement[];

/** The places of pods with host network: on the node of the other end or not, and on which node. */
export class Places {
  private readonly known = new Map<string, readonly Place[]>();

  constructor(private readonly mesh: EvaluatedMesh) {}

  /** Every place of a flow's ends; only one if none of them has the network of its node. */
  public of(source: Endpoint, destination: Endpoint): readonly Place[] {
    if (isAnyPlace(source, destination)) {
      return this.beside(source, destination, each => this.of(each, destination));
    }
    if (isAnyPlace(destination, source)) {
      return this.beside(destination, source, each => this.of(source, each));
    }
    const [from, to] = [source, destination].map(movable);
    if (!from && !to) {
      return ANYWHERE;
    }
    const beside = [nodeBeside(destination, from), nodeBeside(source, to)];
    const isNear = podsOf(source)?.cluster === podsOf(destination)?.cluster;
    const key = JSON.stringify([
      from?.cluster,
      to?.cluster,
      isNear,
      [source, destination].map(each => podsOf(each)?.node ?? null),
      beside.map(each => each && [each.placement, each.node?.name]),
    ]);
    const known = this.known.get(key) ?? this.besideNodes(this.find(source, destination, isNear), beside);
    this.known.set(key, known);
    return known;
  }

  /** The places of a known node beside pods of its cluster: as their node, and as another one. */
  private beside(node: Node, pods: Endpoint, placesOf: (node: Node) => readonly Place[]): readonly Place[] {
    return PLACEMENTS.filter(placement => this.canBe(placement, [node, undefined], [pods, undefined])).flatMap(
      placement => placesOf({ ...node, placement }).map(place => ({ ...place, placement })),
    );
  }

  /** If no place is possible, those that would be: there is no other node in a cluster of one. */
  private besideNodes(
    all: readonly Place[],
    [source, destination]: ReadonlyArray<NodeBeside | undefined>,
  ): readonly Place[] {
    const possible = all.flatMap(place =>
      placesBeside(place, source, 'source').flatMap(each => placesBeside(each, destination, 'destination')),
    );
    const { placement } = source ?? destination ?? {};
    return possible.length > 0 ? possible : all.map(place => ({ ...place, ...(placement ? { placement } : {}) }));
  }

  private find(from: Endpoint, to: Endpoint, isOneCluster: boolean): readonly Place[] {
    const placements: ReadonlyArray<Placement | undefined> = isOneCluster ? PLACEMENTS : [undefined];
    return placements.flatMap(placement =>
      this.nodesOf(from).flatMap(source =>
        this.nodesOf(to).flatMap((destination): readonly Place[] =>
          this.canBe(placement, [from, source], [to, destination]) ? [{ placement, source, destination }] : [],
        ),
      ),
    );
  }

  /** The nodes that an end may run on, in the sets that policies distinguish; undefined if they do not matter. */
  public nodesOf(end: Endpoint): ReadonlyArray<NodeSet | undefined> {
    const pods = movable(end);
    if (!pods) {
      return [undefined];
    }
    const sets = nodeSets(this.mesh, pods.cluster);
    const own = sets.filter(({ names }) => pods.node !== undefined && names.includes(pods.node));
    return own.length > 0
      ? own.map(({ node }) => ({ node, names: [pods.node!] }))
      : sets.length > 0
        ? sets
        : [undefined];
  }

  /** Whether two ends can be at a place: on one node only if they share one, on two nodes only if there are two. */
  public canBe(placement: Placement | undefined, source: EndOnNodes, destination: EndOnNodes): boolean {
    const [from, to] = [this.namesOf(source), this.namesOf(destination)];
    return !from || !to || placement === undefined
      ? true
      : placement === 'same-node'
        ? from.some(name => to.includes(name))
        : new Set([...from, ...to]).size > 1;
  }

  /** The names of the nodes that an end may be on; undefined where the nodes of its cluster are unknown. */
  private namesOf([end, set]: EndOnNodes): readonly string[] | undefined {
    const fixed = end.kind === 'node' ? end.node?.name : podsOf(end)?.node;
    if (fixed !== undefined) {
      return [fixed];
    }
    const cluster = clusterOf(end);
    const all = cluster === undefined ? [] : (this.mesh.cluster(cluster)?.nodes ?? []);
    return set?.names ?? (all.length > 0 ? all.map(({ name }) => name) : undefined);
  }
}

const PLACES = new WeakMap<EvaluatedMesh, Places>();

/** The places of the pods of a mesh. */
export function placesIn(mesh: EvaluatedMesh): Places {
  const known = PLACES.get(mesh) ?? new Places(mesh);
  PLACES.set(mesh, known);
  return known;
}

/** Whether flows have the same verdicts at all places, because no end has the network of its node. */
export function isAnywhere(places: readonly Place[]): boolean {
  return places === ANYWHERE;
}

type Node = Extract<Endpoint, { kind: 'node' }>;

/** Whether an end is a node that may be that of the pods at the other end, or another one. */
function isAnyPlace(end: Endpoint, other: Endpoint): end is Node {
  return end.kind === 'node' && end.placement === undefined && podsOf(other)?.cluster === end.cluster;
}

/** A node at the other end of pods with host network, in their cluster. */
interface NodeBeside {
  /** The node, if it is known. */
  readonly node?: EvaluatedNode;
  /** Whether it is the node of the pods. */
  readonly placement: Placement;
}

/** The node at an end, if it is one of the cluster of pods with host network. */
function nodeBeside(end: Endpoint, pods: Workload | undefined): NodeBeside | undefined {
  if (!pods || ('cluster' in end && end.cluster !== undefined && end.cluster !== pods.cluster)) {
    return undefined;
  }
  return end.kind === 'node'
    ? { node: end.node, placement: end.placement ?? 'other-node' }
    : end.kind === 'entity' && isNodeEntity(end.entity)
      ? { placement: end.entity === 'host' ? 'same-node' : 'other-node' }
      : undefined;
}

/** A place of pods with host network, beside a node of their cluster: theirs, or another one. */
function placesBeside(place: Place, beside: NodeBeside | undefined, end: End): readonly Place[] {
  if (!beside) {
    return [place];
  }
  const { placement } = beside;
  const set = place[end];
  if (!set) {
    return [{ ...place, placement }];
  }
  const names = namesBeside(set, beside);
  return names.length > 0 ? [{ ...place, placement, [end]: { ...set, names } }] : [];
}

/** The nodes of a set that run pods beside a node: the node itself if it is that of the pods, else all others. */
export function namesBeside({ names }: NodeSet, { node, placement }: NodeBeside): readonly string[] {
  return node ? names.filter(name => (name === node.name) === (placement === 'same-node')) : names;
}

function podsOf(endpoint: Endpoint): Workload | undefined {
  return endpoint.kind === 'workload' ? endpoint.workload : undefined;
}

/** Pods with host network whose node is not known. */
function movable(endpoint: Endpoint): Workload | undefined {
  return endpoint.kind === 'workload' &&
    endpoint.workload.hostNetwork &&
    endpoint.placement === undefined &&
    endpoint.node === undefined
    ? endpoint.workload
    : undefined;
}

/** An end at a place. */
export function placedEnd(endpoint: Endpoint, place: Place, end: End): Endpoint {
  if (endpoint.kind === 'node' && endpoint.placement === undefined) {
    return { ...endpoint, placement: place.placement ?? 'other-node' };
  }
  return endpoint.kind === 'workload' && movable(endpoint)
    ? {
      ...endpoint,
      ...(place.placement ? { placement: place.placement } : {}),
      ...(place[end] ? { node: place[end].node } : {}),
    }
    : endpoint;
}

/** What a value depends on, the simplest first. */
const DEPENDENCES: ReadonlyArray<ReadonlyArray<keyof Place>> = [
  [],
  ['placement'],
  ['source'],
  ['destination'],
  ['placement', 'source'],
  ['placement', 'destination'],
  ['source', 'destination'],
  ['placement', 'source', 'destination'],
];

/**
 * Values by places, with equal ones once: each with the places that it depends on. Of equal values the last one is
 * kept, which is that on another node if there is one.
 */
export function byPlace<T extends { readonly place: Place }>(
  all: readonly T[],
  keyOf: (value: T) => string,
): Array<T & { readonly common: CommonPlaces }> {
  // nearly all flows are those of pods with networks of their own
  if (all.length === 1) {
    return all.map(each => ({ ...each, common: {} }));
  }
  const keys = new Map(all.map(each => [each, keyOf(each)]));
  const dependence = DEPENDENCES.find(parts => isFunctionOf(parts, all, keys))!;
  const isByPlacement = dependence.includes('placement');
  const ends = dependence.filter((each): each is End => each !== 'placement');
  const groups = grouped(all, each => JSON.stringify([isByPlacement ? each.place.placement : null, keys.get(each)]));
  return [...groups.values()].map(group => {
    const { placement } = group[0].place;
    const isWhole = group.length === all.filter(({ place }) => !isByPlacement || place.placement === placement).length;
    const common = {
      ...(isByPlacement ? { placement } : {}),
      ...(ends.length === 0 || isWhole ? {} : { nodes: nodesOfPlaces(group, ends) }),
    };
    return { ...group.at(-1)!, common };
  });
}

/** Whether values differ only where one of the parts of their places differs. */
function isFunctionOf<T extends { readonly place: Place }>(
  parts: ReadonlyArray<keyof Place>,
  all: readonly T[],
  keys: ReadonlyMap<T, string>,
): boolean {
  const values = new Map<string, string>();
  return all.every(each => {
    const at = JSON.stringify(parts.map(part => textOf(each.place[part])));
    const key = keys.get(each)!;
    const known = values.get(at) ?? key;
    values.set(at, known);
    return known === key;
  });
}

/** Equal for equal places. */
export function placeKey(place: Place): string {
  return JSON.stringify([place.placement, place.source?.node.name, place.destination?.node.name]);
}

function textOf(part: Place[keyof Place]): string | undefined {
  return typeof part === 'object' ? part.node.name : part;
}

/** The nodes of some places, each combination once. */
function nodesOfPlaces(all: ReadonlyArray<{ readonly place: Place }>, ends: readonly End[]): FlowNodes[] {
  const names = (place: Place, end: End) => (ends.includes(end) ? (place[end]?.names ?? [undefined]) : [undefined]);
  const nodes = all.flatMap(({ place }) =>
    names(place, 'source').flatMap(source =>
      names(place, 'destination')
        .filter(destination => isPossible(place, source, destination))
        .map((destination): FlowNodes => ({
          ...(source === undefined ? {} : { source }),
          ...(destination === undefined ? {} : { destination }),
        })),
    ),
  );
  return [...grouped(nodes, each => JSON.stringify(each)).values()].map(([each]) => each);
}

function isPossible({ placement }: Place, source: string | undefined, destination: string | undefined): boolean {
  return source === undefined || destination === undefined || placement === undefined
    ? true
    : (source === destination) === (placement === 'same-node');
}

const PLACEMENT_TEXTS = { 'same-node': ' on one node', 'other-node': ' on two nodes' } as const;

/**
 * The places that a verdict depends on: whether both ends are on one node, and the nodes of pods with host network,
 * such as ` on two nodes if shop/agent@paris runs on gateway`.
 */
export function formatPlaces({ placement, nodes = [] }: CommonPlaces, source: string, destination: string): string {
  const place = placement === undefined ? '' : PLACEMENT_TEXTS[placement];
  const names = (end: keyof FlowNodes) => [...new Set(nodes.flatMap(each => each[end] ?? []))];
  const [from, to] = [names('source'), names('destination')];
  // of two ends that both matter, each pair of nodes is named
  if (from.length > 0 && to.length > 0) {
    return `${place} on the nodes ${formatList(nodes.map(each => `${each.source} -> ${each.destination}`))}`;
  }
  const [end, on] = from.length > 0 ? [source, from] : [destination, to];
  return on.length === 0 ? place : `${place} if ${end} runs on ${formatList(on)}`;
}

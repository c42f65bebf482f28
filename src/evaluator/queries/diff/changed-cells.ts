import { BitSet } from '../../flows/bit-set';
import { ConnectionsId, NO_CONNECTIONS } from '../../flows/connections';
import { EndpointClass } from '../../flows/endpoint-classes';
import { FlowSpace } from '../../flows/flow-space';
import { nodeSets } from '../../flows/node-endpoints';

/** Every flow from one of the sources to one of the destinations changes in the same way. */
export interface ChangedCell {
  readonly sources: BitSet;
  readonly destinations: BitSet;
  readonly before: ConnectionsId;
  readonly after: ConnectionsId;
}

/**
 * The pairs of classes that may connect otherwise in one of two spaces than in the other, as few rectangles. Together
 * they are exactly those pairs, and no pair is in two.
 *
 * Only pairs where a policy of the mesh can decide at one end are compared, and pods on known nodes as these nodes.
 */
export function changedCells(before: FlowSpace, after: FlowSpace): ChangedCell[] {
  const { size } = before.index;
  const decided = decidedClasses(before, after);
  const nodes = classesOfNodes(before, after);
  const cells = new Map<string, ChangedCell>();
  for (let source = 0; source < size; source++) {
    if (nodes.has(source)) {
      continue;
    }
    const scope = decided.has(source) ? undefined : decided;
    for (const { destinations, ...change } of changesFrom(before, after, source)) {
      const reached = (scope ? destinations.and(scope) : destinations).andNot(nodes);
      if (!reached.isEmpty) {
        const key = `${change.before} ${change.after} ${reached.key()}`;
        const known = cells.get(key) ?? { ...change, sources: new BitSet(size), destinations: reached };
        cells.set(key, known);
        known.sources.add(source);
      }
    }
  }
  const merged = new Map<string, ChangedCell>();
  for (const cell of cells.values()) {
    const key = `${cell.before} ${cell.after} ${cell.sources.key()}`;
    const known = merged.get(key);
    merged.set(key, known ? { ...known, destinations: known.destinations.copy().or(cell.destinations) } : cell);
  }
  // not in the order of the connections' numbers, which depend on what was asked before; no pair is in two cells
  return [...merged.values()].sort(
    (one, other) =>
      one.sources.first()! - other.sources.first()! || one.destinations.first()! - other.destinations.first()!,
  );
}

/** The classes at which policies of one of the meshes can decide. */
export function decidedClasses(before: FlowSpace, after: FlowSpace): BitSet {
  const decided = new BitSet(before.index.size);
  before.classes.forEach(({ kind }, number) => {
    // pods that get the network of their node are pods on one side only
    const arePods = kind === 'pods' || after.classes[number].kind === 'pods';
    if (arePods || isSubject(before, after, number)) {
      decided.add(number);
    }
  });
  return decided;
}

/**
 * The classes of pods with host network whose possible nodes have classes of their own: policies distinguish the nodes
 * of their cluster, which both meshes know.
 */
export function classesOfNodes(before: FlowSpace, after: FlowSpace): BitSet {
  const spaces = [before, after];
  const known = new Map<string, boolean>();
  const areNodes = (clusters: readonly string[]) => {
    const own = spaces.map(({ mesh }, side) => mesh.cluster(clusters[side]));
    return (
      own.every(cluster => cluster !== undefined && cluster.nodes.length > 0) &&
      spaces.some(({ mesh }, side) => nodeSets(mesh, clusters[side]).length > 0)
    );
  };
  const found = new BitSet(before.index.size);
  before.classes.forEach((_, number) => {
    const sides = spaces.map(({ classes }) => classes[number]);
    if (sides.every(usesNode)) {
      const clusters = sides.map(({ cluster }) => cluster);
      const key = clusters.join();
      known.set(key, known.get(key) ?? areNodes(clusters));
      if (known.get(key)) {
        found.add(number);
      }
    }
  });
  return found;
}

function usesNode({ hostNetwork, placed, kind }: EndpointClass): boolean {
  return hostNetwork || (placed !== undefined && kind === 'node');
}

/** Whether the host firewall enforces policies on the nodes of a class in one of the meshes. */
function isSubject(before: FlowSpace, after: FlowSpace, number: number): boolean {
  return [before, after].some(
    ({ classes, mesh }) =>
      classes[number].kind === 'node' &&
      classes[number].endpoint !== undefined &&
      mesh.cluster(classes[number].cluster)!.settings.policy.hostFirewall,
  );
}

interface ChangeFrom {
  readonly destinations: BitSet;
  readonly before: ConnectionsId;
  readonly after: ConnectionsId;
}

/** The changes of the flows from one class; destinations with equal changes together. */
function changesFrom(before: FlowSpace, after: FlowSpace, source: number): ChangeFrom[] {
  const changes: ChangeFrom[] = [];
  const isKept = before.index.present.has(source) && after.index.present.has(source);
  if (isKept && before.from(source) === after.from(source)) {
    return changes;
  }
  const [was, is] = [before, after].map(space => (space.index.present.has(source) ? [...space.from(source)] : []));
  const add = (destinations: BitSet, one: ConnectionsId, other: ConnectionsId) => {
    if (!destinations.isEmpty) {
      changes.push({ destinations, before: one, after: other });
    }
  };
  for (const [one, destinations] of was) {
    const lost = destinations.copy();
    for (const [other, reached] of is) {
      if (destinations.meets(reached)) {
        lost.andNot(reached);
        if (one !== other) {
          add(destinations.copy().and(reached), one, other);
        }
      }
    }
    add(lost, one, NO_CONNECTIONS);
  }
  for (const [other, destinations] of is) {
    add(
      was.reduce((gained, [, reached]) => gained.andNot(reached), destinations.copy()),
      NO_CONNECTIONS,
      other,
    );
  }
  return changes;
}

import { WorkloadNames } from './workload-names';
import { BitSet } from '../../flows/bit-set';
import { FlowSpace } from '../../flows/flow-space';
import { NodeEndpoint } from '../../flows/node-endpoints';
import { EvaluatedMesh } from '../../read/mesh';
import { nodesOf } from '../node-pattern';
import { formatPlacedNode } from '../reference';

/** All nodes of a cluster at one place, and the numbers of their classes. */
export interface NodeGroup {
  readonly pattern: string;
  readonly cluster: string;
  readonly nodes: ReadonlyArray<{ readonly pattern: string; readonly number: number }>;
}

/** The nodes of a mesh, each where policies distinguish them. */
export function nodesOfMesh(mesh: EvaluatedMesh): NodeEndpoint[] {
  return mesh.clusters.flatMap(({ name }) =>
    (['same-node', 'other-node'] as const).flatMap(placement => nodesOf(mesh, name, placement)),
  );
}

/** Groups nodes whose classes have the numbers from `first` on by their clusters and places. */
export function nodeGroups(nodes: readonly NodeEndpoint[], first: number): NodeGroup[] {
  const groups = new Map<string, { pattern: string; cluster: string; nodes: Array<NodeGroup['nodes'][number]> }>();
  nodes.forEach((endpoint, index) => {
    const { cluster, placement } = endpoint;
    const pattern = formatPlacedNode({ kind: 'node', cluster, placement });
    const group = groups.get(pattern) ?? { pattern, cluster, nodes: [] };
    groups.set(pattern, group);
    group.nodes.push({ pattern: formatPlacedNode(endpoint), number: first + index });
  });
  return [...groups.values()];
}

/** Names sets of classes of pods and nodes by few patterns. */
export class ClassNames {
  public readonly workloads: WorkloadNames;
  private readonly known = new Map<string, readonly string[]>();

  constructor(
    private readonly space: FlowSpace,
    private readonly nodes: readonly NodeGroup[],
  ) {
    this.workloads = new WorkloadNames(space.mesh);
  }

  /** Patterns that together select exactly the members of these classes. */
  public of(classes: BitSet): readonly string[] {
    const key = classes.key();
    const known = this.known.get(key) ?? this.find(classes);
    this.known.set(key, known);
    return known;
  }

  private find(classes: BitSet): readonly string[] {
    const workloads = classes.toArray().flatMap(number => this.space.classes[number].workloads);
    const nodes = this.nodes.flatMap(({ pattern, nodes: all }) => {
      const own = all.filter(({ number }) => classes.has(number));
      return own.length === all.length ? [pattern] : own.map(each => each.pattern);
    });
    return [...(workloads.length === 0 ? [] : this.workloads.of(workloads)), ...nodes];
  }
}

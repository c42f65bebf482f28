import { EvaluatedMesh } from '../../read/mesh';
import { formatWorkload, Workload } from '../../read/workload';

/** Names sets of workloads by few patterns: clusters, namespaces and labels whose workloads are all in the set. */
export class WorkloadNames {
  private readonly groups: ReadonlyArray<{ readonly text: string; readonly workloads: readonly Workload[] }>;
  /** The numbers of the groups of each workload. */
  private readonly groupsOf = new Map<Workload, number[]>();
  private readonly references = new Map<Workload, string>();

  constructor(private readonly mesh: EvaluatedMesh) {
    this.groups = groupsOf(mesh.workloads);
    mesh.workloads.forEach(each => this.groupsOf.set(each, []));
    this.groups.forEach(({ workloads }, number) => workloads.forEach(each => this.groupsOf.get(each)!.push(number)));
    const counts = new Map<string, number>();
    mesh.workloads.forEach(each => counts.set(formatWorkload(each), (counts.get(formatWorkload(each)) ?? 0) + 1));
    for (const workload of mesh.workloads) {
      const { kind, namespace, name, cluster } = workload;
      const text = formatWorkload(workload);
      this.references.set(workload, counts.get(text) === 1 ? text : `${kind}/${namespace}/${name}@${cluster}`);
    }
  }

  /** Patterns that together select exactly these workloads. */
  public of(workloads: readonly Workload[]): readonly string[] {
    const all = new Set(workloads);
    if (all.size === this.mesh.workloads.length && all.size > 1) {
      return [EVERY_WORKLOAD];
    }
    const rest = new Set(all);
    const texts: string[] = [];
    for (const group of this.wholeGroups(all)) {
      if (group.workloads.filter(each => rest.has(each)).length > 1) {
        texts.push(group.text);
        group.workloads.forEach(each => rest.delete(each));
      }
    }
    return [...texts, ...[...rest].map(each => this.references.get(each)!)].sort();
  }

  /** The groups all of whose workloads are in a set, in their order. */
  private wholeGroups(all: ReadonlySet<Workload>) {
    const counts = new Map<number, number>();
    all.forEach(each =>
      this.groupsOf.get(each)!.forEach(number => counts.set(number, (counts.get(number) ?? 0) + 1)),
    );
    return [...counts]
      .filter(([number, count]) => count === this.groups[number].workloads.length)
      .map(([number]) => number)
      .sort((one, other) => one - other)
      .map(number => this.groups[number]);
  }
}

/** All workloads of a mesh. */
export const EVERY_WORKLOAD = '*/*';

/** Groups of at least two workloads: clusters first, then namespaces, then labels, the largest first. */
function groupsOf(workloads: readonly Workload[]): Array<{ text: string; workloads: Workload[] }> {
  const kinds = [
    (each: Workload) => [`@${each.cluster}`],
    (each: Workload) => [`${each.namespace}/*@${each.cluster}`],
    (each: Workload) => Object.entries(each.podLabels).map(([key, value]) => `label:${key}=${value}`),
    (each: Workload) =>
      Object.entries(each.podLabels).map(([key, value]) => `label:${key}=${value}@${each.cluster}`),
  ];
  return kinds.flatMap(textsOf => {
    const groups = new Map<string, Workload[]>();
    for (const workload of workloads) {
      for (const text of textsOf(workload)) {
        const known = groups.get(text) ?? [];
        groups.set(text, known);
        known.push(workload);
      }
    }
    return [...groups]
      .map(([text, members]) => ({ text, workloads: members }))
      .filter(group => group.workloads.length > 1)
      .sort((one, other) => other.workloads.length - one.workloads.length || (one.text < other.text ? -1 : 1));
  });
}

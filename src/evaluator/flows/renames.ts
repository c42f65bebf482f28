import { grouped } from '../../diagnostics/grouped';
import { EvaluatedMesh } from '../read/mesh';
import { Workload } from '../read/workload';

/** The names that clusters and namespaces of a mesh have in a later one. */
export interface Renames {
  readonly clusters: ReadonlyMap<string, string>;
  /** By the old cluster, then by the old name. */
  readonly namespaces: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/**
 * Clusters and namespaces that only one of two meshes has, with the same workloads under another name: of the same
 * kinds and names, with the same labels, ports and network. Where several could be meant, none is.
 */
export function renamesBetween(before: EvaluatedMesh, after: EvaluatedMesh): Renames {
  const workloadsOf = (mesh: EvaluatedMesh) => grouped(mesh.workloads, ({ cluster }) => cluster);
  const [was, is] = [workloadsOf(before), workloadsOf(after)];
  const clusters = renamed(
    new Map([...was].filter(([name]) => !after.cluster(name))),
    new Map([...is].filter(([name]) => !before.cluster(name))),
    workload => `${workload.namespace} ${contentOf(workload)}`,
  );
  const namespaces = new Map<string, ReadonlyMap<string, string>>();
  for (const [cluster, workloads] of was) {
    const [own, others] = [workloads, is.get(clusters.get(cluster) ?? cluster) ?? []].map(all =>
      grouped(all, ({ namespace }) => namespace),
    );
    const found = renamed(
      new Map([...own].filter(([name]) => !others.has(name))),
      new Map([...others].filter(([name]) => !own.has(name))),
      contentOf,
    );
    if (found.size > 0) {
      namespaces.set(cluster, found);
    }
  }
  return { clusters, namespaces };
}

/** Whether nothing is renamed. */
export function isEmptyRenames({ clusters, namespaces }: Renames): boolean {
  return clusters.size + namespaces.size === 0;
}

/** The cluster and namespace of a workload under their later names. */
export function laterPlace(
  { clusters, namespaces }: Renames,
  { cluster, namespace }: Pick<Workload, 'cluster' | 'namespace'>,
): Pick<Workload, 'cluster' | 'namespace'> {
  return {
    cluster: clusters.get(cluster) ?? cluster,
    namespace: namespaces.get(cluster)?.get(namespace) ?? namespace,
  };
}

type Groups = ReadonlyMap<string, readonly Workload[]>;

/** The pairs of groups with equal contents, if each has only one counterpart. */
function renamed(was: Groups, is: Groups, textOf: (workload: Workload) => string): Map<string, string> {
  const byContent = new Map<string, { readonly old: string[]; readonly later: string[] }>();
  const add = (side: 'old' | 'later', groups: Groups) =>
    groups.forEach((workloads, name) => {
      const key = workloads.map(textOf).sort().join('\n');
      const known = byContent.get(key) ?? { old: [], later: [] };
      byContent.set(key, known);
      known[side].push(name);
    });
  add('old', was);
  add('later', is);
  return new Map(
    [...byContent.values()].flatMap(({ old, later }) =>
      old.length === 1 && later.length === 1 ? [[old[0], later[0]] as const] : [],
    ),
  );
}

/** All that policies and Services see of a workload's pods, without their cluster and namespace. */
function contentOf({ kind, name, podLabels, ports, hostNetwork }: Workload): string {
  return JSON.stringify([
    kind,
    name,
    Object.entries(podLabels).sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)),
    ports,
    hostNetwork,
  ]);
}

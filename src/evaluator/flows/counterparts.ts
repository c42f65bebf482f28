import { laterPlace, Renames } from './renames';
import { EvaluatedMesh } from '../read/mesh';
import { compareWorkloads, formatWorkload, Workload } from '../read/workload';

/** One workload in several meshes; undefined where a mesh lacks it. */
export type Counterparts = ReadonlyArray<Workload | undefined>;

/**
 * The workloads of several meshes, sorted. They are the same if they have the same cluster, namespace, kind, API group
 * and name.
 *
 * A workload that only the first of two meshes has, and one that only the second has, are one renamed workload if their
 * pods cannot be told apart: by their cluster, namespace, labels and port names. Where several could be meant, none is.
 *
 * `renames` takes clusters and namespaces of the first mesh for those of other names.
 */
export function counterparts(
  meshes: readonly EvaluatedMesh[],
  identityOf: (workload: Workload) => string,
  renames?: Renames,
): Counterparts[] {
  const byName = new Map<string, Array<Workload | undefined>>();
  meshes.forEach((mesh, side) =>
    mesh.workloads.forEach(workload => {
      const place = renames && side === 0 ? laterPlace(renames, workload) : workload;
      const { cluster, namespace } = place;
      const key = `${groupOf(workload)} ${workload.kind} ${formatWorkload({ name: workload.name, cluster, namespace })}`;
      const known = byName.get(key) ?? meshes.map(() => undefined);
      byName.set(key, known);
      known[side] = workload;
    }),
  );
  const all = meshes.length === 2 ? withRenamed([...byName.values()], identityOf) : [...byName.values()];
  return all.sort((one, other) => compareWorkloads(present(one), present(other)));
}

function withRenamed(
  all: ReadonlyArray<Array<Workload | undefined>>,
  identityOf: (workload: Workload) => string,
): Array<Array<Workload | undefined>> {
  const single = new Map<string, Array<Array<Workload | undefined>>>();
  for (const sides of all.filter(each => each.includes(undefined))) {
    const workload = present(sides);
    const key = `${workload.cluster} ${workload.namespace} ${identityOf(workload)}`;
    single.set(key, [...(single.get(key) ?? []), sides]);
  }
  const renamed = [...single.values()].filter(
    ([one, other, ...others]) => other && others.length === 0 && (one[0] === undefined) !== (other[0] === undefined),
  );
  const merged = new Set(renamed.flat());
  return [
    ...all.filter(sides => !merged.has(sides)),
    ...renamed.map(([one, other]) => [one[0] ?? other[0], one[1] ?? other[1]]),
  ];
}

/** The API group, without the version: objects of several groups may have one kind and name. */
function groupOf({ manifest }: Workload): string {
  return String(manifest.object.apiVersion).replace(/[^/]*$/, '');
}

function present(sides: Counterparts): Workload {
  return sides.find(each => each !== undefined)!;
}

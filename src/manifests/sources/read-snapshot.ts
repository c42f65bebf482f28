import { readYaml } from '../documents';
import { readText } from '../files/text-reader';
import { checkMeshFile } from '../mesh-structure';
import { Origin } from './origins';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { isProblem } from '../../diagnostics/problem';
import { formatValue } from '../../diagnostics/texts';
import type { MeshFileCluster } from '../../model/mesh-file';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';

/** The mesh file of a snapshot. */
const MESH_FILE = 'mesh.yaml';

/** A cluster of a snapshot; its paths are relative to the working directory, or absolute. */
export type SnapshotCluster = Omit<MeshFileCluster, 'manifests'> & { readonly manifests: readonly string[] };

/** The cluster of a name in a folder that `cilium-mesh snapshot` wrote; undefined with a problem at the place. */
export function readSnapshotCluster(
  folder: string,
  name: string,
  place: Origin,
  problems: ReadingDiagnostic[],
): SnapshotCluster | undefined {
  const file = `${folder.replace(/\/+$/, '')}/${MESH_FILE}`;
  const read = readText(file);
  const parsed = isProblem(read) ? undefined : readYaml(read.text, file);
  if (parsed === undefined || parsed.problems.length > 0) {
    problems.push(
      problem(place, `${folder} is not a snapshot, because its ${MESH_FILE} cannot be read`, folder, 'name the folder of a snapshot'),
    );
    return undefined;
  }
  const { clusters, problems: faults } = checkMeshFile({ file, value: parsed.value, line: parsed.line });
  const found = clusters.find(({ settings }) => settings.name === name);
  if (found === undefined || faults.length > 0) {
    const names = clusters.map(({ settings }) => settings.name);
    const message =
      faults.length > 0
        ? `${file} is not the mesh file of a snapshot: ${faults[0].message}`
        : `the snapshot ${folder} has no cluster ${formatValue(name)}${didYouMean(name, names)}`;
    problems.push(problem(place, message, name, `take a snapshot of ${name}, or name a cluster of the snapshot`));
    return undefined;
  }
  const beside = (path: string) => (path.startsWith('/') ? path : `${folder.replace(/\/+$/, '')}/${path}`);
  const { values, manifests, ...settings } = found.settings;
  return {
    ...settings,
    manifests: manifests.filter(each => typeof each === 'string').map(beside),
    ...(values === undefined ? {} : { values: beside(values) }),
  };
}

function problem({ file, line }: Origin, message: string, got: string, fix: string): ReadingDiagnostic {
  return readingDiagnostic('snapshot-cluster', { file, line: line(), message, got: formatValue(got), fix });
}

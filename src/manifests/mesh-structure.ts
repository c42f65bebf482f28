import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { ReadingCode } from '../diagnostics/codes/reading';
import { formatPath, StructureFault, structureFaults } from '../diagnostics/structure';
import { formatValue } from '../diagnostics/texts';
import type { MeshFileCluster } from '../model/mesh-file';
import { MESH_FILE } from '../model/mesh-file-schema';

/** The value of a file, with the lines of its fields. Lines are undefined for a value in memory. */
export interface ReadFile {
  readonly file: string;
  readonly value: any;
  line(path?: string): number | undefined;
}

/** A cluster of mesh.yaml with all required fields, and its place. */
export interface DeclaredCluster {
  readonly settings: MeshFileCluster;
  readonly path: string;
}

/**
 * The clusters of mesh.yaml with a valid structure, and all faults of the structure, sorted by lines. The model checks
 * the values of the settings.
 */
export function checkMeshFile(read: ReadFile): { clusters: DeclaredCluster[]; problems: ReadingDiagnostic[] } {
  const faults = structureFaults(MESH_FILE, read.value);
  const items: readonly unknown[] = Array.isArray(read.value?.clusters) ? read.value.clusters : [];
  const isWrong = (index: number) => faults.some(({ path }) => path[0] === 'clusters' && path[1] === index);
  const clusters = items.flatMap((cluster, index) =>
    isWrong(index) ? [] : [{ settings: cluster as MeshFileCluster, path: `clusters[${index}]` }],
  );
  const problems = [...faults.map(fault => structureProblem(fault, read)), ...duplicateNames(items, read)];
  return { clusters, problems: problems.sort((one, other) => (one.line ?? 0) - (other.line ?? 0)) };
}

function structureProblem(fault: StructureFault, { file, line, value }: ReadFile) {
  const { message, got, allowed } = fault;
  const path = formatPath(fault.path);
  const fix = versionFix(fault, value) ?? fault.fix;
  return readingDiagnostic(codeOf(fault), { file, line: line(path), path, message, got, allowed, fix });
}

/**
 * The fix for a version that YAML reads as a number, without zeros at its end: 1.20 is 1.2. No version before 1.9
 * connects clusters.
 */
function versionFix({ path }: StructureFault, file: any): string | undefined {
  const version = path.reduce<any>((value, key) => value?.[key], file);
  if (path[path.length - 1] !== 'ciliumVersion' || typeof version !== 'number') {
    return undefined;
  }
  const written = version === 1.2 ? '1.20' : String(version);
  if (/^\d+\.\d\d+$/.test(written)) {
    return `write "${written}", in quotes: YAML reads ${written} as a number`;
  }
  return /^\d+\.\d$/.test(written)
    ? `write the version in quotes: without them, YAML reads it as the number ${written}`
    : undefined;
}

function codeOf({ kind, path }: StructureFault): ReadingCode {
  if (path.length === 0) {
    return 'mesh-file';
  }
  if (path[0] === 'apiVersion') {
    return 'mesh-api-version';
  }
  switch (kind) {
    case 'unknown':
      return 'mesh-field-unknown';
    case 'missing':
      return 'mesh-field-missing';
    // an empty list of manifests is as useless as a missing one
    case 'empty':
      return path[path.length - 1] === 'manifests' ? 'mesh-field-missing' : 'mesh-field-type';
    case 'invalid':
      return 'mesh-field-type';
  }
}

function duplicateNames(clusters: readonly any[], { file, line }: ReadFile) {
  const names = clusters.map(cluster => cluster?.name);
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) {
      return [];
    }
    const path = `clusters[${index}].name`;
    const other = line(`clusters[${first}].name`);
    return [
      readingDiagnostic('mesh-cluster-duplicate', {
        file,
        line: line(path),
        path,
        message: `duplicate cluster ${formatValue(name)}${other === undefined ? '' : `, also in line ${other}`}`,
        got: formatValue(name),
        fix: 'rename one of the two clusters',
      }),
    ];
  });
}

import { readValue } from './live-files';
import { LiveMeshProblem } from './problem';
import { readYaml } from '../../manifests/documents';
import { checkMeshFile } from '../../manifests/mesh-structure';
import { SnapshotTarget } from '../snapshot/snapshot';

/** The contexts of a mesh file. Its manifests need not be readable, nor exist. */
export function readSnapshotTargets(
  file: string,
): { readonly targets: readonly SnapshotTarget[] } | { readonly problems: readonly LiveMeshProblem[] } {
  const problems: LiveMeshProblem[] = [];
  const read = readValue(file, problems);
  if (!read) {
    return { problems };
  }
  const { line, value } = readYaml(read.text, file);
  const { clusters, problems: faults } = checkMeshFile({ file, value, line });
  const withoutContext = clusters.filter(({ settings }) => settings.context === undefined && !settings.kind);
  const missing = withoutContext.map(({ settings: { name }, path }) => ({
    file,
    line: line(path),
    message: `${name} has neither a context nor a kind configuration`,
    fix: 'write context: with a context of kubectl, or name the contexts with --context',
  }));
  const all = [...problems, ...faults, ...missing];
  return all.length > 0
    ? { problems: all }
    : {
      targets: clusters.map(({ settings: { name, id, context, ciliumVersion } }) => ({
        context: context ?? `kind-${name}`,
        declared: { name, id, ...(ciliumVersion === undefined ? {} : { ciliumVersion }) },
      })),
    };
}

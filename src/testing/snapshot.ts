import { isMesh, isMeshProgram, named, subjectOf } from './subject';
import { ConnectionMatrix } from '../evaluator/queries/connection-matrix';
import { connectionMatrixReport } from '../reports/connection-matrix';
import { text } from '../reports/formats/text';

/**
 * Prints a mesh as a reviewer reads it: the objects of each cluster, then who can reach whom. A snapshot's difference
 * shows the changed flows beside the changed objects. For `expect.addSnapshotSerializer`; the entries for jest and
 * vitest add it.
 */
export const meshSerializer = {
  test: (value: unknown): boolean => isMesh(value),
  serialize: (value: unknown): string => {
    const { mesh } = subjectOf(value);
    const report = connectionMatrixReport(named(ConnectionMatrix.of(mesh, {})));
    const connections = [...text(report, {})].join('');
    const objects = isMeshProgram(value)
      ? Object.entries(value._render()).filter(([file]) => file.endsWith('.k8s.yaml'))
      : [];
    return [
      ...objects.map(([file, content]) => `# ${file}\n${content.trimEnd()}\n`),
      `# Who can reach whom\n${connections.trimEnd()}`,
    ].join('\n');
  },
};

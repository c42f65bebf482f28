import { CommandError } from './io';
import { DEFAULT_MESH_FILE } from './mesh-options';
import { LiveMesh } from '../live/plans/live-mesh';
import { readLiveMesh } from '../live/read/live-mesh';
import { LiveMeshProblem } from '../live/read/problem';

/** Reads the mesh of a mesh file, for commands that act on its clusters. */
export function loadLiveMesh(file: string = DEFAULT_MESH_FILE): LiveMesh {
  const read = readLiveMesh(file);
  if ('problems' in read) {
    throw new CommandError(read.problems.map(formatProblem).join('\n'));
  }
  return read;
}

/** Formats a problem of the files of a mesh. */
export function formatProblem({ file, line, message, code, got, fix }: LiveMeshProblem): string {
  return [
    `${file}${line === undefined ? '' : `:${line}`}: ${message}${code === undefined ? '' : ` [${code}]`}`,
    ...(got === undefined ? [] : [`    got: ${got}`]),
    `    fix: ${fix}`,
  ].join('\n');
}

import { configuredMeshFile } from './configuration-file';
import { CommandError } from './io';
import { formatProblem } from './mesh-files';
import { LiveMesh } from '../live/plans/live-mesh';
import { readLiveMesh } from '../live/read/live-mesh';

/** Reads the mesh of a mesh file, for commands that act on its clusters. */
export function loadLiveMesh(file: string = configuredMeshFile()): LiveMesh {
  const read = readLiveMesh(file);
  if ('problems' in read) {
    throw new CommandError(read.problems.map(formatProblem).join('\n'));
  }
  return read;
}

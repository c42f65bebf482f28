import { CommandError } from './io';
import { DEFAULT_MESH_FILE, formatProblem } from './mesh-options';
import { LiveMesh } from '../live/plans/live-mesh';
import { readLiveMesh } from '../live/read/live-mesh';

/** Reads the mesh of a mesh file, for commands that act on its clusters. */
export function loadLiveMesh(file: string = DEFAULT_MESH_FILE): LiveMesh {
  const read = readLiveMesh(file);
  if ('problems' in read) {
    throw new CommandError(read.problems.map(formatProblem).join('\n'));
  }
  return read;
}

import { configuredMeshFile } from './configuration-file';
import { CommandError, Io } from './io';
import { formatProblem } from './mesh-files';
import { renderIfAny } from './mesh-options';
import { LiveMesh } from '../live/plans/live-mesh';
import { readLiveMesh } from '../live/read/live-mesh';
import { meshFileSources } from '../manifests/mesh-input';
import { Renderings } from '../manifests/sources/rendering';

/** Reads the mesh of a mesh file, for commands that act on its clusters, with the renderings of its sources. */
export async function loadLiveMesh(
  file: string | undefined,
  io: Io,
): Promise<{ readonly live: LiveMesh; readonly renderings: Renderings }> {
  const place = file ?? configuredMeshFile();
  const renderings = await renderIfAny(meshFileSources(place), io);
  const read = readLiveMesh(place, renderings);
  if ('problems' in read) {
    throw new CommandError(read.problems.map(formatProblem).join('\n'));
  }
  return { live: read, renderings };
}

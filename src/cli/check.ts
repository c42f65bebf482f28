import { Io, Status } from './io';
import { loadMesh, MeshOptions } from './mesh-options';

export function checkCommand(options: MeshOptions, _io: Io): Status {
  loadMesh(options);
  return Status.OK;
}

import * as fs from 'fs';
import { shortenPath } from '../diagnostics/texts';
import type { LiveMeshProblem } from '../live/read/problem';

export { meshFileIn } from '../manifests/mesh-input';

/** mesh.yaml as `cdk8s synth` writes it. */
export const DEFAULT_MESH_FILE = 'dist/mesh/mesh.yaml';

/** mesh.yaml as `cdk8s synth` writes it for a mesh with a folder for each cluster. */
const SIBLING_MESH_FILE = 'dist-mesh/mesh.yaml';

/** A mesh file of a person, in the working folder. */
export const WRITTEN_MESH_FILE = 'mesh.yaml';

/** The name of a baseline that neither an option nor the configuration names. */
export const BASELINE_NAME = 'cilium-mesh-baseline.yaml';

/** The mesh file that commands read if no option names one: the written one only if `cdk8s synth` wrote none. */
export function defaultMeshFile(): string {
  const files = [DEFAULT_MESH_FILE, SIBLING_MESH_FILE, WRITTEN_MESH_FILE];
  return files.find(file => fs.existsSync(file)) ?? DEFAULT_MESH_FILE;
}

/** Formats a problem in the files of a mesh. */
export function formatProblem({ file, line, message, code, got, fix }: LiveMeshProblem): string {
  return [
    `${shortenPath(file)}${line === undefined ? '' : `:${line}`}: ${message}${code === undefined ? '' : ` [${code}]`}`,
    ...(got === undefined ? [] : [`    got: ${got}`]),
    `    fix: ${fix}`,
  ].join('\n');
}

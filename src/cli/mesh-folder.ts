import * as fs from 'fs';
import * as path from 'path';
import { CommandError } from './io';
import { meshFileIn } from './mesh-files';
import { formatList, shortenPath } from '../diagnostics/texts';

/** A mesh file, or the clusters of a folder without one. */
export type MeshPlace =
  | { readonly file: string }
  | { readonly clusters: ReadonlyArray<{ readonly name: string; readonly source: string }>; readonly note: string };

/** The name of the only cluster of a folder: that of Cilium's chart. */
const ONLY_CLUSTER = 'default';

/**
 * What a path of a mesh names. In a folder that is its mesh.yaml. Without one, each folder in it is a cluster; a folder
 * that contains manifests itself is one cluster.
 */
export function meshPlace(fileOrFolder: string): MeshPlace {
  if (!isFolder(fileOrFolder)) {
    return { file: fileOrFolder };
  }
  const file = meshFileIn(fileOrFolder);
  if (file !== fileOrFolder) {
    return { file };
  }
  const entries = fs.readdirSync(fileOrFolder).filter(name => !name.startsWith('.')).sort();
  const shown = shortenPath(fileOrFolder);
  if (entries.some(name => /\.(ya?ml|json)$/.test(name) && !isFolder(path.join(fileOrFolder, name)))) {
    return {
      clusters: [{ name: ONLY_CLUSTER, source: fileOrFolder }],
      note: `${shown} has no mesh.yaml: it is one cluster, with the default settings of Cilium`,
    };
  }
  const folders = entries.filter(name => isFolder(path.join(fileOrFolder, name)));
  if (folders.length === 0) {
    throw new CommandError(
      `${shown} contains no manifests\n    fix: name a mesh file, a folder with mesh.yaml, or one with a folder of ` +
        'manifests for each cluster',
    );
  }
  return {
    clusters: folders.map(name => ({ name, source: path.join(fileOrFolder, name) })),
    note:
      `${shown} has no mesh.yaml: each of its folders is a cluster (${formatList(folders)}), with the default settings ` +
      'of Cilium',
  };
}

function isFolder(file: string): boolean {
  return fs.existsSync(file) && fs.statSync(file).isDirectory();
}

import * as fs from 'fs';
import * as path from 'path';
import { CommandError } from './io';
import { meshFileIn } from './mesh-files';
import { formatList, shortenPath } from '../diagnostics/texts';
import { readText } from '../manifests/files/text-reader';

/** A mesh file, or the clusters of a folder without one. */
export type MeshPlace =
  | { readonly file: string }
  | { readonly clusters: ReadonlyArray<{ readonly name: string; readonly source: string }>; readonly note: string };

/** The name of the only cluster of a folder: that of Cilium's chart. */
const ONLY_CLUSTER = 'default';

/** Folders of a repository that hold parts of one cluster, or no manifests for one. */
const PARTS = new Set([
  'apps',
  'base',
  'bases',
  'bootstrap',
  'charts',
  'components',
  'docs',
  'flux',
  'infrastructure',
  'overlays',
  'talos',
  'terraform',
]);

/**
 * What a path of a mesh names. In a folder that is its mesh.yaml. Without one, a folder that contains nothing but
 * folders has one for each cluster, unless these are the parts of a repository. Every other folder is one cluster.
 */
export function meshPlace(fileOrFolder: string): MeshPlace {
  if (!isFolder(fileOrFolder)) {
    return { file: fileOrFolder };
  }
  const file = meshFileIn(fileOrFolder);
  if (file !== fileOrFolder) {
    return { file };
  }
  const shown = shortenPath(fileOrFolder);
  if (!someFile(fileOrFolder)) {
    throw new CommandError(
      `${shown} contains no manifests\n    fix: name a mesh file, a folder with mesh.yaml, or one with a folder of ` +
        'manifests for each cluster',
    );
  }
  const folders = clusterFolders(fileOrFolder);
  const more = hasManifestFile(fileOrFolder) ? '' : '; name several with --cluster NAME=FOLDER';
  return folders.length === 0
    ? {
      clusters: [{ name: ONLY_CLUSTER, source: fileOrFolder }],
      note: `${shown} has no mesh.yaml: it is one cluster, with the default settings of Cilium${more}`,
    }
    : {
      clusters: folders.map(name => ({ name, source: path.join(fileOrFolder, name) })),
      note:
          `${shown} has no mesh.yaml: each of its folders is a cluster (${formatList(folders)}), with the default ` +
          'settings of Cilium',
    };
}

/** The folders of the clusters in a folder; none if it is one cluster. */
function clusterFolders(folder: string): string[] {
  const entries = fs.readdirSync(folder).filter(isVisible).sort();
  return entries.every(name => isFolder(path.join(folder, name)) && !PARTS.has(name))
    ? entries.filter(name => someFile(path.join(folder, name), hasObject))
    : [];
}

/** Whether a folder or one below it contains a file of manifests, of which the condition holds. */
function someFile(folder: string, condition: (file: string) => boolean = () => true): boolean {
  const entries = fs
    .readdirSync(folder, { withFileTypes: true })
    .map(entry => ({ entry, place: path.join(folder, entry.name) }));
  return (
    entries.some(({ entry, place }) => isManifestFile(entry.name) && !isFolder(place) && condition(place)) ||
    entries.some(({ entry, place }) =>
      // links to folders might form circles
      entry.isDirectory() ? entry.name !== '.git' && someFile(place, condition) : isFolder(place),
    )
  );
}

function hasManifestFile(folder: string): boolean {
  return fs.readdirSync(folder).some(name => isManifestFile(name) && !isFolder(path.join(folder, name)));
}

function isManifestFile(name: string): boolean {
  return isVisible(name) && /\.(ya?ml|json)$/.test(name);
}

/** Whether a file may contain an object. The reader of manifests reports what cannot be read. */
function hasObject(file: string): boolean {
  const read = readText(file);
  return !('text' in read) || ['apiVersion', 'kind'].every(key => new RegExp(`\\b${key}["']?\\s*:`).test(read.text));
}

function isVisible(name: string): boolean {
  return !name.startsWith('.');
}

function isFolder(file: string): boolean {
  return fs.existsSync(file) && fs.statSync(file).isDirectory();
}

import { FolderDelivery } from './deliveries';

/** Where the paths of a repository begin, and what is read of it. */
export interface ReadPlaces {
  /** The real paths of all files that are read, with `/` between names. */
  readonly files: readonly string[];
  /** The folders that are read, and the repositories around them, where they are known. */
  readonly folders: ReadonlyArray<{ readonly path: string; readonly repository?: string }>;
}

/**
 * The root of a repository: the folder of `.git` around the files, or without one that folder that is read, or around
 * it, in which every path of the repository leads to files. Undefined for a repository that is not read: its paths lead
 * to nothing, or may do so by chance, where it is only one and not that of `flux bootstrap`.
 */
export function rootOf(deliveries: readonly FolderDelivery[], { files, folders }: ReadPlaces): string | undefined {
  const paths = [...new Set(deliveries.map(each => each.path))];
  const named = paths.filter(each => each !== '');
  const isBootstrapped = deliveries.some(each => each.program === 'flux' && each.repository.endsWith('/flux-system'));
  if (named.length < (isBootstrapped ? 1 : 2)) {
    return undefined;
  }
  const candidates = new Set(
    folders.flatMap(({ path, repository }) => (repository === undefined ? foldersAround(path) : [repository])),
  );
  const isRead = (folder: string) =>
    folders.some(({ path }) => folder === path || folder.startsWith(`${path}/`)) &&
    files.some(each => each.startsWith(`${folder}/`));
  const roots = [...candidates].filter(root => paths.every(path => isRead(placeIn(root, path))));
  return roots.length === 1 ? roots[0] : undefined;
}

/** A path of a repository, from its root. */
export function placeIn(root: string, path: string): string {
  return path === '' ? root : `${root === '/' ? '' : root}/${path}`;
}

/** A folder and all around it. */
function foldersAround(folder: string): string[] {
  const above = folder.slice(0, folder.lastIndexOf('/'));
  return folder === '' ? [] : [folder, ...foldersAround(above)];
}

import { FolderDelivery } from './deliveries';
import { foldersOf } from '../slash-paths';

/** Where the paths of a repository begin, and what is read of it. */
export interface ReadPlaces {
  /** The real paths of all files that are read, with `/` between names. */
  readonly files: readonly string[];
  /** The folders that are read, and the repositories around them with their URLs, where they are known. */
  readonly folders: ReadonlyArray<{
    readonly path: string;
    readonly repository?: string;
    readonly urls: readonly string[];
    /** The folders in it that contain files of any kind. */
    readonly filled: readonly string[];
  }>;
}

/** What objects say about the paths of one repository. */
export interface RepositoryPaths {
  readonly program: FolderDelivery['program'];
  /** As deliveries name it. */
  readonly repository: string;
  readonly paths: readonly string[];
  /** Whether git generators read it, and no object names another repository. */
  readonly isOnlyGenerated: boolean;
}

/**
 * The root of a repository:
 *
 * - the folder of `.git` around the files, if the repository has the URL of its remote;
 * - that folder, or without one a folder that is read or is around it, in which every path of the repository leads to
 *   files.
 *
 * Undefined for a repository that is not read: its paths lead to nothing, or may do so by chance, where it is only one.
 * One is enough for that of `flux bootstrap`, and for generators of the only repository, unless `.git` has another one.
 */
export function rootOf(
  { program, repository, paths, isOnlyGenerated }: RepositoryPaths,
  { files, folders }: ReadPlaces,
): string | undefined {
  const own = folders.find(each => each.repository !== undefined && each.urls.includes(repository));
  if (own) {
    return own.repository;
  }
  const named = new Set(paths.filter(each => each !== ''));
  const isBootstrapped = program === 'flux' && repository.endsWith('/flux-system');
  const nameOf = (url: string) => url.slice(url.lastIndexOf('/') + 1);
  const mayBeOnly =
    isOnlyGenerated &&
    folders.every(({ urls }) => urls.length === 0 || urls.some(each => nameOf(each) === nameOf(repository)));
  if (named.size < (isBootstrapped || mayBeOnly ? 1 : 2)) {
    return undefined;
  }
  const candidates = new Set(
    folders.flatMap(({ path, repository: around }) => (around === undefined ? foldersAround(path) : [around])),
  );
  const filled = new Set(files.flatMap(foldersOf));
  const isRead = (folder: string) =>
    folders.some(({ path }) => folder === path || folder.startsWith(`${path}/`)) && filled.has(folder);
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

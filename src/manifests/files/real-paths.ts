/** Where paths and links lead. */
import * as path from 'node:path';
import { Files, STDIN } from './disk';

/** The real path of a file; undefined for what links do not lead to, and for the standard input. */
export function realPath(files: Files, file: string): string | undefined {
  try {
    return file === STDIN ? undefined : files.realpath(file);
  } catch {
    return undefined;
  }
}

/** The repository of a folder, with the tree that the caller names; without a repository, the working directory. */
export function linkedFolders(files: Files, folder: string, treeAround?: string): string[] {
  const own = realPath(files, folder) ?? folder;
  const real = [treeAround, '.'].map(each => (each === undefined ? undefined : realPath(files, each)));
  const [tree, working] = real.map(each => (each !== undefined && isWithin(own, each) ? each : undefined));
  return [repositoryOf(files, own) ?? working, tree, own].filter(each => each !== undefined);
}

/** The folder around a folder that is a repository. */
export function repositoryOf(files: Files, folder: string): string | undefined {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      files.lstat(path.join(at, '.git'));
      return at;
    } catch {
      if (at === path.dirname(at)) {
        return undefined;
      }
    }
  }
}

/** Whether a path is a folder, or in it. */
export function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

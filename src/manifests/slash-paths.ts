/** The folder of a file whose names are separated by `/`; empty without one. */
export function folderOf(file: string): string {
  return file.slice(0, Math.max(file.lastIndexOf('/'), 0));
}

/** The folders around a file, from the inner one to the empty one. */
export function foldersOf(file: string): string[] {
  const folder = folderOf(file);
  return folder === '' ? [''] : [folder, ...foldersOf(folder)];
}

/** A path from a folder; what leads out of the named folder begins with `..`. */
export function joinPaths(folder: string, path: string): string {
  return [...folder.split('/'), ...path.split('/')]
    .filter(name => name !== '' && name !== '.')
    .reduce<string[]>(
      (names, name) =>
        name === '..' && names.length > 0 && names[names.length - 1] !== '..' ? names.slice(0, -1) : [...names, name],
      [],
    )
    .join('/');
}

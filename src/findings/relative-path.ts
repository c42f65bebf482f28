/**
 * The path of a file with forward slashes, relative to a folder that contains the file. A backslash separates folders
 * on Windows only, where the folder begins with a drive or `\\\\`; elsewhere it is a character of a name.
 */
export function relativePath(file: string, folder: string): string {
  const isWindows = /^([a-z]:|\\\\)/i.test(folder);
  const [path, base] = [file, folder].map(each => (isWindows ? each.replaceAll('\\', '/') : each));
  const parent = `${base.replace(/\/$/, '')}/`;
  const inside = path.startsWith(parent) ? path.slice(parent.length) : path;
  return inside.replace(/^(\.\/)+/, '');
}

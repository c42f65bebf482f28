/**
 * The path of a file as a URI reference: with forward slashes, percent-encoded, relative to a folder that contains the
 * file.
 */
export function relativeUri(file: string, folder: string): string {
  // half of a surrogate pair has no encoding
  const text = relativePath(file, folder).replace(/[\ud800-\udfff]/gu, '\ufffd');
  // the first segment of a relative reference must not look like a scheme (RFC 3986, 4.2): `:` is encoded
  const path = text.split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${path}` : path;
}

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

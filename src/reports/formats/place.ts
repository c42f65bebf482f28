import { relativePath } from '../../findings/relative-path';

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

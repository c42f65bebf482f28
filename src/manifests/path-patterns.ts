/**
 * Patterns of paths as in .gitignore: `*` and `?` stay within a name, `**` crosses folders, a pattern without a slash
 * matches in any folder, a slash at the end matches folders only, and the last matching pattern counts, so `!` includes
 * again. What lies in an excluded folder cannot be included again.
 */
export interface PathPatterns {
  /** Whether the patterns exclude a path with `/` between its names, relative to their folder. */
  excludes(path: string, isFolder: boolean): boolean;
}

/** Parses patterns; empty lines and comments have no effect. */
export function parsePathPatterns(lines: readonly string[]): PathPatterns {
  const patterns = lines
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(parsePattern);
  return {
    excludes: (path, isFolder) =>
      patterns.reduce(
        (excluded, { matcher, includes, ofFolders }) =>
          (isFolder || !ofFolders) && matcher.test(path) ? !includes : excluded,
        false,
      ),
  };
}

interface Pattern {
  readonly matcher: RegExp;
  readonly includes: boolean;
  readonly ofFolders: boolean;
}

function parsePattern(line: string): Pattern {
  const includes = line.startsWith('!');
  const written = line.slice(includes ? 1 : 0).replace(/^\.\//, '/');
  const ofFolders = written.endsWith('/');
  const text = ofFolders ? written.slice(0, -1) : written;
  const isAnchored = text.includes('/');
  const body = text.replace(/^\//, '').split('/').map((name, index, names) =>
    name === '**'
      ? index === names.length - 1
        ? '.+'
        : '(?:[^/]+/)*'
      : `${escapeName(name)}${index === names.length - 1 ? '' : '/'}`,
  ).join('');
  return { matcher: new RegExp(`^${isAnchored ? '' : '(?:.*/)?'}${body}$`), includes, ofFolders };
}

/** Adjacent stars are one, since many of them would take exponential time. */
function escapeName(name: string): string {
  return name
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
}

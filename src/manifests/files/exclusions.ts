/** The paths that patterns leave out. */
import * as path from 'node:path';
import { parsePathPatterns, PathPatterns } from '../path-patterns';

/** Paths to leave out, as in .gitignore, relative to a folder. They can name a source itself. */
export interface ExcludedPaths {
  readonly folder: string;
  readonly patterns: readonly string[];
}

/** The patterns that a folder sets for what is in it. */
export interface Patterns {
  readonly folder: string;
  readonly patterns: PathPatterns;
}

/** The files that patterns of the caller exclude. */
export function excludedFiles(files: readonly string[], exclude: readonly ExcludedPaths[]): string[] {
  const patterns = exclude.map(parsedPatterns);
  return files.filter(file => isExcludedSource(file, false, patterns));
}

/** The parsed patterns of the caller. */
export function parsedPatterns({ folder, patterns }: ExcludedPaths): Patterns {
  return { folder, patterns: parsePathPatterns(patterns) };
}

/** Whether patterns exclude an entry of a folder. */
export function isExcluded(entry: string, isFolder: boolean, patterns: readonly Patterns[]): boolean {
  return patterns.some(({ folder, patterns: own }) =>
    own.excludes(slashed(path.relative(folder, entry)), isFolder),
  );
}

/** Whether patterns exclude a source itself or, among the folders that they are about, one around it. */
export function isExcludedSource(source: string, isFolder: boolean, patterns: readonly Patterns[]): boolean {
  return patterns.some(({ folder, patterns: own }) => {
    const names = slashed(path.relative(folder, source)).split('/');
    const last = names.length - 1;
    const paths = names.map((_, index) => names.slice(0, index + 1).join('/'));
    return (
      !['', '..'].includes(names[last]) &&
      paths
        .slice(names[0] === '..' ? last : 0)
        .some(each => own.excludes(each, isFolder || each !== paths[last]))
    );
  });
}

/** A path with slashes, as patterns are written. */
export function slashed(file: string): string {
  return file.split(path.sep).join('/');
}

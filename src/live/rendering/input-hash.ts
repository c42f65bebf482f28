import { createHash, Hash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { isKustomizationFile } from '../../manifests/kustomization-files';
import { kustomizationReferences } from '../../manifests/sources/kustomization-references';
import { RenderedSource } from '../../manifests/sources/source';

/** What a program reads to render a source. */
export interface RenderInputs {
  /** All files; empty if they are unknown. */
  readonly files: readonly string[];
  /** A hash of the files with their names; undefined if not everything that the program reads is in them. */
  readonly hash?: string;
}

/** Beyond these limits, hashing takes longer than rendering. */
const MAX_FILES = 20_000;
const MAX_BYTES = 128 * 1024 * 1024;

const UNKNOWN: RenderInputs = { files: [] };

/** Finds and hashes the files that a program reads for a source. */
export function renderInputs(source: RenderedSource): RenderInputs {
  try {
    switch (source.kind) {
      case 'kustomize':
        return inputsOf(kustomizeRoots(source.folder, false));
      case 'flux': {
        const roots = kustomizeRoots(source.folder, true);
        // components are anywhere in the repository
        const isClosed = roots.isClosed && !/\bcomponents\b/.test(fs.readFileSync(source.kustomization, 'utf8'));
        return inputsOf({ paths: [source.kustomization, ...roots.paths], isClosed });
      }
      case 'helm':
        return source.isRemote ? UNKNOWN : inputsOf({ paths: [source.chart, ...source.values], isClosed: true });
      case 'command':
        return UNKNOWN;
    }
  } catch {
    // the program says what is wrong with its files
    return UNKNOWN;
  }
}

/** Files and folders that a program reads, and whether it reads nothing else. */
export interface Roots {
  readonly paths: readonly string[];
  readonly isClosed: boolean;
  /** Bases and files that Kustomize would fetch. */
  readonly remote?: readonly string[];
  /** What is not there: Kustomize would take it for a repository. */
  readonly missing?: readonly string[];
  /** Kustomizations that cannot be read. */
  readonly invalid?: readonly string[];
}

/** The folders of a kustomization and of those that it builds on; `all` starts at each one below the folder. */
export function kustomizeRoots(folder: string, all: boolean): Roots {
  const roots = new Map<string, string>();
  const remote: string[] = [];
  const missing: string[] = [];
  const invalid: string[] = [];
  let isClosed = true;
  const visit = (root: string) => {
    const real = fs.realpathSync(root);
    if (roots.has(real)) {
      return;
    }
    roots.set(real, root);
    const names = fs.readdirSync(root);
    // files without an ending are kustomizations too; Flux makes one where a folder has no such file
    const own = names.find(name => isKustomizationFile(name));
    if (own !== undefined) {
      const references = kustomizationReferences(fs.readFileSync(path.join(root, own), 'utf8'));
      isClosed &&= references.isClosed;
      remote.push(...references.remote);
      invalid.push(...(references.isInvalid ? [path.join(root, own)] : []));
      references.resources.forEach(each => {
        const file = path.join(root, each);
        const stats = fs.statSync(file, { throwIfNoEntry: false });
        if (stats?.isDirectory()) {
          visit(file);
        }
        if (stats === undefined) {
          missing.push(file);
        }
      });
    }
    if (all) {
      names
        .map(name => path.join(root, name))
        .filter(each => fs.statSync(each, { throwIfNoEntry: false })?.isDirectory())
        .forEach(visit);
    }
  };
  visit(folder);
  return { paths: [...roots.values()].sort(), isClosed: isClosed && missing.length === 0, remote, missing, invalid };
}

function inputsOf({ paths, isClosed }: Roots): RenderInputs {
  const files = new Set<string>();
  let bytes = 0;
  const walk = (file: string, parents: readonly string[]): boolean => {
    const real = fs.realpathSync(file);
    const stats = fs.statSync(file);
    if (stats.isDirectory()) {
      // a link to a folder around it is a circle
      return (
        parents.includes(real) ||
        fs
          .readdirSync(file)
          .sort()
          .every(name => walk(path.join(file, name), [...parents, real]))
      );
    }
    files.add(file);
    bytes += stats.size;
    return stats.isFile() && files.size <= MAX_FILES && bytes <= MAX_BYTES;
  };
  const isWhole = paths.every(each => walk(each, []));
  const names = [...files].sort();
  if (!isClosed || !isWhole) {
    return { files: names };
  }
  const hash = createHash('sha256');
  names.forEach(file => add(hash, file, fs.readFileSync(file)));
  return { files: names, hash: hash.digest('hex') };
}

/** Lengths keep the name of a file apart from its content, and from the next file. */
function add(hash: Hash, file: string, content: Buffer): void {
  hash.update(`${Buffer.byteLength(file)}:${content.length}:${file}`).update(content);
}

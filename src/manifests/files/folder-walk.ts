import * as fs from 'node:fs';
import * as path from 'node:path';
import { Files, STDIN } from './disk';
import { ExcludedPaths, isExcluded, isExcludedSource, parsedPatterns, Patterns, slashed } from './exclusions';
import { isWithin, linkedFolders, realPath } from './real-paths';
import { TextReader } from './text-reader';
import { shortenPath } from '../../diagnostics/texts';
import { FolderTree, folderTree, TEST_DATA } from '../folder-tree';
import { isKustomizationFile } from '../kustomization-files';
import { KustomizationNode } from '../kustomization-tree';
import { parsePathPatterns } from '../path-patterns';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';

const EXTENSION = /\.(ya?ml|json)$/i;

// folders in which tools keep their own files
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);

// patterns of paths that are not read, in any folder
const IGNORE_FILE = '.ciliummeshignore';

/** Whether files of a name are read: kustomizations may have no ending. */
function isReadName(name: string): boolean {
  return EXTENSION.test(name) || isKustomizationFile(name);
}

/** A path of a file, with the real path, which all links to the file share. */
interface FoundFile {
  readonly file: string;
  readonly real: string;
}

/** A link to a folder, with the patterns that are set for it. */
interface FolderLink {
  readonly entry: string;
  readonly real: string | undefined;
  readonly patterns: readonly Patterns[];
}

/** An entry of a folder, the same on all paths to it. */
interface Entry {
  /** Of what a link leads to. */
  readonly stats: fs.Stats;
  readonly isLink: boolean;
  readonly real: string | undefined;
}

/** What is read of a folder without following links to folders. */
interface Walk {
  readonly files: FoundFile[];
  readonly links: FolderLink[];
  /** The folders, by their real paths. */
  readonly folders: Map<string, string>;
  hasExclusions: boolean;
}

/**
 * The number of paths on which one link leads to a folder, if patterns exclude something on one of them. Links between
 * folders can form more paths than can be read.
 */
const MAX_WALKS = 8;

/** What of a folder to find, and where links may lead. */
export interface WalkOptions {
  readonly exclude?: readonly ExcludedPaths[];
  /** The folder around what is read, such as that of mesh.yaml. Links may lead to everything in it. */
  readonly tree?: string;
}

/** No folder, or one of which nothing is read. */
const NO_TREE: FolderTree = { files: [], notes: [], kustomized: new Set(), lists: new Set(), kustomizations: [] };

/** Finds the files of a folder that may be manifests. */
export class FolderWalk {
  /** Real paths of the folders that contain them, with their names. */
  public readonly excluded = new Set<string>();
  public readonly notes: ReadingDiagnostic[] = [];
  /** Real paths of folders with files of any kind. */
  public readonly filled = new Set<string>();
  /** Real paths of folders of which nothing is left to read. */
  private readonly done = new Set<string>();
  /** By the real paths of the folders that contain them, with their names. */
  private readonly entries = new Map<string, Entry>();
  private root = '';
  /** Where links may lead: real paths of folders. */
  private linked: readonly string[] = [];

  constructor(
    private readonly files: Files,
    private readonly reader: TextReader,
    private readonly problems: ReadingDiagnostic[],
    private readonly options: WalkOptions,
  ) {}

  /** The file itself, or the files of a folder. */
  public treeOf(fileOrFolder: string): FolderTree {
    if (fileOrFolder === STDIN) {
      return { ...NO_TREE, files: [STDIN] };
    }
    const stats = this.reader.tried(fileOrFolder, () => this.files.stat(fileOrFolder));
    const isFolder = stats?.isDirectory() ?? false;
    const patterns = stats ? this.patternsAround(fileOrFolder) : [];
    if (isExcludedSource(fileOrFolder, isFolder, patterns)) {
      this.excluded.add(fileOrFolder);
      return NO_TREE;
    }
    if (!isFolder) {
      return { ...NO_TREE, files: stats ? [fileOrFolder] : [] };
    }
    this.root = fileOrFolder;
    this.linked = linkedFolders(this.files, fileOrFolder, this.options.tree);
    const before = this.problems.length;
    // a link must not decide what is excluded of a folder that has its own path
    const own = this.walk({ entry: fileOrFolder, real: undefined, patterns }, () => false);
    this.finish(own.folders);
    const found = inOrder([...own.files, ...this.follow(own.links)]);
    if (found.length === 0 && this.excluded.size === 0 && this.problems.length === before) {
      this.reader.problem(
        'folder-empty',
        fileOrFolder,
        'the folder contains no .yaml, .yml or .json file',
        undefined,
        'pass the folder of the manifests, or a file',
      );
    }
    // the reader of a file reports its problems, once
    const byPath = new Map(found.map(each => [slashed(path.relative(fileOrFolder, each.file)), each.file]));
    const fileOf = (relative: string) => byPath.get(relative) ?? relative;
    // what a file is depends on its path, so each path counts: one of test data hides no other path to the file
    const tree = folderTree([...byPath.keys()], each => new TextReader(this.files, []).text(fileOf(each)));
    const realPaths = new Map(found.map(({ file, real }) => [file, real]));
    const names = this.namesOf(tree.files.map(fileOf), realPaths);
    const onAnyPath = (paths: ReadonlySet<string>) => {
      const reals = new Set(tree.files.filter(each => paths.has(each)).map(each => realPaths.get(fileOf(each))!));
      return new Set(names.filter(file => reals.has(realPaths.get(file)!)));
    };
    // a list on one path to it may be something else on another
    const changing = onAnyPath(new Set(tree.files.filter(each => !tree.lists.has(each))));
    return {
      files: names,
      notes: tree.notes.map(note => ({ ...note, file: fileOf(note.file) })),
      kustomized: onAnyPath(tree.kustomized),
      lists: new Set(names.filter(file => !changing.has(file))),
      kustomizations: this.named(tree.kustomizations, fileOf, names, realPaths),
    };
  }

  /** Kustomizations with the names of files. Where links lead to a file, nobody knows which path is applied. */
  private named(
    kustomizations: readonly KustomizationNode[],
    fileOf: (relative: string) => string,
    names: readonly string[],
    realPaths: ReadonlyMap<string, string>,
  ): KustomizationNode[] {
    const own = new Set(names);
    const count = new Map<string, number>();
    realPaths.forEach(real => count.set(real, (count.get(real) ?? 0) + 1));
    const isOne = (file: string) => count.get(realPaths.get(file)!) === 1;
    const onePath = (files: readonly string[]) => files.map(fileOf).filter(file => own.has(file) && isOne(file));
    return kustomizations
      .filter(({ file }) => isOne(fileOf(file)))
      .map(each => ({
        ...each,
        file: fileOf(each.file),
        applies: onePath(each.applies),
        components: onePath(each.components),
        files: onePath(each.files),
        beside: onePath(each.beside),
        movesObjects:
          each.movesObjects || [...each.applies, ...each.files, ...each.beside].some(file => !isOne(fileOf(file))),
      }));
  }

  /** One path for each file: its own, or the first one. */
  private namesOf(files: readonly string[], realPaths: ReadonlyMap<string, string>): string[] {
    const root = this.realpath(this.root) ?? this.root;
    const names = new Map<string, string>();
    for (const file of files) {
      const real = realPaths.get(file)!;
      if (!names.has(real) || path.join(root, path.relative(this.root, file)) === real) {
        names.set(real, file);
      }
    }
    return files.filter(file => names.get(realPaths.get(file)!) === file);
  }

  /** Undefined for what links do not lead to, and for the standard input. */
  public realpath(file: string): string | undefined {
    return realPath(this.files, file);
  }

  /** The files of folders that links lead to, and that are not read under their own path. */
  private follow(links: readonly FolderLink[]): FoundFile[] {
    const found = new Map<string, FoundFile>();
    for (const link of links) {
      const [problems, notes] = [this.problems.length, this.notes.length];
      // other paths to the same folder may have other exclusions, so only a folder without any is done, and a link with
      // links behind it is followed again on each of their paths
      for (const walks of [1, MAX_WALKS]) {
        // the second time finds all of the first time
        this.problems.length = problems;
        this.notes.length = notes;
        const all = this.walksFrom(link, walks);
        all.forEach(({ files }) => files.forEach(each => found.set(each.file, each)));
        const isWhole = !all.some(each => each.hasExclusions);
        if (isWhole) {
          all.forEach(each => this.finish(each.folders));
        }
        if (isWhole || all.length === 1) {
          break;
        }
      }
    }
    return [...found.values()];
  }

  /** Follows a link, and the links behind it; links may form a circle. */
  private walksFrom(link: FolderLink, walks: number): Walk[] {
    const counts = new Map<string, number>();
    const all: Walk[] = [];
    // a folder is not read again through links in it
    const next = [{ link, above: new Set<string>() }];
    for (let at = 0; at < next.length; at++) {
      const { above } = next[at];
      const walk = this.walk(next[at].link, real => above.has(real) || counts.get(real) === walks);
      walk.folders.forEach((_, real) => counts.set(real, (counts.get(real) ?? 0) + 1));
      const around = new Set([...above, ...walk.folders.keys()]);
      walk.links.forEach(each => next.push({ link: each, above: around }));
      all.push(walk);
    }
    return all;
  }

  /** Nothing is left to read of these folders. Test data is ignored, but a link from elsewhere may lead to it. */
  private finish(folders: ReadonlyMap<string, string>): void {
    folders.forEach((folder, real) => {
      if (!TEST_DATA.test(`${slashed(path.relative(this.root, folder))}/`)) {
        this.done.add(real);
      }
    });
  }

  private walk({ entry, real, patterns }: FolderLink, isKnown: (real: string) => boolean): Walk {
    const walk: Walk = { files: [], links: [], folders: new Map(), hasExclusions: false };
    this.walkInto(walk, entry, real, patterns, isKnown);
    return walk;
  }

  private walkInto(
    walk: Walk,
    folder: string,
    known: string | undefined,
    inherited: readonly Patterns[],
    isKnown: (real: string) => boolean,
  ): void {
    const real = known ?? this.reader.tried(folder, () => this.files.realpath(folder));
    if (real === undefined || this.done.has(real) || isKnown(real)) {
      return;
    }
    walk.folders.set(real, folder);
    const names = (this.reader.tried(folder, () => this.files.list(folder)) ?? []).sort();
    const patterns = names.includes(IGNORE_FILE) ? [...inherited, ...this.patternsIn(folder)] : inherited;
    for (const name of names) {
      const entry = path.join(folder, name);
      const place = path.join(real, name);
      const found = SKIPPED_FOLDERS.has(name) ? undefined : this.entryAt(entry, name, place);
      const isFolder = found?.stats.isDirectory() ?? false;
      if (found && !isFolder) {
        this.filled.add(real);
      }
      if (found && (isFolder || isReadName(name))) {
        if (isExcluded(entry, isFolder, patterns)) {
          this.excluded.add(place);
          walk.hasExclusions = true;
        } else if (this.leadsOut(found)) {
          this.outside(entry, isFolder);
        } else if (isFolder && found.isLink) {
          walk.links.push({ entry, real: found.real, patterns });
        } else if (isFolder) {
          this.walkInto(walk, entry, undefined, patterns, isKnown);
        } else {
          walk.files.push({ file: entry, real: found.real ?? place });
        }
      }
    }
  }

  private entryAt(file: string, name: string, place: string): Entry | undefined {
    const known = this.entries.get(place);
    const stats = known ? undefined : this.entryStats(file, name);
    if (known || !stats) {
      return known;
    }
    const isLink = this.files.lstat(file).isSymbolicLink();
    const entry = { stats, isLink, real: isLink ? this.realpath(file) : place };
    this.entries.set(place, entry);
    return entry;
  }

  /** The patterns of the caller, if it has any, with those of the folders around a source, up to the tree. */
  private patternsAround(source: string): Patterns[] {
    const { exclude, tree = '.' } = this.options;
    if (exclude === undefined) {
      return [];
    }
    const own = exclude.map(parsedPatterns);
    const around: string[] = [];
    for (let at = source; path.relative(tree, at) !== '' && isWithin(at, tree); ) {
      at = path.join(at, '..');
      around.push(at);
    }
    const withPatterns = around.filter(each => this.realpath(path.join(each, IGNORE_FILE)) !== undefined);
    return [...own, ...withPatterns.flatMap(each => this.patternsIn(each))];
  }

  private patternsIn(folder: string): Patterns[] {
    const text = this.reader.text(path.join(folder, IGNORE_FILE));
    return text === undefined ? [] : [{ folder, patterns: parsePathPatterns(text.split(/\r?\n/)) }];
  }

  /** Whether an entry is a link out of the repository. The reader of files refuses links to devices and the like. */
  private leadsOut({ stats, isLink, real }: Entry): boolean {
    return (
      isLink &&
      (stats.isFile() || stats.isDirectory()) &&
      real !== undefined &&
      !this.linked.some(folder => isWithin(real, folder))
    );
  }

  /** A file would be a manifest, so the rest may mean something else without it. Most folders are output of tools. */
  private outside(link: string, isFolder: boolean): void {
    const target = this.realpath(link);
    if (isFolder) {
      this.notes.push(
        readingDiagnostic('link-ignored', {
          file: link,
          message: 'this link leads to a folder outside of the repository, so it is not followed',
          got: target && shortenPath(target),
          fix: 'none needed for output of tools; to read the folder, name it as a manifest source of the cluster',
        }),
      );
    } else if (!TEST_DATA.test(slashed(path.relative(this.root, link)))) {
      this.reader.problem(
        'link-outside',
        link,
        'this link leads to a file outside of the repository',
        target && shortenPath(target),
        'copy the file into the repository, or exclude the link and name the file as a source of manifests',
      );
    }
  }

  /** A broken link is a fault only where it may be a manifest, outside of test data. */
  private entryStats(entry: string, name: string): fs.Stats | undefined {
    const own = this.reader.tried(entry, () => this.files.lstat(entry));
    if (!own?.isSymbolicLink()) {
      return own;
    }
    if (isReadName(name) && !TEST_DATA.test(slashed(path.relative(this.root, entry)))) {
      return this.reader.tried(entry, () => this.files.stat(entry), true);
    }
    try {
      return this.files.stat(entry);
    } catch {
      return undefined;
    }
  }
}

/** Files in the order of the names of their folders and their own. */
function inOrder(found: readonly FoundFile[]): FoundFile[] {
  const keys = new Map(found.map(each => [each, each.file.split(path.sep).join('\0')]));
  return [...found].sort((one, other) => (keys.get(one)! < keys.get(other)! ? -1 : 1));
}

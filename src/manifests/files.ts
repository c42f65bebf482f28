import { isUtf8 } from 'node:buffer';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { readManifests } from './documents';
import { FolderTree, folderTree, TEST_DATA } from './folder-tree';
import { IgnoreComment, ignoreComments } from './ignore-comments';
import { ignoredProblem, leftOut } from './ignored-problem';
import { Manifest } from './manifest';
import { parsePathPatterns, PathPatterns } from './path-patterns';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { mayMatter } from './relevance';
import { ReadingCode } from '../diagnostics/codes/reading';
import { shorten, shortenPath } from '../diagnostics/texts';

/** The used part of the file system. Tests replace it to cause errors that root never gets. */
export interface Files {
  lstat(file: string): fs.Stats;
  stat(file: string): fs.Stats;
  realpath(file: string): string;
  list(folder: string): string[];
  read(file: string): Buffer;
}

/** The path of the standard input. A file of this name is `./-`. */
export const STDIN = '-';

/** The fix for a path that leads to nothing. */
export const CHECK_PATH = 'check the path';

/** The maximum size of a file. */
export const MAX_FILE_SIZE = 64 * 1024 * 1024;

/** Paths to leave out, as in .gitignore, relative to a folder. They can name a source itself. */
export interface ExcludedPaths {
  readonly folder: string;
  readonly patterns: readonly string[];
}

/** What to read of a folder, and how. */
export interface ReadOptions {
  readonly exclude?: readonly ExcludedPaths[];
  /** The folder around what is read, such as that of mesh.yaml. Links may lead to everything in it. */
  readonly tree?: string;
  /** Leaves out invalid documents that may contain what matters, with an error finding, and reads the rest. */
  readonly keepGoing?: boolean;
  /** Objects with variables are manifests too. */
  readonly keepsVariables?: boolean;
  /**
   * The file system.
   * @default - the disk
   */
  readonly files?: Files;
}

/** The contents of a file or folder. */
export interface FolderContents {
  readonly manifests: Manifest[];
  /** What prevents an evaluation. */
  readonly problems: ReadingDiagnostic[];
  /** What is ignored. */
  readonly notes: ReadingDiagnostic[];
  /** The comments that ignore findings. */
  readonly comments: readonly IgnoreComment[];
  readonly files: FileCounts;
  /** The files of kustomizations: the names, namespaces and number of their objects are known once they are built. */
  readonly kustomized: ReadonlySet<string>;
  /** The real paths of the files that are read, which all links to a file share. */
  readonly realPaths: ReadonlyMap<string, string>;
}

/** The number of files of manifests. */
export interface FileCounts {
  readonly read: number;
  /** By patterns. */
  readonly excluded: number;
}

/**
 * The manifests of a file, or of all .yaml, .yml and .json files of a folder and its folders, in the order of their
 * names.
 *
 * A file that the path names is read with any ending of its name, and its problems are never ignored. Files of a folder
 * that are no manifests are notes: templates of charts, inputs of kustomizations, and invalid files without anything
 * that matters.
 *
 * Links lead to files and folders of the same repository only. Copies of it lack all others, which may also be private
 * files of the user. A file that several paths lead to is read once, under its own path if that is read. Folders are
 * read through links only if they are not read under their own path.
 */
export function readFolder(fileOrFolder: string, options: ReadOptions = {}): FolderContents {
  const { files = DISK } = options;
  const found = { manifests: [] as Manifest[], problems: [] as ReadingDiagnostic[], notes: [] as ReadingDiagnostic[] };
  const reader = new Reader(files, found.problems, options);
  const comments: IgnoreComment[] = [];
  const tree = reader.treeOf(fileOrFolder);
  [...reader.notes, ...tree.notes].forEach(each => found.notes.push(each));
  if (options.keepGoing) {
    // such as broken links; without the folder itself there is nothing to keep
    const [own, inside] = [true, false].map(isOwn =>
      found.problems.filter(({ file }) => (file === fileOrFolder) === isOwn),
    );
    inside.forEach(each => found.notes.push(leftOut(each)));
    found.problems.splice(0, Infinity, ...own);
  }
  for (const file of tree.files) {
    const before = found.problems.length;
    const text = reader.text(file);
    if (text === undefined && options.keepGoing && file !== fileOrFolder) {
      found.problems.splice(before).forEach(each => found.notes.push(leftOut(each)));
    }
    if (reader.encrypted.has(file)) {
      found.notes.push(
        readingDiagnostic('document-ignored', {
          file,
          message: 'git-crypt encrypts this file, so its objects are unknown',
          fix: 'none needed for Secrets; otherwise decrypt the files, `git-crypt unlock`',
        }),
      );
    } else if (text !== undefined) {
      const read = readManifests(text, file, options.keepsVariables);
      comments.push(...ignoreComments(text, file));
      // not push(...): a call has a limited number of arguments
      read.manifests.forEach(each => found.manifests.push(each));
      read.notes.forEach(each => found.notes.push(each));
      const isIgnored = file !== fileOrFolder && (options.keepGoing || !mayMatter(text));
      const isTemplate = (code: string) => code === 'helm-template' && file !== fileOrFolder;
      read.problems.forEach(each =>
        isIgnored || isTemplate(each.code)
          ? found.notes.push(ignoredProblem(each, text))
          : found.problems.push(each),
      );
    }
  }
  const counts = { read: tree.files.length, excluded: reader.excluded.size };
  const realPaths = new Map(tree.files.map(file => [file, reader.realpath(file) ?? file]));
  return { ...found, comments, files: counts, kustomized: tree.kustomized, realPaths };
}

/** The files that patterns of the caller exclude. */
export function excludedFiles(files: readonly string[], exclude: readonly ExcludedPaths[]): string[] {
  const patterns = exclude.map(parsed);
  return files.filter(file => isExcludedSource(file, false, patterns));
}

/** The text of a file, or the problem of reading it. */
export function readText(
  file: string,
  files: Files = DISK,
): { readonly text: string } | { readonly problem: ReadingDiagnostic } {
  const problems: ReadingDiagnostic[] = [];
  const text = new Reader(files, problems, {}).text(file);
  return text === undefined ? { problem: problems[0] } : { text };
}

/** The disk, with files in memory in the place of those with the same path, as the caller of a reader writes it. */
export function overDisk(texts: ReadonlyMap<string, string>): Files {
  const bytes = new Map([...texts].map(([file, text]) => [path.resolve(file), Buffer.from(text)]));
  const statsOf = (file: string, others: (file: string) => fs.Stats) => {
    const own = bytes.get(path.resolve(file));
    return own ? fileStats(own.length) : others(file);
  };
  return {
    ...DISK,
    lstat: file => statsOf(file, DISK.lstat),
    stat: file => statsOf(file, DISK.stat),
    read: file => bytes.get(path.resolve(file)) ?? DISK.read(file),
  };
}

function fileStats(size: number): fs.Stats {
  return Object.assign(Object.create(fs.Stats.prototype), { size, mode: fs.constants.S_IFREG });
}

const DISK: Files = {
  lstat: file => fs.lstatSync(file),
  stat: file => fs.statSync(file),
  realpath: file => fs.realpathSync(file),
  list: folder => fs.readdirSync(folder),
  read: file => (file === STDIN ? standardInput() : fs.readFileSync(file)),
};

let input: Buffer | undefined;

/** All of the standard input; it can be read once, and may be asked for several times. */
function standardInput(): Buffer {
  input ??= readLimited(0);
  return input;
}

/** The number of bytes that a descriptor has; it waits for those of a pipe that does not block. */
function readSome(descriptor: number, chunk: Buffer): number {
  for (;;) {
    try {
      return fs.readSync(descriptor, chunk, 0, chunk.length, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        throw error;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

function readLimited(descriptor: number): Buffer {
  const chunks: Buffer[] = [];
  const chunk = Buffer.alloc(65536);
  for (let size = 0; ; ) {
    const count = readSome(descriptor, chunk);
    size += count;
    if (count === 0) {
      return Buffer.concat(chunks);
    }
    if (size > MAX_FILE_SIZE) {
      throw new Error('it has more than 64 MB');
    }
    chunks.push(Buffer.from(chunk.subarray(0, count)));
  }
}

const EXTENSION = /\.(ya?ml|json)$/i;

// folders in which tools keep their own files
const SKIPPED_FOLDERS = new Set(['.git', 'node_modules']);

// patterns of paths that are not read, in any folder
const IGNORE_FILE = '.ciliummeshignore';

// how git-crypt begins a file
const GIT_CRYPT = Buffer.from('\0GITCRYPT\0');

const REPLACEMENT = Buffer.from('\uFFFD');

/** The patterns that a folder sets for what is in it. */
interface Patterns {
  readonly folder: string;
  readonly patterns: PathPatterns;
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

class Reader {
  /** Real paths of the folders that contain them, with their names. */
  readonly excluded = new Set<string>();
  readonly notes: ReadingDiagnostic[] = [];
  readonly encrypted = new Set<string>();
  /** Real paths of folders of which nothing is left to read. */
  private readonly done = new Set<string>();
  /** By the real paths of the folders that contain them, with their names. */
  private readonly entries = new Map<string, Entry>();
  private root = '';
  /** Where links may lead: real paths of folders. */
  private linked: readonly string[] = [];

  constructor(
    private readonly files: Files,
    private readonly problems: ReadingDiagnostic[],
    private readonly options: ReadOptions,
  ) {}

  /** The file itself, or the files of a folder. */
  treeOf(fileOrFolder: string): FolderTree {
    if (fileOrFolder === STDIN) {
      return { files: [STDIN], notes: [], kustomized: new Set() };
    }
    const stats = this.tried(fileOrFolder, () => this.files.stat(fileOrFolder));
    const isFolder = stats?.isDirectory() ?? false;
    const patterns = stats ? this.patternsAround(fileOrFolder) : [];
    if (isExcludedSource(fileOrFolder, isFolder, patterns)) {
      this.excluded.add(fileOrFolder);
      return { files: [], notes: [], kustomized: new Set() };
    }
    if (!isFolder) {
      return { files: stats ? [fileOrFolder] : [], notes: [], kustomized: new Set() };
    }
    this.root = fileOrFolder;
    this.linked = this.linkedFolders(fileOrFolder);
    const before = this.problems.length;
    // a link must not decide what is excluded of a folder that has its own path
    const own = this.walk({ entry: fileOrFolder, real: undefined, patterns }, () => false);
    this.finish(own.folders);
    const found = inOrder([...own.files, ...this.follow(own.links)]);
    if (found.length === 0 && this.excluded.size === 0 && this.problems.length === before) {
      this.problem(
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
    const tree = folderTree([...byPath.keys()], each => new Reader(this.files, [], {}).text(fileOf(each)));
    const realPaths = new Map(found.map(({ file, real }) => [file, real]));
    const names = this.namesOf(tree.files.map(fileOf), realPaths);
    const applied = tree.files.filter(each => tree.kustomized.has(each));
    const kustomized = new Set(applied.map(each => realPaths.get(fileOf(each))!));
    return {
      files: names,
      notes: tree.notes.map(note => ({ ...note, file: fileOf(note.file) })),
      kustomized: new Set(names.filter(file => kustomized.has(realPaths.get(file)!))),
    };
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
  realpath(file: string): string | undefined {
    try {
      return file === STDIN ? undefined : this.files.realpath(file);
    } catch {
      return undefined;
    }
  }

  text(file: string): string | undefined {
    if (file === STDIN) {
      const bytes = this.tried(file, () => this.files.read(file));
      return bytes && this.decoded(file, bytes);
    }
    const stats = this.tried(file, () => this.files.stat(file));
    if (!stats) {
      return undefined;
    }
    if (stats.isDirectory()) {
      this.problem('file-unreadable', file, 'must be a file', 'a folder', 'pass a file');
      return undefined;
    }
    if (!stats.isFile()) {
      this.problem(
        'file-special',
        file,
        `must be a file; a ${special(stats)} might never end`,
        `a ${special(stats)}`,
        'write its content to a file, and pass that file',
      );
      return undefined;
    }
    if (stats.size > MAX_FILE_SIZE) {
      this.problem(
        'file-too-large',
        file,
        'the file is larger than 64 MB',
        `${Math.ceil(stats.size / 1024 / 1024)} MB`,
        'split it, or pass only the objects that matter for the network',
      );
      return undefined;
    }
    const bytes = this.tried(file, () => this.files.read(file));
    return bytes && this.decoded(file, bytes);
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
    const real = known ?? this.tried(folder, () => this.files.realpath(folder));
    if (real === undefined || this.done.has(real) || isKnown(real)) {
      return;
    }
    walk.folders.set(real, folder);
    const names = (this.tried(folder, () => this.files.list(folder)) ?? []).sort();
    const patterns = names.includes(IGNORE_FILE) ? [...inherited, ...this.patternsIn(folder)] : inherited;
    for (const name of names) {
      const entry = path.join(folder, name);
      const place = path.join(real, name);
      const found = SKIPPED_FOLDERS.has(name) ? undefined : this.entryAt(entry, name, place);
      const isFolder = found?.stats.isDirectory() ?? false;
      if (found && (isFolder || EXTENSION.test(name))) {
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
    const own = exclude.map(parsed);
    const around: string[] = [];
    for (let at = source; path.relative(tree, at) !== '' && isWithin(at, tree); ) {
      at = path.join(at, '..');
      around.push(at);
    }
    const withPatterns = around.filter(each => this.realpath(path.join(each, IGNORE_FILE)) !== undefined);
    return [...own, ...withPatterns.flatMap(each => this.patternsIn(each))];
  }

  private patternsIn(folder: string): Patterns[] {
    const text = this.text(path.join(folder, IGNORE_FILE));
    return text === undefined ? [] : [{ folder, patterns: parsePathPatterns(text.split(/\r?\n/)) }];
  }

  /** The repository of a folder, with the tree that the caller names; without a repository, the working directory. */
  private linkedFolders(folder: string): string[] {
    const own = this.realpath(folder) ?? folder;
    const real = [this.options.tree, '.'].map(each => (each === undefined ? undefined : this.realpath(each)));
    const [tree, working] = real.map(each => (each !== undefined && isWithin(own, each) ? each : undefined));
    return [this.repositoryOf(own) ?? working, tree, own].filter(each => each !== undefined);
  }

  private repositoryOf(folder: string): string | undefined {
    for (let at = folder; ; at = path.dirname(at)) {
      try {
        this.files.lstat(path.join(at, '.git'));
        return at;
      } catch {
        if (at === path.dirname(at)) {
          return undefined;
        }
      }
    }
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
      this.problem(
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
    const own = this.tried(entry, () => this.files.lstat(entry));
    if (!own?.isSymbolicLink()) {
      return own;
    }
    if (EXTENSION.test(name) && !TEST_DATA.test(slashed(path.relative(this.root, entry)))) {
      return this.tried(entry, () => this.files.stat(entry), true);
    }
    try {
      return this.files.stat(entry);
    } catch {
      return undefined;
    }
  }

  private decoded(file: string, bytes: Buffer): string | undefined {
    if (bytes.subarray(0, GIT_CRYPT.length).equals(GIT_CRYPT)) {
      this.encrypted.add(file);
      return '';
    }
    const utf16 =
      (bytes[0] === 0xff && bytes[1] === 0xfe) ||
      (bytes[0] === 0xfe && bytes[1] === 0xff) ||
      (bytes.length > 1 && (bytes[0] === 0) !== (bytes[1] === 0));
    if (utf16) {
      this.problem(
        'file-encoding',
        file,
        'the text must be UTF-8',
        'UTF-16',
        'save it as UTF-8: `iconv -f UTF-16 -t UTF-8`; PowerShell: `Out-File -Encoding utf8`',
      );
      return undefined;
    }
    const nul = bytes.indexOf(0);
    if (nul >= 0) {
      this.problem(
        'file-binary',
        file,
        'the file is not text: it contains a NUL byte',
        `NUL at byte ${nul}`,
        'pass files of YAML or JSON',
        lineOfByte(bytes, nul),
      );
      return undefined;
    }
    if (!isUtf8(bytes)) {
      const at = firstInvalid(bytes);
      this.problem(
        'file-encoding',
        file,
        'the text must be UTF-8',
        `byte 0x${bytes[at].toString(16)}`,
        'save it as UTF-8',
        lineOfByte(bytes, at),
      );
      return undefined;
    }
    return bytes.toString('utf8');
  }

  private tried<T>(file: string, action: () => T, isLink = false): T | undefined {
    try {
      return action();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') {
        this.problem(
          'file-missing',
          file,
          isLink ? 'the link leads to nothing' : 'file or folder not found',
          undefined,
          isLink ? 'correct the link, or remove it' : CHECK_PATH,
        );
      } else if (code === 'EACCES' || code === 'EPERM') {
        this.problem('file-unreadable', file, 'permission denied', undefined, 'check the permissions (`ls -l`)');
      } else if (code === 'ELOOP') {
        this.problem('file-unreadable', file, 'its links form a circle', undefined, 'remove the link');
      } else {
        const reason = `cannot be read: ${shorten(message)}`;
        this.problem('file-unreadable', file, reason, code, 'check the permissions (`ls -l`)');
      }
      return undefined;
    }
  }

  private problem(
    code: ReadingCode,
    file: string,
    message: string,
    got: string | undefined,
    fix: string,
    line?: number,
  ) {
    this.problems.push(readingDiagnostic(code, { file, ...(line === undefined ? {} : { line }), message, got, fix }));
  }
}

/** Files in the order of the names of their folders and their own. */
function inOrder(found: readonly FoundFile[]): FoundFile[] {
  const keys = new Map(found.map(each => [each, each.file.split(path.sep).join('\0')]));
  return [...found].sort((one, other) => (keys.get(one)! < keys.get(other)! ? -1 : 1));
}

function parsed({ folder, patterns }: ExcludedPaths): Patterns {
  return { folder, patterns: parsePathPatterns(patterns) };
}

function isExcluded(entry: string, isFolder: boolean, patterns: readonly Patterns[]): boolean {
  return patterns.some(({ folder, patterns: own }) =>
    own.excludes(slashed(path.relative(folder, entry)), isFolder),
  );
}

/** Whether patterns exclude a source itself or, among the folders that they are about, one around it. */
function isExcludedSource(source: string, isFolder: boolean, patterns: readonly Patterns[]): boolean {
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

function slashed(file: string): string {
  return file.split(path.sep).join('/');
}

function isWithin(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === '' || !(relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative));
}

function special(stats: fs.Stats): string {
  return stats.isFIFO() ? 'pipe' : stats.isSocket() ? 'socket' : 'device';
}

function firstInvalid(bytes: Buffer): number {
  let at = 0;
  for (const character of bytes.toString('utf8')) {
    // decoding replaces invalid bytes with U+FFFD, which the text may also contain itself
    if (character === '\uFFFD' && !bytes.subarray(at, at + 3).equals(REPLACEMENT)) {
      return at;
    }
    at += Buffer.byteLength(character);
  }
  return 0;
}

function lineOfByte(bytes: Buffer, at: number): number {
  let line = 1;
  for (let index = 0; index < at; index++) {
    line += bytes[index] === 0x0a || (bytes[index] === 0x0d && bytes[index + 1] !== 0x0a) ? 1 : 0;
  }
  return line;
}

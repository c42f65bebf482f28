import * as path from 'node:path';
import { DISK, Files } from './disk';
import { FolderWalk, WalkOptions } from './folder-walk';
import { realPath, repositoryOf } from './real-paths';
import { readText, TextReader } from './text-reader';
import { plainUrl, remoteUrls } from '../delivery/repository-url';
import { readManifests } from '../documents';
import { IgnoreComment, ignoreComments } from '../ignore-comments';
import { ignoredProblem, leftOut } from '../ignored-problem';
import { KustomizationNode } from '../kustomization-tree';
import { Manifest } from '../manifest';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';
import { mayMatter } from '../relevance';

/** What to read of a folder, and how. */
export interface ReadOptions extends WalkOptions {
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
  /** The files of kustomizations whose objects are known once they are built. */
  readonly kustomized: ReadonlySet<string>;
  /** The real paths of the files that are read, which all links to a file share. */
  readonly realPaths: ReadonlyMap<string, string>;
  readonly kustomizations: readonly KustomizationNode[];
  /** The folders that are read, by their real paths, each with the repository that it belongs to. */
  readonly folders: readonly ReadFolder[];
}

/** A folder that is read. */
export interface ReadFolder {
  readonly path: string;
  /** Undefined without a repository around it, such as for the unpacked archive of one. */
  readonly repository?: string;
  /** The URLs of the remote repositories, in short; empty if they are unknown. */
  readonly urls: readonly string[];
  /** The folders in it, and itself, that contain files of any kind, by their real paths. */
  readonly filled: readonly string[];
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
  const reader = new TextReader(files, found.problems);
  const walk = new FolderWalk(files, reader, found.problems, options);
  const comments: IgnoreComment[] = [];
  const tree = walk.treeOf(fileOrFolder);
  [...walk.notes, ...tree.notes].forEach(each => found.notes.push(each));
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
      const isList = tree.lists.has(file);
      read.notes.filter(each => !(isList && each.code === 'kustomization')).forEach(each => found.notes.push(each));
      const isIgnored = file !== fileOrFolder && (options.keepGoing || !mayMatter(text));
      const isTemplate = (code: string) => code === 'helm-template' && file !== fileOrFolder;
      read.problems.forEach(each =>
        isIgnored || isTemplate(each.code)
          ? found.notes.push(ignoredProblem(each, text))
          : found.problems.push(each),
      );
    }
  }
  const counts = { read: tree.files.length, excluded: walk.excluded.size };
  const realPaths = new Map(tree.files.map(file => [file, walk.realpath(file) ?? file]));
  const real = realPath(files, fileOrFolder);
  const repository = real === undefined ? undefined : repositoryOf(files, real);
  const urls = repository === undefined ? [] : urlsOf(files, repository);
  const folders =
    real === undefined || realPaths.has(fileOrFolder)
      ? []
      : [{ path: real, repository, urls, filled: [...walk.filled].sort() }];
  const { kustomized, kustomizations } = tree;
  return { ...found, comments, files: counts, kustomized, realPaths, kustomizations, folders };
}

/** The URLs of a repository; its `.git` may also be a file, or unreadable. */
function urlsOf(files: Files, repository: string): string[] {
  const read = readText(path.join(repository, '.git', 'config'), files);
  return 'text' in read ? remoteUrls(read.text).map(plainUrl) : [];
}

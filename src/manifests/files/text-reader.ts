import * as fs from 'node:fs';
import { decode } from './decode';
import { DISK, Files, MAX_FILE_SIZE, STDIN } from './disk';
import { ReadingCode } from '../../diagnostics/codes/reading';
import { nearest } from '../../diagnostics/did-you-mean';
import { shorten } from '../../diagnostics/texts';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';

/** The fix for a path that leads to nothing. */
export const CHECK_PATH = 'check the path';

/** The text of a file, or the problem of reading it. */
export function readText(
  file: string,
  files: Files = DISK,
): { readonly text: string } | { readonly problem: ReadingDiagnostic } {
  const problems: ReadingDiagnostic[] = [];
  const text = new TextReader(files, problems).text(file);
  return text === undefined ? { problem: problems[0] } : { text };
}

/** Reads files of text. What prevents it is a problem, never an exception. */
export class TextReader {
  /** Files that git-crypt encrypts. */
  public readonly encrypted = new Set<string>();

  constructor(
    private readonly files: Files,
    private readonly problems: ReadingDiagnostic[],
  ) {}

  /** The text of a file; empty if it is encrypted, undefined if it cannot be read. */
  public text(file: string): string | undefined {
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

  private decoded(file: string, bytes: Buffer): string | undefined {
    const decoded = decode(bytes);
    if ('fault' in decoded) {
      const { code, message, got, fix, line } = decoded.fault;
      this.problem(code, file, message, got, fix, line);
      return undefined;
    }
    if (decoded.text === undefined) {
      this.encrypted.add(file);
    }
    return decoded.text ?? '';
  }

  /** The result of an action on a file; undefined, with the problem, if the file system refuses it. */
  public tried<T>(file: string, action: () => T, isLink = false): T | undefined {
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
          isLink ? 'correct the link, or remove it' : missingFix(file),
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

  public problem(
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

function special(stats: fs.Stats): string {
  return stats.isFIFO() ? 'pipe' : stats.isSocket() ? 'socket' : 'device';
}

/** What to do about a missing path; it may be meant as a source of another kind. */
function missingFix(file: string): string {
  const [, prefix] = /(?:^|[\\/])([a-z]+):[^\\/]/.exec(file) ?? [];
  const kind = nearest(prefix, Object.keys(WRITTEN_SOURCES));
  return kind === undefined ? CHECK_PATH : `write ${WRITTEN_SOURCES[kind]}`;
}

/** How people write sources that are no paths. */
const WRITTEN_SOURCES: { readonly [kind: string]: string } = {
  kustomize: 'the source as --cluster NAME=kustomize:FOLDER, or as {kustomize: FOLDER} in mesh.yaml',
  helm: 'the source as --cluster NAME=helm:CHART, or as {helm: {chart: CHART}} in mesh.yaml',
  snapshot: 'the source as --cluster NAME=snapshot:FOLDER, or as {snapshot: FOLDER} in mesh.yaml',
  command: 'the source as {command: [PROGRAM, ARGUMENT]} in mesh.yaml',
  flux: 'the source as {flux: {kustomization: FILE, name: NAME, path: FOLDER}} in mesh.yaml',
};

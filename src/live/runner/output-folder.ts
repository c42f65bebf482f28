import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';

/** A folder cannot be written, or contains something that this program did not write. */
export class FolderError extends Error {}

/** The texts of files, by their paths in a folder. */
export type FolderFiles = ReadonlyMap<string, string>;

/** A kind of folders that the program replaces as a whole. */
export interface OwnFolder {
  /** The file that lists the files of the folder. Not YAML, so no command takes it for a manifest. */
  readonly marker: string;
  /** What it contains, in messages. */
  readonly noun: string;
  readonly command: string;
}

export const SNAPSHOT_FOLDER: OwnFolder = {
  marker: '.cilium-mesh-snapshot',
  noun: 'snapshot',
  command: 'cilium-mesh snapshot',
};
export const RENDERED_FOLDER: OwnFolder = {
  marker: '.cilium-mesh-rendering',
  noun: 'rendering',
  command: 'cilium-mesh render',
};

/**
 * Refuses a folder that must not be replaced: one that another program or a person wrote, or put a file into.
 */
export function checkFolder(folder: string, cwd: string, { marker, noun }: OwnFolder): void {
  const target = path.resolve(cwd, folder);
  if (cwd === target || cwd.startsWith(`${target}${path.sep}`)) {
    throw new FolderError(`${folder} is the current folder or contains it, so it cannot be replaced; name another one`);
  }
  const stats = fs.lstatSync(target, { throwIfNoEntry: false });
  if (!stats) {
    return;
  }
  if (!stats.isDirectory()) {
    throw new FolderError(`${folder} must be a folder, or not exist yet`);
  }
  const present = filesIn(target);
  if (present.length === 0) {
    return;
  }
  if (!present.includes(marker)) {
    throw new FolderError(
      `${folder} contains files, and no ${noun}: cilium-mesh replaces only folders that it wrote itself\n` +
        '    fix: name an empty folder, or one that does not exist',
    );
  }
  const own = new Set([marker, ...fs.readFileSync(path.join(target, marker), 'utf8').split('\n').slice(1)]);
  const foreign = present.filter(file => !own.has(file));
  if (foreign.length > 0) {
    throw new FolderError(
      `${folder} contains files that no ${noun} wrote: ${foreign.slice(0, 5).join(', ')}` +
        `${foreign.length > 5 ? ` and ${foreign.length - 5} more` : ''}\n` +
        `    fix: move them to another folder, because a ${noun} replaces its folder as a whole`,
    );
  }
}

/**
 * Writes the files into a new folder beside the old one, then puts it into the place of the old one. After an error the
 * old one is as it was.
 */
export function replaceFolder(folder: string, files: FolderFiles, cwd: string, own: OwnFolder): void {
  const target = path.resolve(cwd, folder);
  const beside = (what: string) =>
    path.join(path.dirname(target), `.${path.basename(target)}.${what}-${randomUUID().slice(0, 8)}`);
  const [written, old] = [beside('new'), beside('old')];
  try {
    write(written, files, own);
    // again: making the files took its time
    checkFolder(folder, cwd, own);
    swap(target, written, old);
  } catch (error) {
    throw error instanceof FolderError
      ? error
      : new FolderError(`${folder} cannot be written: ${(error as Error).message}`);
  } finally {
    fs.rmSync(written, { recursive: true, force: true });
  }
}

function write(folder: string, files: FolderFiles, { marker, command }: OwnFolder): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, text] of files) {
    const place = path.join(folder, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text, { flag: 'wx' });
  }
  const head = `# Files of ${command}, which replaces this folder as a whole.`;
  fs.writeFileSync(path.join(folder, marker), [head, ...[...files.keys()].sort(), ''].join('\n'));
}

function swap(target: string, written: string, old: string): void {
  if (!fs.existsSync(target)) {
    fs.renameSync(written, target);
    return;
  }
  fs.renameSync(target, old);
  try {
    fs.renameSync(written, target);
  } catch (error) {
    fs.renameSync(old, target);
    throw error;
  }
  fs.rmSync(old, { recursive: true, force: true });
}

/** The paths of all files and links below a folder; an empty folder counts as a file. */
function filesIn(folder: string, prefix: string = ''): string[] {
  return fs.readdirSync(path.join(folder, prefix), { withFileTypes: true }).flatMap(entry => {
    const name = `${prefix}${entry.name}`;
    if (!entry.isDirectory()) {
      return [name];
    }
    const below = filesIn(folder, `${name}/`);
    return below.length > 0 ? below : [`${name}/`];
  });
}

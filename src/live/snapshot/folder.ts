import { randomUUID } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { SnapshotFiles } from './snapshot-files';

/** The folder of a snapshot cannot be written, or contains something that is not of a snapshot. */
export class FolderError extends Error {}

/** Lists the files of a snapshot. Not YAML, so no command takes it for a manifest. */
const MARKER = '.cilium-mesh-snapshot';

const HEAD = '# Files of cilium-mesh snapshot, which replaces this folder as a whole.';

/**
 * Refuses a folder that a snapshot must not replace: one that another program or a person wrote, or put a file into.
 */
export function checkFolder(folder: string, cwd: string): void {
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
  if (!present.includes(MARKER)) {
    throw new FolderError(
      `${folder} contains files, and no snapshot: cilium-mesh replaces only folders that it wrote itself\n` +
        '    fix: name an empty folder, or one that does not exist',
    );
  }
  const own = new Set([MARKER, ...fs.readFileSync(path.join(target, MARKER), 'utf8').split('\n').slice(1)]);
  const foreign = present.filter(file => !own.has(file));
  if (foreign.length > 0) {
    throw new FolderError(
      `${folder} contains files that no snapshot wrote: ${foreign.slice(0, 5).join(', ')}` +
        `${foreign.length > 5 ? ` and ${foreign.length - 5} more` : ''}\n` +
        '    fix: move them to another folder, because a snapshot replaces its folder as a whole',
    );
  }
}

/**
 * Writes the files into a new folder beside the old one, then puts it into the place of the old one. After an error the
 * old one is as it was.
 */
export function replaceFolder(folder: string, files: SnapshotFiles, cwd: string): void {
  const target = path.resolve(cwd, folder);
  const beside = (what: string) =>
    path.join(path.dirname(target), `.${path.basename(target)}.${what}-${randomUUID().slice(0, 8)}`);
  const [written, old] = [beside('new'), beside('old')];
  try {
    write(written, files);
    // again: the snapshot took its time
    checkFolder(folder, cwd);
    swap(target, written, old);
  } catch (error) {
    throw error instanceof FolderError
      ? error
      : new FolderError(`${folder} cannot be written: ${(error as Error).message}`);
  } finally {
    fs.rmSync(written, { recursive: true, force: true });
  }
}

function write(folder: string, files: SnapshotFiles): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [file, text] of files) {
    const place = path.join(folder, file);
    fs.mkdirSync(path.dirname(place), { recursive: true });
    fs.writeFileSync(place, text, { flag: 'wx' });
  }
  fs.writeFileSync(path.join(folder, MARKER), [HEAD, ...[...files.keys()].sort(), ''].join('\n'));
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

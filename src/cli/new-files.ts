import * as fs from 'fs';
import * as path from 'path';
import { CommandError } from './io';
import { formatValue, shorten } from '../diagnostics/texts';

/**
 * Writes files into a folder, all or none: a file that exists is never replaced, also if it came there a moment ago.
 */
export function writeNewFiles(folder: string, files: ReadonlyMap<string, string>): void {
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw new CommandError(
      `${formatValue(folder)} must be a folder, and is a file\n    fix: name a folder with --output; nothing was written`,
    );
  }
  const present = [...files.keys()].filter(file => exists(path.join(folder, file)));
  if (present.length > 0) {
    throw new CommandError(
      `${present.map(file => `${file} exists already`).join('\n')}\n` +
        '    fix: name an empty folder; nothing was written',
    );
  }
  const created: string[] = [];
  try {
    for (const [file, text] of files) {
      const target = path.join(folder, file);
      created.push(...createFolder(path.dirname(target)));
      const handle = fs.openSync(target, 'wx');
      created.push(target);
      try {
        fs.writeFileSync(handle, text);
      } finally {
        fs.closeSync(handle);
      }
    }
  } catch (error) {
    created.reverse().forEach(remove);
    throw new CommandError(`nothing was written: ${shorten((error as Error).message)}`);
  }
}

/** Creates a folder and those above it; returns the new ones, outer ones first. */
function createFolder(folder: string): string[] {
  const first = fs.mkdirSync(folder, { recursive: true });
  const created: string[] = [];
  for (let each = folder; first !== undefined && each.startsWith(first); each = path.dirname(each)) {
    created.unshift(each);
  }
  return created;
}

/** Removes a file, or a folder if it is empty: what others put into it meanwhile stays. */
function remove(created: string): void {
  try {
    if (fs.lstatSync(created).isDirectory()) {
      fs.rmdirSync(created);
    } else {
      fs.unlinkSync(created);
    }
  } catch {
    // it is gone already, or belongs to somebody else
  }
}

function exists(file: string): boolean {
  try {
    return fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // a file where a folder is needed: writing says so
    return false;
  }
}

import * as fs from 'fs';
import * as path from 'path';
import { formatValue } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/** What hinders writing files into a folder, if anything. It creates nothing. `at` is the property of the mesh. */
export function unwritable(at: string, folder: string, files: readonly string[]): Refusal[] {
  const targets = files.map(file => path.resolve(folder, file));
  const folders = [...new Set(targets.map(target => path.dirname(target)))];
  const problems = [...new Set([...folders.flatMap(folderProblem), ...targets.flatMap(fileProblem)])];
  return problems.length === 0
    ? []
    : [
      refusal('outdir-unwritable', {
        path: at,
        message: 'the files of the mesh cannot be written there',
        got: `${formatValue(folder)}; ${problems[0]}`,
        allowed: 'a folder that can be written, or that can be created',
        fix: 'name another folder, or move what is in the way',
      }),
    ];
}

/** The folder itself, or the nearest one above it that exists, must be a folder. */
function folderProblem(folder: string): string[] {
  try {
    if (!fs.statSync(folder).isDirectory()) {
      return [`${shown(folder)} is a file`];
    }
    fs.accessSync(folder, fs.constants.W_OK);
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    switch (code) {
      case 'ENOENT':
        return folder === path.dirname(folder) ? [] : folderProblem(path.dirname(folder));
      case 'ENOTDIR':
        return folderProblem(path.dirname(folder));
      case 'ENAMETOOLONG':
        return ['its name is too long'];
      case 'EACCES':
      case 'EPERM':
      case 'EROFS':
        return [`${shown(folder)} cannot be written by this user`];
      case 'ELOOP':
        return [`${shown(folder)} is a link to itself`];
      default:
        return [`${shown(folder)} cannot be read (${code})`];
    }
  }
}

function fileProblem(file: string): string[] {
  try {
    return fs.lstatSync(file).isDirectory() ? [`${shown(file)} is a folder`] : [];
  } catch {
    // it does not exist; what hinders its folder is a problem of the folder
    return [];
  }
}

function shown(file: string): string {
  return formatValue(path.relative('', file) || '.');
}

import * as fs from 'fs';
import * as path from 'path';

/** The folder of one step of a tour. */
export interface TourFolder {
  /** The name of the folder. */
  readonly name: string;
  readonly path: string;
  /** From its title.txt. */
  readonly title?: string;
}

/**
 * The steps of a tour: the folders in a folder, in the order of their names. Undefined where the folder does not exist.
 */
export function readTourFolders(folder: string): TourFolder[] | undefined {
  if (!fs.existsSync(folder) || !fs.statSync(folder).isDirectory()) {
    return undefined;
  }
  const folders = fs.readdirSync(folder, { withFileTypes: true }).filter(each => each.isDirectory());
  return folders
    .map(each => each.name)
    .sort()
    .map(name => {
      const own = path.join(folder, name);
      return { name, path: own, ...readTitle(own) };
    });
}

function readTitle(folder: string): { title?: string } {
  const file = path.join(folder, 'title.txt');
  return fs.existsSync(file) ? { title: fs.readFileSync(file, 'utf8').trim() } : {};
}

import * as fs from 'fs';
import * as path from 'path';
import { readStepFile, StepFile } from './step-file';

/** The folder of one step of a tour. */
export interface TourFolder {
  /** The name of the folder. */
  readonly name: string;
  readonly path: string;
  /** From its step.yaml; empty without one. */
  readonly step: StepFile;
  /** What is wrong with its step.yaml. */
  readonly problems: readonly string[];
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
      return { name, path: own, step: {}, problems: [], ...readStep(path.join(own, 'step.yaml')) };
    });
}

function readStep(file: string): { step: StepFile } | { problems: readonly string[] } | undefined {
  return fs.existsSync(file) ? readStepFile(fs.readFileSync(file, 'utf8'), file) : undefined;
}

/** Whether a name on the command line means this step: the name of its folder, with or without the number. */
export function isNamed({ name }: TourFolder, text: string): boolean {
  return name === text || name.replace(/^\d+-/, '') === text;
}

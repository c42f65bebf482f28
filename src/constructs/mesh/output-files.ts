import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Files } from './files';
import { MESH_FOLDER, siblingMeshFolder } from './output-layout';
import { formatValue } from '../../diagnostics/texts';
import { Refusal, refusal } from '../refusal';

/** What a mesh writes. */
export interface OutputFiles {
  /** The mesh, as messages name it. */
  readonly owner: { readonly description: string; readonly path: string };
  /** The output folder. */
  readonly folder: string;
  /** The folder with mesh.yaml, relative to `folder`. */
  readonly meshFolder: string;
  /** Contents by path, relative to `folder`. */
  readonly files: Files;
}

/**
 * The file beside mesh.yaml that lists what `synth()` wrote, in the format of `sha256sum`. The next `synth()` removes
 * those of its files that it does not write any more, such as those of a renamed cluster.
 */
const RECORD = 'SHA256SUMS';

/** Which mesh of this program wrote a file. */
const WRITTEN = new Map<string, { readonly owner: WeakRef<object>; readonly description: string; text: string }>();

/**
 * Refuses meshes that would overwrite files of another mesh of the program. Files that are the same, and those that the
 * program removed since, are not lost.
 */
export function outputRefusals(outputs: readonly OutputFiles[]): Refusal[] {
  const planned = new Map<string, OutputFiles>();
  return outputs.flatMap(output => {
    const { owner, folder, files } = output;
    const targets = targetsOf(output);
    const clash = Object.keys(files).find(file => {
      const [other, written] = [planned.get(targets[file]), WRITTEN.get(targets[file])];
      return (
        (other !== undefined && other.owner !== owner) ||
        (written !== undefined &&
          written.owner.deref() !== owner &&
          written.text !== files[file] &&
          textOf(targets[file]) === written.text)
      );
    });
    const previous = clash && (planned.get(targets[clash])?.owner ?? WRITTEN.get(targets[clash]));
    Object.keys(files).forEach(file => planned.set(targets[file], output));
    return previous
      ? [
        refusal('outdir-shared', {
          path: owner.path === '' ? 'outdir' : `${owner.path}.outdir`,
          message: `two meshes of the program would write ${clash}, and only one of them would stay`,
          got: `${formatValue(folder)} for ${previous.description}, and for ${owner.description}`,
          allowed: 'a folder for each mesh',
          fix: `set outdir of one of them, for example ${formatValue(path.join(folder, 'other'))}`,
        }),
      ]
      : [];
  });
}

/**
 * Writes all files, each under another name first, and renames it then, so a reader never sees half of a file. Then
 * removes the files that an earlier run wrote and this one does not, if they still are as they were written.
 */
export function writeOutputs(outputs: readonly OutputFiles[]): void {
  const pending = outputs.flatMap(output =>
    Object.entries({ ...output.files, [recordOf(output)]: recordText(output) }).map(([file, text]) => {
      const target = path.join(output.folder, file);
      return { target, temporary: `${target}.tmp`, text };
    }),
  );
  const stale = outputs.flatMap(staleFiles);
  for (const { target } of pending) {
    fs.mkdirSync(path.dirname(target), { recursive: true });
  }
  try {
    for (const { temporary, text } of pending) {
      fs.writeFileSync(temporary, text);
    }
    for (const { temporary, target } of pending) {
      fs.renameSync(temporary, target);
    }
  } finally {
    for (const { temporary } of pending) {
      fs.rmSync(temporary, { force: true });
    }
  }
  const targets = new Set(pending.map(({ target }) => path.resolve(target)));
  stale.filter(file => !targets.has(file)).forEach(removeFile);
  for (const output of outputs) {
    const resolved = targetsOf(output);
    for (const [file, text] of Object.entries(output.files)) {
      const { owner } = output;
      WRITTEN.set(resolved[file], { owner: new WeakRef(owner), description: owner.description, text });
    }
  }
}

function targetsOf({ folder, files }: OutputFiles): { readonly [file: string]: string } {
  return Object.fromEntries(Object.keys(files).map(file => [file, path.resolve(folder, file)]));
}

function recordOf({ meshFolder }: OutputFiles): string {
  return path.posix.join(meshFolder, RECORD);
}

function recordText({ folder, meshFolder, files }: OutputFiles): string {
  const relative = (file: string) => path.relative(path.join(folder, meshFolder), path.join(folder, file));
  return Object.keys(files)
    .sort()
    .map(file => `${digest(files[file])}  ${relative(file).split(path.sep).join('/')}\n`)
    .join('');
}

/**
 * The files that the records of earlier runs list, in the folders of this run, with the contents of then. An earlier
 * run may have had another layout.
 */
function staleFiles({ folder, meshFolder }: OutputFiles): string[] {
  const places = [meshFolder, MESH_FOLDER, siblingMeshFolder(folder)].map(each => path.resolve(folder, each));
  return [...new Set(places)].flatMap(place => {
    const record = path.join(place, RECORD);
    const listed = lines(record).flatMap(line => {
      const [, expected, file] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
      const target = file === undefined ? undefined : path.resolve(place, file);
      const isOurs = target !== undefined && [path.resolve(folder), place].some(each => isInside(each, target));
      return isOurs && digest(textOf(target)) === expected ? [target] : [];
    });
    return listed.length > 0 ? [...listed, record] : [];
  });
}

function isInside(folder: string, file: string): boolean {
  return file.startsWith(folder + path.sep);
}

function lines(file: string): string[] {
  return textOf(file)?.split('\n') ?? [];
}

/** The text of a file, with the line ends of Unix, which Git may have replaced; undefined if it cannot be read. */
function textOf(file: string): string | undefined {
  try {
    return fs.lstatSync(file).isFile() ? fs.readFileSync(file, 'utf8').replace(/\r\n/g, '\n') : undefined;
  } catch {
    return undefined;
  }
}

function digest(text: string | undefined): string | undefined {
  return text === undefined ? undefined : createHash('sha256').update(text).digest('hex');
}

/** Removes a file, and the folder of it if that is empty then. */
function removeFile(file: string): void {
  fs.rmSync(file, { force: true });
  const folder = path.dirname(file);
  if (fs.readdirSync(folder).length === 0) {
    fs.rmdirSync(folder);
  }
}

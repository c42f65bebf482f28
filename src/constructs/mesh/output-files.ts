import { createHash } from 'crypto';
import * as fs from 'fs';
import * as path from 'path';
import { Files } from './files';
import { MESH_FOLDER, siblingMeshFolder } from './output-layout';
import { unwritable } from './writable';
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
  /** The folders that hold the objects of one cluster each, relative to `folder`; none in the layout FLAT. */
  readonly clusterFolders: readonly string[];
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

/** The meshes that this program wrote, as long as they are in use, and their folders. */
const WRITERS: { readonly owner: WeakRef<object>; readonly places: Places }[] = [];

/** The folders of a mesh, absolute. */
interface Places {
  readonly description: string;
  /** As the program named it. */
  readonly outdir: string;
  readonly folder: string;
  readonly meshFolder: string;
  readonly clusterFolders: readonly string[];
}

/**
 * Refuses meshes that would overwrite files of another mesh of the program, or write into a folder that is applied to a
 * cluster of it, and folders that cannot be written. Files that are the same, and those that the program removed since,
 * are not lost.
 */
export function outputRefusals(outputs: readonly OutputFiles[]): Refusal[] {
  const clashes = fileRefusals(outputs);
  return clashes.length > 0 ? clashes : [...folderRefusals(outputs), ...outputs.flatMap(unwritableRefusals)];
}

function unwritableRefusals(output: OutputFiles): Refusal[] {
  const { owner, folder, files } = output;
  return unwritable(propertyOf(owner), folder, Object.keys({ ...files, [recordOf(output)]: '' }));
}

/** The property that names the output folder, as messages name it. */
function propertyOf({ path: mesh }: OutputFiles['owner']): string {
  return mesh === '' ? 'outdir' : `${mesh}.outdir`;
}

function folderRefusals(outputs: readonly OutputFiles[]): Refusal[] {
  const owners = new Set<object>(outputs.map(({ owner }) => owner));
  const written = WRITERS.filter(({ owner, places: { meshFolder } }) => {
    const mesh = owner.deref();
    return mesh !== undefined && !owners.has(mesh) && fs.existsSync(path.join(meshFolder, RECORD));
  }).map(({ places }) => places);
  return outputs.flatMap((output, index) => {
    const own = placesOf(output);
    const others = [...outputs.slice(0, index).map(placesOf), ...written];
    const other = others.find(each => sharedFolder(own, each) !== undefined);
    return other === undefined || isWritten(output)
      ? []
      : [
        refusal('outdir-shared', {
          path: propertyOf(output.owner),
          message: `two meshes of the program would write into ${sharedFolder(own, other)}`,
          got:
              `${formatValue(output.folder)} for ${output.owner.description}, and ` +
              `${formatValue(other.outdir)} for ${other.description}`,
          allowed: 'a folder for each mesh, in no folder that another mesh writes',
          fix: 'set outdir of one of them to a folder beside that of the other',
        }),
      ];
  });
}

/** Whether another mesh wrote the same files with the same contents. */
function isWritten({ folder, files }: OutputFiles): boolean {
  return Object.keys(files).every(file => WRITTEN.get(path.resolve(folder, file))?.text === files[file]);
}

/** A folder that two meshes would write into. */
function sharedFolder(one: Places, other: Places): string | undefined {
  return writtenFolder(one, other) ?? writtenFolder(other, one);
}

/** The folder of one mesh that the other one would write into: a folder of a cluster, or that with mesh.yaml. */
function writtenFolder(one: Places, other: Places): string | undefined {
  const isIn = (folder: string, file: string) => folder === file || isInside(folder, file);
  const written = [other.folder, other.meshFolder, ...other.clusterFolders];
  const found =
    one.clusterFolders.find(folder => written.some(each => isIn(folder, each))) ??
    [one.meshFolder].find(folder => isIn(folder, other.folder));
  return found && path.relative('', found);
}

function placesOf({ owner, folder, meshFolder, clusterFolders }: OutputFiles): Places {
  const at = (each: string) => path.resolve(folder, each);
  return {
    description: owner.description,
    outdir: folder,
    folder: at(''),
    meshFolder: at(meshFolder),
    clusterFolders: clusterFolders.map(at),
  };
}

/** Refuses meshes that would overwrite files of another one. */
function fileRefusals(outputs: readonly OutputFiles[]): Refusal[] {
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
          path: propertyOf(owner),
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
    const known = WRITERS.findIndex(({ owner }) => owner.deref() === output.owner);
    const writer = { owner: new WeakRef(output.owner), places: placesOf(output) };
    WRITERS.splice(known < 0 ? WRITERS.length : known, 1, writer);
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

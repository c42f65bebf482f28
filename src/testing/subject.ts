import * as path from 'node:path';
import { withPatch } from '../cilium/minor-version';
import { CiliumVersion } from '../cilium/version';
import { isProblem } from '../diagnostics/problem';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh, readMesh } from '../evaluator/read/mesh';
import { overDisk } from '../manifests/files/disk';
import { ReadOptions } from '../manifests/files/read-folder';
import { MeshInput } from '../manifests/input';
import { meshFileIn, meshFileSources, readMeshFile } from '../manifests/mesh-input';
import { ReadingDiagnostic } from '../manifests/reading-diagnostic';
import { formatSource } from '../manifests/sources/source';

/** A mesh that statements are about, read for one version of Cilium. */
export interface Subject {
  readonly mesh: EvaluatedMesh;
  readonly input: MeshInput;
  readonly version?: CiliumVersion;
}

/** A mesh of a program: a `ClusterMesh`. Its class is in another bundle, so only this part of it is known here. */
export interface MeshProgram {
  readonly outdir: string;
  /** The files that `synth()` would write, by their path below the output folder. */
  _render(): { readonly [file: string]: string };
}

/** A mesh of manifests on disk; `meshOf(path)` reads it. */
export interface LoadedMesh {
  /** The path of its mesh.yaml. */
  readonly source: string;
}

/** A mesh that was read, evaluated once for each version. */
class ReadMesh implements LoadedMesh {
  private readonly subjects = new Map<string | undefined, Subject>();

  constructor(private readonly input: MeshInput) {}

  get source(): string {
    return this.input.source;
  }

  subject(version: CiliumVersion | undefined): Subject {
    const known = this.subjects.get(version?.text) ?? subjectOfInput(this.input, version);
    this.subjects.set(version?.text, known);
    return known;
  }
}

/**
 * The mesh of a mesh.yaml, or of a folder with one: `meshOf('dist')`. The path is relative to the working directory.
 * Throws an Error with everything that cannot be read.
 */
export function meshOf(fileOrFolder: string): LoadedMesh {
  return new ReadMesh(inputIn(meshFileIn(fileOrFolder)));
}

/**
 * The subject of a test. A program is rendered for every question, so what it gets between two questions counts; it is
 * evaluated again only if its files are others.
 */
export function subjectOf(value: unknown, ciliumVersion?: string): Subject {
  const version = ciliumVersion === undefined ? undefined : versionOf(ciliumVersion);
  if (value instanceof ReadMesh) {
    return value.subject(version);
  }
  if (!isMeshProgram(value)) {
    throw new TypeError(`the mesh must be a ClusterMesh or meshOf(path), got ${formatValue(value)}`);
  }
  const files = value._render();
  const known = EVALUATED.get(value);
  const loaded = known && isSame(known.files, files) ? known.loaded : new ReadMesh(inputOf(value.outdir, files));
  EVALUATED.set(value, { files, loaded });
  return loaded.subject(version);
}

/** Whether a value is a mesh that statements can be about. */
export function isMesh(value: unknown): boolean {
  return value instanceof ReadMesh || isMeshProgram(value);
}

/** Whether a value is a mesh of a program. */
export function isMeshProgram(value: unknown): value is MeshProgram {
  return typeof (value as MeshProgram | undefined)?._render === 'function';
}

type Files = ReturnType<MeshProgram['_render']>;

const EVALUATED = new WeakMap<MeshProgram, { readonly files: Files; readonly loaded: ReadMesh }>();

function isSame(one: Files, other: Files): boolean {
  const [names, others] = [Object.keys(one), Object.keys(other)];
  return names.length === others.length && names.every(name => one[name] === other[name]);
}

function subjectOfInput(input: MeshInput, version: CiliumVersion | undefined): Subject {
  return { mesh: readMesh(input, { version }), input, version };
}

/** The mesh of a program, as the commands would read its files. Manifests of others are on the disk already. */
function inputOf(outdir: string, files: Files): MeshInput {
  const mesh = Object.keys(files).find(file => path.basename(file) === 'mesh.yaml')!;
  return inputIn(
    path.join(outdir, mesh),
    overDisk(new Map(Object.entries(files).map(([file, text]) => [path.join(outdir, file), text]))),
  );
}

function inputIn(file: string, files?: ReadOptions['files']): MeshInput {
  const [rendered] = meshFileSources(file, files);
  if (rendered) {
    throw new TypeError(
      `${file}: ${formatSource(rendered)} must be rendered before a test can ask: render it to a folder, and name the ` +
        'folder as the source',
    );
  }
  const { input, problems } = readMeshFile(file, { files });
  refuse(problems);
  return input;
}

function versionOf(text: string): CiliumVersion {
  const version = CiliumVersion.parse(withPatch(text));
  if (!version?.traits.clusterMeshApiserver) {
    throw new TypeError(`cilium must be a version from 1.14 to 1.20, such as '1.18', got ${formatValue(text)}`);
  }
  return version;
}

function refuse(problems: readonly ReadingDiagnostic[]): void {
  if (problems.length > 0) {
    const texts = problems.map(
      ({ file, line, message, fix }) => `${file}${line === undefined ? '' : `:${line}`}: ${message}\n    fix: ${fix}`,
    );
    throw new Error(`the mesh cannot be read:\n${texts.join('\n')}`);
  }
}

/** The value of a query, or a TypeError: a name that selects nothing would make every negated statement true. */
export function named<T extends object>(found: T): Exclude<T, { readonly problem: unknown }> {
  if (isProblem(found)) {
    const { problem, fix } = found as unknown as { readonly problem: string; readonly fix: string };
    throw new TypeError(`${problem}; ${fix}`);
  }
  return found as Exclude<T, { readonly problem: unknown }>;
}

import * as fs from 'node:fs';
import * as path from 'node:path';
import { clusterInput, InputOptions, readOptions } from './cluster-input';
import { readYaml } from './documents';
import { Files } from './files/disk';
import { ExcludedPaths } from './files/exclusions';
import { CHECK_PATH, readText } from './files/text-reader';
import { IgnoreComment, ignoreComments } from './ignore-comments';
import { ClusterInput, MeshInput } from './input';
import { declaredWorkloads } from './layers/declared-workloads';
import { checkMeshFile, DeclaredCluster, ReadFile } from './mesh-structure';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { ClusterSources, readLayers } from './sources/read-layers';
import { isRendered, kindsOf, readSource, RenderedSource, SOURCE_KINDS, WrittenSource } from './sources/source';
import { isProblem } from '../diagnostics/problem';
import { formatList } from '../diagnostics/texts';

/** The sources of a mesh.yaml that programs render. A mesh.yaml with problems has none: reading it reports them. */
export function meshFileSources(file: string, files?: Files): RenderedSource[] {
  const parsed = parseMeshFile(file, files);
  return 'problems' in parsed
    ? []
    : parsed.clusters
      .flatMap(cluster => {
        const { manifests, base = [] } = clusterSources(cluster, parsed.read, []);
        return [...manifests, ...base];
      })
      .map(each => each.source)
      .filter(isRendered);
}

/** The path of a mesh file, or of the mesh file in a folder. */
export function meshFileIn(fileOrFolder: string): string {
  const candidates = ['mesh/mesh.yaml', 'mesh.yaml', 'dist/mesh/mesh.yaml', 'dist-mesh/mesh.yaml'].map(name =>
    path.join(fileOrFolder, name),
  );
  return [...candidates, meshFileBeside(fileOrFolder)].find(file => fs.existsSync(file)) ?? fileOrFolder;
}

/** The path of the mesh file beside an output folder that has a folder for each cluster: `dist-mesh/mesh.yaml`. */
export function meshFileBeside(folder: string): string {
  return path.join(`${path.join(folder, '.').replace(/[/\\]$/, '')}-mesh`, 'mesh.yaml');
}

/** The mesh of a mesh.yaml. Its paths are relative to the file. */
export function readMeshFile(
  file: string,
  options: InputOptions = {},
): { input: MeshInput; problems: ReadingDiagnostic[] } {
  const parsed = parseMeshFile(file, options.files);
  if ('problems' in parsed) {
    return { input: { source: file, clusters: [] }, problems: parsed.problems };
  }
  const { read, clusters, comments, faults: problems } = parsed;
  const patterns: unknown[] = Array.isArray(read.value?.exclude) ? read.value.exclude : [];
  const exclude = { folder: path.dirname(file), patterns: patterns.map(String) };
  const inputs = clusters.map(cluster => readCluster(cluster, read, options, exclude, problems));
  return { input: { source: file, clusters: inputs, comments }, problems: problems.map(withRelativePaths) };
}

/** Paths that mesh.yaml names lead to nothing if they are written relative to another folder. */
function withRelativePaths(problem: ReadingDiagnostic): ReadingDiagnostic {
  return problem.fix === CHECK_PATH
    ? { ...problem, fix: `${CHECK_PATH}; paths in mesh.yaml are relative to mesh.yaml` }
    : problem;
}

/** The parts of a mesh.yaml. */
interface MeshFileParts {
  readonly read: ReadFile;
  readonly clusters: DeclaredCluster[];
  readonly comments: readonly IgnoreComment[];
  readonly faults: ReadingDiagnostic[];
}

function parseMeshFile(file: string, files?: Files): MeshFileParts | { readonly problems: ReadingDiagnostic[] } {
  const text = readText(file, files);
  if (isProblem(text)) {
    return { problems: [text.problem] };
  }
  const { value, problems, line } = readYaml(text.text, file);
  if (problems.length > 0) {
    return { problems };
  }
  const read: ReadFile = { file, value, line };
  const { clusters, problems: faults } = checkMeshFile(read);
  return { read, clusters, comments: ignoreComments(text.text, file), faults };
}

function readCluster(
  declared: DeclaredCluster,
  mesh: ReadFile,
  options: InputOptions,
  exclude: ExcludedPaths,
  problems: ReadingDiagnostic[],
): ClusterInput {
  const { settings, path: place } = declared;
  const folder = path.dirname(mesh.file);
  const contents = readLayers(
    clusterSources(declared, mesh, problems),
    options.renderings ?? new Map(),
    readOptions(options, exclude),
    problems,
  );
  const input = clusterInput(
    contents,
    {
      settings,
      ...(settings.values === undefined ? {} : { values: beside(folder, settings.values) }),
      declared: { file: mesh.file, line: field => mesh.line(field ? `${place}.${field}` : place) },
      declaredWorkloads: manifests =>
        declaredWorkloads(settings, manifests, index => ({
          file: mesh.file,
          line: () => mesh.line(`${place}.workloads[${index}]`),
        })),
    },
    problems,
    options.files,
  );
  return settings.kind === undefined
    ? input
    : { ...input, kindConfiguration: readKindConfiguration(beside(folder, settings.kind), options.files) };
}

/** The sources that name exactly one kind; the others are problems. */
function clusterSources(
  { settings, path: place }: DeclaredCluster,
  { file, line }: ReadFile,
  problems: ReadingDiagnostic[],
): ClusterSources {
  const folder = path.dirname(file);
  const placed = (field: string, all: readonly WrittenSource[]) =>
    all.flatMap((written, index) => {
      const at = `${place}.${field}[${index}]`;
      const kinds = typeof written === 'string' ? [] : kindsOf(written);
      if (typeof written !== 'string' && kinds.length !== 1) {
        problems.push(
          readingDiagnostic('source-kind', {
            file,
            line: line(at),
            path: at,
            message: `${at} must name one of ${formatList(SOURCE_KINDS)}`,
            got: kinds.length === 0 ? 'none' : kinds.join(', '),
            fix: 'write each source as an item of its own',
          }),
        );
        return [];
      }
      const source = readSource(written, folder, each => beside(folder, each));
      return [{ source, place: { file, line: () => line(at) } }];
    });
  const { name, manifests, base, prune } = settings;
  return {
    name,
    manifests: placed('manifests', manifests),
    ...(base ? { base: placed('base', base) } : {}),
    ...(prune === undefined ? {} : { prune: { text: prune, place: { file, line: () => line(`${place}.prune`) } } }),
  };
}

/** The kind configuration, for the names and labels of nodes. The commands that use the file report its problems. */
function readKindConfiguration(file: string, files: Files | undefined): unknown {
  const text = readText(file, files);
  return 'problem' in text ? undefined : readYaml(text.text, file).value;
}

function beside(folder: string, file: string): string {
  return path.isAbsolute(file) ? file : path.join(folder, file);
}

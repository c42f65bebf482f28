import * as path from 'node:path';
import { readYaml } from './documents';
import { ExcludedPaths, FolderContents, readFolder, ReadOptions, readText } from './files';
import { helmValues } from './helm-values';
import { ignoreComments } from './ignore-comments';
import { ClusterInput, HelmValues, MeshInput } from './input';
import { checkMeshFile, DeclaredCluster, ReadFile } from './mesh-structure';
import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { didYouMean } from '../diagnostics/did-you-mean';
import { isProblem } from '../diagnostics/problem';
import { formatList, formatValue } from '../diagnostics/texts';
import { MeshFileCluster } from '../model/mesh-file';

/** A cluster of the argument `--cluster NAME=PATH`. */
export interface ClusterArgument {
  readonly name: string;
  readonly path: string;
}

/** How to read the folders of manifests. */
export interface InputOptions {
  readonly exclude?: readonly ExcludedPaths[];
  /** Leaves out invalid documents that may contain what matters, and reads the rest. */
  readonly keepGoing?: boolean;
}

/** The mesh of a mesh.yaml. Its paths are relative to the file. */
export function readMeshFile(
  file: string,
  options: InputOptions = {},
): { input: MeshInput; problems: ReadingDiagnostic[] } {
  const text = readText(file);
  if (isProblem(text)) {
    return { input: { source: file, clusters: [] }, problems: [text.problem] };
  }
  const { value, problems: faults, line } = readYaml(text.text, file);
  if (faults.length > 0) {
    return { input: { source: file, clusters: [] }, problems: faults };
  }
  const read: ReadFile = { file, value, line };
  const { clusters, problems } = checkMeshFile(read);
  const patterns: unknown[] = Array.isArray(value?.exclude) ? value.exclude : [];
  const exclude = [{ folder: path.dirname(file), patterns: patterns.map(String) }];
  const inputs = clusters.map(cluster => readCluster(cluster, read, readOptions(options, exclude), problems));
  return { input: { source: file, clusters: inputs, comments: ignoreComments(text.text, file) }, problems };
}

/** The mesh of the arguments; clusters get the IDs 1, 2, and so on in their order. */
export function readClusterArguments(
  clusters: readonly ClusterArgument[],
  options: InputOptions & {
    readonly values?: ReadonlyArray<{ readonly name: string; readonly file: string }>;
  } = {},
): { input: MeshInput; problems: ReadingDiagnostic[] } {
  const problems: ReadingDiagnostic[] = [];
  const inputs = clusters.map(({ name, path: manifests }, index): ClusterInput => {
    const file = `--cluster ${name}=${manifests}`;
    if (clusters.findIndex(other => other.name === name) < index) {
      problems.push(
        readingDiagnostic('mesh-cluster-duplicate', {
          file,
          message: `duplicate cluster ${formatValue(name)}`,
          got: name,
          fix: 'rename one of the two clusters',
        }),
      );
    }
    const values = options.values?.find(each => each.name === name)?.file;
    const settings: MeshFileCluster = {
      name,
      id: index + 1,
      manifests: [manifests],
      ...(values === undefined ? {} : { values }),
    };
    return {
      name,
      id: settings.id,
      ...readAll([manifests], readOptions(options), problems),
      values: values === undefined ? undefined : readValues(values, problems),
      settings,
      declared: { file, line: () => 1 },
    };
  });
  const names = clusters.map(each => each.name);
  for (const { name, file } of (options.values ?? []).filter(each => !names.includes(each.name))) {
    problems.push(
      readingDiagnostic('values-cluster', {
        file: `--values ${name}=${file}`,
        message: `unknown cluster ${formatValue(name)}${didYouMean(name, names)}`,
        got: name,
        fix: `write one of ${formatList([...new Set(names)])}`,
      }),
    );
  }
  const source = clusters.map(({ name, path: manifests }) => `--cluster ${name}=${manifests}`).join(' ');
  return { input: { source, clusters: inputs, fromArguments: true }, problems };
}

function readCluster(
  { settings, path: place }: DeclaredCluster,
  mesh: ReadFile,
  options: ReadOptions,
  problems: ReadingDiagnostic[],
): ClusterInput {
  const folder = path.dirname(mesh.file);
  return {
    name: settings.name,
    id: settings.id,
    ...readAll(
      settings.manifests.map(each => beside(folder, each)),
      options,
      problems,
    ),
    values: settings.values === undefined ? undefined : readValues(beside(folder, settings.values), problems),
    ...(settings.kind === undefined ? {} : { kindConfiguration: readKindConfiguration(beside(folder, settings.kind)) }),
    settings,
    declared: { file: mesh.file, line: field => mesh.line(field ? `${place}.${field}` : place) },
  };
}

function readAll(
  paths: readonly string[],
  options: ReadOptions,
  problems: ReadingDiagnostic[],
): Pick<ClusterInput, 'manifests' | 'notes' | 'comments' | 'files' | 'kustomized'> {
  const read = paths.map(each => readFolder(each, options));
  read.forEach(each => each.problems.forEach(problem => problems.push(problem)));
  const sum = (count: (files: FolderContents['files']) => number) =>
    read.reduce((total, each) => total + count(each.files), 0);
  return {
    manifests: read.flatMap(each => each.manifests),
    notes: read.flatMap(each => each.notes),
    comments: read.flatMap(each => each.comments),
    files: { read: sum(each => each.read), excluded: sum(each => each.excluded) },
    kustomized: new Set(read.flatMap(each => [...each.kustomized])),
  };
}

function readOptions({ exclude = [], keepGoing }: InputOptions, others: ReadOptions['exclude'] = []): ReadOptions {
  return { exclude: [...exclude, ...others], keepGoing };
}

function readValues(file: string, problems: ReadingDiagnostic[]): HelmValues | undefined {
  const text = readText(file);
  if (isProblem(text)) {
    problems.push(text.problem);
    return undefined;
  }
  const values = helmValues(text.text, file, problems);
  return values && { ...values, comments: ignoreComments(text.text, file) };
}

/** The kind configuration, for the names and labels of nodes. The commands that use the file report its problems. */
function readKindConfiguration(file: string): unknown {
  const text = readText(file);
  return 'problem' in text ? undefined : readYaml(text.text, file).value;
}

function beside(folder: string, file: string): string {
  return path.isAbsolute(file) ? file : path.join(folder, file);
}

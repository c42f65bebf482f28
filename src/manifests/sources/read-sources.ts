import { helmOrigins, kustomizeOrigins, Origin, wholeFile } from './origins';
import { RenderedManifest } from './rendered-manifest';
import { isFailure, Rendered, Renderings } from './rendering';
import { formatSource, RenderedSource, Source, sourceKey } from './source';
import { withDefaultNamespace } from '../../cilium/cluster-scoped-kinds';
import { changedFiles } from '../delivery/changed-files';
import { readManifests, readYaml } from '../documents';
import { ClusterExtents, clusterExtents } from '../extent/extents';
import { excludedFiles, ExcludedPaths } from '../files/exclusions';
import { FolderContents, readFolder, ReadOptions } from '../files/read-folder';
import { readText } from '../files/text-reader';
import { ignoreComments } from '../ignore-comments';
import { leftOut } from '../ignored-problem';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';

/** A source, and the place that names it. */
export interface PlacedSource {
  readonly source: Exclude<Source, { readonly kind: 'snapshot' }>;
  readonly place: Origin;
}

/** What sources contain, and where objects can be that are not built. */
export type SourcesContents = Omit<FolderContents, 'manifests' | 'realPaths' | 'kustomizations' | 'folders'> &
  ClusterExtents;

/** Reads the objects of sources, in their order. */
export function readSources(
  sources: readonly PlacedSource[],
  renderings: Renderings,
  options: ReadOptions,
): SourcesContents {
  const read = eachFileOnce(
    sources.map(({ source, place }) =>
      source.kind === 'path' ? readFolder(source.path, options) : readRendered(source, place, renderings, options),
    ),
  );
  const sum = (count: (files: FolderContents['files']) => number) =>
    read.reduce((total, each) => total + count(each.files), 0);
  const realPaths = new Map(read.flatMap(each => [...each.realPaths]));
  const kustomizations = read.flatMap(each => each.kustomizations);
  const extents = clusterExtents({
    manifests: read.flatMap(each => each.manifests),
    notes: read.flatMap(each => each.notes),
    kustomizations,
    realPaths,
    folders: read.flatMap(each => each.folders),
    value: file => valueOf(file, options),
  });
  return {
    ...extents,
    problems: read.flatMap(each => each.problems),
    comments: read.flatMap(each => each.comments),
    files: { read: sum(each => each.read), excluded: sum(each => each.excluded) },
    kustomized: new Set([...read.flatMap(each => [...each.kustomized]), ...changedFiles(extents.manifests, realPaths)]),
  };
}

/** A file that several sources contain, or links to it, is one file: that of the first source. */
function eachFileOnce(all: readonly FolderContents[]): FolderContents[] {
  const names = new Map<string, string>();
  const reported = new Set<string>();
  return all.map(contents => {
    const { realPaths, files } = contents;
    const nameOf = (file: string) => names.get(realPaths.get(file) ?? '') ?? file;
    const isOwn = ({ file }: { readonly file: string }) => nameOf(file) === file;
    const isNew = (each: ReadingDiagnostic) => isOwn(each) && !reported.has(keyOf(each));
    const own = [...realPaths].filter(([file]) => isOwn({ file }));
    const once: FolderContents = {
      manifests: contents.manifests.filter(isOwn),
      problems: contents.problems.filter(isNew),
      notes: contents.notes.filter(isNew),
      comments: contents.comments.filter(isOwn),
      files: { ...files, read: files.read - realPaths.size + own.length },
      kustomized: new Set([...contents.kustomized].map(nameOf)),
      realPaths: new Map(own),
      kustomizations: contents.kustomizations.filter(isOwn).map(each => ({
        ...each,
        applies: each.applies.map(nameOf),
        components: each.components.map(nameOf),
        files: each.files.map(nameOf),
        beside: each.beside.map(nameOf),
      })),
      folders: contents.folders,
    };
    own.forEach(([file, real]) => names.set(real, file));
    [...once.problems, ...once.notes].forEach(each => reported.add(keyOf(each)));
    return once;
  });
}

function keyOf({ code, file, line, message }: ReadingDiagnostic): string {
  return JSON.stringify([code, file, line, message]);
}

function readRendered(
  source: RenderedSource,
  place: Origin,
  renderings: Renderings,
  { keepGoing, exclude = [] }: ReadOptions,
): FolderContents {
  const rendering = renderings.get(sourceKey(source));
  if (rendering === undefined) {
    throw new Error(`${formatSource(source)} must be rendered before it is read`);
  }
  const contents = {
    manifests: [],
    problems: [],
    notes: [],
    comments: [],
    files: { read: 1, excluded: 0 },
    kustomized: new Set<string>(),
    realPaths: new Map<string, string>(),
    kustomizations: [],
    folders: [],
  };
  if (isFailure(rendering)) {
    const { code, ...rest } = rendering;
    const problem = readingDiagnostic(code, { file: place.file, line: place.line(), ...rest });
    return keepGoing ? { ...contents, notes: [leftOut(problem)] } : { ...contents, problems: [problem] };
  }
  const name = formatSource(source);
  const find = originsOf(source, rendering);
  const fallback = fallbackOf(source, rendering, place);
  const read = readManifests(rendering.text, name);
  const placed = ({ line, ...diagnostic }: ReadingDiagnostic): ReadingDiagnostic => ({
    ...diagnostic,
    file: fallback.file,
    line: fallback.line(),
    message: `${diagnostic.message} (line ${line ?? 1} of what ${name} renders)`,
  });
  return {
    ...contents,
    comments: rendering.files.flatMap(file => ignoreComments(textOf(file) ?? '', file)),
    manifests: read.manifests.map(each => {
      const object = source.kind === 'helm' ? withDefaultNamespace(each.object, source.namespace) : each.object;
      return new RenderedManifest(each, object, name, find, fallback);
    }),
    notes: [
      ...excludedInputs(name, rendering, exclude, place),
      ...read.notes.map(placed),
      ...(keepGoing ? read.problems.map(each => leftOut(placed(each))) : []),
    ],
    problems: keepGoing ? [] : read.problems.map(placed),
  };
}

/** A program renders its files as a whole, and its output has no paths that patterns could match. */
function excludedInputs(
  name: string,
  { files }: Rendered,
  exclude: readonly ExcludedPaths[],
  place: Origin,
): ReadingDiagnostic[] {
  const [first, ...more] = excludedFiles(files, exclude);
  const others = more.length === 0 ? '' : ` and ${more.length} more ${more.length === 1 ? 'file' : 'files'}`;
  return first === undefined
    ? []
    : [
      readingDiagnostic('exclude-without-effect', {
        file: place.file,
        line: place.line(),
        message:
          `${name} contains ${first}${others} all the same: an exclusion has no effect on what a program renders`,
        fix: `leave ${more.length === 0 ? 'it' : 'them'} out where the source names its files, or change the pattern`,
      }),
    ];
}

function originsOf(source: RenderedSource, { text, files }: Rendered): ReturnType<typeof helmOrigins> {
  switch (source.kind) {
    case 'helm':
      return source.isRemote ? () => undefined : helmOrigins(text, source.chart, textOf);
    case 'kustomize':
    case 'flux':
      return kustomizeOrigins(files, textOf);
    case 'command':
      return () => undefined;
  }
}

/** The place of an object whose origin is unknown: the file that says how to build it. */
function fallbackOf(source: RenderedSource, { files }: Rendered, place: Origin): Origin {
  const folder = (path: string) => path.replace(/\/+$/, '');
  const candidates =
    source.kind === 'helm'
      ? [`${folder(source.chart)}/Chart.yaml`]
      : source.kind === 'kustomize'
        ? ['yaml', 'yml'].map(end => `${folder(source.folder)}/kustomization.${end}`)
        : source.kind === 'flux'
          ? [source.kustomization]
          : [];
  const found = candidates.find(each => files.some(file => sameFile(file, each)));
  return found === undefined ? { file: place.file, line: () => place.line() } : wholeFile(found);
}

function sameFile(one: string, other: string): boolean {
  const plain = (file: string) => file.replace(/^(\.\/)+/, '').replace(/\/+/g, '/');
  return plain(one) === plain(other);
}

function textOf(file: string): string | undefined {
  const read = readText(file);
  return 'text' in read ? read.text : undefined;
}

/** The value of a file of a folder that is read. */
function valueOf(file: string, { files }: ReadOptions): { readonly value: unknown } | undefined {
  const text = readText(file, files);
  const read = 'text' in text ? readYaml(text.text, file) : undefined;
  return read === undefined || read.problems.length > 0 ? undefined : { value: read.value };
}

import { isRefused, Refused } from './not-built';
import { fill, lookUp, Parameters } from './template';
import { isMap } from '../../diagnostics/is-map';

/** A cluster that Argo CD knows. */
export interface ArgoCluster {
  readonly name: string;
  readonly server: string;
  readonly labels: { readonly [key: string]: string };
  readonly annotations: { readonly [key: string]: string };
}

/** The cluster that Argo CD itself runs in. */
export const IN_CLUSTER: ArgoCluster = {
  name: 'in-cluster',
  server: 'https://kubernetes.default.svc',
  labels: {},
  annotations: {},
};

/** What generators read: the clusters in Secrets of the tree, and its files. */
export interface ArgoTree {
  readonly clusters: readonly ArgoCluster[];
  readonly files: readonly string[];
  /**
   * Its folders.
   * @default - those of its files
   */
  readonly folders?: readonly string[];
  /** Whether a repository is the tree. */
  isTree(url: string): boolean;
  /** The value of a file of YAML or JSON; undefined if it is invalid. */
  value(file: string): { readonly value: unknown } | undefined;
}

/** The parameters of a generator of an ApplicationSet, or why they are unknown (argo-cd, applicationset/generators). */
export function parametersOf(generator: any, tree: ArgoTree, isGo: boolean): readonly Parameters[] | Refused {
  const kinds = Object.keys(generator ?? {});
  const [kind] = kinds;
  const { template, elementsYaml, flatList, ...fields } = generator?.[kind] ?? {};
  if (kinds.length !== 1 || !(kind in GENERATORS)) {
    return { reason: 'generator', detail: kinds.join(', ') };
  }
  return template !== undefined || elementsYaml !== undefined || flatList !== undefined
    ? { reason: 'generator', detail: `${kind} with a template, elementsYaml or flatList` }
    : GENERATORS[kind](fields, tree, isGo);
}

type Generator = (fields: any, tree: ArgoTree, isGo: boolean) => readonly Parameters[] | Refused;

const GENERATORS: { readonly [kind: string]: Generator } = Object.assign(Object.create(null), {
  list: ({ elements }: any) => elements ?? [],
  clusters: clusterParameters,
  git: gitParameters,
  matrix: matrixParameters,
  merge: mergeParameters,
});

function clusterParameters(
  { selector, values = {} }: any,
  { clusters }: ArgoTree,
  isGo: boolean,
): readonly Parameters[] | Refused {
  if (clusters.length === 0) {
    return { reason: 'clusters-unknown', detail: 'clusters' };
  }
  const matches = matcher(selector);
  if ('reason' in matches) {
    return matches;
  }
  // without a selector, the cluster of Argo CD itself is one of them (applicationset/generators/cluster.go)
  const isEverything = Object.keys(selector ?? {}).length === 0;
  const hasOwn = clusters.some(({ server }) => server === IN_CLUSTER.server);
  const chosenClusters = [...clusters, ...(isEverything && !hasOwn ? [IN_CLUSTER] : [])].filter(matches.matches);
  return withValues(
    chosenClusters.map(({ name, server, labels, annotations }) => ({
      name,
      nameNormalized: normalized(name),
      server,
      metadata: { labels, annotations },
    })),
    values,
    isGo,
  );
}

/** Parameters with values, which may use the others. */
function withValues(all: readonly Parameters[], values: unknown, isGo: boolean): readonly Parameters[] | Refused {
  const template = JSON.stringify(values);
  const result: Parameters[] = [];
  for (const parameters of all) {
    const text = fill(template, parameters, { isGo });
    if (typeof text !== 'string') {
      return text;
    }
    result.push({ ...parameters, values: JSON.parse(text) });
  }
  return result;
}

function matcher(selector: any): { matches(cluster: ArgoCluster): boolean } | Refused {
  const { matchLabels = {}, matchExpressions = [], ...others } = selector ?? {};
  const unknown = matchExpressions.find((each: any) => !['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(each?.operator));
  if (unknown !== undefined || Object.keys(others).length > 0) {
    return { reason: 'unsupported', detail: 'clusters.selector' };
  }
  return {
    matches: ({ labels }) =>
      Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
      matchExpressions.every(({ key, operator, values = [] }: any) => {
        const has = labels[key] !== undefined;
        return operator === 'Exists'
          ? has
          : operator === 'DoesNotExist'
            ? !has
            : (operator === 'In') === (has && values.includes(labels[key]));
      }),
  };
}

/** Folders or files of the tree (applicationset/generators/git.go). */
function gitParameters(
  { repoURL, directories = [], files = [], values = {}, pathParamPrefix }: any,
  tree: ArgoTree,
  isGo: boolean,
): readonly Parameters[] | Refused {
  if (typeof repoURL !== 'string' || !tree.isTree(repoURL)) {
    return typeof repoURL === 'string'
      ? { reason: 'other-source', detail: repoURL }
      : { reason: 'generator', detail: 'git without repoURL' };
  }
  const all: Parameters[] = [];
  const ofFolders = directories.length > 0;
  const places = ofFolders
    ? chosen(visible(tree.folders ?? foldersOf(tree.files)), directories, folderPattern)
    : chosen(tree.files, files, filePattern);
  for (const each of places) {
    const read = ofFolders ? { value: {} } : tree.value(each);
    const contents = Array.isArray(read?.value) ? read.value : [read?.value ?? {}];
    if (read === undefined || !contents.every(isMap)) {
      return { reason: 'render-failed', detail: `${each} is invalid` };
    }
    const own = placeParameters(each, ofFolders, pathParamPrefix, isGo);
    contents.forEach(content => all.push({ ...content, ...own }));
  }
  return directories.length + files.length === 0
    ? { reason: 'generator', detail: 'git without directories and files' }
    : withValues(all, values, isGo);
}

/** The parameters of a folder, or of a file and its folder. */
function placeParameters(place: string, isFolder: boolean, prefix: string | undefined, isGo: boolean): Parameters {
  const folder = isFolder ? place : (/^(.*)\//.exec(place)?.[1] ?? '.');
  const base = (file: string) => file.slice(file.lastIndexOf('/') + 1);
  const names = {
    basename: base(folder),
    basenameNormalized: normalized(base(folder)),
    ...(isFolder ? {} : { filename: base(place), filenameNormalized: normalized(base(place)) }),
  };
  const segments = folder.split('/');
  if (isGo) {
    const own = { path: { path: folder, ...names, segments } };
    return prefix ? { [prefix]: own } : own;
  }
  const key = prefix ? `${prefix}.path` : 'path';
  return {
    [key]: folder,
    ...Object.fromEntries(Object.entries(names).map(([name, value]) => [`${key}.${name}`, value])),
    ...Object.fromEntries(segments.map((segment, index) => [`${key}[${index}]`, segment])),
  };
}

/** Places that a pattern includes and none excludes. */
function chosen(places: readonly string[], patterns: readonly any[], compile: (text: string) => RegExp): string[] {
  const compiled = patterns.map(({ path, exclude }) => ({ pattern: compile(String(path)), exclude: exclude === true }));
  const matches = (place: string, exclude: boolean) =>
    compiled.some(each => each.exclude === exclude && each.pattern.test(place));
  return places.filter(each => matches(each, false) && !matches(each, true));
}

/** All folders with files. */
function foldersOf(files: readonly string[]): string[] {
  const folders = files.flatMap(file => {
    const names = file.split('/').slice(0, -1);
    return names.map((_, index) => names.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}

/** Folders without those whose name begins with a dot (reposerver, GetGitDirectories). */
function visible(folders: readonly string[]): string[] {
  return folders.filter(each => !/(^|\/)\./.test(each));
}

/** As Go's `path.Match`: an asterisk matches no slash. */
function folderPattern(glob: string): RegExp {
  return globPattern(glob, '[^/]*', '[^/]', '');
}

/** As `git ls-files`: an asterisk matches slashes too, and a folder all files below it. */
function filePattern(glob: string): RegExp {
  return globPattern(glob, '.*', '.', /[*?[]/.test(glob) ? '' : '(?:/.*)?');
}

function globPattern(glob: string, any: string, one: string, end: string): RegExp {
  const text = glob.replace(/\*+|\?|\[[^\]/]+\]|[^]/g, part =>
    part.startsWith('*')
      ? any
      : part === '?'
        ? one
        : part.length > 1
          ? part.replace(/^\[[!^]/, '[^').replace(/\\/g, '\\\\')
          : part.replace(/[.+^$()|[\]\\{}]/, '\\$&'),
  );
  try {
    return new RegExp(`^${text}${end}$`);
  } catch {
    // a range from its end to its beginning, which matches nothing (matchChunk of Go's path package)
    return /(?!)/;
  }
}

const MAX_PARAMETERS = 10_000;

/** All pairs of two generators; the second one may use the parameters of the first (matrix.go). */
function matrixParameters({ generators = [] }: any, tree: ArgoTree, isGo: boolean): readonly Parameters[] | Refused {
  if (generators.length !== 2) {
    return { reason: 'generator', detail: 'matrix without two generators' };
  }
  const firsts = parametersOf(generators[0], tree, isGo);
  if (isRefused(firsts)) {
    return firsts;
  }
  const all: Parameters[] = [];
  for (const first of firsts) {
    const text = fill(JSON.stringify(generators[1]), first, { isGo, keepsUnknown: true });
    const seconds = typeof text === 'string' ? parametersOf(JSON.parse(text), tree, isGo) : text;
    if (isRefused(seconds)) {
      return seconds;
    }
    if (all.length + seconds.length > MAX_PARAMETERS) {
      return { reason: 'generator', detail: `matrix with more than ${MAX_PARAMETERS} elements` };
    }
    for (const second of seconds) {
      const conflict = isGo ? undefined : conflictOf(first, second, '');
      if (conflict !== undefined) {
        return { reason: 'generator', detail: `matrix with two values of ${conflict}` };
      }
      all.push(merged(second, first, isGo));
    }
  }
  return all;
}

/** The parameters of the first generator, with those of others that have the same values of some keys (merge.go). */
function mergeParameters(
  { generators = [], mergeKeys = [] }: any,
  tree: ArgoTree,
  isGo: boolean,
): readonly Parameters[] | Refused {
  if (generators.length < 2 || mergeKeys.length === 0) {
    return { reason: 'generator', detail: 'merge without generators or mergeKeys' };
  }
  const keyOf = (each: Parameters) =>
    JSON.stringify(mergeKeys.map((key: string) => (isGo ? each[key] : lookUp(each, key.split('.'))) ?? null));
  let result: ReadonlyMap<string, Parameters> | undefined;
  for (const generator of generators) {
    const parameters = parametersOf(generator, tree, isGo);
    if (isRefused(parameters)) {
      return parameters;
    }
    const byKey = new Map(parameters.map(each => [keyOf(each), each]));
    if (byKey.size < parameters.length) {
      return { reason: 'generator', detail: 'merge with equal keys in one generator' };
    }
    result =
      result === undefined
        ? byKey
        : new Map([...result].map(([key, base]) => [key, merged(base, byKey.get(key) ?? {}, isGo)]));
  }
  return [...result!.values()];
}

/** Merges parameters; values of `over` take precedence, for Go templates except empty ones (mergo.WithOverride). */
function merged(base: Parameters, over: Parameters, isGo: boolean): Parameters {
  const result: { [key: string]: any } = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const own = Object.prototype.hasOwnProperty.call(base, key) ? base[key] : undefined;
    result[key] = isMap(own) && isMap(value)
      ? merged(own, value, isGo)
      : own === undefined || !isGo || !isEmpty(value)
        ? value
        : own;
  }
  return result;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

/** A key with two different values. */
function conflictOf(one: Parameters, other: Parameters, path: string): string | undefined {
  for (const [key, value] of Object.entries(one)) {
    if (Object.prototype.hasOwnProperty.call(other, key)) {
      const [where, second] = [`${path}${key}`, other[key]];
      const conflict =
        isMap(value) && isMap(second)
          ? conflictOf(value, second, `${where}.`)
          : JSON.stringify(value) === JSON.stringify(second)
            ? undefined
            : where;
      if (conflict !== undefined) {
        return conflict;
      }
    }
  }
  return undefined;
}

/** A name as Kubernetes allows it (SanitizeName). */
function normalized(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9.-]/g, '-').replace(/^[-.]+|[-.]+$/g, '');
}

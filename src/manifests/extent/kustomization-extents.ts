import { isClusterScoped } from '../../cilium/cluster-scoped-kinds';
import { policyKindOf } from '../../cilium/policy-kinds';
import { KustomizationNode } from '../kustomization-tree';
import { mayMatter } from '../relevance';

/** How Flux, Argo CD or a person applies what a kustomization builds. */
export interface Applier {
  /** The namespace of all objects. */
  readonly namespace?: string;
  /** The namespace of objects without one. */
  readonly fallback?: string;
  /** Whether it gives other namespaces to objects. */
  readonly movesObjects?: boolean;
}

/** Where objects can be that are written in files, and that programs build before they apply them. */
export interface Extents {
  /** By the files of kustomizations: the namespaces of their objects; undefined where they can be in any. */
  readonly namespaces: ReadonlyMap<string, readonly string[] | undefined>;
  /** By the files of objects: the namespaces that objects get which write none; undefined is none that is known. */
  readonly placements: ReadonlyMap<string, ReadonlySet<string | undefined>>;
  /** The files that the kustomizations of appliers apply. */
  readonly applied: ReadonlyMap<Applier, ReadonlySet<string>>;
}

/**
 * In which namespaces the objects of kustomizations can be. Each namespace is that of an object as its file writes it,
 * or one that a kustomization sets: kustomize replaces those of all objects, and so does each one around it.
 *
 * They can be in any namespace if
 *
 * - a kustomization cannot be read, or nothing leads to it (a circle);
 * - it has objects of remote bases, plugins or files that are not read, and nothing sets their namespace. Charts write
 *   objects into the namespace of their release, or without one;
 * - it gives namespaces to objects in another way: transformers, patches, replacements;
 * - an object that matters writes no namespace, and nothing sets one.
 */
export function kustomizationExtents(
  nodes: readonly KustomizationNode[],
  appliers: ReadonlyMap<string, readonly Applier[]>,
  objectsOf: (file: string) => readonly any[],
): Extents {
  const byFile = new Map(nodes.map(each => [each.file, each]));
  const applied = new Set(nodes.flatMap(each => each.applies));
  const walks = nodes.flatMap(node => {
    const known = appliers.get(node.file) ?? [];
    const alone: Applier[] = known.length > 0 || applied.has(node.file) ? [] : [{}];
    return [...known, ...alone].map(applier => walk(node, applier, byFile));
  });
  const placements = new Map<string, Set<string | undefined>>();
  const filesOf = new Map<Applier, Set<string>>();
  for (const { applier, files } of walks) {
    for (const [file, namespaces] of files) {
      const known = placements.get(file) ?? new Set();
      namespaces.forEach(each => known.add(each));
      placements.set(file, known);
    }
    filesOf.set(applier, new Set([...(filesOf.get(applier) ?? []), ...files.keys()]));
  }
  const ofWalks = new Map(walks.map(each => [each, namespacesOfWalk(each, byFile, objectsOf)]));
  return {
    namespaces: new Map(
      nodes.map(({ file }) => {
        const through = walks.filter(each => each.nodes.has(file)).map(each => ofWalks.get(each));
        return [file, through.length === 0 ? undefined : union(through)];
      }),
    ),
    placements,
    applied: filesOf,
  };
}

/** The namespaces of all; undefined if one of them can be any. */
export function union(all: ReadonlyArray<readonly string[] | undefined>): readonly string[] | undefined {
  return all.includes(undefined) ? undefined : [...new Set((all as ReadonlyArray<readonly string[]>).flat())].sort();
}

/**
 * The namespaces of the objects of a file as it writes them; `default` for those that write none, and an empty one for
 * policies of the whole cluster. Undefined if a variable stands for one.
 */
export function writtenNamespaces(objects: readonly any[]): readonly string[] | undefined {
  const namespaces = objects.filter(matters).flatMap(object => {
    const { kind, metadata } = object;
    return kind === 'Namespace'
      ? [metadata.name]
      : isClusterScoped(kind)
        ? policyKindOf(object)
          ? ['']
          : []
        : [metadata.namespace ?? 'default'];
  });
  // a name that no API server accepts, such as `_`, is there for a kustomization to replace it
  return namespaces.some(each => /[${}<>()]/.test(each)) ? undefined : namespaces;
}

/** Whether an object gets its namespace from what applies it, and matters. */
export function lacksNamespace(object: any): boolean {
  return matters(object) && !isClusterScoped(object.kind) && !object.metadata.namespace;
}

function matters({ kind }: any): boolean {
  return mayMatter(`kind: ${kind}`);
}

/** What a kustomization applies, itself or through others. */
interface Walk {
  readonly applier: Applier;
  readonly nodes: Set<string>;
  /** The files, each with the namespaces that its objects get if they write none. */
  readonly files: Map<string, Set<string | undefined>>;
  /** The namespaces that are set. */
  readonly set: Set<string>;
  isUnknown: boolean;
}

function walk(top: KustomizationNode, applier: Applier, byFile: ReadonlyMap<string, KustomizationNode>): Walk {
  const found: Walk = {
    applier,
    nodes: new Set(),
    files: new Map(),
    set: new Set([applier.namespace, applier.fallback].filter(each => each !== undefined)),
    isUnknown: applier.movesObjects ?? false,
  };
  const seen = new Set<string>();
  const visit = (node: KustomizationNode, around: string | undefined) => {
    const key = JSON.stringify([node.file, around]);
    if (seen.has(key)) {
      return;
    }
    seen.add(key);
    found.nodes.add(node.file);
    const own = setBy(node, byFile);
    own.forEach(each => found.set.add(each));
    const namespace = around ?? own[0];
    const ofCharts = namespace ?? applier.fallback;
    if (
      node.movesObjects ||
      (node.addsAnything && namespace === undefined) ||
      (node.charts.length > 0 && ofCharts === undefined)
    ) {
      found.isUnknown = true;
    }
    if (namespace === undefined) {
      node.charts.forEach(each => found.set.add(each));
    }
    if (node.addsAnything) {
      // a policy of the whole cluster has no namespace
      found.set.add('');
    }
    for (const file of node.files) {
      const placed = found.files.get(file) ?? new Set();
      found.files.set(file, placed.add(namespace ?? applier.fallback));
    }
    node.applies.flatMap(each => byFile.get(each) ?? []).forEach(each => visit(each, namespace));
  };
  visit(top, applier.namespace);
  return found;
}

/** The namespaces that a kustomization or its components set, that which is set last first. */
function setBy(
  { namespace, components }: KustomizationNode,
  byFile: ReadonlyMap<string, KustomizationNode>,
  seen: readonly string[] = [],
): string[] {
  const ofComponents = components
    .filter(each => !seen.includes(each))
    .flatMap(each => byFile.get(each) ?? [])
    .reverse()
    .flatMap(each => setBy(each, byFile, [...seen, each.file]));
  return [...(namespace === undefined ? [] : [namespace]), ...ofComponents];
}

function namespacesOfWalk(
  { nodes, files, set, isUnknown }: Walk,
  byFile: ReadonlyMap<string, KustomizationNode>,
  objectsOf: (file: string) => readonly any[],
): readonly string[] | undefined {
  const isBare = [...files].some(([file, placed]) => placed.has(undefined) && objectsOf(file).some(lacksNamespace));
  const beside = [...nodes].flatMap(each => byFile.get(each)?.beside ?? []);
  return isUnknown || isBare
    ? undefined
    : union([[...set], ...[...new Set([...files.keys(), ...beside])].map(file => writtenNamespaces(objectsOf(file)))]);
}

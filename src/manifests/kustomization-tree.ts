import { changesNamespaces } from './extent/namespace-changes';
import { Kustomization, readKustomization } from './kustomization';
import { isKustomizationFile } from './kustomization-files';
import { mayMatter } from './relevance';
import { folderOf, foldersOf, joinPaths } from './slash-paths';
import { grouped } from '../diagnostics/grouped';

/** What the kustomizations of a folder make of its files. */
export interface KustomizationTree {
  /** The kustomizations that only list files: the cluster gets these as they are written. */
  readonly lists: ReadonlySet<string>;
  /** The files of all others: the names, namespaces and number of their objects are known once they are built. */
  readonly kustomized: ReadonlySet<string>;
  /** The files that change objects, so they are no manifests. */
  readonly inputs: ReadonlySet<string>;
  /** The files that generators write into ConfigMaps and Secrets, so they are no manifests. */
  readonly data: ReadonlySet<string>;
  readonly nodes: readonly KustomizationNode[];
}

/** A kustomization among the others. */
export interface KustomizationNode {
  readonly file: string;
  /** The kustomizations that it applies, components among them. */
  readonly applies: readonly string[];
  /** The components among them. */
  readonly components: readonly string[];
  /** The files of objects that it applies. */
  readonly files: readonly string[];
  /** Other files in its folder, if it changes objects. */
  readonly beside: readonly string[];
  /** The namespace that it gives to all its objects. */
  readonly namespace?: string;
  /** The namespaces of the releases of its charts. */
  readonly charts: readonly string[];
  /** Whether it has objects of anything else that is not read. */
  readonly addsAnything: boolean;
  /** Whether it gives namespaces to objects, or takes them, in a way that is not modelled. */
  readonly movesObjects: boolean;
}

/** A kustomization, with paths from the folder that the user names. */
type Placed = Kustomization & { readonly file: string; readonly folder: string };

/**
 * A kustomization only lists files if
 *
 * - it changes no object, and all its resources are among the files that are read;
 * - it lists all files beside its resources that matter, so nothing is read that it leaves out;
 * - no other kustomization applies one of its files, unless one of the two applies the other: they may be variants, of
 *   which the cluster gets one;
 * - it is not in the folder of a kustomization that leaves it out.
 */
export function kustomizationTree(
  files: readonly string[],
  text: (file: string) => string | undefined,
): KustomizationTree {
  const all = files.filter(isKustomizationFile).flatMap(file => placed(file, text(file) ?? ''));
  const resources = new Set(all.flatMap(each => each.resources));
  const own = new Set(files);
  const onlyFiles = (paths: readonly string[]) => paths.filter(each => own.has(each) && !resources.has(each));
  const inputs = new Set(onlyFiles(all.flatMap(each => each.inputs)));
  const data = new Set(onlyFiles(all.flatMap(each => each.data)).filter(each => !inputs.has(each)));

  const byFolder = new Map(all.map(each => [each.folder, each]));
  const isRead = (path: string) => byFolder.has(path) || (own.has(path) && !isKustomizationFile(path));
  const left = grouped(
    files.filter(each => !resources.has(each) && !inputs.has(each) && !data.has(each) && !isKustomizationFile(each)),
    folderOf,
  );
  const leavesOut = ({ folder, resources: listed }: Placed) =>
    [...new Set([folder, ...listed.filter(each => own.has(each)).map(folderOf)])].some(each =>
      left.get(each)?.some(file => mayMatter(text(file) ?? '')),
    );
  const tops = all.filter(({ folder }) => !resources.has(folder));
  const uncertain = new Set([...variantsAmong(tops, byFolder), ...tops.filter(each => isLeftOut(each, byFolder))]);
  const lists = new Set(
    all.filter(each => each.isList && each.resources.every(isRead) && !leavesOut(each) && !uncertain.has(each)),
  );
  const changing = all.filter(each => !lists.has(each));
  const folders = new Set(changing.map(({ folder }) => folder));
  const applied = new Set(changing.flatMap(each => [...appliedBy(each, byFolder)]));
  return {
    lists: new Set([...lists].map(({ file }) => file)),
    kustomized: new Set(files.filter(file => applied.has(file) || foldersOf(file).some(each => folders.has(each)))),
    inputs,
    data,
    nodes: all.map((each): KustomizationNode => {
      const ofFolders = (paths: readonly string[]) => paths.flatMap(path => byFolder.get(path)?.file ?? []);
      const written = each.inputs.map(path => (own.has(path) ? text(path) : undefined));
      const listed = new Set(each.resources);
      const beside = lists.has(each)
        ? []
        : files.filter(file => !listed.has(file) && (each.folder === '' || file.startsWith(`${each.folder}/`)));
      return {
        file: each.file,
        applies: ofFolders(each.resources),
        components: ofFolders(each.components),
        files: each.resources.filter(path => own.has(path)),
        beside,
        ...(each.namespace === undefined ? {} : { namespace: each.namespace }),
        charts: each.charts,
        addsAnything: each.addsAnything || !each.resources.every(isRead),
        movesObjects: each.movesObjects || written.some(input => input === undefined || changesNamespaces(input)),
      };
    }),
  };
}

function placed(file: string, text: string): Placed[] {
  const kustomization = readKustomization(text);
  const folder = folderOf(file);
  const inTree = (paths: readonly string[]) => paths.map(each => joinPaths(folder, each));
  return kustomization === undefined
    ? []
    : [
      {
        file,
        folder,
        ...kustomization,
        resources: inTree(kustomization.resources),
        components: inTree(kustomization.components),
        inputs: inTree(kustomization.inputs),
        data: inTree(kustomization.data),
      },
    ];
}

/** The files that a kustomization applies, itself or through others. */
function appliedBy(top: Placed, byFolder: ReadonlyMap<string, Placed>): Set<string> {
  const seen = new Set([top]);
  // a set grows while it is read
  for (const { resources } of seen) {
    resources.flatMap(each => byFolder.get(each) ?? []).forEach(each => seen.add(each));
  }
  return new Set([...seen].flatMap(each => each.resources));
}

/** Whether the kustomization of a folder around it neither applies it nor is applied by it. */
function isLeftOut(top: Placed, byFolder: ReadonlyMap<string, Placed>): boolean {
  const around = top.folder === '' ? undefined : foldersOf(top.folder).find(each => byFolder.has(each));
  return around !== undefined && !appliedBy(top, byFolder).has(around);
}

/** The kustomizations, of those that no other one applies, that have resources in common. */
function variantsAmong(tops: readonly Placed[], byFolder: ReadonlyMap<string, Placed>): Set<Placed> {
  const first = new Map<string, Placed>();
  const variants = new Set<Placed>();
  for (const top of tops) {
    for (const path of appliedBy(top, byFolder)) {
      const other = first.get(path);
      first.set(path, other ?? top);
      if (other !== undefined && other !== top) {
        variants.add(top).add(other);
      }
    }
  }
  return variants;
}

import { deliveriesOf, Delivery, FolderDelivery, OtherDelivery, unreadDelivery } from './deliveries';
import { generatorPlaces } from './generated-applications';
import { Applier, Extents, kustomizationExtents, lacksNamespace, union, writtenNamespaces } from './kustomization-extents';
import { ReadFiles } from './read-files';
import { placeIn, ReadPlaces, rootOf } from './repository-roots';
import { grouped } from '../../diagnostics/grouped';
import { argoClusters } from '../delivery/application-set';
import { ArgoTree } from '../delivery/generators';
import { plainUrl } from '../delivery/repository-url';
import { KustomizationNode } from '../kustomization-tree';
import { withoutLocalConfig } from '../local-config';
import { Manifest } from '../manifest';
import { ReadingDiagnostic } from '../reading-diagnostic';
import { foldersOf, joinPaths } from '../slash-paths';

/** Where objects can be that Kustomize, Flux and Argo CD build, in what is read of a cluster. */
export interface ClusterExtents {
  /** The manifests, without objects that Kustomize and Flux drop. */
  readonly manifests: readonly Manifest[];
  /** The notes, those of kustomizations with their namespaces. */
  readonly notes: ReadingDiagnostic[];
  /** What Flux and Argo CD add to the files; undefined if that can be in any namespace. */
  readonly delivered?: readonly string[];
  /** By files: the namespaces that objects get which write none, where all of them are known. */
  readonly placements: ReadonlyMap<string, readonly string[]>;
}

/** What is read of a cluster. */
export interface ReadCluster {
  readonly manifests: readonly Manifest[];
  readonly notes: readonly ReadingDiagnostic[];
  readonly kustomizations: readonly KustomizationNode[];
  readonly realPaths: ReadonlyMap<string, string>;
  readonly folders: ReadPlaces['folders'];
  /** The value of a file; undefined if it is invalid. */
  readonly value: ArgoTree['value'];
}

export function clusterExtents(read: ReadCluster): ClusterExtents {
  const { notes, kustomizations } = read;
  const built = withoutLocalConfig(read.manifests, new Set(kustomizations.flatMap(each => each.files)));
  const { found, others } = placedDeliveries(built.manifests.map(({ object }) => object), read);
  // Flux makes a kustomization of a folder without one
  const ofFlux = found.filter(({ delivery }) => delivery.program === 'flux').flatMap(each => each.files);
  const { manifests, notes: dropped } = withoutLocalConfig(built.manifests, new Set(ofFlux));
  const byFile = grouped(manifests, ({ file }) => file);
  const objectsOf = (file: string) => (byFile.get(file) ?? []).map(({ object }) => object);
  const appliers = new Map<string, Applier[]>();
  found.forEach(({ applier, nodes }) =>
    nodes.forEach(each => appliers.set(each, [...(appliers.get(each) ?? []), applier])),
  );
  const extents = kustomizationExtents(kustomizations, appliers, objectsOf);
  return {
    manifests,
    notes: [...notes, ...built.notes, ...dropped].map(note =>
      note.code === 'kustomization' && extents.namespaces.get(note.file) !== undefined
        ? { ...note, namespaces: extents.namespaces.get(note.file) }
        : note,
    ),
    delivered: union([
      ...others.map(each => each.namespaces),
      ...found.map(each => addedBy(each, extents, objectsOf)),
    ]),
    placements: placementsOf(extents, found),
  };
}

/** A delivery of files that are read. */
interface PlacedDelivery {
  readonly delivery: FolderDelivery;
  readonly applier: Applier;
  /** The kustomizations that it builds. */
  readonly nodes: readonly string[];
  /** The files that it applies without one. */
  readonly files: readonly string[];
}

function placedDeliveries(
  objects: readonly any[],
  { kustomizations, realPaths, folders, value }: ReadCluster,
): { readonly found: readonly PlacedDelivery[]; readonly others: readonly OtherDelivery[] } {
  const slashes = (path: string) => path.replace(/\\/g, '/');
  const reals = new Map([...realPaths].map(([file, real]) => [file, slashes(real)]));
  const places: ReadPlaces = {
    files: [...reals.values()],
    folders: folders.map(({ path, repository, urls, filled }) => ({
      path: slashes(path),
      ...(repository === undefined ? {} : { repository: slashes(repository) }),
      urls,
      filled: filled.map(slashes),
    })),
  };
  const files = new ReadFiles(reals, kustomizations);
  const generated = objects.filter(isApplicationSet).flatMap(generatorPlaces);
  const clusters = argoClusters(objects.filter(({ kind }) => kind === 'Secret'));
  const noTree: ArgoTree = { clusters, files: [], isTree: () => false, value: () => undefined };
  // the paths of generators are known once the root is
  const plain = objects.flatMap(each => deliveriesOf(each, noTree)).filter(isOfFolder);
  const named = [...plain, ...generated.map(each => ({ ...each, program: 'argo' as const }))];
  const argo = new Set(named.filter(({ program }) => program === 'argo').map(({ repository }) => repository));
  const roots = new Map(
    [...grouped(named, ({ program, repository }) => `${program} ${repository}`)].map(([key, all]) => {
      const [{ program, repository }] = all;
      const isOnlyGenerated = argo.size === 1 && generated.some(each => each.repository === repository);
      return [key, rootOf({ program, repository, paths: all.map(({ path }) => path), isOnlyGenerated }, places)];
    }),
  );
  const isWithin = (folder: string) =>
    places.folders.some(({ path }) => folder === path || folder.startsWith(`${path}/`));
  const treeOf = (object: any): ArgoTree => {
    const own = generatorPlaces(object);
    const repositories = new Set(own.map(({ repository }) => repository));
    const [root] = [...repositories].map(each => roots.get(`argo ${each}`));
    return root !== undefined && repositories.size === 1 && own.every(({ path }) => isWithin(placeIn(root, path)))
      ? {
        clusters,
        ...files.tree(root, places),
        isTree: url => repositories.has(plainUrl(url)),
        value: file => value(files.at(placeIn(root, file))!),
      }
      : noTree;
  };
  const all = objects.flatMap(each => deliveriesOf(each, isApplicationSet(each) ? treeOf(each) : noTree));
  // a set may make many that are alike
  const deliveries = new Map(all.map(each => [JSON.stringify(each), each]));
  const found: PlacedDelivery[] = [];
  const others: OtherDelivery[] = [];
  for (const delivery of deliveries.values()) {
    if (!isOfFolder(delivery)) {
      others.push(delivery);
      continue;
    }
    const root = roots.get(`${delivery.program} ${delivery.repository}`);
    const folder = root === undefined ? undefined : placeIn(root, delivery.path);
    const placed = folder === undefined || !files.isRead(folder) ? undefined : placedIn(folder, delivery, files);
    if (placed === undefined) {
      others.push(unreadDelivery(delivery));
    } else if ('namespaces' in placed) {
      others.push(placed);
    } else {
      found.push(placed);
    }
  }
  return { found, others };
}

function isOfFolder(delivery: Delivery): delivery is FolderDelivery {
  return 'path' in delivery;
}

function isApplicationSet({ apiVersion, kind }: any): boolean {
  return kind === 'ApplicationSet' && apiVersion.startsWith('argoproj.io/');
}

/** What a delivery applies of a folder; undefined if that is unknown. */
function placedIn(
  folder: string,
  delivery: FolderDelivery,
  files: ReadFiles,
): PlacedDelivery | OtherDelivery | undefined {
  const { program, namespace, fallback, movesObjects, isDeep } = delivery;
  if (program === 'argo' && files.at(`${folder}/Chart.yaml`) !== undefined) {
    return { namespaces: fallback === undefined ? undefined : [fallback] };
  }
  const components = delivery.components.map(each => files.kustomizationIn(`/${joinPaths(folder, each)}`));
  const isPlaced = (each: KustomizationNode | undefined) =>
    each !== undefined && (namespace !== undefined || each.namespace === undefined);
  if (!components.every(isPlaced)) {
    return undefined;
  }
  const own = files.kustomizationIn(folder);
  const below = own === undefined ? files.in(folder, isDeep) : [];
  // Flux builds the outermost kustomizations of a folder without one of its own
  const outermost = (real: string) =>
    foldersOf(real)
      .filter(each => each === folder || each.startsWith(`${folder}/`))
      .reverse()
      .map(each => files.kustomizationIn(each))
      .find(each => each !== undefined);
  const inner = below.flatMap(({ real }) => outermost(real)?.file ?? []);
  return {
    delivery,
    applier: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(fallback === undefined ? {} : { fallback }),
      movesObjects,
    },
    nodes: [
      ...(own === undefined ? new Set(inner) : [own.file]),
      ...components.map(each => each!.file),
    ],
    files: below.filter(({ real }) => outermost(real) === undefined).map(({ file }) => file),
  };
}

/** The namespaces of what a delivery adds to the files, or changes in them. */
function addedBy(
  { delivery, applier, files }: PlacedDelivery,
  { applied }: Extents,
  objectsOf: (file: string) => readonly any[],
): readonly string[] | undefined {
  const { namespace, fallback, changes, movesObjects } = delivery;
  const all = [...new Set([...files, ...(applied.get(applier) ?? [])])];
  const objects = all.flatMap(objectsOf);
  const isMoved = fallback !== undefined && fallback !== 'default' && objects.some(lacksNamespace);
  return movesObjects
    ? undefined
    : union([
      namespace === undefined ? [] : [namespace],
      isMoved ? [fallback, 'default'] : [],
      changes || namespace !== undefined ? writtenNamespaces(objects) : [],
    ]);
}

function placementsOf({ placements }: Extents, found: readonly PlacedDelivery[]): Map<string, readonly string[]> {
  const all = new Map([...placements].map(([file, namespaces]) => [file, new Set(namespaces)]));
  for (const { applier, files } of found) {
    for (const file of files) {
      all.set(file, (all.get(file) ?? new Set()).add(applier.namespace ?? applier.fallback));
    }
  }
  const known = [...all].filter(([, namespaces]) => !namespaces.has(undefined));
  return new Map(known.map(([file, namespaces]) => [file, [...(namespaces as Set<string>)]]));
}

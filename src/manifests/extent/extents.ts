import { deliveriesOf, Delivery, FolderDelivery, OtherDelivery, unreadDelivery } from './deliveries';
import { Applier, Extents, kustomizationExtents, lacksNamespace, union, writtenNamespaces } from './kustomization-extents';
import { placeIn, ReadPlaces, rootOf } from './repository-roots';
import { grouped } from '../../diagnostics/grouped';
import { KustomizationNode } from '../kustomization-tree';
import { withoutLocalConfig } from '../local-config';
import { Manifest } from '../manifest';
import { ReadingDiagnostic } from '../reading-diagnostic';
import { folderOf, foldersOf, joinPaths } from '../slash-paths';

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
}

export function clusterExtents(read: ReadCluster): ClusterExtents {
  const { notes, kustomizations } = read;
  const built = withoutLocalConfig(read.manifests, new Set(kustomizations.flatMap(each => each.files)));
  const all = built.manifests.flatMap(({ object }) => deliveriesOf(object));
  const { found, others } = placedDeliveries(all.filter(isOfFolder), read);
  // Flux makes a kustomization of a folder without one
  const ofFlux = found.filter(({ delivery }) => delivery.program === 'flux').flatMap(each => each.files);
  const { manifests, notes: dropped } = withoutLocalConfig(built.manifests, new Set(ofFlux));
  const byFile = grouped(manifests, ({ file }) => file);
  const objectsOf = (file: string) => (byFile.get(file) ?? []).map(({ object }) => object);
  const unread = [...all.filter(isOther), ...others];
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
      ...unread.map(each => each.namespaces),
      ...found.map(each => addedBy(each, extents, objectsOf)),
    ]),
    placements: placementsOf(extents, found),
  };
}

function isOfFolder(delivery: Delivery): delivery is FolderDelivery {
  return 'path' in delivery;
}

function isOther(delivery: Delivery): delivery is OtherDelivery {
  return 'namespaces' in delivery;
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
  deliveries: readonly FolderDelivery[],
  { kustomizations, realPaths, folders }: ReadCluster,
): { readonly found: readonly PlacedDelivery[]; readonly others: readonly OtherDelivery[] } {
  const reals = new Map([...realPaths].map(([file, real]) => [file, real.replace(/\\/g, '/')]));
  const places: ReadPlaces = {
    files: [...reals.values()],
    folders: folders.map(each => ({
      path: each.path.replace(/\\/g, '/'),
      repository: each.repository?.replace(/\\/g, '/'),
    })),
  };
  const nodeIn = new Map(kustomizations.map(({ file }) => [folderOf(reals.get(file) ?? ''), file]));
  const setsNone = (component: string) =>
    kustomizations.every(({ file, namespace }) => file !== component || namespace === undefined);
  const found: PlacedDelivery[] = [];
  const others: OtherDelivery[] = [];
  for (const ofRepository of grouped(deliveries, each => each.repository).values()) {
    const root = rootOf(ofRepository, places);
    for (const delivery of ofRepository) {
      const folder = root === undefined ? undefined : placeIn(root, delivery.path);
      const placed = folder === undefined ? undefined : placedIn(folder, delivery, reals, nodeIn, setsNone);
      if (placed === undefined) {
        others.push(unreadDelivery(delivery));
      } else if ('namespaces' in placed) {
        others.push(placed);
      } else {
        found.push(placed);
      }
    }
  }
  return { found, others };
}

/** What a delivery applies of a folder; undefined if that is unknown. */
function placedIn(
  folder: string,
  delivery: FolderDelivery,
  reals: ReadonlyMap<string, string>,
  nodeIn: ReadonlyMap<string, string>,
  setsNone: (component: string) => boolean,
): PlacedDelivery | OtherDelivery | undefined {
  const { program, namespace, fallback, movesObjects, isDeep } = delivery;
  const values = [...reals];
  if (program === 'argo' && values.some(([, real]) => real === `${folder}/Chart.yaml`)) {
    return { namespaces: fallback === undefined ? undefined : [fallback] };
  }
  const components = delivery.components.map(each => nodeIn.get(`/${joinPaths(folder, each)}`));
  const isPlaced = (each: string | undefined) => each !== undefined && (namespace ?? setsNone(each));
  if (!components.every(isPlaced)) {
    return undefined;
  }
  const own = nodeIn.get(folder);
  const below = values.filter(([, real]) => (isDeep ? real.startsWith(`${folder}/`) : folderOf(real) === folder));
  // Flux builds the outermost kustomizations of a folder without one of its own
  const outermost = (real: string) =>
    foldersOf(real)
      .filter(each => each === folder || each.startsWith(`${folder}/`))
      .reverse()
      .find(each => nodeIn.has(each));
  const inner = below.map(([, real]) => outermost(real)).filter(each => each !== undefined);
  return {
    delivery,
    applier: {
      ...(namespace === undefined ? {} : { namespace }),
      ...(fallback === undefined ? {} : { fallback }),
      movesObjects,
    },
    nodes: [
      ...(own === undefined ? [...new Set(inner)].map(each => nodeIn.get(each)!) : [own]),
      ...(components as string[]),
    ],
    files: own === undefined ? below.filter(([, real]) => outermost(real) === undefined).map(([file]) => file) : [],
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

import * as fs from 'node:fs';
import * as path from 'node:path';
import { Origin } from './origins';
import { readSnapshotCluster, SnapshotCluster } from './read-snapshot';
import { PlacedSource, readSources, SourcesContents } from './read-sources';
import { Renderings } from './rendering';
import { Source } from './source';
import { union } from '../extent/kustomization-extents';
import { ReadOptions } from '../files/read-folder';
import { ClusterInput } from '../input';
import { mergeLayers, MergedLayers } from '../layers/merge-layers';
import { placedManifests, unknownNamespaces } from '../layers/placed-manifests';
import { parsePruneSelector } from '../layers/prune-selector';
import { ReadingDiagnostic, readingDiagnostic } from '../reading-diagnostic';

/** The sources of a cluster, each with the place that names it. */
export interface ClusterSources {
  readonly name: string;
  readonly manifests: readonly WrittenPlace[];
  readonly base?: readonly WrittenPlace[];
  readonly prune?: { readonly text: string; readonly place: Origin };
}

/** A source, and the place that names it. */
export interface WrittenPlace {
  readonly source: Source;
  readonly place: Origin;
}

/** What the sources of a cluster contain. */
export interface ClusterContents extends Pick<
  ClusterInput,
  'manifests' | 'applied' | 'notes' | 'comments' | 'files' | 'kustomized' | 'delivered' | 'placements'
> {
  readonly layers?: MergedLayers;
  /** What snapshots among the sources know of the cluster. */
  readonly settings: Partial<SnapshotSettings>;
  /** The file of Helm values in a snapshot. */
  readonly values?: string;
}

/** The fields of mesh.yaml that a cluster takes over from a snapshot. */
type SnapshotSettings = Pick<
  SnapshotCluster,
  'ciliumVersion' | 'podCIDRs' | 'serviceCIDRs' | 'nodeCIDRs' | 'nodes' | 'gaps'
>;

/** Reads the sources of a cluster, and replaces the objects of its base by those of its manifests. */
export function readLayers(
  { name, manifests, base, prune }: ClusterSources,
  renderings: Renderings,
  options: ReadOptions,
  problems: ReadingDiagnostic[],
): ClusterContents {
  const snapshots: SnapshotCluster[] = [];
  const read = (sources: readonly WrittenPlace[]): SourcesContents => {
    const expanded = sources.flatMap(each => expandSnapshot(each, name, snapshots, problems));
    const contents = readSources(expanded, renderings, options);
    contents.problems.forEach(each => problems.push(each));
    return contents;
  };
  const own = read(manifests);
  const below = base && read(base);
  const selector = prune && parsePruneSelector(prune.text);
  if (prune && (!selector || !base)) {
    problems.push(
      readingDiagnostic('prune-selector', {
        file: prune.place.file,
        line: prune.place.line(),
        message: base
          ? 'prune must be a selector of labels such as app.kubernetes.io/instance=shop'
          : 'prune needs a base: only objects of the base can be deleted',
        got: prune.text,
        fix: base ? 'write key=value, key in (a,b) or key, separated by commas' : 'add a base, or remove prune',
      }),
    );
  }
  const applied = below ? placedManifests(own.manifests, own.placements) : own.manifests;
  const running = below && placedManifests(below.manifests, below.placements);
  const merged = running && mergeLayers(applied, running, selector);
  return {
    ...(merged
      ? { manifests: merged.manifests, applied, layers: merged.layers }
      : { manifests: own.manifests }),
    notes: [...own.notes, ...(below?.notes ?? []), ...(running ? unknownNamespaces(applied, running) : [])],
    comments: [...own.comments, ...(below?.comments ?? [])],
    files: {
      read: own.files.read + (below?.files.read ?? 0),
      excluded: own.files.excluded + (below?.files.excluded ?? 0),
    },
    kustomized: new Set([...own.kustomized, ...(below?.kustomized ?? [])]),
    delivered: union([own.delivered, below ? below.delivered : []]),
    placements: new Map([...(below?.placements ?? []), ...own.placements]),
    ...knownBy(snapshots),
  };
}

/** A snapshot as the paths of its cluster. A path into a snapshot has the gaps of the snapshot. */
function expandSnapshot(
  { source, place }: WrittenPlace,
  name: string,
  snapshots: SnapshotCluster[],
  problems: ReadingDiagnostic[],
): PlacedSource[] {
  if (source.kind === 'snapshot') {
    const cluster = readSnapshotCluster(source.folder, name, place, problems);
    snapshots.push(...(cluster ? [cluster] : []));
    return (cluster?.manifests ?? []).map(each => ({ source: { kind: 'path', path: each }, place }));
  }
  const folder = source.kind === 'path' ? path.dirname(source.path) : undefined;
  if (source.kind === 'path' && fs.existsSync(path.join(folder!, SNAPSHOT_MARKER))) {
    const cluster = readSnapshotCluster(folder!, path.basename(source.path), place, []);
    snapshots.push(...(cluster ? [{ name: cluster.name, id: cluster.id, manifests: [], gaps: cluster.gaps }] : []));
  }
  return [{ source, place }];
}

/** The file by which a snapshot knows its folder (live/runner/output-folder.ts). */
const SNAPSHOT_MARKER = '.cilium-mesh-snapshot';

function knownBy(snapshots: readonly SnapshotCluster[]): Pick<ClusterContents, 'settings' | 'values'> {
  const all: Partial<SnapshotSettings>[] = snapshots.map(
    ({ ciliumVersion, podCIDRs, serviceCIDRs, nodeCIDRs, nodes }) =>
      Object.fromEntries(
        Object.entries({ ciliumVersion, podCIDRs, serviceCIDRs, nodeCIDRs, nodes }).filter(
          ([, each]) => each !== undefined,
        ),
      ),
  );
  const gaps = snapshots.flatMap(each => each.gaps ?? []);
  const values = snapshots.find(each => each.values !== undefined)?.values;
  return {
    settings: { ...Object.assign({}, ...all.reverse()), ...(gaps.length > 0 ? { gaps } : {}) },
    ...(values === undefined ? {} : { values }),
  };
}

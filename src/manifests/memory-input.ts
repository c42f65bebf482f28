import { readManifests } from './documents';
import { Found } from './found';
import { withFullVersion } from './full-version';
import { checkedValues, helmValues } from './helm-values';
import { ClusterInput, HelmValues, MeshInput } from './input';
import { Manifest, ObjectSource } from './manifest';
import { checkMeshFile } from './mesh-structure';
import { readObjects } from './objects';
import { plainData } from './plain-data';
import { ReadingDiagnostic } from './reading-diagnostic';
import { formatValue } from '../diagnostics/texts';
import { MESH_API_VERSION } from '../model/mesh-file';

/** A mesh in memory. */
export interface MeshSource {
  /**
   * Name of the mesh in messages.
   * @default 'mesh'
   */
  readonly name?: string;
  /** At least one. */
  readonly clusters: readonly ClusterSource[];
}

/** A cluster in memory: the fields of a cluster in mesh.yaml, with contents instead of paths. */
export interface ClusterSource {
  /** Unique in the mesh. */
  readonly name: string;
  /** 1 to 255, or 1 to 511 with `maxConnectedClusters: 511`. */
  readonly id: number;
  readonly manifests: readonly ManifestSource[];
  /** Helm values; without them the defaults of Cilium apply. */
  readonly values?: ValuesSource;
  /** For example `1.20.2`, the default. */
  readonly ciliumVersion?: string;
  readonly podCIDRs?: readonly string[];
  readonly serviceCIDRs?: readonly string[];
  readonly nodeCIDRs?: readonly string[];
  /** What is unknown of the cluster, as a snapshot names it. */
  readonly gaps?: ReadonlyArray<{ readonly what: string; readonly reason: string }>;
  /**
   * All nodes of the cluster. They may also be Node objects among the manifests.
   * @default - the nodes and their labels are unknown
   */
  readonly nodes?: readonly NodeSource[];
}

/** A node of a cluster in memory. */
export interface NodeSource {
  readonly name: string;
  readonly labels?: { readonly [key: string]: string };
  readonly addresses?: readonly string[];
}

/** Objects as plain JSON data, or the text of a YAML or JSON file. Messages name `file`, and the lines of a text. */
export type ManifestSource =
  { readonly file: string; readonly text: string } | { readonly file: string; readonly objects: readonly unknown[] };

/** Helm values, as an object or as the text of a file. */
export type ValuesSource =
  | { readonly file: string; readonly text: string }
  | { readonly file: string; readonly values: { readonly [key: string]: unknown } };

/**
 * The mesh in memory, with its problems. Throws a TypeError for sources of another shape, and for objects that JSON
 * cannot hold.
 */
export function readMeshSource(source: MeshSource): { input: MeshInput; problems: ReadingDiagnostic[] } {
  const { name = 'mesh', clusters } = source ?? {};
  requireList(clusters, 'clusters');
  clusters.forEach((cluster, index) => requireList(cluster?.manifests, `clusters[${index}].manifests`));
  const written = clusters.map(({ manifests, values, ...settings }) => ({
    ...plainData(settings, 'a cluster'),
    manifests: manifests.length > 0 ? manifests.map(each => each.file) : [name],
    ...(values ? { values: values.file } : {}),
  }));
  const { clusters: declared, problems } = checkMeshFile({
    file: name,
    value: { apiVersion: MESH_API_VERSION, clusters: written },
    line: () => undefined,
  });
  const inputs = declared.map(({ settings }): ClusterInput => {
    const cluster = clusters[written.findIndex(each => (each as unknown) === settings)];
    return {
      name: settings.name,
      id: settings.id,
      ...readAll(cluster.manifests, problems),
      values: cluster.values && readValues(cluster.values, problems),
      settings: withFullVersion(settings),
      declared: { file: name, line: () => undefined },
    };
  });
  return { input: { source: name, clusters: inputs }, problems };
}

type Read = Pick<ClusterInput, 'manifests' | 'notes'>;

function readAll(sources: readonly ManifestSource[], problems: ReadingDiagnostic[]): Read {
  const manifests: Manifest[] = [];
  const notes: ReadingDiagnostic[] = [];
  for (const source of sources) {
    const { file } = source;
    if (!('text' in source)) {
      requireList(source.objects, `objects of ${file}`);
    }
    const read = 'text' in source ? readManifests(source.text, file) : readAllObjects(source.objects, file);
    read.manifests.forEach(each => manifests.push(each));
    read.problems.forEach(each => problems.push(each));
    read.notes.forEach(each => notes.push(each));
  }
  return { manifests, notes };
}

function readAllObjects(objects: readonly unknown[], file: string): ReturnType<typeof readManifests> {
  const found = new Found();
  const source: ObjectSource = { file, line: () => undefined, lineOf: () => undefined };
  objects.forEach(object => readObjects(source, plainData(object, `an object of ${file}`), found));
  return { manifests: found.manifests, problems: found.problems.all(), notes: found.notes.all() };
}

function readValues(source: ValuesSource, problems: ReadingDiagnostic[]): HelmValues | undefined {
  return 'text' in source
    ? helmValues(source.text, source.file, problems)
    : checkedValues(
      { file: source.file, values: plainData(source.values, source.file), line: () => undefined },
      problems,
    );
}

function requireList(value: unknown, name: string): void {
  if (!Array.isArray(value)) {
    throw new TypeError(`${name} must be a list, got ${formatValue(value)}`);
  }
}

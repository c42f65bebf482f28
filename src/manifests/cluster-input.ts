import { Files } from './files/disk';
import { ExcludedPaths } from './files/exclusions';
import { ReadOptions } from './files/read-folder';
import { readText } from './files/text-reader';
import { withFullVersion } from './full-version';
import { helmValues } from './helm-values';
import { ignoreComments } from './ignore-comments';
import { ClusterInput, HelmValues } from './input';
import { Manifest } from './manifest';
import { ReadingDiagnostic } from './reading-diagnostic';
import { ClusterContents } from './sources/read-layers';
import { Renderings } from './sources/rendering';
import { isProblem } from '../diagnostics/problem';
import { MeshFileCluster } from '../model/mesh-file';

/** How to read the sources of manifests. */
export interface InputOptions {
  readonly exclude?: readonly ExcludedPaths[];
  /** Leaves out invalid documents that may contain what matters, and reads the rest. */
  readonly keepGoing?: boolean;
  /** What programs rendered of the sources that they render. */
  readonly renderings?: Renderings;
  /**
   * The file system.
   * @default - the disk
   */
  readonly files?: Files;
}

/** What is known of a cluster beside its sources. */
export interface ClusterFacts {
  readonly settings: MeshFileCluster;
  /** The file of its Helm values. */
  readonly values?: string;
  readonly declared: ClusterInput['declared'];
  /** The workloads that are declared and that none of the manifests runs. */
  declaredWorkloads(manifests: readonly Manifest[]): readonly Manifest[];
}

/** A cluster. What its own settings leave open is as snapshots among its sources know it. */
export function clusterInput(
  { settings: known, values: knownValues, layers, ...contents }: ClusterContents,
  { settings: written, values: ownValues, declared, declaredWorkloads }: ClusterFacts,
  problems: ReadingDiagnostic[],
  files?: Files,
): ClusterInput {
  const own = withFullVersion(written);
  // the mesh file of a snapshot lists its gaps, and so does the snapshot that its paths lead into
  const isOwn = (gap: { what: string }) => own.gaps?.some(each => each.what === gap.what) === true;
  const gaps = [...(own.gaps ?? []), ...(known.gaps ?? []).filter(gap => !isOwn(gap))];
  const withGaps = (settings: MeshFileCluster) => (gaps.length > 0 ? { ...settings, gaps } : settings);
  const read = (file: string | undefined) => (file === undefined ? undefined : readValues(file, problems, files));
  const values = read(ownValues ?? knownValues);
  const workloads = declaredWorkloads(contents.manifests);
  const before = layers && {
    manifests: [...layers.base, ...declaredWorkloads(layers.base)],
    values: knownValues === undefined || ownValues === undefined ? values : read(knownValues),
    settings: withGaps({ ...own, ...known }),
  };
  return {
    name: own.name,
    id: own.id,
    ...contents,
    ...(workloads.length === 0
      ? {}
      : {
        manifests: [...contents.manifests, ...workloads],
        applied: contents.applied ?? contents.manifests,
      }),
    ...(layers && before ? { layers: { ...layers, before } } : {}),
    values,
    settings: withGaps({ ...known, ...own }),
    declared,
  };
}

/** The options of readers of folders; `mesh` are the patterns of mesh.yaml, in its folder. */
export function readOptions({ exclude = [], keepGoing, files }: InputOptions, mesh?: ExcludedPaths): ReadOptions {
  return { exclude: mesh ? [...exclude, mesh] : exclude, tree: mesh?.folder, keepGoing, files };
}

/** The Helm values of a file; undefined with problems. */
function readValues(
  file: string,
  problems: ReadingDiagnostic[],
  files: Files | undefined,
): HelmValues | undefined {
  const text = readText(file, files);
  if (isProblem(text)) {
    problems.push(text.problem);
    return undefined;
  }
  const values = helmValues(text.text, file, problems);
  return values && { ...values, comments: ignoreComments(text.text, file) };
}

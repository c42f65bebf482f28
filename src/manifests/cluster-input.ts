import { ReadOptions, readText } from './files';
import { helmValues } from './helm-values';
import { ClusterInput, HelmValues } from './input';
import { ReadingDiagnostic } from './reading-diagnostic';
import { ClusterContents } from './sources/read-layers';
import { Renderings } from './sources/rendering';
import { isProblem } from '../diagnostics/problem';
import { MeshFileCluster } from '../model/mesh-file';

/** How to read the sources of manifests. */
export interface InputOptions {
  /** Patterns of paths to leave out, relative to the working directory. */
  readonly exclude?: readonly string[];
  /** Leaves out invalid documents that may contain what matters, and reads the rest. */
  readonly keepGoing?: boolean;
  /** What programs rendered of the sources that they render. */
  readonly renderings?: Renderings;
}

/** A cluster; what its own settings leave open is as snapshots among its sources know it. */
export function clusterInput(
  { settings: known, values: _, ...contents }: ClusterContents,
  own: MeshFileCluster,
  values: HelmValues | undefined,
  declared: ClusterInput['declared'],
): ClusterInput {
  const gaps = [...(own.gaps ?? []), ...(known.gaps ?? [])];
  return {
    name: own.name,
    id: own.id,
    ...contents,
    values,
    settings: { ...known, ...own, ...(gaps.length > 0 ? { gaps } : {}) },
    declared,
  };
}

/** The options of readers of folders; `others` are patterns of mesh.yaml. */
export function readOptions({ exclude = [], keepGoing }: InputOptions, others: ReadOptions['exclude'] = []): ReadOptions {
  const own = exclude.length === 0 ? [] : [{ folder: '.', patterns: exclude }];
  return { exclude: [...own, ...others], keepGoing };
}

/** The Helm values of a file; undefined with problems. */
export function readValues(file: string, problems: ReadingDiagnostic[]): HelmValues | undefined {
  const text = readText(file);
  if (isProblem(text)) {
    problems.push(text.problem);
    return undefined;
  }
  return helmValues(text.text, file, problems);
}


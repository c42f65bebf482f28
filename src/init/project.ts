import { Language } from './languages';
import { Fault, faultOf } from '../diagnostics/fault';
import { meshFaults } from '../model/mesh-faults';
import { resolveMesh } from '../model/mesh-model';

/** A new app repository, before its files are written. */
export interface Project {
  /** The name of its folder. */
  readonly name: string;
  readonly language: Language;
  readonly clusters: readonly ProjectCluster[];
  /** The version of this package that it depends on. */
  readonly version: string;
}

/** A cluster of the new mesh. */
export interface ProjectCluster {
  readonly name: string;
  /** 1 to 255, in the order of the clusters. */
  readonly id: number;
  /** An example, which a person replaces with the network of the cluster. */
  readonly podCidr: string;
  /** The context of kubectl, if the cluster comes from one. */
  readonly context?: string;
}

/** The files of a project: their texts by their paths, with `/` between folders. */
export type ProjectFiles = ReadonlyMap<string, string>;

/** Clusters by their names, or with the contexts of kubectl that they come from. */
export function projectClusters(
  clusters: ReadonlyArray<{ readonly name: string; readonly context?: string }>,
): ProjectCluster[] {
  return clusters.map(({ name, context }, index) => ({
    name,
    id: index + 1,
    podCidr: `10.${index + 1}.0.0/16`,
    ...(context === undefined ? {} : { context }),
  }));
}

/** What is wrong with the clusters of a new mesh. */
export function projectFaults(clusters: readonly ProjectCluster[]): Fault[] {
  return meshFaults(
    resolveMesh(clusters.map(({ name, id, podCidr }) => ({ name, id, podCidrs: [podCidr] }))),
  ).map(faultOf);
}

/**
 * The name of the cluster behind a context of kubectl: `kind-paris`, `gke_project_zone_paris`,
 * `arn:aws:eks:eu-west-3:123456789012:cluster/paris`, `admin@paris` and `paris` are all `paris`.
 */
export function clusterOfContext(context: string): string {
  const last = context
    .replace(/^kind-/, '')
    .replace(/^gke_.*_/, '')
    .split(/[/@:]/)
    .at(-1)!;
  return last
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 32)
    .replace(/^-+|-+$/g, '');
}

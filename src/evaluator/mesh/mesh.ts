import { EvaluatedCluster, Overrides, readCluster } from './cluster';
import { compareWorkloads, Workload } from './workload';
import { MeshInput } from '../../manifests/input';

/** A mesh, read from manifests. */
export interface EvaluatedMesh {
  readonly clusters: readonly EvaluatedCluster[];
  /** Those of all clusters, sorted. */
  readonly workloads: readonly Workload[];
  /** Undefined when there is no cluster of the name. */
  cluster(name: string): EvaluatedCluster | undefined;
}

/** Reads what decides over flows out of the manifests of all clusters. */
export function readMesh(input: MeshInput, overrides: Overrides = {}): EvaluatedMesh {
  const clusters = input.clusters.map(cluster => readCluster(cluster, overrides));
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  return {
    clusters,
    workloads: clusters.flatMap(cluster => cluster.workloads).sort(compareWorkloads),
    cluster: name => byName.get(name),
  };
}

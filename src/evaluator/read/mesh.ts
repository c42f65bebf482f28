import { EvaluatedCluster, Overrides, readCluster, withClusterPolicies, withOtherClusterDefault } from './cluster';
import { compareWorkloads, Workload } from './workload';
import { MeshInput } from '../../manifests/input';
import { commonPorts } from '../engine/direction-policy';

/** A mesh, read from manifests. */
export interface EvaluatedMesh {
  readonly clusters: readonly EvaluatedCluster[];
  /** The workloads of all clusters, sorted. */
  readonly workloads: readonly Workload[];
  /** The port numbers of names on egress in versions up to 1.19, see `commonPorts`. */
  readonly knownPorts: ReadonlyMap<string, number>;
  /** Undefined for an unknown name. */
  cluster(name: string): EvaluatedCluster | undefined;
}

/** Reads a mesh from the manifests of all clusters. */
export function readMesh(input: MeshInput, overrides: Overrides = {}): EvaluatedMesh {
  const clusters = input.clusters.map(cluster => readCluster(cluster, overrides));
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  const workloads = clusters.flatMap(cluster => cluster.workloads).sort(compareWorkloads);
  return {
    clusters,
    workloads,
    knownPorts: commonPorts(workloads.filter(each => !each.hostNetwork)),
    cluster: name => byName.get(name),
  };
}

/** The mesh after further policies are applied, by the names of their clusters. */
export function withPolicies(mesh: EvaluatedMesh, added: ReadonlyMap<string, readonly object[]>): EvaluatedMesh {
  return withClusters(
    mesh,
    mesh.clusters.map(cluster => withClusterPolicies(cluster, added.get(cluster.name) ?? [])),
  );
}

/** The mesh with `policy-default-local-cluster` inverted in all clusters. */
export function withOtherDefault(mesh: EvaluatedMesh): EvaluatedMesh {
  return withClusters(mesh, mesh.clusters.map(withOtherClusterDefault));
}

function withClusters(mesh: EvaluatedMesh, clusters: readonly EvaluatedCluster[]): EvaluatedMesh {
  const byName = new Map(clusters.map(cluster => [cluster.name, cluster]));
  return { ...mesh, clusters, cluster: name => byName.get(name) };
}

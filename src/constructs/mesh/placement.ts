import { Construct } from 'constructs';
import { Cluster } from './cluster';
import { MeshTree } from './mesh-tree';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { formatList, formatValue } from '../../diagnostics/texts';
import { PropertyRefusals } from '../property-refusals';
import { refusal } from '../refusal';

/**
 * The clusters in which a construct acts: the one in which it was created, else those of `named`, else all of
 * the mesh. In the order of the mesh. Refuses clusters that are not in the mesh, or not the one in which the construct
 * was created.
 */
export function placement(
  construct: Construct,
  named: readonly Cluster[] | undefined,
  refusals: PropertyRefusals,
): Cluster[] {
  const mesh = MeshTree.enclosing(construct);
  const own = Cluster.enclosing(construct);
  if (named === undefined || named === null) {
    return own ? [own] : mesh.clusters;
  }
  const allowed = own ? [own] : mesh.clusters;
  const foreign = named.filter(cluster => !allowed.includes(cluster));
  const ofOthers = foreign.filter(cluster => !mesh.clusters.includes(cluster) && Cluster.isCluster(cluster));
  if (ofOthers.length > 0) {
    refusals.include([
      refusal('cluster-of-other-mesh', {
        path: `${construct.node.path}.clusters`,
        message: 'the cluster belongs to another mesh',
        got: formatList(ofOthers.map(({ name }) => formatValue(name))),
        allowed: `clusters of the mesh of the construct: ${formatList(allowed.map(cluster => cluster.name))}`,
        fix: 'take the clusters from the mesh of the construct: ClusterMesh.enclosing(construct).cluster(name)',
      }),
    ]);
  } else if (named.length === 0 || foreign.length > 0) {
    refusals.include([
      refusal(named.length === 0 ? 'clusters-empty' : 'cluster-not-found', {
        path: `${construct.node.path}.clusters`,
        message:
          named.length === 0
            ? 'the list of clusters is empty'
            : own
              ? 'the construct was created in another cluster'
              : 'unknown cluster',
        got: named.length === 0 ? '[]' : formatList(foreign.map(cluster => formatValue(cluster?.name))),
        allowed: formatList(allowed.map(cluster => cluster.name)),
        fix:
          own && foreign.length > 0
            ? 'create the construct in the mesh itself'
            : 'name clusters of the mesh, or remove clusters for all of them',
      }),
    ]);
  }
  return mesh.clusters.filter(cluster => named.includes(cluster));
}

/**
 * The settings of each cluster: those of `perCluster` replace the common ones. Refuses a cluster of `perCluster`
 * in which the construct does not act.
 */
export function settingsOf<T extends object>(
  construct: Construct,
  clusters: readonly Cluster[],
  perCluster: { [cluster: string]: T } | undefined,
  common: T,
  refusals: PropertyRefusals,
): Map<Cluster, T> {
  const names = clusters.map(cluster => cluster.name);
  refusals.include(
    Object.keys(perCluster ?? {})
      .filter(name => !names.includes(name))
      .map(name =>
        refusal('cluster-not-found', {
          path: `${construct.node.path}.perCluster[${formatValue(name)}]`,
          message: 'the construct is not in this cluster',
          got: formatValue(name),
          allowed: formatList(names),
          fix: `name one of its clusters${didYouMean(name, names)}`,
        }),
      ),
  );
  const present = (value: T | undefined) =>
    Object.fromEntries(Object.entries(value ?? {}).filter(([, each]) => each !== undefined && each !== null));
  return new Map(
    clusters.map(cluster => [cluster, { ...present(common), ...present(perCluster?.[cluster.name]) } as T]),
  );
}

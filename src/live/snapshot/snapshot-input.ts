import { ClusterSnapshot } from './snapshot';
import { meshFileCluster } from './snapshot-files';
import { MeshInput } from '../../manifests/input';
import { readMeshSource } from '../../manifests/memory-input';

/** The mesh of a snapshot in memory. Messages name the context instead of a file. */
export function snapshotInput(clusters: readonly ClusterSnapshot[]): MeshInput {
  const { input } = readMeshSource({
    name: 'live',
    clusters: clusters.map(cluster => {
      const { manifests, values, ...settings } = meshFileCluster(cluster);
      return {
        ...settings,
        manifests: [{ file: cluster.context, objects: cluster.objects }],
        ...(cluster.values ? { values: { file: `${cluster.context}: cilium-config`, values: cluster.values } } : {}),
      };
    }),
  });
  return input;
}

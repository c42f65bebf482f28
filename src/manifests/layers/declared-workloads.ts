import { CUSTOM_WORKLOAD_ANNOTATION, workloadKindOf } from '../../cilium/workload-kinds';
import { MESH_API_VERSION, MeshFileCluster } from '../../model/mesh-file';
import { Manifest } from '../manifest';
import { Origin } from '../sources/origins';

/** The kind of a workload that only mesh.yaml declares. */
export const DECLARED_WORKLOAD = 'Workload';

/**
 * The workloads that mesh.yaml declares, without those that an object of the cluster runs: one whose pods have all of
 * the labels, in the same namespace. How many pods they have is unknown.
 */
export function declaredWorkloads(
  { workloads = [] }: Pick<MeshFileCluster, 'workloads'>,
  manifests: readonly Manifest[],
  place: (index: number) => Origin,
): Manifest[] {
  const pods = manifests.flatMap(({ object }) => {
    const kind = workloadKindOf(object);
    const template = kind && kind.template.split('.').reduce((value, key) => (key === '' ? value : value?.[key]), object);
    return template ? [{ namespace: object.metadata.namespace ?? 'default', labels: template.metadata?.labels }] : [];
  });
  return workloads.flatMap(({ name, namespace = 'default', labels, serviceAccount }, index) => {
    const isRun = pods.some(
      each =>
        each.namespace === namespace && Object.entries(labels).every(([key, value]) => each.labels?.[key] === value),
    );
    const { file, line } = place(index);
    const object = {
      apiVersion: MESH_API_VERSION,
      kind: DECLARED_WORKLOAD,
      metadata: { name, namespace, annotations: { [CUSTOM_WORKLOAD_ANNOTATION]: 'true' } },
      spec: {
        template: {
          metadata: { labels },
          spec: { ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }), containers: [] },
        },
      },
    };
    return isRun ? [] : [{ file, object, line: () => line() }];
  });
}

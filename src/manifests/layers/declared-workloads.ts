import { CUSTOM_WORKLOAD_ANNOTATION, workloadKindOf } from '../../cilium/workload-kinds';
import { MESH_API_VERSION, MeshFileCluster } from '../../model/mesh-file';
import { Manifest } from '../manifest';
import { Origin } from '../sources/origins';

const DECLARED_WORKLOAD = 'Workload';

/** Whether an object stands for pods that only mesh.yaml declares: their number and ports are unknown. */
export function isDeclaredWorkload({ apiVersion, kind }: any): boolean {
  return apiVersion === MESH_API_VERSION && kind === DECLARED_WORKLOAD;
}

/**
 * The workloads that mesh.yaml declares, without those that an object of the cluster runs: one whose pods have all of
 * the labels, in the same namespace. One whose labels another one has too is a group of workloads, and not counted
 * again. How many pods they have is unknown.
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
    const hasAll = (other: { readonly [key: string]: unknown } | undefined) =>
      Object.entries(labels).every(([key, value]) => other?.[key] === value);
    const isRun = pods.some(each => each.namespace === namespace && hasAll(each.labels));
    // a workload with more labels is among the pods of this one
    const isGroup = workloads.some(
      other =>
        (other.namespace ?? 'default') === namespace &&
        Object.keys(other.labels).length > Object.keys(labels).length &&
        hasAll(other.labels),
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
    return isRun || isGroup ? [] : [{ file, object, line: () => line() }];
  });
}

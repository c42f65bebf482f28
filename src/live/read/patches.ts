import { readValue } from './live-files';
import { LiveMeshProblem, ReportFault } from './problem';
import { MeshFilePatch } from '../../model/mesh-file';
import { LivePatch, PATCH_STAGES } from '../plans/live-mesh';

/** Built-in kinds, whose lists have merge keys. The API server accepts a strategic merge patch for no other kind. */
const BUILT_IN_KINDS = new Set(
  [
    'ConfigMap',
    'CronJob',
    'DaemonSet',
    'Deployment',
    'Endpoints',
    'HorizontalPodAutoscaler',
    'Ingress',
    'Job',
    'LimitRange',
    'Namespace',
    'NetworkPolicy',
    'Node',
    'Pod',
    'PodDisruptionBudget',
    'ReplicaSet',
    'ReplicationController',
    'ResourceQuota',
    'Role',
    'RoleBinding',
    'ClusterRole',
    'ClusterRoleBinding',
    'Secret',
    'Service',
    'ServiceAccount',
    'StatefulSet',
  ].map(kind => kind.toLowerCase()),
);

/** Reads the patches of a cluster; `at` finds their files. */
export function readPatches(
  patches: readonly MeshFilePatch[],
  at: (file: string) => string,
  fault: ReportFault,
  problems: LiveMeshProblem[],
): LivePatch[] {
  return patches.flatMap(({ stage: text, kind, namespace, name, file }, index): LivePatch[] => {
    const stage = PATCH_STAGES.find(each => each === text);
    if (!stage) {
      const message = `stage must be one of ${PATCH_STAGES.join(', ')}, got ${JSON.stringify(text)}`;
      fault(`patches[${index}].stage`, message, 'write the stage at which to apply the patch');
    }
    const read = readValue(at(file), problems);
    if (read && (typeof read.value !== 'object' || read.value === null)) {
      const message =
        `${read.file} must contain a mapping to merge into the object, or a list of JSON patch ` +
        `operations, got ${JSON.stringify(read.value).slice(0, 100)}`;
      fault(`patches[${index}].file`, message, 'write the patch');
    }
    return stage && read ? [{ stage, kind, namespace, name, file: read.file, type: patchType(kind, read.value) }] : [];
  });
}

function patchType(kind: string, value: unknown): LivePatch['type'] {
  return Array.isArray(value) ? 'json' : BUILT_IN_KINDS.has(kind.toLowerCase()) ? 'strategic' : 'merge';
}

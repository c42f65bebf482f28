import { workloadKindOf } from '../../../cilium/workload-kinds';
import { inManifest, Rule } from '../rule';

export const apiVersionRemoved: Rule<'api-version-removed'> = {
  codes: {
    'api-version-removed': {
      severity: 'error',
      title: 'Kubernetes removed this version of a kind',
      documentation:
        'API servers refuse workloads, Ingresses and EndpointSlices in versions that Kubernetes removed ' +
        '(kubernetes.io, "Deprecated API Migration Guide"). ' +
        'Verdicts take the pods of such workloads for running, as they do with the current version.',
      fix: 'Write the current apiVersion.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      for (const manifest of input.manifests) {
        const { apiVersion, kind } = manifest.object;
        const removed = REMOVED.find(each => each.version === apiVersion && each.kinds.includes(kind));
        if (removed) {
          report('api-version-removed', {
            at: inManifest(name, manifest, 'apiVersion'),
            message:
              `API servers since Kubernetes ${removed.since} have no ${kind} in ${apiVersion}: they refuse the object, ` +
              (workloadKindOf(manifest.object) ? 'so its pods never run' : 'so it has no effect'),
            fix: `write apiVersion: ${removed.current}`,
          });
        }
      }
    }
  },
};

interface Removed {
  readonly version: string;
  readonly kinds: readonly string[];
  /** The first version of Kubernetes without it. */
  readonly since: string;
  readonly current: string;
}

const REMOVED: readonly Removed[] = [
  { version: 'extensions/v1beta1', kinds: ['Deployment', 'DaemonSet', 'ReplicaSet'], since: '1.16', current: 'apps/v1' },
  { version: 'apps/v1beta1', kinds: ['Deployment', 'StatefulSet'], since: '1.16', current: 'apps/v1' },
  {
    version: 'apps/v1beta2',
    kinds: ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'],
    since: '1.16',
    current: 'apps/v1',
  },
  { version: 'batch/v1beta1', kinds: ['CronJob'], since: '1.25', current: 'batch/v1' },
  { version: 'batch/v2alpha1', kinds: ['CronJob'], since: '1.21', current: 'batch/v1' },
  { version: 'extensions/v1beta1', kinds: ['Ingress'], since: '1.22', current: 'networking.k8s.io/v1' },
  {
    version: 'networking.k8s.io/v1beta1',
    kinds: ['Ingress', 'IngressClass'],
    since: '1.22',
    current: 'networking.k8s.io/v1',
  },
  { version: 'discovery.k8s.io/v1beta1', kinds: ['EndpointSlice'], since: '1.25', current: 'discovery.k8s.io/v1' },
];

import { inManifest, Rule } from '../rule';

export const workloadVersionRemoved: Rule<'workload-version-removed'> = {
  codes: {
    'workload-version-removed': {
      severity: 'error',
      title: 'No API server of today has workloads in this version',
      documentation:
        'Kubernetes removed this version of the kind ' +
        '(kubernetes.io, "Deprecated API Migration Guide"). ' +
        'API servers refuse the object, so its pods never run.',
      fix: 'Write the current apiVersion.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      for (const manifest of input.manifests) {
        const { apiVersion, kind } = manifest.object;
        const removed = REMOVED.find(each => each.version === apiVersion && each.kinds.includes(kind));
        if (removed) {
          report('workload-version-removed', {
            at: inManifest(name, manifest, 'apiVersion'),
            message:
              `API servers since Kubernetes ${removed.since} have no ${kind} in ${apiVersion}: they refuse the object, ` +
              'so its pods never run',
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
];

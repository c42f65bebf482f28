import { Manifest } from '../../../manifests/manifest';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { runsUnknownPods } from '../shared/unrendered';

export const workloadKindUnread: Rule<'workload-kind-unread'> = {
  codes: {
    'workload-kind-unread': {
      severity: 'info',
      title: 'Pods that an operator makes are unknown',
      documentation:
        'An operator makes pods from objects of this kind, and only the operator knows their labels and ports. ' +
        'Verdicts lack these pods, and no finding says that a selector matches none of them.',
      fix: 'Add the pods or their controllers to the manifests, for example with `cilium-mesh snapshot`.',
    },
  },
  check({ mesh }, report) {
    for (const { name, input } of mesh.clusters) {
      const byKind = new Map<string, Manifest[]>();
      for (const manifest of input.manifests.filter(({ object }) => runsUnknownPods(object))) {
        const { kind, apiVersion } = manifest.object;
        const key = `${kind} (${apiVersion.replace(/\/.*$/, '')})`;
        byKind.set(key, [...(byKind.get(key) ?? []), manifest]);
      }
      for (const [kind, manifests] of byKind) {
        const names = manifests.map(({ object: { metadata } }) => metadata.name);
        report('workload-kind-unread', {
          at: inManifest(name, manifests[0], 'kind'),
          message: `an operator makes pods from each ${kind}, so these pods of ${name} are unknown: ${listNames(names)}`,
          fix: 'add the pods or their controllers to the manifests, for example with cilium-mesh snapshot',
        });
      }
    }
  },
};

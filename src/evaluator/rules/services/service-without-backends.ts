import { RuleContext, ServiceOf } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { hasBackends, serviceNearMiss } from '../shared/service-near-miss';
import { isSameService } from '../shared/service-sides';

export const serviceWithoutBackends: Rule<'service-without-backends'> = {
  codes: {
    'service-without-backends': {
      severity: 'warning',
      title: 'A global Service has no backends in any cluster',
      documentation:
        'No cluster that has the global Service runs pods that it selects, so connections to it fail everywhere. ' +
        'A Service in a namespace without any workload in the manifests is not reported. ' +
        'Nor is one where Helm, Kustomize, Flux, Argo CD or an operator may add pods.',
      fix: 'Correct the selector, or add the workloads behind the Service to the manifests.',
    },
  },
  check(context, report) {
    const globals = context.services.filter(({ service }) => service.global && service.selector !== undefined);
    for (const each of globals) {
      const sides = context.services.filter(other => isSameService(other.service, each.service));
      if (sides.find(other => globals.includes(other)) === each && reachesNothing(context, sides)) {
        const { cluster, service } = each;
        const clusters = listNames(sides.map(side => side.cluster.name));
        report('service-without-backends', {
          at: inManifest(cluster.name, service.manifest, 'spec.selector'),
          message:
            `the global Service selects no workload in any cluster (${clusters}), ` +
            'so connections to it fail everywhere',
          fix: 'correct the selector, or add the workloads behind the Service to the manifests',
        });
      }
    }
  },
};

/** Whether a Service certainly has no backend. `service-selects-nothing` reports selectors that nearly match. */
function reachesNothing(context: RuleContext, sides: readonly ServiceOf[]): boolean {
  return (
    // a cluster without the Service may have it all the same
    !context.mesh.clusters.some(cluster => context.mayHaveMore(cluster, [sides[0].service.namespace])) &&
    sides.every(
      side =>
        !hasBackends(context, side) &&
        side.service.addresses.length === 0 &&
        serviceNearMiss(context, side) === undefined,
    ) &&
    sides.some(({ cluster, service }) => cluster.workloads.some(each => each.namespace === service.namespace))
  );
}

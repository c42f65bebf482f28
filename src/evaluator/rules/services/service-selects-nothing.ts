import { inManifest, Rule } from '../rule';
import { hasBackends, serviceNearMiss } from '../shared/service-near-miss';

export const serviceSelectsNothing: Rule<'service-selects-nothing'> = {
  codes: {
    'service-selects-nothing': {
      severity: 'warning',
      title: 'The Service selects no workload, though some nearly match',
      documentation:
        'No workload of the cluster has the labels that the Service selects, and some have nearly the ' +
        'same labels. ' +
        'The Service has no backends. A global Service with backends in another cluster is not reported.',
      fix: 'Correct the selector of the Service, or the labels of the pods.',
    },
  },
  check(context, report) {
    for (const each of context.services.filter(one => !hasBackends(context, one))) {
      const { cluster, service } = each;
      const near = serviceNearMiss(context, each);
      if (near !== undefined) {
        report('service-selects-nothing', {
          at: inManifest(cluster.name, service.manifest, 'spec.selector'),
          message: `the Service selects no workload of ${cluster.name}${near}, so it has no backends`,
          fix: 'correct the selector, or the labels of the pods',
        });
      }
    }
  },
};

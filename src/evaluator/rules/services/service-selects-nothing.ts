import { didYouMean, isTypingError } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../../read/cluster';
import { selectedWorkloads } from '../../read/selected-pods';
import { EvaluatedService } from '../../read/service';
import { formatWorkload } from '../../read/workload';
import { RuleContext, ServiceOf } from '../context';
import { inManifest, Rule } from '../rule';
import { listNames } from '../shared/names';
import { isSameService } from '../shared/service-sides';

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
    for (const { cluster, service } of context.services.filter(each => !hasBackends(context, each))) {
      const near = service.selector
        ? nearMiss(
          service.selector,
          cluster.workloads.filter(each => each.namespace === service.namespace),
          context.mayHaveMore(cluster, [service.namespace]),
        )
        : undefined;
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

/** Whether a Service has backends, or may well have none: a global Service of a cluster without any of its own. */
function hasBackends({ mesh }: RuleContext, { cluster, service }: ServiceOf): boolean {
  const hasBackendsIn = (other: EvaluatedCluster) =>
    other.services.some(
      each => isSameService(each, service) && each.global && selectedWorkloads(each, other.workloads).length > 0,
    );
  return (
    service.externalName ||
    selectedWorkloads(service, cluster.workloads).length > 0 ||
    (service.global && mesh.clusters.some(hasBackendsIn))
  );
}

/**
 * The workloads that lack one label of a selector, or the label that a mistyped one most likely means. Where other
 * workloads may have the labels, only the latter.
 */
function nearMiss(
  selector: NonNullable<EvaluatedService['selector']>,
  workloads: EvaluatedCluster['workloads'],
  isUncertain: boolean,
): string | undefined {
  const conditions = Object.entries(selector);
  const missing = (labels: { readonly [key: string]: string }) =>
    conditions.filter(([key, value]) => labels[key] !== value);
  const near = conditions.length > 1 ? workloads.filter(each => missing(each.podLabels).length === 1) : [];
  if (near.length > 0 && !isUncertain) {
    const [[key, value]] = missing(near[0].podLabels);
    return ` (closest: ${listNames(near.map(formatWorkload))} without ${key}=${value})`;
  }
  return conditions
    .map(([key, value]) => {
      const values = workloads.flatMap(each => (Object.hasOwn(each.podLabels, key) ? [each.podLabels[key]] : []));
      // a value that some pods have is not mistyped
      return values.includes(value)
        ? ''
        : didYouMean(value, isUncertain ? values.filter(each => isTypingError(value, each)) : values);
    })
    .find(suggestion => suggestion !== '');
}

import { listNames } from './names';
import { isSameService } from './service-sides';
import { didYouMean, isTypingError } from '../../../diagnostics/did-you-mean';
import { EvaluatedCluster } from '../../read/cluster';
import { selectedWorkloads } from '../../read/selected-pods';
import { EvaluatedService } from '../../read/service';
import { formatWorkload } from '../../read/workload';
import { RuleContext, ServiceOf } from '../context';

/** Whether a Service has backends, or may well have none: a global Service of a cluster without any of its own. */
export function hasBackends({ mesh }: RuleContext, { cluster, service }: ServiceOf): boolean {
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
 * The workloads that lack one label of a Service's selector, or the label that a mistyped one most likely means. Where
 * other workloads may have the labels, only the latter. Undefined if no workload is near.
 */
export function serviceNearMiss(
  context: RuleContext,
  { cluster, service: { selector, namespace } }: ServiceOf,
): string | undefined {
  return selector
    ? nearMiss(
      selector,
      cluster.workloads.filter(each => each.namespace === namespace),
      context.mayHaveMore(cluster, [namespace]),
    )
    : undefined;
}

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

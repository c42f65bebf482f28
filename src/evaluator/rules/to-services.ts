import { FindingContext } from './context';
import { Finding, found, some } from './finding';
import { isCiliumPolicy, list, RawRule, rawRules } from './raw-rules';
import { NEWEST } from '../../cilium/traits';
import { didYouMean } from '../../diagnostics/did-you-mean';
import { EvaluatedCluster, EvaluatedPolicy } from '../read/cluster';
import { FieldReader } from '../read/policy/field-reader';
import { readServiceReference } from '../read/policy/services';
import { EvaluatedService } from '../read/service';

/** `toServices` means other pods than it looks like. */
export function toServicesFindings(context: FindingContext): Finding[] {
  return context.mesh.clusters.flatMap(cluster => cluster.policies.filter(policy => isCiliumPolicy(policy) && policy.refusals.every(({ stage }) => stage === 'unmodelled'))
    .flatMap(policy => rawRules(policy).filter(({ rule }) => Array.isArray(rule?.toServices)).flatMap(rule => toServices(context, cluster, policy, rule))));
}

/** What a rule allows that has ports, and Services that are none; both together are refused before 1.17 (pkg/policy/utils/parserules.go, v1.20.2). */
const EVERYBODY = 'with toPorts the rule allows everybody on these ports';

function toServices(context: FindingContext, cluster: EvaluatedCluster, policy: EvaluatedPolicy, { section, rule, path }: RawRule): Finding[] {
  const hasPorts = list(rule.toPorts).length > 0;
  const finding = (at: string, message: string, fix: string) => [found('to-services', cluster.name, policy.manifest, at, message, fix)];
  if (section === 'egressDeny') {
    return finding(`${path}.toServices`, `Cilium never looks Services up in egressDeny: ${hasPorts ? 'with toPorts the rule denies everybody on these ports' : 'the rule denies nobody by name, and turns default deny on'}`,
      'deny the pods behind the Service by their labels');
  }
  if (rule.toServices.length === 0) {
    return hasPorts ? finding(`${path}.toServices`, `an empty list in toServices names nobody: ${EVERYBODY}`, 'name a Service, or remove the rule') : [];
  }
  const referred = list(rule.toServices).map(item => servicesOf(cluster, item));
  const nobody = referred.every(services => services.every(service => !service.selector && service.addresses.length === 0));
  return referred.flatMap((services, index) => {
    const at = `${path}.toServices[${index}]`;
    const item = rule.toServices[index];
    const name = shownReference(item);
    if (services.length === 0) {
      return finding(at, `${cluster.name} has no Service ${name}${didYouMean(item?.k8sService?.serviceName, namesIn(cluster, item?.k8sService?.namespace))}${elsewhere(cluster, item)}: ${
        nobody && hasPorts ? EVERYBODY : 'the rule allows nobody by it'}`, 'correct the name, or add the Service to this cluster');
    }
    if (!cluster.version.traits.servicesWithSelector && services.some(({ selector }) => selector !== undefined)) {
      return finding(at, `Service ${name} has a selector, and Cilium ${cluster.version.text} passes over such Services in toServices: the rule allows nobody by it`, 'select the pods with toEndpoints');
    }
    const remote = services.filter(service => hasRemoteBackends(context, cluster, service));
    return [
      ...nobody && hasPorts ? finding(at, `Service ${name} has neither a selector nor addresses: ${EVERYBODY}`, 'add a selector or EndpointSlices to the Service') : [],
      ...services.length > 1 && item?.k8sService ? finding(at, `without a namespace ${name} means a Service of every namespace: ${some(services.map(({ namespace }) => `${namespace}/${name}`))}`, 'write the namespace') : [],
      ...remote.length > 0 ? finding(at, `Service ${name} is global, but toServices allows its backends in ${cluster.name} only: connections to the others are denied`,
        'select the pods with toEndpoints, and name the clusters') : [],
    ];
  });
}

function servicesOf(cluster: EvaluatedCluster, item: unknown): EvaluatedService[] {
  const reference = readServiceReference(new FieldReader(), item, '', NEWEST);
  return reference ? cluster.services.filter(reference) : [];
}

function namesIn(cluster: EvaluatedCluster, namespace: string | undefined): string[] {
  return cluster.services.filter(each => namespace === undefined || each.namespace === namespace).map(({ name }) => name);
}

/** Where else in the cluster there is a Service of the name. */
function elsewhere(cluster: EvaluatedCluster, item: any): string {
  const namespaces = cluster.services.filter(({ name }) => name === item?.k8sService?.serviceName).map(({ namespace }) => namespace);
  return namespaces.length === 0 ? '' : `, but one in namespace ${namespaces.join(', ')}`;
}

function shownReference(item: any): string {
  const { k8sService, k8sServiceSelector } = item ?? {};
  return k8sServiceSelector ? 'of this selector' : `${k8sService?.namespace ? `${k8sService.namespace}/` : ''}${k8sService?.serviceName ?? ''}`;
}

/** Whether other clusters have backends of a Service, which its selector does not reach where the local cluster is the default. */
function hasRemoteBackends(context: FindingContext, cluster: EvaluatedCluster, { selector, global, name, namespace }: EvaluatedService): boolean {
  return selector !== undefined && global && cluster.settings.policy.defaultLocalCluster && context.mesh.clusters.some(other => other !== cluster
    && other.services.some(theirs => theirs.name === name && theirs.namespace === namespace && theirs.global && theirs.shared));
}

import { AnnotationKeys, GlobalServiceFlavor } from './annotations';
import { GlobalServiceProps, ServiceType, SessionAffinity } from './global-service-props';
import { checkPorts } from './service-port';
import { isServiceName } from '../../cilium/kubernetes-names';
import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { formatValue } from '../../diagnostics/texts';
import { closedSetRefusals } from '../closed-set';
import { checkNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../refusal';

/** Refuses properties that are the same in all clusters. */
export function checkService(
  name: string,
  namespace: string,
  clusters: readonly Cluster[],
  props: GlobalServiceProps,
  refusals: PropertyRefusals,
): void {
  if (!isServiceName(name)) {
    refusals.add(
      'service-name-invalid',
      'name',
      'invalid Service name',
      name,
      'at most 63 lower-case letters, digits and dashes, beginning with a letter',
      'correct the name',
    );
  }
  checkNamespace(props.namespace, refusals);
  if (!props.ports || props.ports.length === 0) {
    refusals.add(
      'ports-missing',
      'ports',
      'a Service without ports reaches nothing',
      props.ports,
      'at least one port',
      'name the ports',
    );
  }
  checkPorts(props.ports ?? [], refusals);
  const closed = {
    serviceType: ServiceType,
    sessionAffinity: SessionAffinity,
    annotationKeys: AnnotationKeys,
    flavor: GlobalServiceFlavor,
  };
  for (const [property, set] of Object.entries(closed)) {
    const value = props[property as keyof typeof closed];
    refusals.include(closedSetRefusals(refusals.pathOf(property), value, set));
  }
  if (props.selector && props.workload) {
    refusals.add(
      'selector-twice',
      'selector',
      'selector and workload both say which pods are meant',
      props.selector,
      'one of the two',
      'remove selector',
    );
  }
  if (props.selector && Object.keys(props.selector).length === 0) {
    refusals.add(
      'selector-missing',
      'selector',
      'an empty selector selects nothing',
      {},
      'at least one label, or no selector',
      'name the labels',
    );
  }
  checkSelector(props, refusals);
  checkWorkload(namespace, props, refusals);
  const elsewhere = (props.backendClusters ?? []).filter(cluster => !clusters.includes(cluster));
  if (props.backendClusters?.length === 0) {
    refusals.add(
      'list-empty',
      'backendClusters',
      'the service would have no backends',
      [],
      'at least one cluster',
      'name the clusters, or remove backendClusters for all of them',
    );
  } else if (elsewhere.length > 0 || (props.backendClusters && !props.selector)) {
    refusals.add(
      'backend-clusters',
      'backendClusters',
      elsewhere.length > 0 ? 'the Service is not placed there' : 'has no effect without a selector',
      (elsewhere.length > 0 ? elsewhere : (props.backendClusters ?? [])).map(cluster => cluster?.name),
      clusters.map(cluster => cluster.name).join(', '),
      elsewhere.length > 0 ? 'name clusters of the service' : 'set a selector, or remove backendClusters',
    );
  }
  if (props.headless && props.serviceType !== undefined && props.serviceType !== ServiceType.CLUSTER_IP) {
    refusals.add(
      'headless-type',
      'headless',
      `a Service of type ${props.serviceType} has a cluster IP`,
      true,
      'serviceType CLUSTER_IP',
      'remove headless or serviceType',
    );
  }
}

/** Refuses a selector that Kubernetes would refuse. */
function checkSelector({ selector }: GlobalServiceProps, refusals: PropertyRefusals): void {
  for (const [key, value] of Object.entries(selector ?? {})) {
    const problem = labelKeyProblem(key) ?? labelValueProblem(value);
    if (problem) {
      refusals.add(
        'label-invalid',
        `selector[${formatValue(key)}]`,
        `the label ${problem}`,
        `${key}=${value}`,
        'a label of pods',
        'correct the label',
      );
    }
  }
}

/** Refuses a workload that no Service selects: of other labels in some clusters, or of another namespace. */
function checkWorkload(namespace: string, props: GlobalServiceProps, refusals: PropertyRefusals): void {
  for (const [index, set] of (props.workload?._endpoints ?? []).entries()) {
    const first = props.workload!._endpoints[0];
    const plain = set.terms.matchExpressions.length === 0 && Object.keys(set.terms.matchLabels).length > 0;
    if (set.serviceAccount !== undefined) {
      refusals.add(
        'workload-selector',
        `workload (${set.cluster.name})`,
        'a Service selects by labels, not by service account',
        set.serviceAccount,
        'a workload without serviceAccount',
        'set a selector on the Service',
      );
    } else if (!plain || JSON.stringify(set.terms) !== JSON.stringify(first.terms)) {
      refusals.add(
        'workload-selector',
        `workload (${set.cluster.name})`,
        plain ? `its labels differ from those in ${first.cluster.name}` : 'a Service selects by labels only',
        set.terms,
        'the same labels in every cluster, and no expressions',
        'set a selector on the Service',
      );
    }
    if (index === 0 && set.namespace !== namespace) {
      refusals.add(
        'workload-namespace',
        'workload',
        'a Service selects pods of its own namespace',
        set.namespace ?? 'all namespaces',
        namespace,
        'create the service in the namespace of the workload',
      );
    }
  }
}

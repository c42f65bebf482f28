import { GlobalServiceProps, ServiceType } from './global-service-props';
import { checkPorts } from './service-port';
import { isServiceName } from '../../cilium/kubernetes-names';
import { formatValue } from '../../diagnostics/texts';
import { checkAnnotations, checkLabels } from '../kubernetes/metadata';
import { checkNamespace } from '../kubernetes/names';
import { Cluster } from '../mesh/cluster';
import { PropertyRefusals } from '../property-refusals';

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
  if (props.ports.length === 0) {
    refusals.add(
      'ports-missing',
      'ports',
      'a Service without ports reaches nothing',
      props.ports,
      'at least one port',
      'name the ports',
    );
  }
  checkPorts(props.ports, refusals);
  checkNodePorts(props, refusals);
  checkLabels('labels', props.labels, 'a label of the Service', refusals);
  checkAnnotations('annotations', props.annotations, refusals);
  for (const [cluster, { annotations }] of Object.entries(props.perCluster ?? {})) {
    checkAnnotations(`perCluster[${formatValue(cluster)}].annotations`, annotations, refusals);
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
  checkSelector(props, refusals);
  checkWorkload(namespace, clusters, props, refusals);
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

/** Refuses node ports of a Service that has none. */
function checkNodePorts({ ports, serviceType }: GlobalServiceProps, refusals: PropertyRefusals): void {
  ports.forEach(({ nodePort }, index) => {
    if (nodePort !== undefined && (serviceType ?? ServiceType.CLUSTER_IP) === ServiceType.CLUSTER_IP) {
      refusals.add(
        'service-node-port',
        `ports[${index}].nodePort`,
        'a Service of type ClusterIP has no node ports, and the API server refuses it',
        nodePort,
        'serviceType NODE_PORT or LOAD_BALANCER with nodePort',
        'set serviceType, or remove nodePort',
      );
    }
  });
}

/** Refuses selectors that select nothing, or that Kubernetes would refuse. */
function checkSelector(props: GlobalServiceProps, refusals: PropertyRefusals): void {
  checkBackends('selector', props.selector, refusals);
  for (const [cluster, { selector }] of Object.entries(props.perCluster ?? {})) {
    checkBackends(`perCluster[${formatValue(cluster)}].selector`, selector, refusals);
  }
}

function checkBackends(
  property: string,
  selector: { [key: string]: string } | undefined,
  refusals: PropertyRefusals,
): void {
  if (selector && Object.keys(selector).length === 0) {
    refusals.add(
      'selector-missing',
      property,
      'an empty selector selects nothing',
      {},
      'at least one label, or no selector',
      'name the labels',
    );
  }
  checkLabels(property, selector, 'a label of pods', refusals);
}

/** Refuses a workload that no Service selects: of several labels in a cluster, or of another namespace. */
function checkWorkload(
  namespace: string,
  clusters: readonly Cluster[],
  props: GlobalServiceProps,
  refusals: PropertyRefusals,
): void {
  const sets = props.workload?._endpoints ?? [];
  const foreign = sets.find(({ cluster }) => cluster.node.scope !== clusters[0]?.node.scope);
  if (foreign && clusters.length > 0) {
    refusals.add(
      'cluster-of-other-mesh',
      'workload',
      'the workload belongs to another mesh',
      foreign.cluster.name,
      'a workload of the mesh of the service',
      'create the workload in this mesh',
    );
    return;
  }
  for (const set of sets) {
    const first = sets.find(each => each.cluster === set.cluster)!;
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
        plain ? 'its pods in the cluster have several sets of labels' : 'a Service selects by labels only',
        set.terms,
        'the same labels for all pods in a cluster, and no expressions',
        'set a selector on the Service',
      );
    }
  }
  const elsewhere = sets.find(set => set.namespace !== namespace);
  if (elsewhere) {
    refusals.add(
      'workload-namespace',
      'workload',
      'a Service selects pods of its own namespace',
      elsewhere.namespace ?? 'all namespaces',
      namespace,
      'create the service in the namespace of the workload',
    );
  }
}

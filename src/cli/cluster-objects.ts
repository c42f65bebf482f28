import { policyOrder } from '../evaluator/queries/policy-order';
import { EvaluatedCluster, readCluster } from '../evaluator/read/cluster';
import { isPolicyKind } from '../evaluator/read/policy/policy';
import { isWorkload } from '../evaluator/read/workload';
import { ClusterObjects, LeavingObject } from '../live/plans/apply';
import { APPLY_SETS, applySetId, ApplySetName, PART_OF } from '../live/plans/apply-set';
import { groupKind, LiveObject, objectKey, objectName } from '../live/plans/live-object';
import { Manifest } from '../manifests/manifest';

/** What a cluster's manifests say is to be there, in the order in which it is applied. */
export function clusterObjects(cluster: EvaluatedCluster): Pick<ClusterObjects, 'definitions' | 'sets'> {
  const order = policyOrder(cluster);
  const rank = new Map(order.map(({ manifest }, index) => [manifest, index]));
  const onlyDenies = new Set(order.filter(each => each.onlyDenies).map(each => each.manifest));
  const definitions: LiveObject[] = [];
  const sets: { [set in ApplySetName]: LiveObject[] } = { objects: [], denies: [], backends: [] };
  // policies after what they may need, such as CIDR groups; the sort keeps all others as they are written
  for (const manifest of [...cluster.input.manifests].sort((one, other) => (rank.get(one) ?? -1) - (rank.get(other) ?? -1))) {
    const object = inNamespace(manifest.object);
    const live: LiveObject = { ...objectName(object), object };
    if (isDefinition(object)) {
      definitions.push(live);
    } else {
      sets[onlyDenies.has(manifest) ? 'denies' : isWorkload(object) ? 'backends' : COPIED[object.kind] ?? 'objects'].push(live);
    }
  }
  return { definitions, sets };
}

/** What of the members of a cluster's apply sets is in its manifests no more, policies in the order in which they go; and whether something moves. */
export function leavingObjects(
  cluster: EvaluatedCluster, { definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>, members: readonly any[], applySet: string,
): Pick<ClusterObjects, 'leaving' | 'moving' | 'kept'> {
  const setOf = new Map(APPLY_SETS.flatMap(set => sets[set].map(each => [objectKey(each), set] as const)));
  const kept = new Set(definitions.map(objectKey));
  // of kinds that are not known, kubectl says whether they belong to a namespace
  const setIn = (each: LiveObject) => setOf.get(objectKey(each)) ?? setOf.get(objectKey({ ...each, namespace: undefined }));
  const live = members.flatMap((object): Array<LeavingObject> => {
    const set = APPLY_SETS.find(each => applySetId(applySet, each) === object.metadata.labels?.[PART_OF]);
    // a copy of the label of a Service, or of Endpoints
    const copied = COPIED[object.kind] !== undefined && COPIED[object.kind] !== set;
    return set === undefined || copied ? [] : [{ ...objectName(object), object, set, isPolicy: isPolicyKind(object.kind) }];
  });
  const leaving = live.filter(each => setIn(each) === undefined && !kept.has(objectKey(each)));
  const manifests = leaving.map(({ object }): Manifest => ({ file: cluster.name, object, line: () => 1 }));
  // most runs remove nothing, and read the cluster once
  const order = leaving.length === 0 ? []
    : policyOrder(readCluster({ ...cluster.input, manifests: [...cluster.input.manifests, ...manifests] })).map(({ manifest }) => manifest.object).reverse();
  return {
    leaving: leaving.sort((one, other) => order.indexOf(one.object) - order.indexOf(other.object) || (objectKey(one) < objectKey(other) ? -1 : 1)),
    kept: live.length - leaving.length,
    moving: live.some(each => (setIn(each) ?? each.set) !== each.set),
  };
}

/** The sets of kinds to which Kubernetes copies the labels of others (apply-set.ts). */
const COPIED: { readonly [kind: string]: ApplySetName | undefined } = { EndpointSlice: 'backends', Endpoints: 'denies' };

/** Kinds that belong to a namespace: what names none is in `default`, whatever namespace the context of kubectl has. */
const NAMESPACED = new Set([
  'ConfigMap', 'Endpoints', 'LimitRange', 'PersistentVolumeClaim', 'Pod', 'ReplicationController', 'ResourceQuota', 'Secret', 'Service', 'ServiceAccount',
  'DaemonSet.apps', 'Deployment.apps', 'ReplicaSet.apps', 'StatefulSet.apps', 'HorizontalPodAutoscaler.autoscaling', 'CronJob.batch', 'Job.batch', 'EndpointSlice.discovery.k8s.io',
  'Ingress.networking.k8s.io', 'NetworkPolicy.networking.k8s.io', 'PodDisruptionBudget.policy', 'Role.rbac.authorization.k8s.io', 'RoleBinding.rbac.authorization.k8s.io',
  'CiliumEnvoyConfig.cilium.io', 'CiliumLocalRedirectPolicy.cilium.io', 'CiliumNetworkPolicy.cilium.io', 'CiliumNodeConfig.cilium.io',
  'ServiceExport.multicluster.x-k8s.io', 'ServiceImport.multicluster.x-k8s.io',
]);

function inNamespace(object: any): any {
  return object.metadata.namespace === undefined && NAMESPACED.has(groupKind(objectName(object))) ? { ...object, metadata: { ...object.metadata, namespace: 'default' } } : object;
}

function isDefinition({ apiVersion, kind }: any): boolean {
  return (kind === 'Namespace' && apiVersion === 'v1') || (kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/'));
}

import { ApiResource, objectPath, resourceOf } from './api-resources';
import { ClusterObjects, CurrentObjects, Removal } from './apply-objects';
import { APPLY_SETS, applySetId, ApplySetName, PART_OF, RecordedSet } from './apply-set';
import { groupKind, groupOf, LiveObject, ObjectName, objectKey, objectName } from './live-object';
import { byKey } from './object-changes';
import { policyOrder } from '../../evaluator/queries/policy-order';
import { EvaluatedCluster, readCluster } from '../../evaluator/read/cluster';
import { isPolicyKind } from '../../evaluator/read/policy/policy';
import { isWorkload } from '../../evaluator/read/workload';
import { Manifest } from '../../manifests/manifest';

/** The objects of a cluster's manifests, in the order in which they are applied. */
export function clusterObjects(cluster: EvaluatedCluster): Pick<ClusterObjects, 'definitions' | 'sets'> {
  const order = policyOrder(cluster);
  const rank = new Map(order.map(({ manifest }, index) => [manifest, index]));
  const rankOf = (manifest: Manifest) => rank.get(manifest) ?? -1;
  const onlyDenies = new Set(order.filter(each => each.onlyDenies).map(each => each.manifest));
  const definitions: LiveObject[] = [];
  const sets: { [set in ApplySetName]: LiveObject[] } = { objects: [], denies: [], backends: [] };
  // policies come after their dependencies, such as CIDR groups; the sort keeps the order of all other objects
  const { manifests, applied = manifests } = cluster.input;
  const namespaced = new Set([...NAMESPACED, ...applied.flatMap(({ object }) => definedKind(object) ?? [])]);
  for (const manifest of [...applied].sort((one, other) => rankOf(one) - rankOf(other))) {
    const live = withNamespace(manifest.object, each => namespaced.has(groupKind(each)));
    const { object } = live;
    if (isDefinition(object)) {
      definitions.push(live);
    } else {
      const set = onlyDenies.has(manifest)
        ? 'denies'
        : isWorkload(object)
          ? 'backends'
          : (SET_OF_COPIES[object.kind] ?? 'objects');
      sets[set].push(live);
    }
  }
  return { definitions, sets };
}

/** What a cluster was asked about the apply sets in it. */
export interface SetAnswers {
  readonly resources: readonly ApiResource[];
  /** The sets of all programs. */
  readonly sets: readonly RecordedSet[];
  /** The members of all sets, of all programs. */
  readonly members: readonly any[];
  /** The definitions of the manifests that exist. */
  readonly definitions: readonly any[];
  /** The other objects of the manifests that exist, and belong to no set. */
  readonly others: readonly any[];
}

/** Compares the members of the apply sets in a cluster with its manifests. */
export function compareMembers(
  cluster: EvaluatedCluster,
  { definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>,
  answers: SetAnswers,
  applySet: string,
): CurrentObjects {
  const { resources } = answers;
  const manifests = APPLY_SETS.flatMap(set => sets[set].map(each => [objectKey(each), set] as const));
  const setOf = new Map(manifests);
  const definitionKeys = new Set(definitions.map(objectKey));
  const setIn = (each: ObjectName) => setOf.get(objectKey(each));
  const members = answers.members.flatMap(object => {
    const id: string | undefined = object.metadata.labels?.[PART_OF];
    const set = APPLY_SETS.find(each => applySetId(applySet, each) === id);
    // its label is a copy of that of a Service, or of Endpoints
    const isCopy = SET_OF_COPIES[object.kind] !== undefined && SET_OF_COPIES[object.kind] !== set;
    return id === undefined || isCopy ? [] : [{ ...objectName(object), object, id, set }];
  });
  const own = members.flatMap(({ set, ...each }) => (set === undefined ? [] : [{ ...each, set }]));
  const removals = own
    .filter(each => setIn(each) === undefined && !definitionKeys.has(objectKey(each)))
    .flatMap(({ id, ...each }): Removal[] => {
      const resource = resourceOf(resources, each);
      const { uid } = each.object.metadata;
      return resource === undefined
        ? []
        : [{ ...each, uid, path: objectPath(resource, each), isPolicy: isPolicyKind(each.kind) }];
    });
  const order = removalOrder(cluster, removals);
  const ids = APPLY_SETS.map(each => applySetId(applySet, each));
  return {
    removals: removals.sort(
      (one, other) =>
        order.indexOf(one.object) - order.indexOf(other.object) || (objectKey(one) < objectKey(other) ? -1 : 1),
    ),
    keptMembers: own.length - removals.length,
    shared: members
      .filter(each => each.set === undefined && setIn(each) !== undefined)
      .map(({ group, kind, namespace, name, id }) => ({
        group,
        kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
        owner: answers.sets.find(each => each.id === id)?.name ?? id,
      })),
    existing: new Set([...own, ...answers.definitions.map(objectName)].map(objectKey)),
    live: byKey([...answers.others, ...answers.definitions, ...answers.members]),
    served: new Set(resources.map(each => groupKind({ ...each, group: groupOf(each.apiVersion) }))),
    recorded: answers.sets.filter(each => ids.includes(each.id)),
  };
}

/** The objects of policies, in the order of their removal. Most runs remove nothing, and read the cluster once. */
function removalOrder({ name, input }: EvaluatedCluster, removals: readonly Removal[]): any[] {
  if (removals.length === 0) {
    return [];
  }
  const manifests = removals.map(({ object }): Manifest => ({ file: name, object, line: () => 1 }));
  const together = readCluster({ ...input, manifests: [...input.manifests, ...manifests] });
  return policyOrder(together)
    .map(({ manifest }) => manifest.object)
    .reverse();
}

/** The sets of kinds to which Kubernetes copies the labels of others (apply-set.ts). */
const SET_OF_COPIES: { readonly [kind: string]: ApplySetName | undefined } = {
  EndpointSlice: 'backends',
  Endpoints: 'denies',
};

/**
 * Namespaced kinds: their objects without a namespace go to `default`, whatever namespace the context of kubectl has.
 */
const NAMESPACED = new Set([
  'ConfigMap',
  'Endpoints',
  'LimitRange',
  'PersistentVolumeClaim',
  'Pod',
  'ReplicationController',
  'ResourceQuota',
  'Secret',
  'Service',
  'ServiceAccount',
  'DaemonSet.apps',
  'Deployment.apps',
  'ReplicaSet.apps',
  'StatefulSet.apps',
  'HorizontalPodAutoscaler.autoscaling',
  'CronJob.batch',
  'Job.batch',
  'EndpointSlice.discovery.k8s.io',
  'Ingress.networking.k8s.io',
  'NetworkPolicy.networking.k8s.io',
  'PodDisruptionBudget.policy',
  'Role.rbac.authorization.k8s.io',
  'RoleBinding.rbac.authorization.k8s.io',
  'CiliumEnvoyConfig.cilium.io',
  'CiliumLocalRedirectPolicy.cilium.io',
  'CiliumNetworkPolicy.cilium.io',
  'CiliumNodeConfig.cilium.io',
  'ServiceExport.multicluster.x-k8s.io',
  'ServiceImport.multicluster.x-k8s.io',
]);

/** The kind that a definition of the manifests makes, if it is namespaced. */
function definedKind(object: any): string | undefined {
  const { group, scope, names } = (isDefinition(object) && object.spec) || {};
  return scope === 'Namespaced' && typeof group === 'string' && typeof names?.kind === 'string'
    ? groupKind({ group, kind: names.kind })
    : undefined;
}

/** The sets with the namespaces of objects whose kinds only the API server knows. */
export function withServedNamespaces(
  sets: ClusterObjects['sets'],
  resources: readonly ApiResource[],
): ClusterObjects['sets'] {
  const isNamespaced = (each: ObjectName) => resourceOf(resources, each)?.namespaced === true;
  const all = APPLY_SETS.map(set => [set, sets[set].map(({ object }) => withNamespace(object, isNamespaced))] as const);
  return Object.fromEntries(all) as { readonly [set in ApplySetName]: LiveObject[] };
}

function withNamespace(object: any, isNamespaced: (name: ObjectName) => boolean): LiveObject {
  const name = objectName(object);
  return name.namespace !== undefined || !isNamespaced(name)
    ? { ...name, object }
    : { ...name, namespace: 'default', object: { ...object, metadata: { ...object.metadata, namespace: 'default' } } };
}

function isDefinition({ apiVersion, kind }: any): boolean {
  return (
    (kind === 'Namespace' && apiVersion === 'v1') ||
    (kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/'))
  );
}

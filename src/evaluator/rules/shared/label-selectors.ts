import { CLUSTER_LABEL, NAMESPACE_LABEL, NAMESPACE_LABELS_PREFIX } from '../../../cilium/labels';
import { Manifest } from '../../../manifests/manifest';
import { PolicyEntry } from '../../engine/entry';
import { LabelSet } from '../../engine/label-set';
import { meets, PeerSelector, Requirement } from '../../engine/selector';
import { EvaluatedCluster, namespaceName } from '../../read/cluster';
import { EvaluatedMesh } from '../../read/mesh';

/** A selector by labels. */
export type LabelSelector = Extract<PeerSelector, { kind: 'labels' }>;

/** The selectors by labels of an entry; entities and Cilium's own are not among them. */
export function labelSelectors({ peers }: PolicyEntry): readonly LabelSelector[] {
  // most entries have no other peers
  return peers === 'none' ? [] : peers.every(isLabelSelector) ? peers : peers.filter(isLabelSelector);
}

function isLabelSelector(peer: PeerSelector): peer is LabelSelector {
  return peer.kind === 'labels' && peer.requirements.length > 0;
}

/** Whether a selector matches what has no labels of pods: the world, nodes, the API server. */
export function includesWorld(requirements: readonly Requirement[]): boolean {
  return requirements.length > 0 && meets(requirements, WORLD);
}

const WORLD = new LabelSet([{ source: 'reserved', key: 'world', value: '' }]);

/** Whether a condition is about labels that pods have themselves. */
export function namesPods({ source, key, operator }: Requirement): boolean {
  return (
    (operator === 'In' || operator === 'Exists') &&
    source !== 'reserved' &&
    key !== NAMESPACE_LABEL &&
    key !== CLUSTER_LABEL &&
    !key.startsWith(NAMESPACE_LABELS_PREFIX)
  );
}

const NAMESPACE_NAME_LABEL = `${NAMESPACE_LABELS_PREFIX}.kubernetes.io/metadata.name`;

/** The namespaces that a selector names, if it names any. */
export function namespacesOf(requirements: readonly Requirement[]): readonly string[] | undefined {
  return requirements.find(
    ({ key, operator }) => (key === NAMESPACE_LABEL || key === NAMESPACE_NAME_LABEL) && operator === 'In',
  )?.values;
}

/** Whether a key of a selector is the label that every namespace has with its own name. */
export function isNamespaceName(key: string): boolean {
  return key === NAMESPACE_NAME_LABEL;
}

/** Whether the manifests show the pods of a namespace of a cluster, at least some. */
export function hasWorkloads({ workloads }: EvaluatedCluster, namespace: string): boolean {
  return workloads.some(each => each.namespace === namespace);
}

/** Every cluster has these namespaces, and manifests rarely do. */
export const BUILT_IN_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Every cluster runs pods in this namespace. Manifests without any do not show the whole cluster. */
export const SYSTEM_NAMESPACE = 'kube-system';

/** Whether a selector names a cluster outside the mesh. `cluster-unknown` reports it. */
export function namesUnknownCluster(mesh: EvaluatedMesh, requirements: readonly Requirement[]): boolean {
  return requirements.some(
    ({ key, operator, values }) =>
      key === CLUSTER_LABEL && operator === 'In' && values.some(name => mesh.cluster(name) === undefined),
  );
}

/**
 * Whether the namespace of a policy is certain. If the policy writes none, `kubectl --namespace` and the context
 * decide. Then only pods of the assumed namespace in the same folder show that the folder is applied as it is.
 */
export function showsNamespaceOf({ workloads }: EvaluatedCluster, { file, object }: Manifest): boolean {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
  const own = namespaceName(object);
  return (
    object.metadata.namespace !== undefined ||
    workloads.some(
      ({ manifest, namespace }) =>
        folderOf(manifest.file) === folderOf(file) && (own === '' || namespace === own),
    )
  );
}

/**
 * The label that Cilium gives every endpoint's identity with the name of its cluster (pkg/k8s/apis/cilium.io/const.go,
 * v1.20.2).
 */
export const CLUSTER_LABEL = 'io.cilium.k8s.policy.cluster';

/** The label with the pod's namespace. */
export const NAMESPACE_LABEL = 'io.kubernetes.pod.namespace';

/** Prefix of the labels with the labels of the pod's namespace. */
export const NAMESPACE_LABELS_PREFIX = 'io.cilium.k8s.namespace.labels';

/** The label with the pod's service account. */
export const SERVICE_ACCOUNT_LABEL = 'io.cilium.k8s.policy.serviceaccount';

/**
 * Whether a label's key is one of Cilium's own (RemoveCiliumLabels, pkg/k8s/utils/utils.go, v1.20.2). Pods cannot give
 * themselves such a label: Cilium's value takes its place.
 */
export function isCiliumLabel(key: string): boolean {
  return key.startsWith('io.cilium.k8s');
}

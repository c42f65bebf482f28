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

/** Annotation of a Namespace: whether it is global (pkg/annotation/k8s.go, v1.20.2). */
export const GLOBAL_NAMESPACE_ANNOTATION = 'clustermesh.cilium.io/global';

/** Cilium's default label prefixes: `+` includes, `-` ignores (pkg/labelsfilter/filter.go, v1.20.2). */
const PREFIXES: ReadonlyArray<[mode: '+' | '-', pattern: RegExp]> = [
  ['+', /^io\.kubernetes\.pod\.namespace/],
  ['+', /^io\.cilium\.k8s\.namespace\.labels/],
  ['+', /^app\.kubernetes\.io/],
  ['+', /^io\.cilium\.k8s\.policy\.cluster/],
  ['+', /^io\.cilium\.k8s\.policy\.serviceaccount/],
  ['-', /^io\.kubernetes/],
  ['-', /^kubernetes\.io/],
  ['-', /^statefulset\.kubernetes\.io\/pod-name/],
  ['-', /^apps\.kubernetes\.io\/pod-index/],
  ['-', /^batch\.kubernetes\.io\/job-completion-index/],
  ['-', /^batch\.kubernetes\.io\/controller-uid/],
  ['-', /^.*beta\.kubernetes\.io/],
  ['-', /^k8s\.io/],
  ['-', /^pod-template-generation/],
  ['-', /^pod-template-hash/],
  ['-', /^controller-revision-hash/],
  ['-', /^controller-uid/],
  ['-', /^annotation.*/],
  ['-', /^etcd_node/],
  ['-', /^topology\.kubernetes\.io/],
];

/**
 * Whether a pod's label is part of its identity. Labels that are not never match a selector of a policy.
 *
 * A label is kept when no prefix ignores it, or when the longest that includes it matches more of it than the shortest
 * that ignores it.
 */
export function isIdentityLabel(key: string): boolean {
  const lengths = (mode: '+' | '-') => PREFIXES.filter(prefix => prefix[0] === mode)
    .map(([, pattern]) => pattern.exec(key)?.[0].length ?? 0)
    .filter(length => length > 0);
  const ignored = lengths('-');
  return ignored.length === 0 || Math.max(0, ...lengths('+')) > Math.min(...ignored);
}

/** Why a text is no label key, or undefined when it is one (apimachinery's IsQualifiedName). */
export function labelKeyProblem(key: unknown): string | undefined {
  if (typeof key !== 'string') {
    return 'is not a string';
  }
  const parts = key.split('/');
  if (parts.length > 2) {
    return 'has more than one slash';
  }
  const name = parts[parts.length - 1];
  if (parts.length === 2 && !isDnsSubdomain(parts[0])) {
    return 'has a prefix that is not a DNS subdomain';
  }
  return /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name) ? undefined : 'has a name that is not 1 to 63 letters, digits, dashes, underscores and dots';
}

/** Why a text is no label value, or undefined when it is one (apimachinery's IsValidLabelValue). */
export function labelValueProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') {
    return 'is not a string';
  }
  return value === '' || /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(value)
    ? undefined
    : 'is not at most 63 letters, digits, dashes, underscores and dots, beginning and ending with a letter or digit';
}

/** RFC 1123 label: names of namespaces. */
export function isDnsLabel(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

/** RFC 1035 label: names of Services. */
export function isServiceName(text: unknown): text is string {
  return isDnsLabel(text) && /^[a-z]/.test(text);
}

/** RFC 1123 subdomain: names of most objects. */
export function isDnsSubdomain(text: unknown): text is string {
  return typeof text === 'string' && text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text);
}

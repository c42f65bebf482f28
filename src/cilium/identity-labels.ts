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
 * Whether a pod's label is part of its identity. Selectors of policies never match other labels.
 *
 * Cilium keeps a label if no prefix ignores it. It also keeps it if the longest including prefix matches more of it
 * than the shortest ignoring one.
 */
export function isIdentityLabel(key: string): boolean {
  const lengths = (mode: '+' | '-') =>
    PREFIXES.filter(prefix => prefix[0] === mode)
      .map(([, pattern]) => pattern.exec(key)?.[0].length ?? 0)
      .filter(length => length > 0);
  const ignored = lengths('-');
  return ignored.length === 0 || Math.max(0, ...lengths('+')) > Math.min(...ignored);
}

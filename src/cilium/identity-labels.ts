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

/** By what `diff --group-by` groups endpoints. */
export const DIFF_GROUPS = ['cluster', 'namespace', 'workload'] as const;
export type DiffGroup = (typeof DIFF_GROUPS)[number];

import { isIdentityLabel } from '../../cilium/identity-labels';
import { labelKeyProblem, labelValueProblem } from '../../cilium/label-syntax';
import { isCiliumLabel, NAMESPACE_LABEL } from '../../cilium/labels';
import { Workload } from '../../evaluator/read/workload';

/** Labels by key. */
export type Labels = ReadonlyMap<string, string>;

/**
 * Keys whose values change with a release, a rollout or a pod, or that say who wrote an object: policies that select by
 * them would break with the next one.
 */
const UNSTABLE: readonly RegExp[] = [
  /^(version|chart|heritage|managed-by|pod-template-.*|controller-.*|statefulset\..*|job-name|apps\..*pod-index)$/,
  /^(helm\.sh|batch\.kubernetes\.io|topology\.kubernetes\.io|rollouts-pod-template-hash)(\/|$)/,
  /^app\.kubernetes\.io\/(version|managed-by)$/,
  /^apps\.kubernetes\.io\/pod-index$/,
  /^(security|service|topology)\.istio\.io\//,
  /(hash|checksum|revision|generation|timestamp|build)/i,
];

/** The longest key whose name Cilium accepts in selectors in every version (`any.` is part of it up to 1.19). */
const LONGEST_NAME = 59;

/** Whether a label names an application rather than one of its releases, rollouts or pods. */
export function isStableKey(key: string): boolean {
  return !UNSTABLE.some(pattern => pattern.test(key));
}

/** The labels of a workload's identity that policies can select by for long. */
export function stableLabels({ labels }: Workload): Labels {
  return new Map(
    labels.labels
      .filter(({ source, key, value }) => source === 'k8s' && isSelectable(key, value) && isStableKey(key))
      .map(({ key, value }): [string, string] => [key, value])
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function isSelectable(key: string, value: string): boolean {
  return (
    !isCiliumLabel(key) &&
    key !== NAMESPACE_LABEL &&
    isIdentityLabel(key) &&
    labelKeyProblem(key) === undefined &&
    labelValueProblem(value) === undefined &&
    key.slice(key.indexOf('/') + 1).length <= LONGEST_NAME
  );
}

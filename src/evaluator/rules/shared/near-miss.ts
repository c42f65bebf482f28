import { namesPods } from './label-selectors';
import { listNames } from './names';
import { LabelFilter } from '../../../cilium/identity-labels';
import { CLUSTER_LABEL, isCiliumLabel, NAMESPACE_LABEL } from '../../../cilium/labels';
import { isTypingError, nearest } from '../../../diagnostics/did-you-mean';
import { LabelSet } from '../../engine/label-set';
import { Requirement } from '../../engine/selector';
import { BitSet } from '../../flows/bit-set';
import { Workload } from '../../read/workload';
import { RuleContext } from '../context';

/**
 * `; closest: shop/web@tion with app=web instead of app=wbe`, for the one condition without which the selector
 * matches.
 */
export function nearMiss(context: RuleContext, requirements: readonly Requirement[], among: BitSet): string {
  const sorted = [...requirements].sort((one, other) => Number(namesPods(other)) - Number(namesPods(one)));
  for (const requirement of sorted) {
    const others = requirements.filter(each => each !== requirement);
    const near = context.index
      .meeting(others)
      .and(among)
      .toArray()
      .flatMap(number => {
        const has = instead(requirement, context.index.classes[number].labels, others.some(namesPods));
        return has === undefined ? [] : [{ number, has }];
      });
    if (near.length > 0) {
      const [{ has }] = near;
      const names = listNames(context.namesOf(near.filter(each => each.has === has).map(({ number }) => number)));
      return `; closest: ${names} ${has}`;
    }
  }
  return '';
}

/**
 * The same for a mistyped value only, or for a value under another key that names pods, where pods that the manifests
 * do not show may have what the selector asks for. Empty if nothing looks mistyped.
 */
export function typingError(context: RuleContext, requirements: readonly Requirement[], among: BitSet): string {
  for (const requirement of requirements.filter(each => namesPods(each) && each.operator === 'In')) {
    const { source, key, values } = requirement;
    const others = requirements.filter(each => each !== requirement);
    const near = context.index
      .meeting(others)
      .and(among)
      .toArray()
      .filter(number => {
        const has = context.index.classes[number].labels.get(source, key);
        return has !== undefined && values.some(wanted => isTypingError(wanted, has));
      });
    if (near.length > 0) {
      const has = context.index.classes[near[0]].labels.get(source, key);
      const names = listNames(context.namesOf(near));
      return `; closest: ${names} with ${formatKey(key)}=${has}${insteadOf(requirement)}`;
    }
  }
  return renamedKey(context, requirements, among);
}

/** Why a selector that resembles no workload may still be right. */
export const UNSEEN_PODS = 'Pods that the manifests do not show may match it';

/** Keys of the name of an application. Two of them with one value mean the same pods. */
const NAME_KEYS = ['app', 'name', 'k8s-app', 'app.kubernetes.io/name', 'app.kubernetes.io/instance'];

/** A workload with the wanted name under another key, unless a kustomization or a variant may have other labels. */
function renamedKey(context: RuleContext, requirements: readonly Requirement[], among: BitSet): string {
  const [wanted, ...more] = requirements.filter(namesPods);
  if (more.length > 0 || wanted?.operator !== 'In' || !NAME_KEYS.includes(wanted.key)) {
    return '';
  }
  const others = requirements.filter(each => each !== wanted);
  for (const number of context.index.meeting(others).and(among).toArray()) {
    const { cluster, labels, workloads } = context.index.classes[number];
    const { input: { kustomized } = {}, duplicates = [] } = context.mesh.cluster(cluster) ?? {};
    const mayDiffer = ({ manifest }: Workload) =>
      kustomized?.has(manifest.file) || duplicates.some(({ first, second }) => [first, second].includes(manifest));
    const key = NAME_KEYS.find(each => wanted.values.includes(labels.get('k8s', each) ?? ''));
    const isCertain =
      labels.get('k8s', wanted.key) === undefined && !workloads.some(mayDiffer);
    if (key !== undefined && isCertain) {
      return `; closest: ${listNames(context.namesOf([number]))} with ${key}=${labels.get('k8s', key)}${insteadOf(wanted)}`;
    }
  }
  return '';
}

/** Whether a selector wants a label that no identity has: label-not-in-identity reports it. */
export function wantsIgnoredLabel(requirements: readonly Requirement[], filter: LabelFilter): boolean {
  return requirements.some(
    ({ key, operator }) => (operator === 'In' || operator === 'Exists') && !filter.keeps(key),
  );
}

/**
 * What an identity has in the place of what a condition asks for. Where no other condition names pods, only what
 * looks like it: a mistyped value
 * or key, or the value under another key.
 */
function instead(
  { source, key, operator, values }: Requirement,
  labels: LabelSet,
  isNamed: boolean,
): string | undefined {
  const value = labels.get(source, key);
  if (value !== undefined) {
    const isNear = isNamed || (operator === 'In' && values.some(wanted => nearest(wanted, [value]) !== undefined));
    return isNear ? `with ${formatKey(key)}=${value}${insteadOf({ key, operator, values })}` : undefined;
  }
  const own = labels.labels.filter(label => !isCiliumLabel(label.key) && label.key !== NAMESPACE_LABEL);
  const renamed =
    own.find(label => operator === 'In' && values.includes(label.value)) ??
    own.find(label => nearest(key, [label.key]) !== undefined);
  return renamed
    ? `with ${renamed.key}=${renamed.value}${insteadOf({ key, operator, values })}`
    : isNamed
      ? `without label ${formatKey(key)}`
      : undefined;
}

function insteadOf({ key, operator, values }: Omit<Requirement, 'source'>): string {
  switch (operator) {
    case 'In':
      return ` instead of ${formatKey(key)}=${values.join(' or ')}`;
    case 'Exists':
      return ` instead of ${formatKey(key)}`;
    default:
      return ', which the selector excludes';
  }
}

/** Cilium's own labels in short. */
function formatKey(key: string): string {
  return key === NAMESPACE_LABEL ? 'namespace' : key === CLUSTER_LABEL ? 'cluster' : key;
}

import { Addition } from './added-policies';
import { CLUSTER_LABEL } from '../../cilium/labels';
import { grouped } from '../../diagnostics/grouped';

/**
 * The same additions, with one policy for those that differ in nothing but the cluster of one peer. It selects what
 * they select together, and has the name of the first.
 */
export function mergePeerClusters(additions: readonly Addition[]): Addition[] {
  const groups = grouped(additions, ({ cluster, direction, policy: { metadata, ...rest } }) =>
    JSON.stringify([cluster, direction, metadata.namespace, rest], (key, value) => (key === KEY ? '' : value)),
  );
  return [...groups.values()].flatMap(merged);
}

const KEY = `k8s:${CLUSTER_LABEL}`;

/** Additions whose policies have peers at the same places. */
function merged(additions: readonly Addition[]): readonly Addition[] {
  const [first] = additions;
  const named = additions.map(({ policy }) => clustersOf(policy));
  const differing = named[0].flatMap((_, place) => (new Set(named.map(each => each[place])).size > 1 ? [place] : []));
  if (differing.length !== 1) {
    return additions;
  }
  const [place] = differing;
  const values = [...new Set(named.map(each => each[place]))].sort();
  return [{ ...first, policy: withClusters(first.policy, place, values) }];
}

/** The clusters that the selectors of a policy name, in their order. */
function clustersOf(value: unknown): string[] {
  return isSelector(value)
    ? [value.matchLabels[KEY]]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(clustersOf)
      : [];
}

/** A policy in which the selector at a place, counted as in `clustersOf`, names several clusters. */
function withClusters(policy: any, place: number, values: readonly string[]): any {
  let at = 0;
  const copy = (value: any): any => {
    if (isSelector(value)) {
      return at++ === place ? selectorIn(value, values) : value;
    }
    return Array.isArray(value)
      ? value.map(copy)
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each)]))
        : value;
  };
  return copy(policy);
}

function selectorIn({ matchLabels, matchExpressions = [] }: ClusterSelector, values: readonly string[]): object {
  const { [KEY]: _, ...labels } = matchLabels;
  return { matchLabels: labels, matchExpressions: [...matchExpressions, { key: KEY, operator: 'In', values }] };
}

interface ClusterSelector {
  readonly matchLabels: { readonly [key: string]: string };
  readonly matchExpressions?: readonly object[];
}

function isSelector(value: any): value is ClusterSelector {
  return value?.matchLabels?.[KEY] !== undefined;
}

import { ApplySettings, ClusterObjects, Removal } from './apply-objects';
import { APPLY_SETS } from './apply-set';
import { groupKind, objectKey } from './live-object';

/** Removals that a person must confirm by a name, beside the question about all removals. */
export interface RemovalGuard {
  readonly cluster: string;
  /** The name to confirm: of the cluster, or of the object. */
  readonly name: string;
  readonly reason: GuardReason;
}

export type GuardReason =
  /** The cluster would lose every object of the sets. */
  | { readonly kind: 'everything'; readonly removals: number }
  /** More objects leave than stay, and others come: the sets may be those of another program. */
  | { readonly kind: 'foreign'; readonly removals: number; readonly kept: number }
  /** More objects leave than the limit allows. */
  | { readonly kind: 'many'; readonly removals: number; readonly limit: number }
  /** Others depend on the object, or data goes with it. */
  | { readonly kind: 'object'; readonly removal: Removal };

/** Half of the members of the sets, and at least this many. */
const LEAST_LIMIT = 10;

/** The removals of each cluster that must be confirmed by name. `maxRemovals` is a number of objects in one cluster. */
export function removalGuards(clusters: readonly ClusterObjects[], maxRemovals?: number): RemovalGuard[] {
  return clusters.flatMap(cluster => {
    const { name, current } = cluster;
    const reason = reasonOf(cluster, maxRemovals);
    return [
      ...(reason ? [{ cluster: name, name, reason }] : []),
      ...current.removals
        .filter(isPrecious)
        .map(removal => ({ cluster: name, name: removal.name, reason: { kind: 'object' as const, removal } })),
    ];
  });
}

function reasonOf({ sets, current }: ClusterObjects, maxRemovals: number | undefined): GuardReason | undefined {
  const { keptMembers: kept, existing } = current;
  const removals = current.removals.length;
  const limit = maxRemovals ?? Math.max(LEAST_LIMIT, Math.floor((removals + kept) / 2));
  const hasAdditions = APPLY_SETS.some(set => sets[set].some(each => !existing.has(objectKey(each))));
  if (removals === 0) {
    return undefined;
  }
  if (kept === 0) {
    return { kind: 'everything', removals };
  }
  if (removals > limit) {
    return { kind: 'many', removals, limit };
  }
  return removals > kept && hasAdditions ? { kind: 'foreign', removals, kept } : undefined;
}

/** Kinds whose removal removes other objects, or data. */
const PRECIOUS = new Set([
  'Namespace',
  'CustomResourceDefinition.apiextensions.k8s.io',
  'PersistentVolume',
  'PersistentVolumeClaim',
]);

/** Deletes other objects with it, or the data of a volume. */
function isPrecious(removal: Removal): boolean {
  const { persistentVolumeClaimRetentionPolicy: retention } = removal.object.spec ?? {};
  return PRECIOUS.has(groupKind(removal)) || retention?.whenDeleted === 'Delete';
}

/**
 * The clusters whose apply sets contain nothing of this mesh, although it has objects for them. Another program seems
 * to use the same name: apply would remove all of its objects.
 */
export function foreignSets(clusters: readonly ClusterObjects[]): ClusterObjects[] {
  return clusters.filter(
    ({ current, sets }) =>
      current.removals.length > 0 && current.keptMembers === 0 && APPLY_SETS.some(set => sets[set].length > 0),
  );
}

/** The clusters with objects that belong to another set. */
export function sharedObjects(clusters: readonly ClusterObjects[], { takeOver }: ApplySettings): ClusterObjects[] {
  return takeOver ? [] : clusters.filter(({ current }) => current.shared.length > 0);
}

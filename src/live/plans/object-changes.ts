import { ClusterObjects, missingDefinitions, needsDefinition } from './apply-objects';
import { APPLY_SETS } from './apply-set';
import { FieldChange, fieldChanges, setsField, withoutServerFields } from './field-changes';
import { groupKind, LiveObject, ObjectName, objectKey, objectName } from './live-object';

/** What apply would change in the objects of a cluster; removals are in `CurrentObjects`. */
export interface ObjectChanges {
  readonly added: readonly ObjectName[];
  readonly changed: readonly ChangedObject[];
  /** Of `added`, those that the API server cannot validate before other things exist. */
  readonly unvalidated: readonly Unvalidated[];
}

/** An object that apply would change. */
export interface ChangedObject extends ObjectName {
  /** At least one. Those of a Secret have no values. */
  readonly fields: readonly FieldChange[];
  /** The pods of the workload are replaced. */
  readonly restarts: boolean;
}

/** An object that the API server cannot validate yet. */
export interface Unvalidated extends ObjectName {
  readonly reason: 'no-cluster' | 'no-namespace' | 'no-kind';
}

/** All objects of the manifests of a cluster. */
export function allObjects({ definitions, sets }: Pick<ClusterObjects, 'definitions' | 'sets'>): LiveObject[] {
  return [...definitions, ...APPLY_SETS.flatMap(set => sets[set])];
}

/** Why the API server cannot validate an object yet; undefined if it can. `served` has its kinds (`groupKind`). */
export function unvalidatedReason(
  object: ObjectName,
  cluster: ClusterObjects,
  served: ReadonlySet<string>,
): Unvalidated['reason'] | undefined {
  if (!served.has(groupKind(object))) {
    return 'no-kind';
  }
  return needsDefinition(object, missingDefinitions(cluster)) ? 'no-namespace' : undefined;
}

/** The changes of a cluster that does not exist yet: everything is added. */
export function changesOfNewCluster(cluster: Pick<ClusterObjects, 'definitions' | 'sets'>): ObjectChanges {
  const added = allObjects(cluster).map(nameOf);
  return { added, changed: [], unvalidated: added.map(each => ({ ...each, reason: 'no-cluster' })) };
}

/**
 * The changes of a cluster. `live` has the objects of the manifests that exist, `merged` what they would become; both
 * as the API server prints them, by their keys.
 */
export function objectChanges(
  objects: readonly LiveObject[],
  live: ReadonlyMap<string, any>,
  merged: ReadonlyMap<string, any>,
  unvalidated: readonly Unvalidated[],
): ObjectChanges {
  return {
    added: objects.filter(each => !live.has(objectKey(each))).map(nameOf),
    changed: objects.flatMap(object => {
      const [before, after] = [live, merged].map(all => all.get(objectKey(object)));
      const fields =
        before && after ? fieldChanges(withoutServerFields(before), withoutServerFields(after)).map(hide(object)) : [];
      return fields.length === 0
        ? []
        : [{ ...nameOf(object), fields, restarts: fields.some(({ path }) => isTemplate(path)) && isRolledOut(after) }];
    }),
    unvalidated,
  };
}

/** Removes the values of a Secret from a change. */
function hide({ group, kind }: ObjectName): (change: FieldChange) => FieldChange {
  const isSecret = group === '' && kind === 'Secret';
  return change => (isSecret && ['data', 'stringData'].includes(change.path[0]) ? { path: change.path } : change);
}

function isTemplate([first, second]: readonly string[]): boolean {
  return first === 'spec' && second === 'template';
}

/** Whether a controller replaces the pods of a workload when its template changes. */
export function isRolledOut({ kind, spec }: any): boolean {
  return (
    ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind) &&
    spec?.updateStrategy?.type !== 'OnDelete' &&
    spec?.paused !== true
  );
}

function nameOf({ group, kind, namespace, name }: ObjectName): ObjectName {
  return { group, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** Objects as an API server prints them, by their keys. */
export function byKey(objects: readonly any[]): Map<string, any> {
  return new Map(objects.map(object => [objectKey(objectName(object)), object]));
}

/**
 * The objects of the manifests that changed in a cluster after their changes were shown, with the fields. A field that
 * the manifest does not set, such as the replicas of an autoscaled workload, does not count.
 */
export function meanwhileChanged(
  objects: readonly LiveObject[],
  shown: ReadonlyMap<string, any>,
  now: ReadonlyMap<string, any>,
): ChangedObject[] {
  return objects.flatMap(object => {
    const [before, after] = [shown, now].map(all => all.get(objectKey(object)));
    const fields =
      before && after
        ? fieldChanges(withoutServerFields(before), withoutServerFields(after)).filter(({ path }) =>
          setsField(object.object, path),
        )
        : [];
    return fields.length === 0 ? [] : [{ ...nameOf(object), fields: fields.map(hide(object)), restarts: false }];
  });
}

import { isMap } from '../../diagnostics/is-map';

/** A field that differs between two states of an object. An absent value means that the field is not set. */
export interface FieldChange {
  /** Keys of mappings; elements of lists as `[web]`, by their names where all have one, or as `[0]`. */
  readonly path: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Fields of the metadata that the API server writes, and that no manifest sets. */
const SERVER_FIELDS = [
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'selfLink',
];

/** Annotations in which kubectl and controllers keep copies of the object, and counters. */
const COPIES = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deprecated.daemonset.template.generation',
];

/** An object without its status and what the API server writes. */
export function withoutServerFields(object: any): any {
  const { status: _, metadata = {}, ...rest } = object;
  const { annotations, ...others } = metadata;
  const kept = without(annotations ?? {}, COPIES);
  return {
    ...rest,
    metadata: { ...without(others, SERVER_FIELDS), ...(Object.keys(kept).length > 0 ? { annotations: kept } : {}) },
  };
}

function without(object: any, keys: readonly string[]): any {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/**
 * The fields that differ. A field that is not set differs from an empty one: a policy without `ingress` is another one
 * than with `ingress: []`.
 */
export function fieldChanges(before: unknown, after: unknown, path: readonly string[] = []): FieldChange[] {
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(after), ...Object.keys(before)])].sort();
    return keys.flatMap(key => {
      const [old, updated] = [before[key], after[key]];
      return fieldChanges(
        old === undefined && isFlat(updated) ? {} : old,
        updated === undefined && isFlat(old) ? {} : updated,
        [...path, key],
      );
    });
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    return listChanges(before, after, path);
  }
  return before === after
    ? []
    : [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function listChanges(before: readonly unknown[], after: readonly unknown[], path: readonly string[]): FieldChange[] {
  const [old, updated] = [before, after].map(namesOf);
  if (!old || !updated) {
    return Array.from({ length: Math.max(before.length, after.length) }, (_, index) =>
      fieldChanges(before[index], after[index], [...path, `[${index}]`]),
    ).flat();
  }
  const changes = [...new Set([...updated, ...old])].flatMap(name =>
    fieldChanges(before[old.indexOf(name)], after[updated.indexOf(name)], [...path, `[${name}]`]),
  );
  // the order of containers and of their variables counts
  return changes.length === 0 && old.join('\n') !== updated.join('\n') ? [{ path, before, after }] : changes;
}

/** The names of the elements of a list, if each has one of its own. */
function namesOf(list: readonly unknown[]): string[] | undefined {
  const names = list.flatMap(each => (isMap(each) && typeof each.name === 'string' ? [each.name] : []));
  return names.length === list.length && new Set(names).size === names.length ? names : undefined;
}

/** Whether a manifest sets a field, or one around or in it. Inside of lists, every field counts as set. */
export function setsField(manifest: unknown, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  return key === undefined || !isMap(manifest) || (Object.hasOwn(manifest, key) && setsField(manifest[key], rest));
}

/** A mapping of texts and the like, such as annotations: each of its keys is a field of its own. */
function isFlat(value: unknown): boolean {
  const values = isMap(value) ? Object.values(value) : [];
  return values.length > 0 && values.every(each => typeof each !== 'object');
}

/** `spec.template.spec.containers[web].image`, `metadata.labels["app.kubernetes.io/name"]`. */
export function formatPath(path: readonly string[]): string {
  return path
    .map((key, index) =>
      key.startsWith('[') ? key : /^[A-Za-z_$][\w$-]*$/.test(key) ? `${index === 0 ? '' : '.'}${key}` : `["${key}"]`,
    )
    .join('');
}

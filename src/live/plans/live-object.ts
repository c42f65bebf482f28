/** The identity of an object. */
export interface ObjectName {
  /** Group of its API; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly name: string;
}

/** An object in a cluster, or in the manifests of a cluster. */
export interface LiveObject extends ObjectName {
  /** Plain data: apiVersion, kind, metadata, and so on. */
  readonly object: any;
}

/** The identity of an object, as its metadata has it. */
export function objectName({ apiVersion, kind, metadata: { namespace, name } }: any): ObjectName {
  return { group: groupOf(apiVersion), kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** `apps` for `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** `Deployment.apps`, as kubectl takes kinds and as apply sets name them. */
export function groupKind({ group, kind }: Pick<ObjectName, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** An object in messages: `Service shop/web`. */
export function formatObject({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** A key for maps and sets. */
export function objectKey(name: ObjectName): string {
  return `${groupKind(name)} ${name.namespace ?? ''}/${name.name}`;
}

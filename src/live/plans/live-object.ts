/** An object in a cluster, or one that is to be there. */
export interface ObjectName {
  /** Group of its API; the empty text for that of Pods and Services. */
  readonly group: string;
  readonly kind: string;
  /** None of objects that belong to no namespace. */
  readonly namespace?: string;
  readonly name: string;
}

/** An object with what makes it. */
export interface LiveObject extends ObjectName {
  /** Plain data: apiVersion, kind, metadata, and so on. */
  readonly object: any;
}

/** The name of an object; one without a namespace is taken as it is. */
export function objectName({ apiVersion, kind, metadata }: any): ObjectName {
  return { group: groupOf(apiVersion), kind, ...metadata.namespace === undefined ? {} : { namespace: metadata.namespace }, name: metadata.name };
}

/** `apps` of `apps/v1`, nothing of `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** `Deployment.apps`, as kubectl takes kinds and as apply sets name them. */
export function groupKind({ group, kind }: Pick<ObjectName, 'group' | 'kind'>): string {
  return group === '' ? kind : `${kind}.${group}`;
}

/** How a person names an object. */
export function shownObject({ kind, namespace, name }: ObjectName): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

/** One text for each object. */
export function objectKey(name: ObjectName): string {
  return `${groupKind(name)} ${name.namespace ?? ''}/${name.name}`;
}

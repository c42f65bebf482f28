import { ObjectName } from '../plans/live-object';

/** The name of an object in JSON. */
export function objectJson({ group, kind, namespace, name }: ObjectName): object {
  return { group, kind, ...(namespace === undefined ? {} : { namespace }), name };
}


/** The value at a path of fields (`spec.template`); the whole object for the empty path. */
export function at(object: any, path: string): any {
  return path === '' ? object : path.split('.').reduce<any>((each, key) => each?.[key], object);
}

/** The items of a list; none if the value is anything else. */
export function list(value: unknown): any[] {
  return Array.isArray(value) ? value : [];
}

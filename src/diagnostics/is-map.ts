/**
 * Whether a value of unknown shape is a map: an object of properties, and not an array or the value of a class, such as
 * a Map. jsii passes the objects of other languages as objects without a prototype, or with getters.
 */
export function isMap(value: unknown): value is { readonly [key: string]: any } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return false;
  }
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value of unknown shape is a map: an object, and not an array. */
export function isMap(value: unknown): value is { readonly [key: string]: any } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

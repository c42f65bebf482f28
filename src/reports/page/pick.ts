import { isMap } from '../../diagnostics/is-map';

/** The fields to keep of plain data: all, those of a mapping, or those of each item of a list. */
export type Fields = true | { readonly [key: string]: Fields } | readonly [Fields];

/** The fields of plain data, in their order. Of data with another shape than the fields, only single values stay. */
export function pick(value: unknown, fields: Fields): unknown {
  if (fields === true) {
    return value;
  }
  if (isList(fields)) {
    return Array.isArray(value) ? value.map(item => pick(item, fields[0])) : isMap(value) ? {} : value;
  }
  if (!isMap(value)) {
    return Array.isArray(value) ? [] : value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => Object.hasOwn(fields, key))
      .map(([key, each]) => [key, pick(each, fields[key])]),
  );
}

function isList(fields: Fields): fields is readonly [Fields] {
  return Array.isArray(fields);
}

import { parsePath } from './path';
import { isMap } from '../diagnostics/is-map';

/**
 * What the items of lists contain to which a path leads: the outermost, such as a rule, and the innermost, such as a
 * port of it. Undefined for a path without an index. Equal items have equal texts, whatever the order of their keys.
 *
 * The items of `specs` hold all rules of a policy, so those below them count.
 */
export function pathContent(object: unknown, path: string): string | undefined {
  const items: unknown[] = [];
  let value: any = object;
  let key: string | number = '';
  for (const segment of parsePath(path)) {
    value = own(value, segment);
    if (typeof segment === 'number' && key !== 'specs') {
      items.push(value);
    }
    key = segment;
  }
  return items.length === 0 ? undefined : [...new Set([items[0], items[items.length - 1]])].map(canonical).join('\n');
}

function own(value: any, key: string | number): unknown {
  return value !== null && typeof value === 'object' && Object.prototype.hasOwnProperty.call(value, key)
    ? value[key]
    : undefined;
}

/** JSON with sorted keys. */
function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_, each: unknown) =>
      isMap(each)
        ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
        : each,
    ) ?? ''
  );
}

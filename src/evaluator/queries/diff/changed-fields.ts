import { isMap } from '../../../diagnostics/is-map';
import { joinPath } from '../../../manifests/path';

/**
 * The paths of the fields in which two values differ, as `Manifest.line` takes them: `spec.ports[0].targetPort`. A list
 * that gets longer or shorter, and a field that only one value has, is one path.
 */
export function changedFields(before: unknown, after: unknown, path: string = ''): string[] {
  if (isMap(before) && isMap(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap(key => changedFields(before[key], after[key], joinPath(path, key)));
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    return before.flatMap((item, index) => changedFields(item, after[index], joinPath(path, index)));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

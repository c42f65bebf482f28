import { isMap } from '../../../diagnostics/is-map';
import { ClusterInput } from '../../../manifests/input';
import { Place } from '../rule';

/** The value at a path of Helm values. */
export function helmValue(values: unknown, path: string): any {
  return path.split('.').reduce<any>((each, key) => (isMap(each) ? each[key] : undefined), values);
}

/** A Helm value of a cluster. */
export function inValues({ name, values }: ClusterInput, path: string): Place {
  return { cluster: name, file: values?.file, line: () => values?.line(path) };
}

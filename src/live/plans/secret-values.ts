import { LiveObject } from './live-object';

/** The values in the Secrets among objects, as `data` and `stringData` have them; no report may contain one. */
export function secretValues(objects: readonly LiveObject[]): string[] {
  return objects
    .filter(({ group, kind }) => group === '' && kind === 'Secret')
    .flatMap(({ object }) => [object.data, object.stringData])
    .flatMap(map => (typeof map === 'object' && map !== null ? Object.values(map) : []))
    .filter((value): value is string => typeof value === 'string' && value !== '');
}

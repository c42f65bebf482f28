import { didYouMean } from '../diagnostics/did-you-mean';
import { Fault, shown } from '../diagnostics/fault';

/**
 * The fault of a value that is not of its closed set, if it is not. Programs without types can pass anything, and Cilium would ignore most
 * of it silently.
 */
export function closedSetFaults(path: string, value: unknown, set: { readonly [name: string]: string }): Fault[] {
  const values = Object.values(set);
  return value === undefined || value === null || values.includes(value as string) ? [] : [{
    code: 'value-unknown',
    path,
    message: 'not one of the values that are known',
    got: shown(value),
    allowed: values.join(', '),
    fix: `use one of the allowed values${didYouMean(value, values)}`,
  }];
}

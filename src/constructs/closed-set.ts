import { Refusal, refusal } from './refusal';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatList, formatValue } from '../diagnostics/texts';

/**
 * The refusal of a value outside of its closed set. Programs without types can pass any value, and Cilium ignores most
 * unknown ones without a message.
 */
export function closedSetRefusals(path: string, value: unknown, set: { readonly [name: string]: string }): Refusal[] {
  const values = Object.values(set);
  return value === undefined || value === null || values.includes(value as string)
    ? []
    : [
      refusal('value-unknown', {
        path,
        message: 'unknown value',
        got: formatValue(value),
        allowed: formatList(values),
        fix: `use one of the allowed values${didYouMean(value, values)}`,
      }),
    ];
}

import { Io } from './io';
import { EndVerdict } from '../evaluator/flows/flow';

/** A verdict in its colour. */
export function colored({ colors }: Io, verdict: EndVerdict | 'allowed' | 'denied' | 'partial' | 'no-backends'): string {
  switch (verdict) {
    case 'allowed': case 'unenforced': return colors.green(verdict);
    case 'redirected': case 'partial': return colors.yellow(verdict);
    case 'outside': return verdict;
    default: return colors.red(verdict);
  }
}

import { nearestNames } from '../../diagnostics/did-you-mean';
import { formatList } from '../../diagnostics/texts';

/** `the nearest of 12 workloads are a, b, c`, or all of few: a person can only act on few names. */
export function nearestText(things: string, got: string, known: readonly string[]): string {
  const near = nearestNames(got, known);
  return known.length > near.length
    ? `the nearest of ${known.length} ${things} are ${formatList(near)}`
    : `the ${things} are ${formatList(known)}`;
}

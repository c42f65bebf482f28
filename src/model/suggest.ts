import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "tion"?` when a known name is near, else nothing. */
export function didYouMean(got: string, known: readonly string[]): string {
  if (known.length === 0) {
    return '';
  }
  const best = closest(got.toLowerCase(), [...known]);
  return distance(got.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(best.length / 3)) ? `, did you mean ${JSON.stringify(best)}?` : '';
}

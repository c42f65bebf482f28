import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "tion"?` when a known name is near, else nothing; nothing either for what is no text. */
export function didYouMean(got: unknown, known: readonly string[]): string {
  if (typeof got !== 'string' || known.length === 0) {
    return '';
  }
  const best = closest(got.toLowerCase(), [...known]);
  return distance(got.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(best.length / 3)) ? `, did you mean ${JSON.stringify(best)}?` : '';
}

import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "tion"?` when a known name is near, else nothing; nothing either for what is no text. */
export function didYouMean(got: unknown, known: readonly string[]): string {
  if (typeof got !== 'string' || known.length === 0) {
    return '';
  }
  const best = known.find(each => isTransposed(got.toLowerCase(), each.toLowerCase())) ?? closest(got.toLowerCase(), [...known]);
  const near = isTransposed(got.toLowerCase(), best.toLowerCase()) || distance(got.toLowerCase(), best.toLowerCase()) <= Math.max(1, Math.floor(best.length / 3));
  return near ? `, did you mean ${JSON.stringify(best)}?` : '';
}

/** Whether two letters have changed places: the most usual mistake in short names. */
function isTransposed(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return one.length === other.length && at >= 0 && one[at] === other[at + 1] && one[at + 1] === other[at] && one.slice(at + 2) === other.slice(at + 2);
}

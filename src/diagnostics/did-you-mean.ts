import { closest, distance } from 'fastest-levenshtein';
import { formatValue } from './texts';

/** ` (did you mean "tion"?)` if a known name is similar; empty otherwise, and for values other than text. */
export function didYouMean(got: unknown, known: readonly string[]): string {
  const near = nearest(got, known);
  return near === undefined ? '' : ` (did you mean ${formatValue(near)}?)`;
}

/** The known name that is most similar to a mistyped one. */
export function nearest(got: unknown, known: readonly string[]): string | undefined {
  if (typeof got !== 'string' || known.length === 0 || got.length > MAX_LENGTH) {
    return undefined;
  }
  const lower = got.toLowerCase();
  const best = known.find(each => isTransposed(lower, each.toLowerCase())) ?? closest(lower, [...known]);
  const isNear =
    isTransposed(lower, best.toLowerCase()) ||
    distance(lower, best.toLowerCase()) <= Math.max(1, Math.floor(best.length / 3));
  return isNear ? best : undefined;
}

/** The known names that are most similar to an unknown one, from the most similar; at most `limit`. */
export function nearestNames(got: string, known: readonly string[], limit: number = 3): string[] {
  const [name, lower] = [nameIn(got), got.slice(0, MAX_LENGTH).toLowerCase()];
  return [...new Set(known)]
    .map(each => ({
      each,
      // a reference with the right name and a wrong namespace is near too
      far: Math.min(distance(lower, each.toLowerCase()), distance(name, nameIn(each)) + 0.5),
    }))
    .sort((one, other) => one.far - other.far || (one.each < other.each ? -1 : 1))
    .slice(0, limit)
    .map(({ each }) => each);
}

/** The name in a reference such as `namespace/name@cluster`. */
function nameIn(reference: string): string {
  return reference.slice(0, MAX_LENGTH).toLowerCase().replace(/^.*\/|@.*$/g, '');
}

/**
 * Whether one name is most likely the other one, mistyped: two neighbouring letters are swapped, or one letter differs.
 * Names with different digits, such as web-1 and web-2, are different names.
 */
export function isTypingError(got: string, known: string): boolean {
  const [one, other] = [got.toLowerCase(), known.toLowerCase()];
  const digits = (text: string) => text.replace(/\D/g, '');
  return (
    one !== other &&
    Math.max(one.length, other.length) <= MAX_LENGTH &&
    Math.min(one.length, other.length) >= MIN_LENGTH &&
    digits(one) === digits(other) &&
    (isTransposed(one, other) || distance(one, other) === 1)
  );
}

/** Shorter names often differ by one letter on purpose. */
const MIN_LENGTH = 4;

/** No known name is longer. The time of a comparison grows with the product of the lengths. */
const MAX_LENGTH = 1000;

/** Whether two neighbouring letters are swapped, the most frequent mistake in short names. */
function isTransposed(one: string, other: string): boolean {
  const at = [...one].findIndex((letter, index) => letter !== other[index]);
  return (
    one.length === other.length &&
    at >= 0 &&
    one[at] === other[at + 1] &&
    one[at + 1] === other[at] &&
    one.slice(at + 2) === other.slice(at + 2)
  );
}

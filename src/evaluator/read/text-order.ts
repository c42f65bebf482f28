/** Compares lists of texts item by item, by code unit. */
export function compareTexts(one: readonly string[], other: readonly string[]): number {
  const index = one.findIndex((text, each) => text !== other[each]);
  return index < 0 ? 0 : one[index] < other[index] ? -1 : 1;
}

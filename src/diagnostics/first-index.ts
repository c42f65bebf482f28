/** The first position of a sorted list whose item meets a condition, which all items behind it meet too. */
export function firstIndex<T>(sorted: readonly T[], meets: (item: T) => boolean): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    [from, to] = meets(sorted[middle]) ? [from, middle] : [middle + 1, to];
  }
  return from;
}

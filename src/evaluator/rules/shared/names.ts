/** Names in a sentence: `a, b and 3 more`. */
export function listNames(names: readonly string[], most: number = 4): string {
  const unique = [...new Set(names)].sort();
  return unique.length <= most + 1
    ? unique.join(', ')
    : `${unique.slice(0, most).join(', ')} and ${unique.length - most} more`;
}

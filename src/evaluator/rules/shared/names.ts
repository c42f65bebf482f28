/** Names in a sentence: `a, b and 3 more`. */
export function listNames(names: readonly string[], most: number = 4): string {
  return listInOrder([...new Set(names)].sort(), most);
}

/** The same, in the order of the names. */
export function listInOrder(names: readonly string[], most: number = 4): string {
  return names.length <= most + 1
    ? names.join(', ')
    : `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

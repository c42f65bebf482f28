/** Whether a pattern matches a whole text; `*` matches any characters. */
export function matchesGlob(pattern: string, text: string): boolean {
  const [first, ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) {
    return text === pattern;
  }
  if (!text.startsWith(first)) {
    return false;
  }
  let at = first.length;
  for (const part of others) {
    // the leftmost place leaves most for the others
    const index = text.indexOf(part, at);
    if (index < 0) {
      return false;
    }
    at = index + part.length;
  }
  return text.length - at >= last.length && text.endsWith(last);
}

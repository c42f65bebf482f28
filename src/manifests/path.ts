/**
 * Paths of fields: `spec.egress[0].toPorts[1]`, `metadata.labels["a.b/c"]`.
 *
 * Never throws: a path ends before an invalid part, so its beginning still has a line.
 */
export function parsePath(path: string): Array<string | number> {
  const segments: Array<string | number> = [];
  SEGMENT.lastIndex = 0;
  for (let match = SEGMENT.exec(path); match && match[0] !== ''; match = SEGMENT.exec(path)) {
    const [, index, quoted, plain] = match;
    if (index !== undefined) {
      segments.push(Number(index));
    } else {
      const key = quoted === undefined ? plain : unquoted(quoted);
      if (key === undefined) {
        break;
      }
      segments.push(key);
    }
  }
  return segments;
}

/** The path of a field of the value at `base`. Keys other than plain words are quoted. */
export function joinPath(base: string, segment: string | number): string {
  if (typeof segment === 'number') {
    return `${base}[${segment}]`;
  }
  if (!/^[^\s."'[\]]+$/.test(segment)) {
    return `${base}[${JSON.stringify(segment)}]`;
  }
  return base === '' ? segment : `${base}.${segment}`;
}

const SEGMENT = /\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|\.?([^.[\]]+)/gy;

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

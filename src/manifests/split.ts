/**
 * A document of a stream. kubectl splits streams at lines that begin with `---` (YAMLReader in k8s.io/apimachinery
 * pkg/util/yaml/decoder.go). YAML allows no such line in a scalar. Only a comment may follow `---` on its line.
 */
export interface Chunk {
  readonly start: number;
  readonly end: number;
}

export interface Separator {
  readonly offset: number;
  /** The text after it on its line, other than a comment. */
  readonly rest: string;
}

export function splitDocuments(text: string): { chunks: Chunk[]; wrong: Separator[] } {
  const chunks: Chunk[] = [];
  const wrong: Separator[] = [];
  let start = 0;
  let at = text.startsWith('---') ? 0 : next(text, 0);
  while (at >= 0) {
    const newline = text.indexOf('\n', at);
    const lineEnd = newline < 0 ? text.length : newline;
    // kubectl reads lines that end with a lone CR as one line; the YAML reader finds the documents there
    const rest = text.slice(at + 3, lineEnd).trim();
    if (!rest.includes('\r')) {
      chunks.push({ start, end: at });
      start = Math.min(lineEnd + 1, text.length);
      if (rest !== '' && !rest.startsWith('#')) {
        wrong.push({ offset: at, rest });
      }
    }
    at = next(text, Math.max(lineEnd - 1, at + 1));
  }
  chunks.push({ start, end: text.length });
  return { chunks, wrong };
}

/**
 * JSON values that follow each other without `---`, as kubectl reads a stream that begins with `{`. Empty if braces are
 * not closed.
 */
export function splitJson(text: string, from: number, to: number): Chunk[] {
  const chunks: Chunk[] = [];
  let depth = 0;
  let start = -1;
  for (let index = from; index < to; index++) {
    switch (text[index]) {
      case '"':
        index = endOfString(text, index, to);
        break;
      case '{':
      case '[':
        start = depth++ === 0 ? index : start;
        break;
      case '}':
      case ']':
        if (--depth === 0) {
          chunks.push({ start, end: index + 1 });
        }
        break;
      default:
        if (depth === 0 && !/\s/.test(text[index])) {
          return [];
        }
    }
    if (depth < 0) {
      return [];
    }
  }
  return depth === 0 ? chunks : [];
}

function next(text: string, from: number): number {
  const found = text.indexOf('\n---', from);
  return found < 0 ? -1 : found + 1;
}

function endOfString(text: string, quote: number, to: number): number {
  let index = quote + 1;
  while (index < to && text[index] !== '"') {
    index += text[index] === '\\' ? 2 : 1;
  }
  return index;
}

/** What gets the JSON values of a file, with the numbers of the lines that they begin in. */
export interface ValueSink {
  value(value: unknown, line: number): void;
  /** A line that looks like JSON and is not, such as one that was cut. */
  broken(line: number): void;
  /** Any other text, such as the log of an agent. */
  foreign(line: number): void;
}

/** The most characters of one value over several lines. */
const MOST_TEXT = 2 ** 20;

/**
 * Finds the JSON values in lines of text.
 *
 * - Hubble writes one value on each line.
 * - `jq` spreads a value over several lines, and lists over lines with commas at their ends.
 * - Collectors and shells write text before a value: the time and stream of CRI, the name of a pod, the name of a file.
 * - Files without a newline at their end, written one after the other, have two values on one line.
 */
export class JsonValues {
  /** The beginning of a value over several lines, and the number of its first line. */
  private open?: { text: string; depth: number; readonly line: number };

  constructor(private readonly sink: ValueSink) {}

  /** Takes the next line. */
  public line(text: string, number: number): void {
    if (this.open && text.startsWith('{')) {
      // only the first line of a value over several lines is not indented
      this.abandon();
    }
    if (this.open) {
      this.continue(text);
      return;
    }
    const parsed = tryParse(text);
    if (parsed) {
      this.sink.value(parsed.value, number);
    } else {
      this.search(text, number);
    }
  }

  /** Ends the file. */
  public end(): void {
    this.abandon();
  }

  private abandon(): void {
    if (this.open) {
      this.sink.broken(this.open.line);
      this.open = undefined;
    }
  }

  private continue(text: string): void {
    const open = this.open!;
    open.text += `\n${text}`;
    open.depth += depthOf(text);
    if (open.depth > 0 && open.text.length <= MOST_TEXT) {
      return;
    }
    const parsed = open.depth > 0 ? undefined : tryParse(open.text.replace(/[\s,\]]+$/, ''));
    this.open = undefined;
    if (parsed) {
      this.sink.value(parsed.value, open.line);
    } else {
      this.sink.broken(open.line);
    }
  }

  /** Finds the objects in a line that is not a value as a whole. */
  private search(line: string, number: number): void {
    const text = line.trim();
    if (/^[[\],]*$/.test(text)) {
      return;
    }
    const values: unknown[] = [];
    let [outside, rest] = ['', 0];
    for (let from = text.indexOf('{'); from >= 0; from = text.indexOf('{', rest)) {
      outside += text.slice(rest, from);
      const end = objectEnd(text, from);
      const parsed = end === undefined ? undefined : tryParse(text.slice(from, end));
      if (end === undefined && /^[[,\s]*$/.test(outside) && /[{[,]$/.test(text)) {
        values.forEach(value => this.sink.value(value, number));
        this.open = { text: text.slice(from), depth: depthOf(text.slice(from)), line: number };
        return;
      }
      if (!parsed && /^\{"[^"]*"?:/.test(text.slice(from))) {
        values.forEach(value => this.sink.value(value, number));
        this.sink.broken(number);
        return;
      }
      if (parsed) {
        values.push(parsed.value);
      }
      rest = end ?? text.length;
    }
    outside += text.slice(rest);
    if (outside.includes('}') && outside.includes('"')) {
      // the end of a record whose beginning was cut: objects in it are parts
      this.sink.broken(number);
    } else if (values.length === 0) {
      this.sink.foreign(number);
    } else {
      values.forEach(value => this.sink.value(value, number));
    }
  }
}

function tryParse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** How many brackets a text opens more than it closes; brackets in strings do not count. */
function depthOf(text: string): number {
  let depth = 0;
  for (const [token] of text.matchAll(TOKENS)) {
    depth += token === '{' || token === '[' ? 1 : token === '}' || token === ']' ? -1 : 0;
  }
  return depth;
}

/** The index behind the object that begins at an index; undefined if it does not end in the text. */
function objectEnd(text: string, from: number): number | undefined {
  const tokens = new RegExp(TOKENS);
  tokens.lastIndex = from;
  let depth = 0;
  for (let match = tokens.exec(text); match; match = tokens.exec(text)) {
    const [token] = match;
    depth += token === '{' || token === '[' ? 1 : token === '}' || token === ']' ? -1 : 0;
    if (depth === 0) {
      return tokens.lastIndex;
    }
  }
  return undefined;
}

/** Brackets, and strings as a whole: a string that does not end is one too, up to the end of the line. */
const TOKENS = /[{}[\]]|"(?:[^"\\\n]|\\.)*"?/g;

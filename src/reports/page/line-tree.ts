import { joinPath, parsePath } from '../../manifests/path';

/**
 * The lines of all fields of plain data, in the order of its fields: each as the difference from the line before.
 * Undefined for data that has no lines.
 */
export function packLines(value: unknown, lineOf: (path?: string) => number | undefined): number[] | undefined {
  const first = lineOf();
  if (first === undefined) {
    return undefined;
  }
  const lines = [first];
  let last = first;
  for (const path of pathsOf(value, '')) {
    const line: number = lineOf(path) ?? last;
    lines.push(line - last);
    last = line;
  }
  return lines;
}

/** The lines of the fields of plain data. */
export class LineTree {
  /** Callers ask for the lines of one object after the other. */
  private static last: { readonly tree: LineTree; readonly lines: ReadonlyMap<string, number> } | undefined;

  constructor(
    private readonly value: unknown,
    private readonly packed: readonly number[] | undefined,
  ) {}

  /** The line of a field; of a missing one, that of its nearest ancestor. */
  public line(path?: string): number | undefined {
    if (!this.packed) {
      return undefined;
    }
    const segments = path ? parsePath(path) : [];
    if (segments.length === 0) {
      return this.packed[0];
    }
    const lines = this.lines();
    for (let length = segments.length; length > 0; length--) {
      const line = lines.get(segments.slice(0, length).reduce<string>(joinPath, ''));
      if (line !== undefined) {
        return line;
      }
    }
    return this.packed[0];
  }

  private lines(): ReadonlyMap<string, number> {
    if (LineTree.last?.tree !== this) {
      const lines = new Map<string, number>();
      let [line, index] = [this.packed![0], 1];
      for (const path of pathsOf(this.value, '')) {
        line += this.packed![index++];
        lines.set(path, line);
      }
      LineTree.last = { tree: this, lines };
    }
    return LineTree.last.lines;
  }
}

/** The paths of all fields below a value: a field before those in it. */
function* pathsOf(value: unknown, base: string): Generator<string> {
  if (typeof value !== 'object' || value === null) {
    return;
  }
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  for (const key of keys) {
    const path = joinPath(base, key);
    yield path;
    yield* pathsOf((value as { [key: string]: unknown })[key], path);
  }
}

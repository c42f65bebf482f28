import { ManifestDocument, ObjectSource } from './manifest';
import { parsePath } from './path';
import { Positions } from './positions';
import { lineText, TextFile } from './text-file';

/**
 * The maximum nesting of collections. The deepest Kubernetes objects, CRDs with schemas, reach less than a fifth of it.
 */
export const MAX_DEPTH = 500;

/** One document of a file, and the lines of its fields. */
export class Document implements ObjectSource {
  /**
   * Callers ask for the lines of one document after the other, so keeping the last one is fast and takes little memory.
   */
  private static last: { readonly document: Document; readonly positions: Positions } | undefined;

  constructor(
    readonly source: TextFile,
    readonly start: number,
    readonly end: number,
    private readonly indented?: string,
  ) {}

  get file(): string {
    return this.source.file;
  }

  get text(): string {
    return this.indented ?? this.source.text.slice(this.start, this.end);
  }

  /**
   * The same document with more spaces at the beginning of lines. Offsets are those of this text, lines are those of
   * the file.
   */
  withText(indented: string): Document {
    return new Document(this.source, this.start, this.end, indented);
  }

  /** The line of an offset in the document's text. */
  lineAt(offset: number): number {
    return this.indented === undefined
      ? this.source.lineAt(this.start + offset)
      : this.source.lineAt(this.start) - 1 + new TextFile(this.source.file, this.indented).lineAt(offset);
  }

  /** Undefined where the document begins or ends within a line, as JSON values on one line do. */
  get wholeLines(): ManifestDocument | undefined {
    const { text } = this.source;
    const [start, end] = [this.start, this.end];
    const isWhole = (at: number) => at === 0 || at === text.length || text[at - 1] === '\n';
    return isWhole(start) && isWhole(end)
      ? {
        text: text.slice(start, end),
        first: this.source.lineAt(start),
        ...(start === 0 ? {} : { before: lineText(text, start - 1) }),
        ...(end === text.length ? {} : { after: lineText(text, end) }),
      }
      : undefined;
  }

  /** The text of the line at an offset. */
  lineTextAt(offset: number): string {
    return lineText(this.text, offset);
  }

  /** The line of a field. */
  line(segments: ReadonlyArray<string | number>): number {
    if (Document.last?.document !== this) {
      Document.last = { document: this, positions: new Positions(this.text, MAX_DEPTH) };
    }
    return this.lineAt(Document.last.positions.offset(segments));
  }

  /** The line of a field such as `spec.egress[0]`, of the value at a place of the document. */
  lineOf(base: ReadonlyArray<string | number>, path: string | undefined): number {
    return this.line(path ? [...base, ...parsePath(path)] : base);
  }
}

import { parsePath } from './path';
import { Positions } from './positions';
import { TextFile } from './text-file';

/** Collections may lie in each other this deeply; the deepest of Kubernetes' objects, CRDs with schemas, stay below a fifth of it. */
export const MAX_DEPTH = 500;

/** One document of a file, and the lines of its fields. */
export class Document {
  /** Lines are asked for document by document; keeping the last one makes that quick, and keeps memory small. */
  private static last: { readonly document: Document; readonly positions: Positions } | undefined;

  constructor(readonly source: TextFile, readonly start: number, readonly end: number) {}

  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }

  /** The line of an offset in the document. */
  lineAt(offset: number): number {
    return this.source.lineAt(this.start + offset);
  }

  /** The line of a field. */
  line(segments: ReadonlyArray<string | number>): number {
    if (Document.last?.document !== this) {
      Document.last = { document: this, positions: new Positions(this.text, MAX_DEPTH) };
    }
    return this.lineAt(Document.last.positions.offset(segments));
  }

  /** The line of a field, written as `spec.egress[0]`, of the value at some place of the document. */
  lineOf(base: ReadonlyArray<string | number>, path: string | undefined): number {
    return this.line(path ? [...base, ...parsePath(path)] : base);
  }
}

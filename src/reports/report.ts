import { Diagnostic } from '../diagnostics/diagnostic';

/**
 * What a command says, as data; a format prints it (formats/format.ts).
 *
 * Every member is one view of the same answer. Some are functions, because an answer may have a hundred million items:
 * a format asks for one view, once, and its items are computed while they are printed.
 */
export interface Report {
  /** The command with its important options, such as `matrix --summary`. */
  readonly title: string;
  /** What a program reads. */
  readonly document: JsonDocument;
  /** One row for each item, where the answer is a list of items. */
  readonly records?: Records;
  /** Where the answer is a list of problems. */
  readonly diagnostics?: readonly Diagnostic[];
  /** Where the answer is a list of comparisons. */
  readonly cases?: readonly TestCase[];
  /** What a person reads: texts, tables and sections in their order. */
  parts(): Iterable<Part>;
}

/** One part of what a person reads. */
export type Part =
  | { readonly kind: 'line'; readonly text: Inline }
  | Table
  /** Configuration, printed as it is below a comment that says what it is. */
  | { readonly kind: 'code'; readonly language: 'yaml'; readonly comment: string; readonly text: string }
  | { readonly kind: 'section'; readonly title: Inline; readonly parts: readonly Part[] }
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[] };

/** Rows of cells; the rows may be computed while they are printed. */
export interface Table {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Inline[]>;
  /** Few rows beside each other explain themselves, so a terminal shows them without the titles. */
  readonly headless?: boolean;
}

export interface Column {
  readonly title: string;
  readonly type: 'endpoint' | 'port' | 'verdict' | 'number' | 'place' | 'text';
}

/** How a piece of text stands out. */
export type Tone = 'strong' | 'faint' | 'good' | 'doubtful' | 'bad' | 'info';

/** Text, pieces of which may stand out. */
export type Inline = string | Span | ReadonlyArray<string | Span>;

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** A JSON document: the version of its format, single fields, and one list. */
export interface JsonDocument {
  readonly field: string;
  readonly more?: { readonly [field: string]: unknown };
  items(): Iterable<object>;
}

/** Items as rows; a column is the path of a field in the item, such as `source.cluster`. */
export interface Records {
  readonly columns: readonly string[];
  items(): Iterable<object>;
}

/** One comparison of a report, as services that show tests count it. */
export interface TestCase {
  readonly name: string;
  /** Why it failed. */
  readonly failure?: string;
  /** More about a failure. */
  readonly details?: string;
  /** What is worth knowing of a case that passed. */
  readonly note?: string;
  /** Why it was left out. */
  readonly skipped?: string;
}

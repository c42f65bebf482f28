import { PictureMaker } from './picture/picture';
import { Diagnostic } from '../diagnostics/diagnostic';
import { Judgement } from '../findings/judgement';

/**
 * The result of a command as data. A format prints it (formats/format.ts).
 *
 * Each member is one view of the same answer. Some are functions, because an answer may have a hundred million items: a
 * format uses one view once, and its items are computed while they are printed.
 */
export interface Report {
  /** The command with its important options, such as `matrix --summary`. */
  readonly title: string;
  /** The JSON document, for programs. */
  readonly document: JsonDocument;
  /** One row for each item, if the answer is a list of items. */
  readonly records?: Records;
  /** The problems, if the answer is a list of problems. There may be many, so they are made when they are asked for. */
  readonly diagnostics?: () => Iterable<Diagnostic>;
  /** The same problems with those that do not count, where some may not. */
  readonly judgement?: Judgement;
  /** What was read, as a sentence, for formats that print no parts. */
  readonly input?: string;
  /** Whether the report names what snapshots could not read. */
  readonly namesGaps?: boolean;
  /** The comparisons, if the answer is a list of comparisons. */
  readonly cases?: readonly TestCase[];
  /** Boxes and lines, if the answer is about pairs. */
  readonly picture?: PictureMaker;
  /** The same, if its lines are changes. */
  readonly changes?: PictureMaker;
  /** The text for people: lines, tables and sections in their order. */
  parts(): Iterable<Part>;
}

/** One part of the text for people. */
export type Part =
  | { readonly kind: 'line'; readonly text: Inline }
  /** A line that leads to an address. */
  | { readonly kind: 'link'; readonly text: string; readonly address: string }
  | Table
  /** Configuration or a program, below a comment that describes it. */
  | {
    readonly kind: 'code';
    readonly language: 'yaml' | 'typescript';
    readonly comment: string;
    readonly text: string;
  }
  | { readonly kind: 'section'; readonly title: Inline; readonly parts: readonly Part[] }
  | { readonly kind: 'diagnostics'; readonly diagnostics: readonly Diagnostic[] };

/** Rows of cells; the rows may be computed while they are printed. */
export interface Table {
  readonly kind: 'table';
  readonly columns: readonly Column[];
  readonly rows: Iterable<readonly Inline[]>;
  /** A terminal shows few rows without titles, because they explain themselves. */
  readonly headless?: boolean;
}

export interface Column {
  readonly title: string;
  readonly type: 'endpoint' | 'port' | 'verdict' | 'number' | 'place' | 'text';
  /** The title is a name, whose case counts. */
  readonly exact?: boolean;
}

/** The emphasis of a piece of text. */
export type Tone = 'strong' | 'faint' | 'good' | 'doubtful' | 'bad' | 'info';

/** Text, with emphasis of some pieces. */
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

/** One comparison of a report, for services that show tests. */
export interface TestCase {
  readonly name: string;
  /** Why it failed. */
  readonly failure?: string;
  /** More about a failure. */
  readonly details?: string;
  /** A note about a passed case. */
  readonly note?: string;
  /** Why it was skipped. */
  readonly skipped?: string;
}

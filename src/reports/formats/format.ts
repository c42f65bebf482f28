/* eslint-disable @typescript-eslint/no-require-imports -- a run loads one format only: loading takes longest */
import type { Colors } from 'picocolors/types';
import { Report } from '../report';

/** Converts a report to text, piece by piece: pieces are printed while the next ones are computed. */
export type Format = (report: Report, surroundings: Surroundings) => Iterable<string>;

/** The context of a format besides the report. */
export interface Surroundings {
  /** Undefined for plain text. */
  readonly colors?: Colors;
  /** Columns of the terminal; undefined where the output is not a terminal, and lines may have any length. */
  readonly width?: number;
  /** Version of the program. */
  readonly version: string;
  /** The working directory, to which the files of a report are relative. */
  readonly folder: string;
}

/** Contents of a report that a format may need. */
export type Content = 'records' | 'diagnostics' | 'cases' | 'picture' | 'changes';

interface FormatDefinition {
  /** The contents that the format needs; undefined if it prints any report. */
  readonly needs?: readonly Content[];
  load(): Format;
}

const FORMATS: { readonly [name: string]: FormatDefinition } = {
  text: { load: () => (require('./text') as typeof import('./text.js')).text },
  json: { load: () => (require('./json') as typeof import('./json.js')).json },
  markdown: { load: () => (require('./markdown') as typeof import('./markdown.js')).markdown },
  csv: { needs: ['records'], load: () => (require('./csv') as typeof import('./csv.js')).csv },
  sarif: { needs: ['diagnostics'], load: () => (require('./sarif') as typeof import('./sarif.js')).sarif },
  junit: { needs: ['cases'], load: () => (require('./junit') as typeof import('./junit.js')).junit },
  github: { needs: ['diagnostics'], load: () => (require('./github') as typeof import('./github.js')).github },
  gitlab: { needs: ['diagnostics'], load: () => (require('./gitlab') as typeof import('./gitlab.js')).gitlab },
  svg: { needs: ['picture'], load: () => (require('./svg') as typeof import('./svg.js')).svg },
  dot: { needs: ['picture'], load: () => (require('./dot') as typeof import('./dot.js')).dot },
  // a viewer shows few lines of it, so it has changes only
  mermaid: { needs: ['changes'], load: () => (require('./mermaid') as typeof import('./mermaid.js')).mermaid },
};

/** The names of the formats that print a report with these contents. */
export function formatsFor(contents: readonly Content[]): string[] {
  return Object.entries(FORMATS)
    .filter(([, { needs }]) => !needs || needs.some(each => contents.includes(each)))
    .map(([name]) => name);
}

/** Prints a report, and waits for a slow reader. */
export async function printReport(
  report: Report,
  format: string,
  surroundings: Surroundings,
  write: (text: string) => void | Promise<void>,
): Promise<void> {
  for (const piece of FORMATS[format].load()(report, surroundings)) {
    await write(piece);
  }
}

import { CommandError, Io } from './io';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Content, formatsFor, printReport } from '../reports/formats/format';
import { summarizeInput } from '../reports/input-summary';
import { Report } from '../reports/report';
import { withInput } from '../reports/report-with-input';

/** What the report of each command contains, beyond what every format can print. */
export const REPORT_CONTENTS = {
  check: ['records', 'diagnostics', 'cases'],
  matrix: ['records', 'picture'],
  explain: [],
  backends: ['records'],
  diff: ['records', 'picture', 'changes'],
  replay: ['records', 'diagnostics'],
  suggest: ['records'],
  verify: ['records', 'cases'],
  status: ['records', 'cases'],
  plan: ['records'],
  record: ['records'],
  snapshot: ['records'],
  render: ['records'],
} as const satisfies { readonly [command: string]: readonly Content[] };

/** Refuses an unknown format before anything is read. */
export function checkFormat(format: string, allowed: readonly string[]): void {
  if (!allowed.includes(format)) {
    throw new CommandError(
      `--format must be ${formatAlternatives(allowed)}, got ${formatValue(format)}${didYouMean(format, allowed)}`,
    );
  }
}

/** The formats of a command. */
export function formatsOf(command: keyof typeof REPORT_CONTENTS): string[] {
  return formatsFor(REPORT_CONTENTS[command]);
}

/** What a report is about: its meshes, and whether its text must not end with what they were read from. */
export interface PrintedInput {
  readonly meshes?: readonly EvaluatedMesh[];
  readonly quiet?: boolean;
}

/** Prints the report of a command about meshes, with what they were read from. */
export function print(
  report: Report,
  format: string,
  io: Io,
  { meshes = [], quiet = false }: PrintedInput = {},
): Promise<void> {
  return printReport(
    meshes.length === 0 ? report : withInput(report, meshes.map(summarizeInput), quiet),
    format,
    { colors: io.colors, width: io.width, version: io.version ?? 'unknown', folder: process.cwd() },
    io.out,
  );
}

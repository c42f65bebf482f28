import { CommandError, Io } from './io';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatValue } from '../diagnostics/texts';
import { EvaluatedMesh } from '../evaluator/read/mesh';
import { Content, formatsFor, printReport } from '../reports/formats/format';
import { summarizeInput } from '../reports/input-summary';
import { Report } from '../reports/report';
import { withInput } from '../reports/report-with-input';

/** What the report of each command contains, beyond what every format can print. */
export const REPORT_CONTENTS = {
  check: ['records', 'diagnostics', 'cases'],
  matrix: ['records'],
  explain: [],
  backends: ['records'],
  diff: ['records'],
  verify: ['records', 'cases'],
  status: ['records', 'cases'],
  snapshot: ['records'],
} as const satisfies { readonly [command: string]: readonly Content[] };

/** Refuses an unknown format before anything is read. */
export function checkFormat(format: string, allowed: readonly string[]): void {
  if (!allowed.includes(format)) {
    throw new CommandError(
      `--format must be ${orList(allowed)}, got ${formatValue(format)}${didYouMean(format, allowed)}`,
    );
  }
}

/** The formats of a command. */
export function formatsOf(command: keyof typeof REPORT_CONTENTS): string[] {
  return formatsFor(REPORT_CONTENTS[command]);
}

/** Prints the report of a command about meshes, with what they were read from. */
export function print(
  report: Report,
  format: string,
  io: Io,
  meshes: readonly EvaluatedMesh[] = [],
): Promise<void> {
  return printReport(
    meshes.length === 0 ? report : withInput(report, meshes.map(summarizeInput)),
    format,
    { colors: io.colors, width: io.width, version: io.version ?? 'unknown', folder: process.cwd() },
    io.out,
  );
}

/** `text, json or csv`. */
export function orList(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}`;
}

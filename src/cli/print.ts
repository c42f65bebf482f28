import { CommandError, Io } from './io';
import { didYouMean } from '../diagnostics/did-you-mean';
import { formatAlternatives, formatValue } from '../diagnostics/texts';
import { Content, formatsFor, printReport } from '../reports/formats/format';
import { Report } from '../reports/report';

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
      `--format must be ${formatAlternatives(allowed)}, got ${formatValue(format)}${didYouMean(format, allowed)}`,
    );
  }
}

/** The formats of a command. */
export function formatsOf(command: keyof typeof REPORT_CONTENTS): string[] {
  return formatsFor(REPORT_CONTENTS[command]);
}

/** Prints the report of a command. */
export function print(report: Report, format: string, io: Io): Promise<void> {
  return printReport(
    report,
    format,
    { colors: io.colors, width: io.width, version: io.version ?? 'unknown', folder: process.cwd() },
    io.out,
  );
}

import { diagnosticsOf } from '../diagnostics/catalogue';
import { READING_CODES, ReadingCode } from '../diagnostics/codes/reading';
import { Diagnostic } from '../diagnostics/diagnostic';

/** An unreadable or ignored part of a file. */
export interface ReadingDiagnostic extends Diagnostic<ReadingCode> {
  readonly file: string;
}

/** A diagnostic of the reader. */
export const readingDiagnostic = diagnosticsOf(READING_CODES);

/** The fix for Helm templates. */
export const RENDER_FIRST = 'render the chart first, `helm template NAME CHART > FILE`, and pass FILE';

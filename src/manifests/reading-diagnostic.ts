import { diagnosticsOf } from '../diagnostics/catalogue';
import { READING_CODES, ReadingCode } from '../diagnostics/codes/reading';
import { Diagnostic } from '../diagnostics/diagnostic';

/** An unreadable or ignored part of a file. */
export interface ReadingDiagnostic extends Diagnostic<ReadingCode> {
  readonly file: string;
  /**
   * Of what is unknown: the namespaces in which it can be, with an empty one for policies of the whole cluster.
   * @default - it can be in any
   */
  readonly namespaces?: readonly string[];
  /** Of an object that is unknown: it writes no namespace, so it gets one as the others of its file do. */
  readonly lacksNamespace?: true;
}

/** A diagnostic of the reader. */
export const readingDiagnostic = diagnosticsOf(READING_CODES);

/** The fix for Helm templates. */
export const RENDER_FIRST = 'render the chart first, `helm template NAME CHART > FILE`, and pass FILE';

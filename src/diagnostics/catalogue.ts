import { Codes, Diagnostic, Severity } from './diagnostic';
import { shorten } from './texts';

/** The parts of a diagnostic other than its code and severity. The catalogue has the severity of the code. */
export type DiagnosticDetails = Omit<Diagnostic, 'code' | 'severity'>;

/**
 * Returns the function that creates the diagnostics of a catalogue. Other codes do not compile.
 *
 * Messages shorten the texts that they quote. This function cuts those that do not.
 */
export function diagnosticsOf<Code extends string>(codes: Codes<Code>) {
  return <Details extends DiagnosticDetails>(
    code: Code,
    details: Details,
  ): Details & { readonly code: Code; readonly severity: Severity } => {
    const { path, message, got, allowed, fix } = details;
    return {
      code,
      severity: codes[code].severity,
      ...details,
      ...(path === undefined ? {} : { path: shorten(path, MAX_TEXT) }),
      message: shorten(message, MAX_TEXT),
      ...(got === undefined ? {} : { got: shorten(got, MAX_TEXT) }),
      ...(allowed === undefined ? {} : { allowed: shorten(allowed, MAX_TEXT) }),
      fix: shorten(fix, MAX_TEXT),
    };
  };
}

/** Maximum number of characters of each text of a diagnostic. */
const MAX_TEXT = 1000;

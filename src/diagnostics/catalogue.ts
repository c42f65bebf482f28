import { Codes, Diagnostic, Severity } from './diagnostic';
import { shorten } from './texts';

/** What a diagnostic says besides its code, whose catalogue knows the severity. */
export type DiagnosticDetails = Omit<Diagnostic, 'code' | 'severity'>;

/**
 * The function that makes the diagnostics of a catalogue. A code that is not in the catalogue does not compile.
 *
 * Messages shorten what users wrote where they quote it; whatever they forget ends here.
 */
export function diagnosticsOf<Code extends string>(codes: Codes<Code>) {
  return <Details extends DiagnosticDetails>(code: Code, details: Details): Details & { readonly code: Code; readonly severity: Severity } => {
    const { path, message, got, allowed, fix } = details;
    return {
      code,
      severity: codes[code].severity,
      ...details,
      ...path === undefined ? {} : { path: shorten(path, MAX_TEXT) },
      message: shorten(message, MAX_TEXT),
      ...got === undefined ? {} : { got: shorten(got, MAX_TEXT) },
      ...allowed === undefined ? {} : { allowed: shorten(allowed, MAX_TEXT) },
      fix: shorten(fix, MAX_TEXT),
    };
  };
}

/** Characters of each text of a diagnostic. */
const MAX_TEXT = 1000;

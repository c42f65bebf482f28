import { ReadingDiagnostic, readingDiagnostic } from './reading-diagnostic';
import { mayMatter } from './relevance';

/** An invalid document of a folder that the reader leaves out, as a note: a template, or an error at its line. */
export function ignoredProblem(
  { code, file, line, message, got, fix }: ReadingDiagnostic,
  text: string,
): ReadingDiagnostic {
  const place = { file, ...(line === undefined ? {} : { line }) };
  if (code === 'helm-template') {
    return mayMatter(text)
      ? readingDiagnostic('template-unrendered', {
        ...place,
        message: 'this file is a template that is not rendered, so its objects are unknown',
        fix: 'render it, and pass the result',
      })
      : readingDiagnostic('template-ignored', {
        ...place,
        message: 'this file is a template and contains no workload, Service or policy, so it is ignored',
        fix: 'none needed; to read its objects, render it and pass the result',
      });
  }
  if (isCommentedJson(file, text) && !mayMatter(text)) {
    return readingDiagnostic('document-ignored', {
      ...place,
      message: 'JSON with comments is not a Kubernetes object, so it is ignored',
      fix: 'none needed if this is intended; otherwise add apiVersion, kind and metadata',
    });
  }
  if (!mayMatter(text) && !CLAIMS.every(each => each.test(text))) {
    return readingDiagnostic('document-ignored', {
      ...place,
      message: `${message}. Without apiVersion and kind, the document is not a Kubernetes object, so it is ignored`,
      ...(got === undefined ? {} : { got }),
      fix: 'none needed unless a program reads the file; then correct the line',
    });
  }
  return mayMatter(text)
    ? leftOut({ code, file, line, message, got, fix })
    : readingDiagnostic('document-invalid', {
      ...place,
      message: `${message}, so the document is left out. It contains no workload, Service or policy`,
      ...(got === undefined ? {} : { got }),
      fix,
    });
}

/** What every object has, also where its YAML is invalid. */
const CLAIMS = [/\bapiVersion["']?\s*:/, /\bkind["']?\s*:/];

/** An invalid file or document that may contain what matters. */
export function leftOut({ file, line, message, got, fix }: Omit<ReadingDiagnostic, 'severity'>): ReadingDiagnostic {
  return readingDiagnostic('document-invalid', {
    file,
    ...(line === undefined ? {} : { line }),
    message: `${message}, so it is left out. It may contain objects that matter, so verdicts may be wrong`,
    ...(got === undefined ? {} : { got }),
    fix,
  });
}

/** Settings of editors and other programs have comments, which JSON does not allow. */
function isCommentedJson(file: string, text: string): boolean {
  return /\.json$/i.test(file) && /^\s*(\/\/|\/\*)|,\s*[}\]]/m.test(text);
}

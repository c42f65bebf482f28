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
  if (code === 'object-api-version' && !mayMatter(text)) {
    return readingDiagnostic('document-ignored', {
      ...place,
      message: `${message}, as in files of other programs, so it is ignored`,
      fix: 'none needed if this is intended; otherwise write apiVersion',
    });
  }
  if (!mayMatter(text) && !claimsObject(text)) {
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

/**
 * Whether a text claims to be an object, also where its YAML is invalid. In block style the fields of an object have
 * the least indentation; deeper ones are in texts that another program writes, such as a task of Ansible.
 */
function claimsObject(text: string): boolean {
  const lines = text.split('\n').filter(line => /^\s*[\w"']/.test(line));
  const indentation = Math.min(...lines.map(line => line.search(/\S/)));
  return CLAIMS.every(
    claim => lines.some(line => line.search(claim) === indentation) || (/^\s*[[{]/m.test(text) && claim.test(text)),
  );
}

/** What every object has. */
const CLAIMS = [/["']?\bapiVersion["']?\s*:/, /["']?\bkind["']?\s*:/];

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
